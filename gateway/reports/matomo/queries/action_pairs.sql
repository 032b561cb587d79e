-- Events and contents by one or two of their words, per period. A value of 0 is none, as for Matomo's clients.
WITH
    toDate(roundDown(toUInt16(day), {starts:Array(UInt16)})) AS period,
    {outer:String} IN ('content', 'content_piece') AS of_contents
SELECT
    period,
    one.1 AS outer,
    one.2 AS inner,
    uniqExact(v.visitor, v.identified, if(v.identified, toDate(0), v.day)) AS visitors,
    uniqExact(v.day, v.visitor, v.identified) AS daily_visitors,
    countIf(nth = 1) AS visits,
    count() AS hits,
    hits AS events,
    sum(one.3) AS event_value,
    countIf(one.3 != 0) AS valued_events,
    if(valued_events = 0, 0, minIf(one.3, one.3 != 0)) AS min_event_value,
    if(valued_events = 0, 0, maxIf(one.3, one.3 != 0)) AS max_event_value
FROM
(
    SELECT
        *,
        arrayZip(
            multiIf(
                {outer:String} = 'event_category', event_categories,
                {outer:String} = 'event_action', event_actions,
                {outer:String} = 'event_name', event_names,
                {outer:String} = 'content', content_names,
                content_pieces
            ),
            multiIf(
                {inner:String} = 'event_category', event_categories,
                {inner:String} = 'event_action', event_actions,
                {inner:String} = 'event_name', event_names,
                {inner:String} = 'content', content_names,
                {inner:String} = 'content_piece', content_pieces,
                arrayMap(one -> '', if({outer:String} IN ('content', 'content_piece'), content_names, event_names))
            ),
            if({outer:String} IN ('content', 'content_piece'),
                arrayMap(one -> toFloat64(0), content_names), event_values)
        ) AS ones
    FROM visits
    WHERE site = {site:UInt32} AND day BETWEEN {first:Date} AND {last:Date}
) AS v
ARRAY JOIN
    v.ones AS one,
    arrayEnumerateUniq(arrayMap(each -> (each.1, each.2), v.ones)) AS nth
WHERE v.generation IN
    (
        SELECT generation
        FROM published
        WHERE site = {site:UInt32} AND day BETWEEN {first:Date} AND {last:Date}
    )
    AND (/* filter */)
    /* restricted */
GROUP BY period, outer, inner
ORDER BY period, hits DESC, outer, inner
LIMIT {limit:UInt32} BY period
