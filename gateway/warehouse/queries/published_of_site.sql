SELECT day, generation, facts_generation, raw_rows, max_stored
FROM published
WHERE site = {site:UInt32}
ORDER BY day
