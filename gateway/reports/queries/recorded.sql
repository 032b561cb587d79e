-- Recorded visits by the same strata as page loads, with what their pages say about how much visits differ.
SELECT
    v.day AS day,
    v.country AS country,
    v.device AS device,
    count() AS visits,
    sum(toUInt64(v.pageviews)) AS pages,
    sum(toUInt64(v.pageviews) * v.pageviews) AS squares
FROM visits AS v
WHERE v.site = {site:UInt32}
    AND v.day BETWEEN {first:Date} AND {last:Date}
    AND v.generation IN
    (
        SELECT generation
        FROM published
        WHERE site = {site:UInt32} AND day BETWEEN {first:Date} AND {last:Date}
    )
    AND v.identified
    AND NOT v.test
    /* restricted */
GROUP BY day, country, device
ORDER BY day, country, device
