-- The hits of some visits, the i-th of each array telling of the i-th visit. Hits that came before their visitor had an id
-- belong to it where nobody else's id came under that day's fingerprint.
WITH
    chosen AS
    (
        SELECT one.1 AS visit, one.2 AS day, one.3 AS visitor, one.4 AS identified, one.5 AS first, one.6 AS last
        FROM
        (
            SELECT arrayJoin(arrayZip(
                arrayEnumerate({days:Array(Date)}), {days:Array(Date)}, {visitors:Array(UInt64)}, {identified:Array(Bool)},
                {firsts:Array(Int64)}, {lasts:Array(Int64)}
            )) AS one
        )
    ),
    of_day AS
    (
        SELECT *
        FROM hits
        WHERE site = {site:UInt32} AND day IN {days:Array(Date)} AND NOT test
        ORDER BY ts
        LIMIT 1 BY day, id
    ),
    fingerprints AS
    (
        SELECT DISTINCT visit, day, anon, visitor, first, last, ids = 1 AS alone
        FROM chosen
        INNER JOIN
        (
            SELECT day, anon, arrayJoin(found) AS visitor, length(found) AS ids
            FROM
            (
                SELECT day, anon, groupUniqArrayIf(h.visitor, h.visitor != 0) AS found
                FROM of_day AS h
                GROUP BY day, anon
            )
        ) AS met
        ON chosen.day = met.day AND chosen.visitor = met.visitor
        WHERE chosen.identified
        UNION ALL
        SELECT visit, day, chosen.visitor, 0, first, last, true
        FROM chosen
        WHERE NOT identified
    )
SELECT
    f.visit AS visit, h.ts AS at, h.type AS type, h.host AS host, h.path AS path, h.title AS title, h.category AS category,
    h.action AS action, h.name AS name, h.value AS value, h.target AS target, h.count AS results, h.status AS status,
    h.goals AS goals, h.revenue AS revenue
FROM of_day AS h
INNER JOIN fingerprints AS f ON h.day = f.day AND h.anon = f.anon
WHERE h.ts BETWEEN f.first AND f.last AND (h.visitor = f.visitor OR (h.visitor = 0 AND f.alone))
    AND h.type NOT IN ('ping', 'engagement')
ORDER BY visit, h.ts, h.id
LIMIT {most:UInt32} BY visit
