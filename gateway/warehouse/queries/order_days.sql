-- The later days with orders of the same numbers as orders of some days have.
SELECT DISTINCT day
FROM hits
WHERE site = {site:UInt32} AND day > {first:Date} AND type = 'order' AND order_id IN
    (
        SELECT order_id
        FROM hits
        WHERE site = {site:UInt32} AND day IN {days:Array(Date)} AND order_id != 0
    )
