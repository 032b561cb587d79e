-- The audience of the visits of some days; how long ago a visitor met a value is drawn.
INSERT INTO audience
(
    site, dimension, value, day, prev_day, generation, visitors, visits, hits, pageviews, actions, max_actions, bounces, seconds,
    engaged, entries, exits
)
SELECT
    1, one.1 AS dimension, one.2 AS value, day,
    if(identified AND cityHash64(visitor, value) % 3 > 0, day - (1 + cityHash64(visitor, value) % 90), toDate(0)) AS prev_day,
    1, uniqExact(visitor), count(), sum(one.3), sum(v.pageviews), sum(v.actions), max(v.actions), 0, sum(duration),
    sum(v.engaged), count(), count()
FROM counted(of_actions = []) AS v
ARRAY JOIN arrayFilter(
    one -> one.1 IN {panels:Array(String)}, arrayConcat(arrayZip(whole.1, whole.2, arrayMap(one -> 0, whole)),
    arrayZip(parts.1, parts.2, parts.4))
) AS one
WHERE site = 1 AND day BETWEEN {first:Date} AND {last:Date}
GROUP BY dimension, value, day, prev_day
SETTINGS max_bytes_before_external_group_by = 1000000000
