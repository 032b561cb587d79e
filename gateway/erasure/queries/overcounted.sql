-- Rollups that count more visits than there are left of their generation: raw hits had expired, so no new one was made.
SELECT r.generation AS generation, v.visits AS visits
FROM rollups AS r
LEFT JOIN
(
    SELECT generation, count() AS visits
    FROM visits
    WHERE site = {site:UInt32} AND day IN {days:Array(Date)}
    GROUP BY generation
) AS v ON v.generation = r.generation
WHERE r.site = {site:UInt32} AND r.day IN {days:Array(Date)} AND r.visits > v.visits
