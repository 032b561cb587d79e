-- The days on which rows of erased visitors are, of any generation.
SELECT DISTINCT visitor, day
FROM
(
    SELECT visitor, day
    FROM hits
    WHERE site = {site:UInt32} AND visitor IN {visitors:Array(UInt64)}
        AND ts < transform(visitor, {visitors:Array(UInt64)}, {befores:Array(Int64)}, toInt64(0))
    UNION ALL
    SELECT visitor, day
    FROM visits
    WHERE site = {site:UInt32} AND identified AND visitor IN {visitors:Array(UInt64)}
        AND started < transform(visitor, {visitors:Array(UInt64)}, {befores:Array(Int64)}, toInt64(0))
    UNION ALL
    SELECT visitor, day
    FROM facts
    WHERE site = {site:UInt32} AND visitor IN {visitors:Array(UInt64)}
        AND day < transform(visitor, {visitors:Array(UInt64)}, {until:Array(Date)}, toDate(0))
)
ORDER BY day, visitor
