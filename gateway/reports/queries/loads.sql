-- Page loads that were only counted, by stratum; `base` are those whose visits are recorded.
SELECT
    day,
    country,
    device,
    sumIf(count, state IN ('consented', 'exempt')) AS base,
    sum(count) AS loads,
    sumIf(count, state = 'refused') AS refused,
    sumIf(count, state = 'unanswered') AS unanswered
FROM tallies
WHERE site = {site:UInt32} AND day BETWEEN {first:Date} AND {last:Date} AND what = 'load'
GROUP BY day, country, device
ORDER BY day, country, device
