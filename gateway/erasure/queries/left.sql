-- How many rows of erased visitors there are, by place.
SELECT 'hits' AS place, visitor, count() AS rows
FROM hits
WHERE site = {site:UInt32} AND visitor IN {visitors:Array(UInt64)}
    AND ts < transform(visitor, {visitors:Array(UInt64)}, {befores:Array(Int64)}, toInt64(0))
GROUP BY visitor
UNION ALL
SELECT 'visits', visitor, count()
FROM visits
WHERE site = {site:UInt32} AND identified AND visitor IN {visitors:Array(UInt64)}
    AND started < transform(visitor, {visitors:Array(UInt64)}, {befores:Array(Int64)}, toInt64(0))
GROUP BY visitor
UNION ALL
SELECT 'facts', visitor, count()
FROM facts
WHERE site = {site:UInt32} AND visitor IN {visitors:Array(UInt64)}
    AND day < transform(visitor, {visitors:Array(UInt64)}, {until:Array(Date)}, toDate(0))
GROUP BY visitor
UNION ALL
-- A dead letter may be no JSON at all: that may be why it was refused.
SELECT 'dead_letters', toUInt64OrZero(extract(payload, '"visitor":\\s*(\\d+)')) AS visitor, count()
FROM dead_letters
WHERE table_name = 'hits' AND visitor IN {visitors:Array(UInt64)}
    AND toInt64OrZero(extract(payload, '"ts":\\s*(\\d+)'))
        < transform(visitor, {visitors:Array(UInt64)}, {befores:Array(Int64)}, toInt64(0))
    AND toUInt32OrZero(extract(payload, '"site":\\s*(\\d+)')) IN ({site:UInt32}, 0)
GROUP BY visitor
