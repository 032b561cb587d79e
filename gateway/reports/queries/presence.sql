-- Which dimensions a site has a value of that says something, from a day on. Every value of a day has a row of reach 0.
SELECT DISTINCT dimension
FROM audience
WHERE site = {site:UInt32} AND reach = 0 AND day >= {first:Date} AND dimension != '' AND value != ''
ORDER BY dimension
