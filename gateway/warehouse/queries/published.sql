SELECT site, day, generation, facts_generation, raw_rows, max_stored, has_audience
FROM published
WHERE day > {cutoff:Date} OR NOT has_audience
