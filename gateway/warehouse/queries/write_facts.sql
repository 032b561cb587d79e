-- Facts of new generations of visits. prev_day comes from the facts of the generations in `history` and from the new
-- rows themselves.
INSERT INTO facts
(
    site, day, generation, dimension, value, visitor, identified, prev_day, visits, pageviews, actions, bounces, seconds,
    engaged, entries, exits
)
WITH
    fresh AS
    (
        SELECT
            day, generation, one.1 AS dimension, one.2 AS value, visitor, identified,
            count() AS visits, sum(v.pageviews) AS pageviews, sum(v.actions) AS actions, countIf(v.actions = 1) AS bounces,
            sum(toFloat64(duration)) AS seconds, sum(v.engaged) AS engaged, count() AS entries, count() AS exits
        FROM visits AS v
        ARRAY JOIN arrayFilter(
            -- Where nothing is meant by an empty value, there is no row; where it means "unknown", there is one.
            one -> one.2 != '' OR one.1 IN ('', 'referrer_type', 'country', 'browser', 'os', 'device', 'language', 'screen'),
            [
                ('', ''),
                ('entry_page', entry_page),
                ('exit_page', exit_page),
                ('entry_title', if(entry_page = '', '', entry_title)),
                ('exit_title', if(exit_page = '', '', exit_title)),
                ('host', toString(host)),
                ('referrer_type', toString(referrer_type)),
                ('referrer', referrer_name),
                ('keyword', keyword),
                ('campaign', campaign_name),
                ('campaign_source', campaign_source),
                ('campaign_medium', campaign_medium),
                ('country', toString(country)),
                ('region', toString(region)),
                ('city', toString(city)),
                ('browser', toString(browser)),
                ('browser_version', trim(concat(browser, ' ', browser_version))),
                ('os', toString(os)),
                ('os_version', trim(concat(os, ' ', os_version))),
                ('device', toString(device)),
                ('language', toString(language)),
                ('screen', toString(screen)),
                ('hour', leftPad(toString(local_hour), 2, '0'))
            ]
        ) AS one
        WHERE site = {site:UInt32} AND generation IN {fresh:Array(UInt64)} AND day IN {days:Array(Date)} AND NOT test
        GROUP BY day, generation, dimension, value, visitor, identified
        UNION ALL
        SELECT
            day, generation, one.1 AS dimension, one.2 AS value, visitor, identified,
            countIf(one.3 = 1) AS visits, count() AS pageviews, count() AS actions, countIf(at = 1 AND v.actions = 1) AS bounces,
            sum(page_second) AS seconds, 0. AS engaged, countIf(at = 1) AS entries, countIf(at = length(pages)) AS exits
        FROM visits AS v
        ARRAY JOIN page_seconds AS page_second, arrayEnumerate(pages) AS at,
            arrayZip(
                arrayMap(page -> 'page', pages), pages, arrayEnumerateUniq(pages)
            ) AS one
        WHERE site = {site:UInt32} AND generation IN {fresh:Array(UInt64)} AND day IN {days:Array(Date)} AND NOT test
        GROUP BY day, generation, dimension, value, visitor, identified
        UNION ALL
        SELECT
            day, generation, one.1 AS dimension, one.2 AS value, visitor, identified,
            countIf(one.3 = 1) AS visits, count() AS pageviews, count() AS actions, countIf(at = 1 AND v.actions = 1) AS bounces,
            sum(page_second) AS seconds, 0. AS engaged, countIf(at = 1) AS entries, countIf(at = length(pages)) AS exits
        FROM visits AS v
        ARRAY JOIN page_seconds AS page_second, arrayEnumerate(pages) AS at,
            arrayZip(
                arrayMap(title -> 'title', titles), titles, arrayEnumerateUniq(titles)
            ) AS one
        WHERE site = {site:UInt32} AND generation IN {fresh:Array(UInt64)} AND day IN {days:Array(Date)} AND NOT test
        GROUP BY day, generation, dimension, value, visitor, identified
    )
SELECT
    {site:UInt32}, day, generation, dimension, value, visitor, identified, prev_day, visits, pageviews, actions, bounces,
    seconds, engaged, entries, exits
FROM
(
    SELECT
        *,
        -- A visitor without an id is another one tomorrow, so there is nothing to look for.
        if(identified, lagInFrame(day, 1, toDate(0)) OVER (
            PARTITION BY dimension, value, visitor, identified ORDER BY day ROWS BETWEEN 1 PRECEDING AND CURRENT ROW
        ), toDate(0)) AS prev_day
    FROM
    (
        SELECT * FROM fresh
        UNION ALL
        SELECT
            day, toUInt64(0) AS generation, dimension, value, visitor, identified, 0, 0, 0, 0, 0., 0., 0, 0
        FROM facts
        WHERE site = {site:UInt32} AND day < {last:Date} AND facts.generation IN {history:Array(UInt64)} AND identified
            AND visitor IN
            (
                SELECT visitor
                FROM visits
                WHERE site = {site:UInt32} AND generation IN {fresh:Array(UInt64)} AND day IN {days:Array(Date)} AND identified
            )
    )
)
WHERE generation != 0
