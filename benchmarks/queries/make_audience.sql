-- The audience of the visits of some days, as gateway/warehouse/queries/write_audience.sql makes it, but for how long ago a
-- visitor met a value, which is drawn: never for one in three, else up to 90 days ago.
INSERT INTO audience
(
    site, dimension, value, day, prev_day, generation, visitors, visits, hits, pageviews, actions, max_actions, bounces, seconds,
    engaged, entries, exits
)
SELECT
    1, one.1 AS dimension, one.2 AS value, day, toDate(0), 1, uniqExactIf(visitor, NOT identified), countIf(one.3 <= 1),
    sum(one.4), if(any(one.3) > 0, 0, sum(v.pageviews)), if(any(one.3) > 0, 0, sum(v.actions)), max(v.actions), 0,
    if(any(one.3) > 0, sum(one.5), sum(duration)), sum(v.engaged), count(), count()
FROM counted(of_actions = []) AS v
ARRAY JOIN arrayFilter(
    one -> one.1 IN {panels:Array(String)},
    arrayConcat(
        arrayMap(one -> (one.1, one.2, 0, 0, 0.), whole), arrayZip(parts.1, parts.2, parts.3, parts.4, parts.8)
    )
) AS one
WHERE site = 1 AND day BETWEEN {first:Date} AND {last:Date}
GROUP BY dimension, value, day
UNION ALL
SELECT
    1, dimension, value, day, if(chance % 3 = 0, toDate(0), day - (1 + chance % 90)), 1, count(),
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0
FROM
(
    SELECT DISTINCT one.1 AS dimension, one.2 AS value, day, visitor, cityHash64(visitor, value) AS chance
    FROM counted(of_actions = []) AS v
    ARRAY JOIN arrayFilter(
        one -> one.1 IN {panels:Array(String)}, arrayDistinct(arrayConcat(whole, arrayZip(parts.1, parts.2)))
    ) AS one
    WHERE site = 1 AND day BETWEEN {first:Date} AND {last:Date} AND identified
)
GROUP BY ALL
SETTINGS max_bytes_before_external_group_by = 1000000000
