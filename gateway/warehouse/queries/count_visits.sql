SELECT generation, count() AS visits
FROM visits
WHERE (site, day) IN arrayZip({sites:Array(UInt32)}, {days:Array(Date)}) AND generation IN {generations:Array(UInt64)}
GROUP BY generation
