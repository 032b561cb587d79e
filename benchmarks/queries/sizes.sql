SELECT
    table, sum(p.rows) AS rows, round(sum(bytes_on_disk) / 1000000, 1) AS mb,
    round(sum(bytes_on_disk) / sum(p.rows), 1) AS bytes
FROM system.parts AS p
WHERE database = currentDatabase() AND active AND table IN ('hits', 'visits', 'audience')
GROUP BY table
ORDER BY table
