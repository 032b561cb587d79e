-- One segment of the journal. Rows are only ever added; the file is unlinked whole.
CREATE TABLE segment (
    uuid TEXT NOT NULL,
    created REAL NOT NULL,   -- seconds since the epoch
    finished REAL            -- set when the writer closed it in order; NULL after a crash
);
CREATE TABLE records (
    seq INTEGER PRIMARY KEY, -- 1, 2, 3 … in the order of commits
    stream TEXT NOT NULL,
    payload BLOB NOT NULL,
    at REAL NOT NULL,        -- when it was committed, seconds since the epoch
    crc INTEGER NOT NULL     -- CRC-32 of payload
);
CREATE TABLE chains (
    stream TEXT PRIMARY KEY,
    slot INTEGER NOT NULL,   -- the writer slot the chain belongs to
    epoch INTEGER NOT NULL,  -- counts the chains of that slot and stream
    chain TEXT NOT NULL,     -- UUID
    seq INTEGER NOT NULL,    -- of the last sealed record in this segment
    head TEXT NOT NULL       -- its hash, hex
);
