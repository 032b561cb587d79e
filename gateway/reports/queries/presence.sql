-- Which dimensions a site has a value of that says something, from a day on.
SELECT DISTINCT dimension
FROM audience
WHERE site = {site:UInt32} AND day >= {first:Date} AND dimension != '' AND value != ''
ORDER BY dimension
