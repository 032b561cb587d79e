-- What there is now of raw hits, for given days.
SELECT day, count() AS raw_rows, max(stored) AS max_stored
FROM hits
WHERE site = {site:UInt32} AND day IN {days:Array(Date)}
GROUP BY day
