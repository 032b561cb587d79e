-- Facts of new generations of visits.
INSERT INTO facts (site, visitor, dimension, value, day, generation)
SELECT DISTINCT site, visitor, one.1, one.2, day, generation
FROM @counted
ARRAY JOIN arrayDistinct(arrayConcat(whole, arrayZip(parts.1, parts.2))) AS one
WHERE (site, day) IN arrayZip({sites:Array(UInt32)}, {days:Array(Date)}) AND generation IN {generations:Array(UInt64)}
    AND identified AND NOT test
