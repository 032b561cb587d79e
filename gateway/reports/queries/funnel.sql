-- How many visits (or visitors, `of_visitors`) came how far: from the beginning, each step by a later action than the one before.
-- An action is a hit that is one of the steps, as the list `steps` of its numbers. It belongs to the visit that its hit was put
-- into: a hit without an id whose run has one id alone is that visitor's, as in write_visits.sql.
WITH
    1800000 AS gap,
    acted AS
    (
        SELECT h.day AS day, h.test AS test, h.anon AS anon, h.visitor AS visitor, h.ts AS ts, h.id AS id, /* steps */ AS steps
        FROM hits AS h
        WHERE h.site = {site:UInt32} AND h.day BETWEEN {first:Date} AND {last:Date} AND notEmpty(steps)
        ORDER BY ts
        LIMIT 1 BY day, id
    ),
    mixed AS
    (
        SELECT day, anon
        FROM hits
        WHERE site = {site:UInt32} AND day BETWEEN {first:Date} AND {last:Date}
        GROUP BY day, test, anon
        HAVING min(visitor) = 0 AND max(visitor) != 0
    ),
    claims AS
    (
        SELECT day, test, anon, groupArray((run[1].1, run[-1].1, found[1])) AS runs
        FROM
        (
            SELECT
                day, test, anon,
                arraySort(arrayZip(groupArray(ts), groupArray(visitor))) AS ordered,
                arrayJoin(arraySplit((hit, step) -> step > gap, ordered, arrayDifference(ordered.1))) AS run,
                arrayDistinct(arrayFilter(one -> one != 0, run.2)) AS found
            FROM
            (
                SELECT day, test, anon, ts, visitor
                FROM hits
                WHERE site = {site:UInt32} AND day BETWEEN {first:Date} AND {last:Date} AND (day, anon) IN mixed
                ORDER BY ts
                LIMIT 1 BY day, id
            )
            GROUP BY day, test, anon
        )
        WHERE length(found) = 1
        GROUP BY day, test, anon
    ),
    chosen AS
    (
        SELECT v.day AS day, v.test AS test, v.visitor AS visitor, v.identified AS identified, v.started AS started, v.ended AS ended
        FROM visits AS v
        WHERE v.site = {site:UInt32}
            AND v.day BETWEEN {first:Date} AND {last:Date}
            AND v.generation IN
            (
                SELECT generation
                FROM published
                WHERE site = {site:UInt32} AND day BETWEEN {first:Date} AND {last:Date}
            )
            AND (NOT {of_visitors:Bool} OR (v.identified AND v.basis != 'exempt'))
            AND (/* filter */)
            /* restricted */
    )
SELECT
    (SELECT count() FROM chosen) AS visits,
    (SELECT uniqExactIf(visitor, identified) FROM chosen) AS visitors,
    arrayMap(step -> countEqual(depths, step), range({count:UInt8} + 1)) AS ended_at
FROM
(
    SELECT groupArray(depth) AS depths
    FROM
    (
        SELECT
            arrayFold(
                (depth, one) -> if(has(one.3, toUInt8(depth + 1)), toUInt8(depth + 1), depth),
                arraySort(arrayZip(groupArray(owned.ts), groupArray(owned.id), groupArray(owned.steps))),
                toUInt8(0)
            ) AS depth
        FROM
        (
            SELECT
                acted.day AS day, acted.test AS test, acted.ts AS ts, acted.id AS id, acted.steps AS steps,
                if(
                    acted.visitor != 0, acted.visitor, arrayFirst(run -> acted.ts BETWEEN run.1 AND run.2, claims.runs).3
                ) AS owner,
                owner != 0 AS is_identified,
                if(is_identified, owner, acted.anon) AS who
            FROM acted
            LEFT JOIN claims ON acted.day = claims.day AND acted.test = claims.test AND acted.anon = claims.anon
        ) AS owned
        ASOF INNER JOIN chosen
        ON owned.day = chosen.day AND owned.test = chosen.test AND owned.who = chosen.visitor
            AND owned.is_identified = chosen.identified AND owned.ts >= chosen.started
        WHERE owned.ts <= chosen.ended
        GROUP BY
            chosen.test, chosen.identified, chosen.visitor,
            if({of_visitors:Bool}, toDate(0), chosen.day), if({of_visitors:Bool}, 0, chosen.started)
    )
)
