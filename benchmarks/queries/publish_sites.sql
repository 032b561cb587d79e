-- What make_sites.sql made is published.
INSERT INTO rollups (site, day, generation, facts_generation, raw_rows, max_stored, visits, has_audience)
SELECT
    1 + number % {sites:UInt32}, {last:Date} - intDiv(number, {sites:UInt32}), 1, 1, 1, '2026-01-01 00:00:00.000', 100, true
FROM numbers({sites:UInt32} * {days:UInt16})
