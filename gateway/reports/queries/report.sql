-- The metrics that were asked for, per period and value, out of the figures of another statement of this directory; last comes
-- the total where they have one.
SELECT
    total,
    period,
    value,
    /* metrics */
    count() OVER (PARTITION BY total, period) AS value_count
FROM
(
    /* figures */
)
ORDER BY
    total,
    period,
    if({order:String} = 'value' AND {sign:Int8} > 0, value, ''),
    if({order:String} = 'value' AND {sign:Int8} < 0, value, '') DESC,
    (/* order */) * {sign:Int8},
    visits DESC,
    value
LIMIT {offset:UInt32}, {limit:UInt32} BY total, period
