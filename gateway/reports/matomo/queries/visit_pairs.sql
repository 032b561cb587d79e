-- Visits by two of their descriptions at once, per period: search engines with their keywords, campaigns with theirs.
WITH
    toDate(roundDown(toUInt16(day), {starts:Array(UInt16)})) AS period
SELECT
    period,
    multiIf(
        {outer:String} = 'referrer_type', toString(v.referrer_type),
        {outer:String} = 'referrer', v.referrer_name,
        {outer:String} = 'campaign', v.campaign_name,
        {outer:String} = 'keyword', v.keyword,
        ''
    ) AS outer,
    multiIf(
        {inner:String} = 'referrer', v.referrer_name,
        {inner:String} = 'referrer_path', v.referrer_path,
        {inner:String} = 'keyword', v.keyword,
        {inner:String} = 'referrer_or_keyword', if(v.referrer_type = 'search', v.keyword, v.referrer_name),
        {inner:String} = 'campaign_keyword', v.campaign_keyword,
        ''
    ) AS inner,
    uniqExact(v.visitor, v.identified, if(v.identified, toDate(0), v.day)) AS visitors,
    uniqExact(v.day, v.visitor, v.identified) AS daily_visitors,
    count() AS visits,
    sum(v.actions) AS actions,
    max(v.actions) AS max_actions,
    sum(v.duration) AS seconds,
    countIf(v.actions = 1) AS bounces,
    countIf(notEmpty(v.conversions)) AS converted_visits,
    sum(length(v.conversions)) AS conversions,
    sum(v.revenue) AS revenue,
    count() OVER (PARTITION BY period) AS pair_count
FROM visits AS v
WHERE v.site = {site:UInt32}
    AND v.day BETWEEN {first:Date} AND {last:Date}
    AND v.generation IN
    (
        SELECT generation
        FROM published
        WHERE site = {site:UInt32} AND day BETWEEN {first:Date} AND {last:Date}
    )
    AND (outer != '' OR {outer:String} = 'keyword')
    AND (/* filter */)
    /* restricted */
GROUP BY period, outer, inner
ORDER BY period, visits DESC, outer, inner
LIMIT {limit:UInt32} BY period
