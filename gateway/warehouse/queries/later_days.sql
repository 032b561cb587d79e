-- The later days on which someone who came or went between two generations met the same value the next time. `but_days` of
-- `but_sites` are written already.
WITH moved AS
(
    SELECT site, day, visitor, dimension, value
    FROM facts
    WHERE (site, day) IN arrayZip({sites:Array(UInt32)}, {days:Array(Date)}) AND generation IN {changed:Array(UInt64)}
    GROUP BY site, day, visitor, dimension, value
    HAVING uniqExact(generation) = 1
)
SELECT DISTINCT site, next AS day
FROM
(
    SELECT moved.site AS site, min(later.day) AS next
    FROM
    (
        SELECT site, day, visitor, dimension, value
        FROM facts
        WHERE (site, visitor) IN (SELECT site, visitor FROM moved) AND day > arrayMin({days:Array(Date)})
            AND (site, day, generation) IN
            (
                SELECT site, day, facts_generation
                FROM published
                WHERE site IN {sites:Array(UInt32)} AND day > arrayMin({days:Array(Date)})
                    AND (site, day) NOT IN arrayZip({but_sites:Array(UInt32)}, {but_days:Array(Date)})
            )
    ) AS later
    INNER JOIN moved
    ON later.site = moved.site AND later.visitor = moved.visitor AND later.dimension = moved.dimension
        AND later.value = moved.value
    WHERE later.day > moved.day
    GROUP BY moved.site, moved.day, moved.visitor, moved.dimension, moved.value
)
