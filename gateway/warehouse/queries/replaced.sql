-- Generations that are old enough and published no more.
SELECT DISTINCT day, arrayJoin([generation, facts_generation]) AS generation
FROM rollups
WHERE facts_generation < {before:UInt64} AND generation NOT IN
    (SELECT arrayJoin([published.generation, published.facts_generation]) FROM published)
