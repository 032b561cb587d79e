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

-- Until when each ledger row is kept, in milliseconds since the epoch (docs/statistics.md, retention). Opting back in is kept
-- as long as opting out (RULES.md C11).
CREATE OR REPLACE VIEW consent_limits AS
SELECT
    c.site AS site,
    c.id AS id,
    c.ts AS ts,
    c.method IN ('gpc', 'do_not_sell', 'objection', 'opt_in') AS is_opt_out,
    -- To a purpose, or to one service of a purpose that was refused.
    arrayExists((purpose, yes) -> yes AND purpose != 'necessary', mapKeys(c.purposes), mapValues(c.purposes))
        OR arrayExists(yes -> yes, mapValues(c.services)) AS is_yes,
    -- A yes ends when it expires or when a later answer takes its place.
    least(if(c.expires = 0, c.ts, c.expires), if(f.ended = 0, 9223372036854775807, f.ended)) AS lapsed,
    if(is_yes AND NOT is_opt_out, lapsed, c.ts) AS counted_from,
    multiIf(is_opt_out, 24, is_yes OR c.follows != '', 60, 6) AS months,
    toUnixTimestamp(addMonths(toDateTime(intDiv(counted_from, 1000), 'UTC'), months)) * 1000 AS due
FROM consents AS c
LEFT JOIN (SELECT site, follows, min(ts) AS ended FROM consents WHERE follows != '' GROUP BY site, follows) AS f
ON c.site = f.site AND c.id = f.follows;
