-- The figures of a day by dimension and value; dimension '' is the site as a whole. Nobody's row: only groups are in here.
-- Two kinds of rows, apart from each other, so that a report reads few: the figures of a value and day, with the visitors
-- without an id (reach 0); and how many visitors with one met the value last on which earlier day, prev_day (1970-01-01: none).
-- The different visitors of [a, b] are those of the rows with day in [a, b] and prev_day < a. Such a prev_day is less than
-- 2 * reach days before `day`, so that of a small reach only the days soon after a are looked at.
-- Test visits are not in here.
CREATE TABLE IF NOT EXISTS audience
(
    site UInt32 CODEC(ZSTD(1)),
    dimension LowCardinality(String) CODEC(ZSTD(1)),
    -- The highest power of two that is not above the days since prev_day.
    reach UInt16 MATERIALIZED if(visits > 0, 0, roundToExp2(toUInt16(day - prev_day))) CODEC(ZSTD(1)),
    day Date CODEC(ZSTD(1)),
    value LowCardinality(String) CODEC(ZSTD(1)),
    prev_day Date CODEC(ZSTD(1)),
    generation UInt64 CODEC(ZSTD(1)),
    visitors UInt32 CODEC(ZSTD(1)),
    visits UInt32 CODEC(ZSTD(1)),
    hits UInt32 CODEC(ZSTD(1)),
    pageviews UInt32 CODEC(ZSTD(1)),
    actions UInt32 CODEC(ZSTD(1)),
    max_actions UInt32 CODEC(ZSTD(1)),
    bounces UInt32 CODEC(ZSTD(1)),
    seconds Float64 CODEC(ZSTD(1)),
    engaged Float64 CODEC(ZSTD(1)),
    entries UInt32 CODEC(ZSTD(1)),
    exits UInt32 CODEC(ZSTD(1)),
    amount Float64 CODEC(ZSTD(1)), -- what the events are worth, or the goals, or the products
    events UInt32 CODEC(ZSTD(1)),
    downloads UInt32 CODEC(ZSTD(1)),
    outlinks UInt32 CODEC(ZSTD(1)),
    searches UInt32 CODEC(ZSTD(1)),
    conversions UInt32 CODEC(ZSTD(1)),
    converted UInt32 CODEC(ZSTD(1)),
    revenue Float64 CODEC(ZSTD(1)),
    orders UInt32 CODEC(ZSTD(1))
)
ENGINE = MergeTree
PARTITION BY toYear(day) -- a report over months opens few files
ORDER BY (site, dimension, reach, day, value, prev_day)
TTL day + INTERVAL 25 MONTH + INTERVAL 2 DAY DELETE
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, index_granularity = 1024;

-- After a crash it may be filled already, or in part.
TRUNCATE TABLE audience;

INSERT INTO audience
(
    site, dimension, value, day, prev_day, generation, visitors, visits, hits, pageviews, actions, max_actions, bounces,
    seconds, engaged, entries, exits, amount, events, downloads, outlinks, searches, conversions, converted, revenue, orders
)
SELECT
    site, dimension, value, day, prev_day, generation, visitors, visits, hits, pageviews, actions, max_actions, bounces,
    seconds, engaged, entries, exits, amount, events, downloads, outlinks, searches, conversions, converted, revenue, orders
FROM audience_before;
