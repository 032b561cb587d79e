-- Generations of visits that are old enough and not published.
SELECT DISTINCT generation
FROM visits
WHERE generation < {before:UInt64} AND generation NOT IN (SELECT generation FROM published)
