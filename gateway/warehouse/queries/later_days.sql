-- The later days on which someone who came or went between two generations met the same value the next time.
WITH moved AS
(
    SELECT day, visitor, dimension, value
    FROM facts
    WHERE site = {site:UInt32} AND day IN {days:Array(Date)} AND generation IN {changed:Array(UInt64)}
    GROUP BY day, visitor, dimension, value
    HAVING uniqExact(generation) = 1
)
SELECT DISTINCT next
FROM
(
    SELECT min(later.day) AS next
    FROM
    (
        SELECT day, visitor, dimension, value
        FROM facts
        WHERE site = {site:UInt32} AND day > {first:Date} AND generation IN {later:Array(UInt64)}
            AND visitor IN (SELECT visitor FROM moved)
    ) AS later
    INNER JOIN moved
    ON later.visitor = moved.visitor AND later.dimension = moved.dimension AND later.value = moved.value
    WHERE later.day > moved.day
    GROUP BY moved.day, moved.visitor, moved.dimension, moved.value
)
ORDER BY next
