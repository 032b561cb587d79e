-- What is published of the days that got hits since an instant.
SELECT site, day, generation, facts_generation, raw_rows, max_stored, has_audience
FROM published
WHERE (site, day) IN (SELECT DISTINCT site, day FROM hits WHERE stored >= {since:DateTime64(3)} AND day > {cutoff:Date})
