-- Generations of facts that are old enough and not published.
SELECT DISTINCT generation
FROM facts
WHERE generation < {before:UInt64} AND generation NOT IN (SELECT facts_generation FROM published)
