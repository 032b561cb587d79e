-- Figures without a filter, exact over any range: per period (its first day in `starts`) and value of one dimension.
-- Visitors with an id count in a period where the day is their first within it: prev_day before the period began. `every`:
-- all the rows of visitors are wanted, not only those that can be such; `uniques`: any are.
SELECT
    f.period AS period,
    f.value AS value,
    f.nameless + met.visitors AS visitors,
    f.nameless + met.daily_visitors AS daily_visitors,
    visits, hits, pageviews, actions, max_actions, bounces, seconds, engaged, entries, exits, amount, events, downloads, outlinks,
    searches, conversions, converted, revenue, orders
FROM
(
    SELECT
        toDate(roundDown(toUInt16(a.day), {starts:Array(UInt16)})) AS period,
        a.value AS value,
        sum(a.visitors) AS nameless,
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
        AND a.dimension = {dimension:String}
        AND a.reach = 0
        AND a.day BETWEEN {first:Date} AND {last:Date}
        AND a.generation IN
        (
            SELECT facts_generation
            FROM published
            WHERE site = {site:UInt32} AND day BETWEEN {first:Date} AND {last:Date}
        )
        AND (NOT {only:Bool} OR a.value IN {values:Array(String)})
    GROUP BY period, value
) AS f
LEFT JOIN
(
    SELECT
        toDate(roundDown(toUInt16(a.day), {starts:Array(UInt16)})) AS period,
        a.value AS value,
        sumIf(a.visitors, a.prev_day < period) AS visitors,
        sum(a.visitors) AS daily_visitors
    FROM audience AS a
    WHERE {uniques:Bool}
        AND a.site = {site:UInt32}
        AND a.dimension = {dimension:String}
        AND (a.reach, a.day, a.generation) IN
        (
            SELECT reach, day, facts_generation
            FROM published
            ARRAY JOIN CAST(arrayMap(i -> exp2(i), range(16)), 'Array(UInt16)') AS reach
            WHERE site = {site:UInt32}
                AND day BETWEEN {first:Date} AND {last:Date}
                AND ({every:Bool} OR toUInt16(day) - roundDown(toUInt16(day), {starts:Array(UInt16)}) < 2 * reach)
        )
        AND (NOT {only:Bool} OR a.value IN {values:Array(String)})
    GROUP BY period, value
) AS met
ON f.period = met.period AND f.value = met.value
