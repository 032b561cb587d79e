-- Figures without a filter, exact over any range: per period (its first day in `starts`) and value of one dimension, and with
-- `totals` those of the site over the whole range.
-- Visitors with an id count in a period where the day is their first within it: prev_day before the period began. `every`:
-- all the rows of visitors are wanted, not only those that can be such; `uniques`: any are.
SELECT
    arrayJoin(
        multiIf(
            a.dimension != '', [false], {dimension:String} != '', [true], {totals:Bool}, [false, true], [false]
        )
    ) AS total,
    if(total, {first:Date}, toDate(roundDown(toUInt16(a.day), {starts:Array(UInt16)}))) AS period,
    a.value AS value,
    -- Those without an id are in rows of their own, with a prev_day before every period. All else is 0 in rows of the others.
    sumIf(a.visitors, a.prev_day < period) AS visitors,
    sum(a.visitors) AS daily_visitors,
    sum(a.visits) AS visits,
    sum(a.hits) AS hits,
    sum(a.pageviews) AS pageviews,
    sum(a.actions) AS actions,
    max(a.max_actions) AS max_actions,
    sum(a.bounces) AS bounces,
    sum(a.seconds) AS seconds,
    sum(a.engaged) AS engaged,
    sum(a.entries) AS entries,
    sum(a.exits) AS exits,
    sum(a.amount) AS amount,
    sum(a.events) AS events,
    sum(a.downloads) AS downloads,
    sum(a.outlinks) AS outlinks,
    sum(a.searches) AS searches,
    sum(a.conversions) AS conversions,
    sum(a.converted) AS converted,
    sum(a.revenue) AS revenue,
    sum(a.orders) AS orders
FROM audience AS a
WHERE a.site = {site:UInt32}
    AND a.dimension IN if({totals:Bool}, ['', {dimension:String}], [{dimension:String}])
    AND (a.reach, a.day, a.generation) IN
    (
        SELECT reach, day, facts_generation
        FROM published
        ARRAY JOIN CAST(
            if({uniques:Bool}, arrayPushFront(arrayMap(i -> exp2(i), range(16)), 0), [0]), 'Array(UInt16)'
        ) AS reach
        WHERE site = {site:UInt32}
            AND day BETWEEN {first:Date} AND {last:Date}
            AND (
                reach = 0 OR {every:Bool}
                OR toUInt16(day) - roundDown(toUInt16(day), {starts:Array(UInt16)}) < 2 * reach
            )
    )
    AND (NOT {only:Bool} OR a.dimension != {dimension:String} OR a.value IN {values:Array(String)})
GROUP BY total, period, value
