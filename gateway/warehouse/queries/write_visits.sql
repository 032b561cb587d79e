-- New generations of visits: generations[i] is that of the day days[i] of the site sites[i]. Whether a visitor was there before
-- is told by the published visits of these sites, for the days but_days of but_sites by the generations in `fresh` instead,
-- and by the new visits themselves.
INSERT INTO visits
(
    site, day, generation, test, visitor, identified, basis, number, returning, started, ended, duration, hits, actions,
    pageviews, events, downloads, outlinks, searches, engaged, entry_page, entry_title, exit_page, exit_title, pages, titles,
    page_seconds, statuses, event_categories, event_actions, event_names, event_values, download_urls, outlink_urls,
    search_keywords, search_categories, content_names, content_pieces, goals, goal_revenues, orders, order_revenue,
    product_names, product_pieces, product_revenues, dimensions, host, referrer_type, referrer_name, referrer_path, keyword,
    campaign_name, campaign_source, campaign_medium, campaign_keyword, campaign_content, campaign_id, country, region, city,
    browser, browser_version, os, os_version, device, brand, model, language, screen, local_hour, visitor_hour
)
WITH before AS
(
    SELECT site, visitor, min(day) AS first_day
    FROM visits
    WHERE site IN {sites:Array(UInt32)} AND identified AND NOT test
        AND generation IN
        (
            SELECT generation
            FROM published
            WHERE site IN {sites:Array(UInt32)}
                AND (site, day) NOT IN arrayZip({but_sites:Array(UInt32)}, {but_days:Array(Date)})
            UNION ALL
            SELECT arrayJoin({fresh:Array(UInt64)})
        )
        AND (site, visitor) IN
        (
            SELECT site, visitor
            FROM hits
            WHERE (site, day) IN arrayZip({sites:Array(UInt32)}, {days:Array(Date)}) AND visitor != 0
        )
    GROUP BY site, visitor
)
SELECT
    s.site, s.day,
    transform(
        bitShiftLeft(toUInt64(s.site), 16) + toUInt16(s.day),
        arrayMap((site, day) -> bitShiftLeft(toUInt64(site), 16) + toUInt16(day), {sites:Array(UInt32)}, {days:Array(Date)}),
        {generations:Array(UInt64)}, toUInt64(0)
    ),
    test, s.visitor, identified, basis, number,
    identified AND (
        number > 1 OR s.day > s.first_day OR (before.first_day != toDate(0) AND s.day > before.first_day)
    ) AS returning,
    started, ended, duration, hits, actions,
    pageviews, events, downloads, outlinks, searches, engaged, entry_page, entry_title, exit_page, exit_title, pages, titles,
    page_seconds, statuses, event_categories, event_actions, event_names, event_values, download_urls, outlink_urls,
    search_keywords, search_categories, content_names, content_pieces, goals, goal_revenues, orders, order_revenue,
    product_names, product_pieces, product_revenues, dimensions, host, referrer_type, referrer_name, referrer_path, keyword,
    campaign_name, campaign_source, campaign_medium, campaign_keyword, campaign_content, campaign_id, country, region, city,
    browser, browser_version, os, os_version, device, brand, model, language, screen, local_hour, visitor_hour
FROM sessions(
    sites = {sites:Array(UInt32)}, days = {days:Array(Date)}, repeating = {repeating:Array(UInt32)},
    of_actions = {of_actions:Array(UInt8)}
) AS s
LEFT JOIN before ON s.site = before.site AND s.visitor = before.visitor
