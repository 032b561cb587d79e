-- Figures of the visits that a filter lets through, per period and value of one dimension.
WITH
    toDate(roundDown(toUInt16(day), {starts:Array(UInt16)})) AS period
SELECT
    period,
    multiIf(
        {dimension:String} = '', '',
        {dimension:String} = 'entry_page', v.entry_page,
        {dimension:String} = 'exit_page', v.exit_page,
        {dimension:String} = 'entry_title', if(v.entry_page = '', '', v.entry_title),
        {dimension:String} = 'exit_title', if(v.exit_page = '', '', v.exit_title),
        {dimension:String} = 'host', toString(v.host),
        {dimension:String} = 'referrer_type', toString(v.referrer_type),
        {dimension:String} = 'referrer', v.referrer_name,
        {dimension:String} = 'keyword', v.keyword,
        {dimension:String} = 'campaign', v.campaign_name,
        {dimension:String} = 'campaign_source', v.campaign_source,
        {dimension:String} = 'campaign_medium', v.campaign_medium,
        {dimension:String} = 'country', toString(v.country),
        {dimension:String} = 'region', toString(v.region),
        {dimension:String} = 'city', toString(v.city),
        {dimension:String} = 'browser', toString(v.browser),
        {dimension:String} = 'browser_version', trim(concat(v.browser, ' ', v.browser_version)),
        {dimension:String} = 'os', toString(v.os),
        {dimension:String} = 'os_version', trim(concat(v.os, ' ', v.os_version)),
        {dimension:String} = 'device', toString(v.device),
        {dimension:String} = 'language', toString(v.language),
        {dimension:String} = 'screen', toString(v.screen),
        {dimension:String} = 'hour', leftPad(toString(v.local_hour), 2, '0'),
        ''
    ) AS value,
    uniqExact(v.visitor, v.identified) AS visitors,
    count() AS visits,
    sum(v.pageviews) AS pageviews,
    sum(v.actions) AS actions,
    visits AS entries,
    visits AS exits,
    if(visits = 0, 0, countIf(v.actions = 1) / visits) AS bounce_rate,
    if(visits = 0, 0, sum(v.duration) / visits) AS avg_seconds,
    if(visits = 0, 0, sum(v.engaged) / visits) AS engaged_seconds,
    count() OVER (PARTITION BY period) AS value_count
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
