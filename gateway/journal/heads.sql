-- The last head of each writer slot's chain, kept when the segment that held it is unlinked.
CREATE TABLE IF NOT EXISTS heads (
    slot INTEGER NOT NULL,
    stream TEXT NOT NULL,
    epoch INTEGER NOT NULL,
    chain TEXT NOT NULL,
    seq INTEGER NOT NULL,
    head TEXT NOT NULL,
    PRIMARY KEY (slot, stream)
);
