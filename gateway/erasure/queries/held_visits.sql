-- The published visits of some visitors, the newest first.
SELECT
    v.day AS day,
    v.started AS started,
    v.duration AS duration,
    v.pages AS pages,
    v.titles AS titles,
    v.actions AS actions,
    v.host AS host,
    v.basis AS basis,
    v.referrer_type AS referrer_type,
    v.referrer_name AS referrer,
    v.campaign_name AS campaign,
    v.country AS country,
    v.region AS region,
    v.city AS city,
    v.browser AS browser,
    v.browser_version AS browser_version,
    v.os AS os,
    v.os_version AS os_version,
    v.device AS device,
    v.language AS language,
    v.screen AS screen
FROM visits AS v
WHERE v.site = {site:UInt32} AND v.identified AND v.visitor IN {visitors:Array(UInt64)}
    AND v.generation IN (SELECT generation FROM published WHERE site = {site:UInt32})
ORDER BY v.started DESC
LIMIT {most:UInt32}
