-- Figures of the pages, events, goals and the like of the visits that a filter lets through, per period and value.
SELECT
    toDate(roundDown(toUInt16(v.day), {starts:Array(UInt16)})) AS period,
    one AS value,
    uniqExact(v.visitor, v.identified, if(v.identified, toDate(0), v.day)) AS visitors,
    uniqExact(v.day, v.visitor, v.identified) AS daily_visitors,
    countIf(nth = 1) AS visits,
    sum(weight) AS hits,
    0 AS pageviews,
    0 AS actions,
    0 AS max_actions,
    countIf(at = 1 AND v.actions = 1) AS bounces,
    sum(spent) AS seconds,
    0 AS engaged,
    countIf(at = 1) AS entries,
    countIf(at = v.pageviews) AS exits,
    sum(worth) AS amount,
    0 AS events,
    0 AS downloads,
    0 AS outlinks,
    0 AS searches,
    0 AS conversions,
    0 AS converted,
    0 AS revenue,
    countIf({dimension:String} = 'product' OR value = 'order') AS orders
FROM visits AS v
ARRAY JOIN
    /* values */ AS one,
    arrayEnumerate(/* values */) AS at,
    arrayEnumerateUniq(/* values */) AS nth,
    /* weights */ AS weight,
    /* seconds */ AS spent,
    /* amounts */ AS worth
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
