-- raw_left
-- Days past the raw hits' limit that have raw hits and figures.
SELECT DISTINCT day
FROM hits
WHERE site = {site:UInt32} AND day <= {last:Date}
    AND day IN (SELECT day FROM published WHERE site = {site:UInt32} AND day <= {last:Date})
ORDER BY day
