-- Visits of {days} days from {first} on, spread evenly over the days and the hours.
INSERT INTO visits
(
    site, day, generation, test, visitor, identified, basis, started, ended, duration, hits, actions, pageviews, engaged,
    entry_page, entry_title, exit_page, exit_title, pages, titles, page_seconds, host, referrer_type, referrer_name,
    campaign_name, country, browser, browser_version, os, os_version, device, language, screen, local_hour
)
WITH
    cityHash64(number, {round:UInt32}) AS chance,
    arrayMap(i -> concat('/p/', toString(toUInt32(300 * pow((cityHash64(chance, i) % 10000) / 10000, 3)))), range(4)) AS seen,
    {first:Date} + number % {days:UInt32} AS on
SELECT
    1, on, 1, false, if(chance % 10 < 6, cityHash64(chance) % {visitors:UInt32}, chance) AS who, chance % 10 < 6, 'consent',
    toInt64(toUnixTimestamp(toDateTime(on))) * 1000 + chance % 86000000 AS begun, begun + 240000, 241, 4, 4, 4, chance % 120,
    seen[1], concat('Title ', seen[1]), seen[4], concat('Title ', seen[4]), seen, arrayMap(one -> concat('Title ', one), seen),
    [60., 60., 60., 60.], 'www.example.com', ['direct', 'search', 'website', 'campaign'][chance % 4 + 1],
    if(chance % 4 = 0, '', concat('site', toString(chance % 40))), if(chance % 4 = 3, concat('c', toString(chance % 12)), ''),
    ['FR', 'DE', 'BE', 'CH', 'US', 'GB', 'ES', 'IT'][chance % 8 + 1], ['Chrome', 'Firefox', 'Safari'][chance % 3 + 1],
    toString(100 + chance % 20), ['Windows', 'Android', 'iOS'][chance % 3 + 1], '', ['desktop', 'phone'][chance % 2 + 1], 'fr',
    '1920x1080', chance % 24
FROM numbers({visits:UInt64})
