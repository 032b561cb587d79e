-- Figures of the visits that a filter lets through, per period and value of a dimension that each visit has one of, and with
-- `totals` those of all of them.
SELECT
    arrayJoin(if({totals:Bool}, [false, true], [false])) AS total,
    if(total, {first:Date}, toDate(roundDown(toUInt16(v.day), {starts:Array(UInt16)}))) AS period,
    if(total, '', /* value */) AS value,
    -- One number for each visitor, and without an id for each visitor and day: several columns take twice as long.
    uniqExact(toUInt128(v.visitor) * 131072 + if(v.identified, 0, 2 * toUInt16(v.day) + 1)) AS visitors,
    uniqExact(toUInt128(v.visitor) * 131072 + 2 * toUInt16(v.day) + v.identified) AS daily_visitors,
    count() AS visits,
    0 AS hits,
    sum(v.pageviews) AS pageviews,
    sum(v.actions) AS actions,
    max(v.actions) AS max_actions,
    countIf(v.actions = 1) AS bounces,
    sum(v.duration) AS seconds,
    sum(v.engaged) AS engaged,
    count() AS entries,
    count() AS exits,
    sum(arraySum(v.event_values)) AS amount,
    sum(v.events) AS events,
    sum(v.downloads) AS downloads,
    sum(v.outlinks) AS outlinks,
    sum(v.searches) AS searches,
    sum(length(v.conversions)) AS conversions,
    countIf(notEmpty(v.conversions)) AS converted,
    sum(v.revenue) AS revenue,
    sum(v.orders) AS orders
FROM visits AS v
WHERE v.site = {site:UInt32}
    AND v.day BETWEEN {first:Date} AND {last:Date}
    AND v.generation IN
    (
        SELECT generation
        FROM published
        WHERE site = {site:UInt32} AND day BETWEEN {first:Date} AND {last:Date}
    )
    AND (/* filter */)
    /* restricted */
    AND (total OR NOT {only:Bool} OR value IN {values:Array(String)})
    AND (total OR {unknown:Bool} OR value != '')
GROUP BY total, period, value
