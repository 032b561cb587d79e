-- What delivery remembers about one segment, in a file beside it.
CREATE TABLE IF NOT EXISTS cut (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    seq INTEGER NOT NULL     -- every record up to here is in a batch, or was stored
);
CREATE TABLE IF NOT EXISTS batches (
    id INTEGER PRIMARY KEY,
    stream TEXT NOT NULL,
    first INTEGER NOT NULL,  -- seq of its first and last record, both included
    last INTEGER NOT NULL,
    month TEXT NOT NULL      -- of all its rows; empty where the table is not split by month
);
INSERT OR IGNORE INTO cut VALUES (1, 0);
