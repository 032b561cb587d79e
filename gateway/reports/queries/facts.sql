-- Figures without a filter, exact over any range: per period (its first day in `starts`) and value of one dimension.
-- A visitor counts in a period where the day is the visitor's first within it: prev_day before the period began.
WITH
    toDate(roundDown(toUInt16(day), {starts:Array(UInt16)})) AS period,
    {paged:Bool} AS paged
SELECT
    period,
    facts.value AS value,
    countIf(facts.prev_day < period) AS visitors,
    sum(facts.visits) AS visits,
    sum(facts.pageviews) AS pageviews,
    sum(facts.actions) AS actions,
    sum(facts.entries) AS entries,
    sum(facts.exits) AS exits,
    if(paged, entries, visits) AS landed,
    if(paged, pageviews, visits) AS lasted,
    if(landed = 0, 0, sum(facts.bounces) / landed) AS bounce_rate,
    if(lasted = 0, 0, sum(facts.seconds) / lasted) AS avg_seconds,
    if(visits = 0, 0, sum(facts.engaged) / visits) AS engaged_seconds,
    count() OVER (PARTITION BY period) AS value_count
FROM facts
WHERE site = {site:UInt32}
    AND dimension = {dimension:String}
    AND day BETWEEN {first:Date} AND {last:Date}
    AND generation IN
    (
        SELECT facts_generation
        FROM published
        WHERE site = {site:UInt32} AND day BETWEEN {first:Date} AND {last:Date}
    )
    AND (NOT {only:Bool} OR facts.value IN {values:Array(String)})
    /* restricted */
GROUP BY period, value
ORDER BY
    period,
    if({order:String} = 'value' AND {sign:Int8} > 0, value, ''),
    if({order:String} = 'value' AND {sign:Int8} < 0, value, '') DESC,
    multiIf(
        {order:String} = 'visitors', toFloat64(visitors),
        {order:String} = 'visits', toFloat64(visits),
        {order:String} = 'pageviews', toFloat64(pageviews),
        {order:String} = 'actions', toFloat64(actions),
        {order:String} = 'entries', toFloat64(entries),
        {order:String} = 'exits', toFloat64(exits),
        {order:String} = 'bounce_rate', toFloat64(bounce_rate),
        {order:String} = 'avg_seconds', toFloat64(avg_seconds),
        {order:String} = 'engaged_seconds', toFloat64(engaged_seconds),
        0.
    ) * {sign:Int8},
    visits DESC,
    value
LIMIT {offset:UInt32}, {limit:UInt32} BY period
