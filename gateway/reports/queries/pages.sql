-- Figures of the pages (or titles) of the visits that a filter lets through, per period.
WITH
    toDate(roundDown(toUInt16(day), {starts:Array(UInt16)})) AS period
SELECT
    period,
    page.1 AS value,
    uniqExact(v.visitor, v.identified) AS visitors,
    countIf(page.3 = 1) AS visits,
    count() AS pageviews,
    count() AS actions,
    countIf(at = 1) AS entries,
    countIf(at = length(v.pages)) AS exits,
    if(entries = 0, 0, countIf(at = 1 AND v.actions = 1) / entries) AS bounce_rate,
    if(pageviews = 0, 0, sum(page.2) / pageviews) AS avg_seconds,
    0. AS engaged_seconds,
    count() OVER (PARTITION BY period) AS value_count
FROM visits AS v
ARRAY JOIN
    arrayEnumerate(v.pages) AS at,
    arrayZip(
        if({dimension:String} = 'title', v.titles, v.pages),
        v.page_seconds,
        arrayEnumerateUniq(if({dimension:String} = 'title', v.titles, v.pages))
    ) AS page
WHERE v.site = {site:UInt32}
    AND v.day BETWEEN {first:Date} AND {last:Date}
    AND v.generation IN
    (
        SELECT generation
        FROM published
        WHERE site = {site:UInt32} AND day BETWEEN {first:Date} AND {last:Date}
    )
    AND (NOT {only:Bool} OR value IN {values:Array(String)})
    AND (value != '' OR {dimension:String} IN
        ('', 'page', 'title', 'referrer_type', 'country', 'browser', 'os', 'device', 'language', 'screen'))
    AND (/* filter */)
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
