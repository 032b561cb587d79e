-- Generations of {table:Identifier} that are old enough and were left behind by a crash.
SELECT DISTINCT day, generation
FROM {table:Identifier}
WHERE generation < {before:UInt64} AND generation NOT IN
    (SELECT arrayJoin([published.generation, published.facts_generation]) FROM published)
