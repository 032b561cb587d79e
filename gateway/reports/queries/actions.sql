-- Figures of the pages, events, goals and the like of the visits that a filter lets through, per period and value, and with
-- `totals` those of the visits: each then has one more row, in front of the others (at = 0).
SELECT
    at = 0 AS total,
    if(total, {first:Date}, toDate(roundDown(toUInt16(v.day), {starts:Array(UInt16)}))) AS period,
    one AS value,
    -- As in visits.sql.
    uniqExact(toUInt128(v.visitor) * 131072 + if(v.identified, 0, 2 * toUInt16(v.day) + 1)) AS visitors,
    uniqExact(toUInt128(v.visitor) * 131072 + 2 * toUInt16(v.day) + v.identified) AS daily_visitors,
    countIf(nth <= 1) AS visits,
    sum(weight) AS hits,
    sumIf(v.pageviews, total) AS pageviews,
    sumIf(v.actions, total) AS actions,
    maxIf(v.actions, total) AS max_actions,
    countIf(at <= 1 AND v.actions = 1) AS bounces,
    sum(spent) AS seconds,
    sumIf(v.engaged, total) AS engaged,
    countIf(at <= 1) AS entries,
    countIf(total OR at = v.pageviews) AS exits,
    sum(worth) AS amount,
    sumIf(v.events, total) AS events,
    sumIf(v.downloads, total) AS downloads,
    sumIf(v.outlinks, total) AS outlinks,
    sumIf(v.searches, total) AS searches,
    sumIf(length(v.conversions), total) AS conversions,
    countIf(total AND notEmpty(v.conversions)) AS converted,
    sumIf(v.revenue, total) AS revenue,
    sum(if(total, v.orders, {dimension:String} = 'product' OR value = 'order')) AS orders
FROM visits AS v
ARRAY JOIN
    if({totals:Bool}, arrayPushFront(/* values */, ''), /* values */) AS one,
    if({totals:Bool}, arrayPushFront(arrayEnumerate(/* values */), 0), arrayEnumerate(/* values */)) AS at,
    if({totals:Bool}, arrayPushFront(arrayEnumerateUniq(/* values */), 0), arrayEnumerateUniq(/* values */)) AS nth,
    if({totals:Bool}, arrayPushFront(/* weights */, 0), /* weights */) AS weight,
    if({totals:Bool}, arrayPushFront(/* seconds */, v.duration), /* seconds */) AS spent,
    if({totals:Bool}, arrayPushFront(/* amounts */, arraySum(v.event_values)), /* amounts */) AS worth
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
