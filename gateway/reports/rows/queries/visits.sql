-- The last visits that a filter lets through, the newest first. Exempt visits and test visits are not listed one by one.
SELECT
    v.visitor AS visitor, v.day AS day, v.identified AS identified, v.started AS started, v.ended AS ended,
    v.duration AS seconds, v.number AS number, v.visitor_type AS visitor_type, v.basis AS basis, v.actions AS actions,
    v.pageviews AS pageviews, v.events AS events, v.downloads AS downloads, v.outlinks AS outlinks, v.searches AS searches,
    v.engaged AS engaged_seconds, v.conversions AS conversions, v.revenue AS revenue, v.orders AS orders,
    v.entry_page AS entry_page, v.exit_page AS exit_page, v.host AS host, v.referrer_type AS referrer_type,
    v.referrer_name AS referrer, v.referrer_path AS referrer_path, v.keyword AS keyword, v.campaign_name AS campaign,
    v.campaign_source AS campaign_source, v.campaign_medium AS campaign_medium, v.continent AS continent,
    v.country AS country, v.region AS region, v.city AS city, v.browser AS browser, v.browser_version AS browser_version,
    v.os AS os, v.os_version AS os_version, v.device AS device, v.brand AS brand, v.model AS model, v.language AS language,
    v.screen AS screen, v.local_hour AS hour, v.dimensions AS dimensions
FROM visits AS v
WHERE v.site = {site:UInt32}
    AND v.day BETWEEN {first:Date} AND {last:Date}
    AND v.generation IN
    (
        SELECT generation
        FROM published
        WHERE site = {site:UInt32} AND day BETWEEN {first:Date} AND {last:Date}
    )
    AND v.basis != 'exempt'
    AND NOT v.test
    AND (/* filter */)
    /* restricted */
ORDER BY v.started DESC, v.visitor
LIMIT {limit:UInt32} OFFSET {offset:UInt32}
