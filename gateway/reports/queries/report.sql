-- The metrics that were asked for, per period and value, out of the figures of another statement of this directory.
SELECT
    period,
    value,
    /* metrics */
    count() OVER (PARTITION BY period) AS value_count
FROM
(
    /* figures */
)
ORDER BY
    period,
    if({order:String} = 'value' AND {sign:Int8} > 0, value, ''),
    if({order:String} = 'value' AND {sign:Int8} < 0, value, '') DESC,
    (/* order */) * {sign:Int8},
    visits DESC,
    value
LIMIT {offset:UInt32}, {limit:UInt32} BY period
