-- The later days with orders of the same numbers as orders of some days have.
SELECT DISTINCT site, day
FROM hits
WHERE site IN {sites:Array(UInt32)} AND day > arrayMin({days:Array(Date)}) AND type = 'order' AND (site, order_id) IN
    (
        SELECT site, order_id
        FROM hits
        WHERE (site, day) IN arrayZip({sites:Array(UInt32)}, {days:Array(Date)}) AND order_id != 0
    )
