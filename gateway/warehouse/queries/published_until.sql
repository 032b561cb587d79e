-- The last published day and the highest generation of each site.
SELECT site, max(day) AS last, max(rollups.facts_generation) AS highest
FROM rollups
WHERE site IN {sites:Array(UInt32)}
GROUP BY site
