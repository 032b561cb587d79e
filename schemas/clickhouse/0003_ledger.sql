-- What retention took out of the ledger: rows first_seq to last_seq of a chain, between the hash before them and the hash
-- of the last of them, so that what remains can still be verified. Signed over all but the signature (docs/ledger.md).
CREATE TABLE IF NOT EXISTS checkpoints
(
    chain String CODEC(ZSTD(1)),
    first_seq UInt64 CODEC(Delta, ZSTD(1)),
    last_seq UInt64 CODEC(Delta, ZSTD(1)),
    prev String CODEC(ZSTD(1)),
    hash String CODEC(ZSTD(1)),
    pruned Int64 CODEC(Delta, ZSTD(1)),
    key LowCardinality(String),
    signature String CODEC(ZSTD(1)),
    stored DateTime64(3, 'UTC') DEFAULT now64(3)
)
ENGINE = MergeTree
ORDER BY (chain, first_seq)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1;
