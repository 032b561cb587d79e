-- What is only ever counted: page loads by stratum and state, banners shown, answers by kind of device (docs/estimate.md).
-- Exactly the fields of gateway.consent.tallies.Tally: increments, that the engine adds up; nothing of any single request.
CREATE TABLE IF NOT EXISTS tallies
(
    site UInt32 CODEC(ZSTD(1)),
    day Date CODEC(ZSTD(1)),
    what LowCardinality(String) CODEC(ZSTD(1)),
    state LowCardinality(String) DEFAULT '' CODEC(ZSTD(1)),
    country LowCardinality(String) DEFAULT '' CODEC(ZSTD(1)),
    device LowCardinality(String) DEFAULT '' CODEC(ZSTD(1)),
    language LowCardinality(String) DEFAULT '' CODEC(ZSTD(1)),
    notice LowCardinality(String) DEFAULT '' CODEC(ZSTD(1)),
    count Int64 CODEC(ZSTD(1))
)
ENGINE = SummingMergeTree(count)
ORDER BY (site, day, what, state, country, device, language, notice)
-- The safety net behind the daily retention job.
TTL day + INTERVAL 25 MONTH + INTERVAL 2 DAY DELETE
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1;
