-- What is going on, in one pass over the hits of the last half hour: in all, by minute, by page and by country.
-- A visitor is here who sent anything since {present}; a late id joins its visit, as in visits.
SELECT
    multiIf(grouping(minute) = 0, 'minute', grouping(page) = 0, 'page', grouping(country) = 0, 'country', 'all') AS by,
    multiIf(by = 'minute', toString(minute), by = 'page', page, by = 'country', country, '') AS value,
    if(grouping(minute) = 0, uniqExact(identified, who), uniqExactIf((identified, who), ts > {present:Int64})) AS visitors,
    countIf(type = 'pageview') AS pageviews
FROM
(
    SELECT
        h.ts AS ts,
        intDiv(h.ts, 60000) AS minute,
        h.path AS page,
        h.country AS country,
        h.type AS type,
        h.anon AS anon,
        if(h.visitor != 0, h.visitor, late.id) AS visitor,
        visitor != 0 AS identified,
        if(identified, visitor, anon) AS who
    FROM
    (
        SELECT *
        FROM hits
        WHERE site = {site:UInt32} AND day BETWEEN {first:Date} AND {last:Date} AND ts > {since:Int64} AND NOT test
        LIMIT 1 BY id
    ) AS h
    LEFT JOIN
    (
        SELECT day, anon, max(seen.visitor) AS id
        FROM hits AS seen
        WHERE site = {site:UInt32} AND day BETWEEN {first:Date} AND {last:Date} AND ts > {since:Int64}
            AND seen.visitor != 0
        GROUP BY day, anon
        HAVING uniqExact(seen.visitor) = 1
    ) AS late
    ON h.day = late.day AND h.anon = late.anon
)
WHERE true
    /* restricted */
GROUP BY GROUPING SETS ((), (minute), (page), (country))
ORDER BY by, visitors DESC, value
LIMIT 40 BY by
