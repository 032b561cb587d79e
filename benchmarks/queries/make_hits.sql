-- A day of hits as a site has them: views and reports of attention, five a visit.
INSERT INTO hits
(
    site, day, ts, local_hour, anon, visitor, id, type, basis, page_view, host, path, title, referrer_type, country, browser,
    browser_version, os, device, language, screen, seconds
)
SELECT
    1, {day:Date}, toInt64(toUnixTimestamp(toDateTime({day:Date}))) * 1000 + cityHash64(intDiv(number, 5)) % 86000000
        + number % 5 * 40000,
    9, cityHash64(intDiv(number, 10)), if(intDiv(number, 10) % 3 = 0, 0, cityHash64(intDiv(number, 10), 1)),
    cityHash64(number, 2), if(number % 2 = 0, 'pageview', 'engagement'), 'consent', cityHash64(intDiv(number, 2)),
    'www.example.com', concat('/p/', toString(cityHash64(number) % 300)), concat('Title ', toString(cityHash64(number) % 300)),
    'direct', 'FR', 'Firefox', '120', 'Linux', 'desktop', 'fr', '1920x1080', if(number % 2 = 0, 0, cityHash64(number) % 60)
FROM numbers({hits:UInt64})
