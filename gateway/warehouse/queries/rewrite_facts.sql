-- The facts of later days once more, with prev_day as it is now; generations[i] takes the place of olds[i].
INSERT INTO facts
(
    site, day, generation, dimension, value, visitor, identified, prev_day, visits, pageviews, actions, bounces, seconds,
    engaged, entries, exits
)
WITH
    moved AS
    (
        SELECT DISTINCT dimension, value, visitor
        FROM
        (
            SELECT dimension, value, visitor
            FROM facts
            WHERE site = {site:UInt32} AND generation IN {changed:Array(UInt64)} AND day IN {days:Array(Date)} AND identified
            GROUP BY day, dimension, value, visitor
            HAVING count() = 1
        )
    ),
    anew AS
    (
        SELECT
            day, dimension, value, visitor, true AS found,
            lagInFrame(day, 1, toDate(0)) OVER (
                PARTITION BY dimension, value, visitor ORDER BY day ROWS BETWEEN 1 PRECEDING AND CURRENT ROW
            ) AS prev_day
        FROM facts
        WHERE site = {site:UInt32} AND generation IN {history:Array(UInt64)} AND identified
            AND (dimension, value, visitor) IN moved
    )
SELECT
    old.site, old.day, transform(old.generation, {olds:Array(UInt64)}, {generations:Array(UInt64)}, toUInt64(0)),
    old.dimension, old.value, old.visitor, old.identified,
    if(anew.found AND old.identified, anew.prev_day, old.prev_day),
    old.visits, old.pageviews, old.actions, old.bounces, old.seconds, old.engaged, old.entries, old.exits
FROM (SELECT * FROM facts WHERE site = {site:UInt32} AND generation IN {olds:Array(UInt64)}) AS old
LEFT JOIN anew
ON old.day = anew.day AND old.dimension = anew.dimension AND old.value = anew.value AND old.visitor = anew.visitor
