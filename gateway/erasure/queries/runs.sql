-- Runs of one day's fingerprint in which an erased visitor is the only id: all their hits count as that visitor's visits
-- (warehouse/queries/write_visits.sql). {first} and {last} are what was found of them before and is gone by now. What
-- came after the last of their erasures was asked for, `asked`, tells nothing of whose the hits before it are.
WITH
    1800000 AS gap,
    gone AS
    (
        SELECT one.1 AS day, one.2 AS test, one.3 AS anon, one.4 AS first, one.5 AS last, one.6 AS visitor
        FROM
        (
            SELECT arrayJoin(arrayZip(
                {days:Array(Date)}, {tests:Array(Bool)}, {anons:Array(UInt64)}, {firsts:Array(Int64)}, {lasts:Array(Int64)},
                {owners:Array(UInt64)}
            )) AS one
        )
    ),
    found AS
    (
        SELECT day, test, anon, ts AS first, ts AS last, visitor
        FROM hits
        WHERE site = {site:UInt32} AND ts <= {asked:Int64}
            AND (day, anon) IN
            (
                SELECT day, anon
                FROM hits
                WHERE site = {site:UInt32} AND visitor IN {visitors:Array(UInt64)}
                    AND ts < transform(visitor, {visitors:Array(UInt64)}, {befores:Array(Int64)}, toInt64(0))
                UNION ALL
                SELECT day, anon FROM gone
            )
        UNION ALL
        SELECT day, test, anon, first, last, visitor FROM gone
    )
SELECT day, test, anon, min(first) AS begun, max(last) AS ended, maxIf(visitor, visitor != 0) AS owner
FROM
(
    SELECT *, sum(breaks) OVER (PARTITION BY day, test, anon ORDER BY first, last ROWS UNBOUNDED PRECEDING) AS run
    FROM
    (
        SELECT
            *,
            first - max(last) OVER (
                PARTITION BY day, test, anon ORDER BY first, last ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
            ) > gap AS breaks
        FROM found
    )
)
GROUP BY day, test, anon, run
HAVING uniqExactIf(visitor, visitor != 0) = 1 AND owner IN {visitors:Array(UInt64)}
ORDER BY day, test, anon, begun
