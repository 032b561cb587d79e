SELECT site, day, generation, facts_generation, raw_rows, max_stored, has_audience
FROM published
WHERE (site, day) IN arrayZip({sites:Array(UInt32)}, {days:Array(Date)})
