-- What is held of some visitors of one site: published visits, and the days of their raw hits.
SELECT
    count() AS visits,
    sum(v.pageviews) AS pageviews,
    min(v.day) AS first,
    max(v.day) AS last,
    (
        SELECT if(count() = 0, NULL, max(day))
        FROM hits
        WHERE site = {site:UInt32} AND visitor IN {visitors:Array(UInt64)}
    ) AS last_raw
FROM visits AS v
WHERE v.site = {site:UInt32} AND v.identified AND v.visitor IN {visitors:Array(UInt64)}
    AND v.generation IN (SELECT generation FROM published WHERE site = {site:UInt32})
