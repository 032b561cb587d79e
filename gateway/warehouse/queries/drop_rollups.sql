DELETE FROM rollups
WHERE facts_generation < {before:UInt64} AND facts_generation NOT IN (SELECT facts_generation FROM published)
