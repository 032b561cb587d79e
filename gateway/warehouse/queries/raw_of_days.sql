-- What there is now of raw hits, for given days.
SELECT site, day, count() AS raw_rows, max(stored) AS max_stored
FROM hits
WHERE (site, day) IN arrayZip({sites:Array(UInt32)}, {days:Array(Date)})
GROUP BY site, day
