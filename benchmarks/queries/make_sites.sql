-- The audience of many sites as a whole, day by day: one row of figures, and forty for visitors who came before.
INSERT INTO audience (site, dimension, value, day, prev_day, generation, visitors, visits, hits, pageviews, actions)
SELECT
    1 + number % {sites:UInt32} AS site, '', '', {last:Date} - intDiv(number, {sites:UInt32}) % {days:UInt16} AS day,
    if(seen = 0, toDate(0), day - seen), 1, 1 + cityHash64(number) % 20, if(seen = 0, 100, 0), if(seen = 0, 300, 0),
    if(seen = 0, 250, 0), if(seen = 0, 300, 0)
FROM
(
    SELECT number, intDiv(number, {sites:UInt32} * {days:UInt16}) AS seen
    FROM numbers({sites:UInt32} * {days:UInt16} * 41)
)
