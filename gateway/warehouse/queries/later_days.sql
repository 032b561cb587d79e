-- The published later days on which someone appears whose earlier days changed between two generations.
SELECT DISTINCT day, generation
FROM facts
WHERE site = {site:UInt32} AND day > {first:Date} AND generation IN {later:Array(UInt64)} AND identified
    AND (dimension, value, visitor) IN
    (
        SELECT dimension, value, visitor
        FROM facts
        WHERE site = {site:UInt32} AND generation IN {changed:Array(UInt64)} AND day IN {days:Array(Date)} AND identified
        GROUP BY day, dimension, value, visitor
        HAVING count() = 1
    )
ORDER BY day
