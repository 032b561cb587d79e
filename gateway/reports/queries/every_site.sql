-- The headline figures of many sites at once: of `days` days up to the day lasts[i] of site sites[i] (span 0), and of as many
-- before (span 1). `ages`, `daily`: the visits of each day, by its distance from the last one.
SELECT
    site,
    intDiv(age, {days:UInt16}) AS span,
    -- Visitors with an id count where the day is their first in the span.
    sumIf(visitors, reach = 0 OR prev_day < last - ((span + 1) * {days:UInt16} - 1)) AS visitors_,
    sum(visits) AS visits_,
    sum(pageviews) AS pageviews_,
    groupArrayIf(age, reach = 0) AS ages,
    groupArrayIf(visits, reach = 0) AS daily
FROM
(
    SELECT
        site, reach, prev_day, visitors, visits, pageviews,
        transform(site, {sites:Array(UInt32)}, {lasts:Array(Date)}, toDate(0)) AS last,
        toInt32(last - day) AS age
    FROM audience
    WHERE site IN {sites:Array(UInt32)}
        AND dimension = ''
        AND day BETWEEN {first:Date} AND {last:Date}
        AND age BETWEEN 0 AND 2 * {days:UInt16} - 1
        -- prev_day is less than 2 * reach days before the day, and has to lie before the span.
        AND (reach = 0 OR 2 * reach > {days:UInt16} - 1 - age % {days:UInt16})
        AND (site, day, generation) IN
        (
            SELECT site, day, facts_generation
            FROM published
            WHERE site IN {sites:Array(UInt32)} AND day BETWEEN {first:Date} AND {last:Date}
        )
)
GROUP BY site, span
