-- What is going on: hits since an instant, by visitor. A visit is told from the next by a pause, or `new_visit`.
SELECT sum(runs) AS visits, count() AS visitors, sum(acted) AS actions, countIf(has_converted) AS converted
FROM
(
    SELECT
        arraySort(groupArrayIf((ts, new_visit), type NOT IN ('ping', 'engagement'))) AS ordered,
        1 + arrayCount(
            (step, new_visit, at) -> at > 1 AND (step > 1800000 OR new_visit),
            arrayDifference(ordered.1), ordered.2, arrayEnumerate(ordered)
        ) AS runs,
        countIf(type IN ('pageview', 'event', 'download', 'outlink', 'search')) AS acted,
        countIf(notEmpty(goals) OR type = 'order') > 0 AS has_converted
    FROM
    (
        SELECT
            h.ts AS ts, h.new_visit AS new_visit, h.type AS type, h.goals AS goals, h.anon AS anon,
            if(h.visitor != 0, h.visitor, late.id) AS visitor,
            visitor != 0 AS identified
        FROM
        (
            SELECT *
            FROM hits
            WHERE site = {site:UInt32} AND day BETWEEN {first:Date} AND {last:Date} AND ts > {since:Int64} AND NOT test
            LIMIT 1 BY id
        ) AS h
        LEFT JOIN
        (
            SELECT day, anon, max(seen.visitor) AS id
            FROM hits AS seen
            WHERE site = {site:UInt32} AND day BETWEEN {first:Date} AND {last:Date} AND ts > {since:Int64}
                AND seen.visitor != 0
            GROUP BY day, anon
            HAVING uniqExact(seen.visitor) = 1
        ) AS late
        ON h.day = late.day AND h.anon = late.anon
    )
    WHERE true
        /* restricted */
    GROUP BY identified, if(identified, visitor, anon)
    HAVING notEmpty(ordered)
)
