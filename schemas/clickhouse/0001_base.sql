-- What is stored as it came: hits, the consent ledger, the notices shown, and what could not be stored.
-- Times named ts are milliseconds since the epoch (UTC), as integers: ClickHouse versions disagree on how a bare number
-- in JSON becomes a DateTime64. `stored` is when the row arrived here.
-- fsync_after_insert: the journal forgets a row once the insert was answered.
-- non_replicated_deduplication_window: without it insert_deduplication_token does nothing; it counts per partition.

-- Exactly the fields of gateway.hits.Hit, with the same defaults, because the JSON omits defaults.
CREATE TABLE IF NOT EXISTS hits
(
    site UInt32 CODEC(ZSTD(1)),
    day Date CODEC(ZSTD(1)),
    ts Int64 CODEC(Delta, ZSTD(1)),
    local_hour UInt8 CODEC(ZSTD(1)),
    anon UInt64 CODEC(ZSTD(1)),
    visitor UInt64 CODEC(ZSTD(1)),
    id UInt64 CODEC(NONE),
    type LowCardinality(String) CODEC(ZSTD(1)),
    basis LowCardinality(String) CODEC(ZSTD(1)),
    test Bool DEFAULT false CODEC(ZSTD(1)),
    new_visit Bool DEFAULT false CODEC(ZSTD(1)),
    page_view UInt64 DEFAULT 0 CODEC(ZSTD(1)),
    host LowCardinality(String) DEFAULT '' CODEC(ZSTD(1)),
    path String DEFAULT '' CODEC(ZSTD(1)),
    title String DEFAULT '' CODEC(ZSTD(1)),
    referrer_type LowCardinality(String) DEFAULT 'direct' CODEC(ZSTD(1)),
    referrer_name String DEFAULT '' CODEC(ZSTD(1)),
    referrer_path String DEFAULT '' CODEC(ZSTD(1)),
    keyword String DEFAULT '' CODEC(ZSTD(1)),
    campaign_name String DEFAULT '' CODEC(ZSTD(1)),
    campaign_source String DEFAULT '' CODEC(ZSTD(1)),
    campaign_medium String DEFAULT '' CODEC(ZSTD(1)),
    campaign_keyword String DEFAULT '' CODEC(ZSTD(1)),
    campaign_content String DEFAULT '' CODEC(ZSTD(1)),
    campaign_id String DEFAULT '' CODEC(ZSTD(1)),
    country LowCardinality(String) DEFAULT '' CODEC(ZSTD(1)),
    region LowCardinality(String) DEFAULT '' CODEC(ZSTD(1)),
    city LowCardinality(String) DEFAULT '' CODEC(ZSTD(1)),
    browser LowCardinality(String) DEFAULT '' CODEC(ZSTD(1)),
    browser_version LowCardinality(String) DEFAULT '' CODEC(ZSTD(1)),
    os LowCardinality(String) DEFAULT '' CODEC(ZSTD(1)),
    os_version LowCardinality(String) DEFAULT '' CODEC(ZSTD(1)),
    device LowCardinality(String) DEFAULT '' CODEC(ZSTD(1)),
    brand LowCardinality(String) DEFAULT '' CODEC(ZSTD(1)),
    model LowCardinality(String) DEFAULT '' CODEC(ZSTD(1)),
    language LowCardinality(String) DEFAULT '' CODEC(ZSTD(1)),
    screen LowCardinality(String) DEFAULT '' CODEC(ZSTD(1)),
    category String DEFAULT '' CODEC(ZSTD(1)),
    action String DEFAULT '' CODEC(ZSTD(1)),
    name String DEFAULT '' CODEC(ZSTD(1)),
    value Float64 DEFAULT 0 CODEC(ZSTD(1)),
    seconds Float64 DEFAULT 0 CODEC(ZSTD(1)),
    scroll Float64 DEFAULT 0 CODEC(ZSTD(1)),
    stored DateTime64(3, 'UTC') DEFAULT now64(3) CODEC(Delta, ZSTD(1)),
    INDEX by_stored stored TYPE minmax GRANULARITY 1
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(day)
ORDER BY (site, day, anon, ts, id)
-- The safety net behind the daily retention job. Hits that arrive old get a day, so that they can still be rolled up.
TTL greatest(toDateTime(day, 'UTC') + INTERVAL 13 MONTH + INTERVAL 2 DAY, toDateTime(stored, 'UTC') + INTERVAL 1 DAY) DELETE
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1;

-- The ledger: exactly the fields of gateway.consent.record.ConsentRecord. Append-only.
-- id and chain are text, so that what was hashed is what is read back.
CREATE TABLE IF NOT EXISTS consents
(
    id String CODEC(ZSTD(1)),
    site UInt32 CODEC(ZSTD(1)),
    ts Int64 CODEC(Delta, ZSTD(1)),
    method LowCardinality(String) CODEC(ZSTD(1)),
    surface LowCardinality(String) DEFAULT '' CODEC(ZSTD(1)),
    purposes Map(LowCardinality(String), Bool) CODEC(ZSTD(1)),
    services Map(LowCardinality(String), Bool) CODEC(ZSTD(1)),
    policy LowCardinality(String) DEFAULT '' CODEC(ZSTD(1)),
    notice LowCardinality(String) DEFAULT '' CODEC(ZSTD(1)),
    script LowCardinality(String) DEFAULT '' CODEC(ZSTD(1)),
    language LowCardinality(String) DEFAULT '' CODEC(ZSTD(1)),
    jurisdiction LowCardinality(String) DEFAULT '' CODEC(ZSTD(1)),
    country LowCardinality(String) DEFAULT '' CODEC(ZSTD(1)),
    gpc Bool DEFAULT false CODEC(ZSTD(1)),
    expires Int64 DEFAULT 0 CODEC(Delta, ZSTD(1)),
    follows String DEFAULT '' CODEC(ZSTD(1)),
    chain LowCardinality(String) DEFAULT '' CODEC(ZSTD(1)),
    seq UInt64 DEFAULT 0 CODEC(Delta, ZSTD(1)),
    prev String DEFAULT '' CODEC(ZSTD(1)),
    hash String DEFAULT '' CODEC(ZSTD(1)),
    stored DateTime64(3, 'UTC') DEFAULT now64(3) CODEC(Delta, ZSTD(1))
)
ENGINE = MergeTree
PARTITION BY toYear(fromUnixTimestamp64Milli(ts, 'UTC'))
ORDER BY (site, ts, id)
-- A yes lives at most 13 months and its proof 5 years more.
TTL toDateTime(intDiv(ts, 1000), 'UTC') + INTERVAL 75 MONTH DELETE
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1;

-- Every version of a notice that was served; served_from is seconds since the epoch, body its exact JSON.
CREATE TABLE IF NOT EXISTS notices
(
    fingerprint String CODEC(ZSTD(1)),
    site UInt32,
    served_from Float64,
    body String CODEC(ZSTD(3)),
    stored DateTime64(3, 'UTC') DEFAULT now64(3)
)
ENGINE = MergeTree
ORDER BY (site, fingerprint)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1;

-- Rows that their table refused, as they were, until the operator replays or discards them.
CREATE TABLE IF NOT EXISTS dead_letters
(
    id UUID,
    ts Int64,
    table_name LowCardinality(String),
    payload String CODEC(ZSTD(3)),
    error String CODEC(ZSTD(1)),
    token String CODEC(ZSTD(1))
)
ENGINE = MergeTree
ORDER BY (ts, id)
-- A ledger row that could not be stored is still evidence; a hit is not.
TTL toDateTime(intDiv(ts, 1000), 'UTC') + INTERVAL 13 MONTH DELETE WHERE table_name = 'hits',
    toDateTime(intDiv(ts, 1000), 'UTC') + INTERVAL 75 MONTH DELETE WHERE table_name != 'hits'
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1;

-- Until when each ledger row is kept, in milliseconds since the epoch (docs/statistics.md, retention).
CREATE VIEW IF NOT EXISTS consent_limits AS
SELECT
    c.site AS site,
    c.id AS id,
    c.ts AS ts,
    c.method IN ('gpc', 'do_not_sell', 'objection') AS is_opt_out,
    arrayExists((purpose, yes) -> yes AND purpose != 'necessary', mapKeys(c.purposes), mapValues(c.purposes)) AS is_yes,
    -- A yes ends when it expires or when a later answer takes its place.
    least(if(c.expires = 0, c.ts, c.expires), if(f.ended = 0, 9223372036854775807, f.ended)) AS lapsed,
    multiIf(is_yes, lapsed, c.ts) AS counted_from,
    multiIf(is_yes OR c.follows != '', 60, is_opt_out, 24, 6) AS months,
    toUnixTimestamp(addMonths(toDateTime(intDiv(counted_from, 1000), 'UTC'), months)) * 1000 AS due
FROM consents AS c
LEFT JOIN (SELECT site, follows, min(ts) AS ended FROM consents WHERE follows != '' GROUP BY site, follows) AS f
ON c.site = f.site AND c.id = f.follows;
