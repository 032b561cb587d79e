-- Figures of the visits that a filter lets through, per period and value of a dimension that each visit has one of.
SELECT
    toDate(roundDown(toUInt16(v.day), {starts:Array(UInt16)})) AS period,
    /* value */ AS value,
    uniqExact(v.visitor, v.identified, if(v.identified, toDate(0), v.day)) AS visitors,
    uniqExact(v.day, v.visitor, v.identified) AS daily_visitors,
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
    AND (NOT {only:Bool} OR value IN {values:Array(String)})
    AND ({unknown:Bool} OR value != '')
    AND (/* filter */)
    /* restricted */
GROUP BY period, value
