-- What there is now of raw hits, for the days that got hits since an instant.
SELECT site, day, count() AS raw_rows, max(stored) AS max_stored
FROM hits
WHERE day > {cutoff:Date}
    AND (site, day) IN (SELECT DISTINCT site, day FROM hits WHERE stored >= {since:DateTime64(3)} AND day > {cutoff:Date})
GROUP BY site, day
ORDER BY site, day
