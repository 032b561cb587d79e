SELECT day, generation, facts_generation, raw_rows, max_stored, has_audience
FROM published
WHERE site = {site:UInt32}
ORDER BY day
