-- published
-- The site's days up to one whose figures are made.
SELECT day
FROM published
WHERE site = {site:UInt32} AND day <= {last:Date}
ORDER BY day
