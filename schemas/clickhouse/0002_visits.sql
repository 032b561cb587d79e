-- What is derived from hits: visits, facts, and which generation of them is published.
-- A generation is a number of one (site, day) alone: its rows count only while `rollups` names it, so one insert there
-- publishes a whole day and hides the one before.

CREATE TABLE IF NOT EXISTS visits
(
    site UInt32 CODEC(ZSTD(1)),
    day Date CODEC(ZSTD(1)),
    generation UInt64 CODEC(ZSTD(1)),
    test Bool CODEC(ZSTD(1)),
    visitor UInt64 CODEC(ZSTD(1)),
    identified Bool CODEC(ZSTD(1)),
    basis LowCardinality(String) CODEC(ZSTD(1)),
    started Int64 CODEC(Delta, ZSTD(1)),
    ended Int64 CODEC(Delta, ZSTD(1)),
    duration UInt32 CODEC(ZSTD(1)),
    hits UInt32 CODEC(ZSTD(1)),
    actions UInt32 CODEC(ZSTD(1)),
    pageviews UInt32 CODEC(ZSTD(1)),
    events UInt32 CODEC(ZSTD(1)),
    engaged Float64 CODEC(ZSTD(1)),
    entry_page String CODEC(ZSTD(1)),
    entry_title String CODEC(ZSTD(1)),
    exit_page String CODEC(ZSTD(1)),
    exit_title String CODEC(ZSTD(1)),
    pages Array(String) CODEC(ZSTD(1)),
    titles Array(String) CODEC(ZSTD(1)),
    page_seconds Array(Float64) CODEC(ZSTD(1)),
    host LowCardinality(String) CODEC(ZSTD(1)),
    referrer_type LowCardinality(String) CODEC(ZSTD(1)),
    referrer_name String CODEC(ZSTD(1)),
    referrer_path String CODEC(ZSTD(1)),
    keyword String CODEC(ZSTD(1)),
    campaign_name String CODEC(ZSTD(1)),
    campaign_source String CODEC(ZSTD(1)),
    campaign_medium String CODEC(ZSTD(1)),
    campaign_keyword String CODEC(ZSTD(1)),
    campaign_content String CODEC(ZSTD(1)),
    campaign_id String CODEC(ZSTD(1)),
    country LowCardinality(String) CODEC(ZSTD(1)),
    region LowCardinality(String) CODEC(ZSTD(1)),
    city LowCardinality(String) CODEC(ZSTD(1)),
    browser LowCardinality(String) CODEC(ZSTD(1)),
    browser_version LowCardinality(String) CODEC(ZSTD(1)),
    os LowCardinality(String) CODEC(ZSTD(1)),
    os_version LowCardinality(String) CODEC(ZSTD(1)),
    device LowCardinality(String) CODEC(ZSTD(1)),
    language LowCardinality(String) CODEC(ZSTD(1)),
    screen LowCardinality(String) CODEC(ZSTD(1)),
    local_hour UInt8 CODEC(ZSTD(1))
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(day)
ORDER BY (site, day, generation, started, visitor)
TTL day + INTERVAL 25 MONTH + INTERVAL 2 DAY DELETE
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1;

-- One row per day, dimension, value and visitor. prev_day is that visitor's last earlier day with this value (1970-01-01:
-- none), so that the unique visitors of [a, b] are exactly the rows with day in [a, b] and prev_day < a.
-- Dimension '' is the site as a whole. Test visits are not in here.
CREATE TABLE IF NOT EXISTS facts
(
    site UInt32 CODEC(ZSTD(1)),
    day Date CODEC(ZSTD(1)),
    generation UInt64 CODEC(ZSTD(1)),
    dimension LowCardinality(String) CODEC(ZSTD(1)),
    value String CODEC(ZSTD(1)),
    visitor UInt64 CODEC(ZSTD(1)),
    identified Bool CODEC(ZSTD(1)),
    prev_day Date CODEC(ZSTD(1)),
    visits UInt32 CODEC(ZSTD(1)),
    pageviews UInt32 CODEC(ZSTD(1)),
    actions UInt32 CODEC(ZSTD(1)),
    bounces UInt32 CODEC(ZSTD(1)),
    seconds Float64 CODEC(ZSTD(1)),
    engaged Float64 CODEC(ZSTD(1)),
    entries UInt32 CODEC(ZSTD(1)),
    exits UInt32 CODEC(ZSTD(1))
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(day)
ORDER BY (site, dimension, day, generation, value, visitor)
TTL day + INTERVAL 25 MONTH + INTERVAL 2 DAY DELETE
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1;

-- raw_rows and max_stored say of which raw hits a generation was made: where they differ now, the day needs a new one.
-- The row of a (site, day) with the highest facts_generation counts. generation is that of its visits; it stays when
-- only prev_day of the facts had to be written anew.
CREATE TABLE IF NOT EXISTS rollups
(
    site UInt32,
    day Date,
    generation UInt64,
    facts_generation UInt64,
    raw_rows UInt64,
    max_stored DateTime64(3, 'UTC'),
    visits UInt64,
    published DateTime64(3, 'UTC') DEFAULT now64(3)
)
ENGINE = MergeTree
ORDER BY (site, day, facts_generation)
TTL day + INTERVAL 25 MONTH + INTERVAL 2 DAY DELETE
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1;

-- The published generations.
CREATE VIEW IF NOT EXISTS published AS
SELECT
    site,
    day,
    argMax(rollups.generation, rollups.facts_generation) AS generation,
    max(rollups.facts_generation) AS facts_generation,
    argMax(rollups.raw_rows, rollups.facts_generation) AS raw_rows,
    argMax(rollups.max_stored, rollups.facts_generation) AS max_stored,
    argMax(rollups.published, rollups.facts_generation) AS published
FROM rollups
GROUP BY site, day;

-- Visits out of raw hits of the site-local days [first, last] of one site, by Matomo's rules (docs/statistics.md).
-- Arrays instead of window functions, because they are faster; no lambda captures an array, because that is quadratic;
-- and only what the rules need goes through the arrays: what describes a visit is joined from its first hit at the end.
-- A hit is the tuple (1 ts, 2 id, 3 kind, 4 visitor, 5 anon, 6 basis, 7 new_visit, 8 campaign, 9 page_view, 10 seconds,
-- 11 path, 12 title); kind: 0 extends only, 1 page view, 2 to 4 other actions, 5 event, 6 neither action nor extension.
CREATE VIEW IF NOT EXISTS sessions AS
WITH
    1800000 AS gap,
    ['consent', 'exempt', 'objection', 'opt_out', 'cookieless'] AS bases,
    -- A hit that came twice under the client's own id counts once, as it first happened. Those are few: they are looked
    -- for in the ids alone, and everything else passes without a look.
    repeated AS
    (
        SELECT id
        FROM hits
        WHERE site = {site:UInt32} AND day BETWEEN {first:Date} AND {last:Date}
        GROUP BY id
        HAVING count() > 1
    ),
    once AS
    (
        SELECT day, test, anon, ts, id, type, visitor, basis, new_visit, campaign_name, campaign_keyword, referrer_type,
            page_view, seconds, path, title
        FROM hits
        WHERE site = {site:UInt32} AND day BETWEEN {first:Date} AND {last:Date} AND id NOT IN repeated
        UNION ALL
        SELECT day, test, anon, ts, id, type, visitor, basis, new_visit, campaign_name, campaign_keyword, referrer_type,
            page_view, seconds, path, title
        FROM hits
        WHERE site = {site:UInt32} AND day BETWEEN {first:Date} AND {last:Date} AND id IN repeated
        ORDER BY ts, anon, visitor, type, path, title, page_view, seconds
        LIMIT 1 BY day, id
    ),
    fingerprints AS
    (
        SELECT
            day,
            test,
            anon,
            arraySort(groupArray((
                ts,
                id,
                transform(type, ['ping', 'engagement', 'pageview', 'download', 'outlink', 'search', 'event'],
                    [0, 0, 1, 2, 3, 4, 5], 6),
                visitor,
                anon,
                toUInt8(indexOf(bases, basis)),
                new_visit,
                if(campaign_name = '' OR referrer_type = 'direct', 0,
                    greatest(1, cityHash64(campaign_name, campaign_keyword))),
                page_view,
                seconds,
                path,
                title
            ))) AS ordered,
            arraySplit((hit, step) -> step > gap, ordered, arrayDifference(ordered.1)) AS runs
        FROM once
        GROUP BY day, test, anon
    ),
    -- A late id claims the run that began without it, but only where it is the run's only one.
    claimed AS
    (
        SELECT
            day,
            test,
            anon,
            arrayDistinct(arrayFilter(one -> one != 0, run.4)) AS found,
            arrayJoin(if(length(found) = 1, [run], arrayMap(hit -> [hit], run))) AS chunk,
            if(length(found) = 1, found[1], chunk[1].4) AS claimant
        FROM fingerprints
        ARRAY JOIN runs AS run
    ),
    visitors AS
    (
        SELECT
            day,
            test,
            claimant != 0 AS identified,
            if(identified, claimant, anon) AS visitor,
            arraySort(groupArrayArray(chunk)) AS ordered,
            arrayMap(
                (step, new_visit, kind) -> step > gap OR (new_visit AND kind > 0),
                arrayDifference(ordered.1), ordered.7, ordered.3
            ) AS cuts,
            arrayMap((campaign, kind) -> if(kind > 0, campaign, 0), ordered.8, ordered.3) AS campaigns,
            -- The last campaign since the last cut, at each hit; then the same as it was before that hit.
            arrayFill((campaign, cut) -> campaign != 0 OR cut, campaigns, cuts) AS current,
            arraySplit(
                (hit, cut, campaign, last) -> cut OR (campaign != 0 AND campaign != last),
                ordered, cuts, campaigns, arrayPushFront(arrayPopBack(current), toUInt64(0))
            ) AS pieces
        FROM claimed
        GROUP BY day, test, identified, visitor
    ),
    -- Pings and engagement extend a visit and never start one.
    cut AS
    (
        SELECT
            day,
            test,
            identified,
            visitor,
            arrayFirstIndex(kind -> kind > 0, piece.3) AS begin,
            arraySlice(piece, begin) AS v,
            arrayFilter((hit, kind) -> kind = 1, v, v.3) AS views,
            v[1].1 AS started,
            v[-1].1 AS ended,
            v[1].2 AS first_id,
            v[1].5 AS first_anon,
            arrayFirst((basis, own) -> own != 0, v.6, v.4) AS identified_basis,
            bases[if(identified_basis != 0, identified_basis, v[1].6)] AS basis,
            toUInt32(if(length(v) = 1, 0, 1 + intDiv(ended - started, 1000))) AS duration,
            toUInt32(length(v)) AS hit_count,
            toUInt32(arrayCount(kind -> kind BETWEEN 1 AND 5, v.3)) AS actions,
            toUInt32(length(views)) AS pageviews,
            toUInt32(arrayCount(kind -> kind = 5, v.3)) AS events,
            -- Each engagement tells the total so far of its page view: the highest one counts.
            arraySort(arrayFilter(one -> one.2 > 0, arrayZip(v.9, v.10))) AS attention,
            arraySum(
                (one, next) -> if(one.1 = next.1 AND next.2 >= 0, 0, one.2),
                attention, arrayPopFront(arrayPushBack(attention, (toUInt64(0), toFloat64(-1))))
            ) AS engaged,
            views.11 AS pages,
            views.12 AS titles,
            arrayMap(
                (here, next) -> (next - here) / 1000,
                views.1, arrayPopFront(arrayConcat(views.1, arrayResize([ended], if(empty(views), 0, 1))))
            ) AS page_seconds
        FROM visitors
        ARRAY JOIN pieces AS piece
        WHERE arrayExists(kind -> kind > 0, piece.3)
    )
SELECT
    cut.day AS day, cut.test AS test, cut.visitor AS visitor, identified, cut.basis AS basis, started, ended, duration, hit_count AS hits, actions,
    pageviews, events, engaged,
    pages[1] AS entry_page, titles[1] AS entry_title, pages[-1] AS exit_page, titles[-1] AS exit_title,
    pages, titles, page_seconds,
    raw.host AS host, raw.referrer_type AS referrer_type, raw.referrer_name AS referrer_name,
    raw.referrer_path AS referrer_path, raw.keyword AS keyword, raw.campaign_name AS campaign_name,
    raw.campaign_source AS campaign_source, raw.campaign_medium AS campaign_medium,
    raw.campaign_keyword AS campaign_keyword, raw.campaign_content AS campaign_content, raw.campaign_id AS campaign_id,
    raw.country AS country, raw.region AS region, raw.city AS city, raw.browser AS browser,
    raw.browser_version AS browser_version, raw.os AS os, raw.os_version AS os_version, raw.device AS device,
    raw.language AS language, raw.screen AS screen, raw.local_hour AS local_hour
FROM
(
    SELECT *
    FROM hits
    WHERE site = {site:UInt32} AND day BETWEEN {first:Date} AND {last:Date} AND type NOT IN ('ping', 'engagement')
) AS raw
ANY INNER JOIN cut
ON raw.day = cut.day AND raw.test = cut.test AND raw.anon = cut.first_anon AND raw.ts = cut.started AND raw.id = cut.first_id;
