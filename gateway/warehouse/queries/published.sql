SELECT site, day, generation, facts_generation, raw_rows, max_stored
FROM published
WHERE day > {cutoff:Date}
