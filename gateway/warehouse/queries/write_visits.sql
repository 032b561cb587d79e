-- A new generation of visits for some days; generations[i] belongs to days[i]. Whether a visitor was there before is told by
-- the visits of the generations in `history` and by the new ones themselves.
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
    SELECT visitor, min(day) AS first_day
    FROM visits
    WHERE site = {site:UInt32} AND generation IN {history:Array(UInt64)} AND identified AND NOT test
        AND visitor IN
        (
            SELECT visitor
            FROM hits
            WHERE site = {site:UInt32} AND day BETWEEN {first:Date} AND {last:Date} AND visitor != 0
        )
    GROUP BY visitor
)
SELECT
    {site:UInt32}, s.day, transform(s.day, {days:Array(Date)}, {generations:Array(UInt64)}, toUInt64(0)), test, s.visitor,
    identified, basis, number,
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
    site = {site:UInt32}, first = {first:Date}, last = {last:Date}, repeating = {repeating:Array(UInt32)},
    of_actions = {of_actions:Array(UInt8)}
) AS s
LEFT JOIN before ON s.visitor = before.visitor
