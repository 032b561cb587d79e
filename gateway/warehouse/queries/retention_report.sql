-- Per table: rows, and the oldest thing in it; the moment at which the first of its rows is due.
SELECT 'hits' AS table, count() AS rows, toString(min(day)) AS oldest, toString(addMonths(min(day), {raw:UInt16}) + 1) AS due FROM hits
UNION ALL
SELECT 'visits', count(), toString(min(day)), toString(addMonths(min(day), {data:UInt16}) + 1) FROM visits
UNION ALL
SELECT 'facts', count(), toString(min(day)), toString(addMonths(min(day), {data:UInt16}) + 1) FROM facts
UNION ALL
SELECT 'audience', count(), toString(min(day)), toString(addMonths(min(day), {data:UInt16}) + 1) FROM audience
UNION ALL
SELECT 'rollups', count(), toString(min(day)), toString(addMonths(min(day), {data:UInt16}) + 1) FROM rollups
UNION ALL
SELECT 'tallies', count(), toString(min(day)), toString(addMonths(min(day), {data:UInt16}) + 1) FROM tallies
UNION ALL
SELECT 'consents', count(), toString(toDate(intDiv(min(ts), 1000), 'UTC')), toString(toDate(intDiv(min(due), 1000), 'UTC') + 1)
FROM consent_limits
UNION ALL
SELECT 'notices', count(), toString(toDate(toUInt32(min(served_from)), 'UTC')), '' FROM notices
UNION ALL
SELECT 'dead_letters', count(), toString(toDate(intDiv(min(ts), 1000), 'UTC')),
    if(
        countIf(table_name = 'hits') = 0, '',
        toString(addMonths(toDate(intDiv(minIf(ts, table_name = 'hits'), 1000), 'UTC'), {raw:UInt16}) + 1)
    )
FROM dead_letters
