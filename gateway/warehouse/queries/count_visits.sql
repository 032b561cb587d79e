SELECT generation, count() AS visits
FROM visits
WHERE site = {site:UInt32} AND generation IN {fresh:Array(UInt64)} AND day IN {days:Array(Date)}
GROUP BY generation
