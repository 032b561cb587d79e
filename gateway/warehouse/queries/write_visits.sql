-- A new generation of visits for some days; generations[i] belongs to days[i].
INSERT INTO visits
(
    site, day, generation, test, visitor, identified, basis, started, ended, duration, hits, actions, pageviews, events,
    engaged, entry_page, entry_title, exit_page, exit_title, pages, titles, page_seconds, host, referrer_type,
    referrer_name, referrer_path, keyword, campaign_name, campaign_source, campaign_medium, campaign_keyword,
    campaign_content, campaign_id, country, region, city, browser, browser_version, os, os_version, device, language,
    screen, local_hour
)
SELECT
    {site:UInt32}, day, transform(day, {days:Array(Date)}, {generations:Array(UInt64)}, toUInt64(0)), test, visitor,
    identified, basis, started, ended, duration, hits, actions, pageviews, events,
    engaged, entry_page, entry_title, exit_page, exit_title, pages, titles, page_seconds, host, referrer_type,
    referrer_name, referrer_path, keyword, campaign_name, campaign_source, campaign_medium, campaign_keyword,
    campaign_content, campaign_id, country, region, city, browser, browser_version, os, os_version, device, language,
    screen, local_hour
FROM sessions(site = {site:UInt32}, first = {first:Date}, last = {last:Date})
