-- The audience of new generations: figures out of their visits; different visitors out of their facts, with prev_day out of
-- the published facts of these sites, for the days but_days of but_sites those of the generations in `fresh`, and out of their
-- own.
INSERT INTO audience
(
    site, dimension, value, day, prev_day, generation, visitors, visits, hits, pageviews, actions, max_actions, bounces,
    seconds, engaged, entries, exits, amount, events, downloads, outlinks, searches, conversions, converted, revenue, orders
)
SELECT
    site, one.1 AS dimension, one.2 AS value, day, toDate(0), generation,
    -- Without an id a visitor is another one tomorrow; those with one are counted below.
    uniqExactIf(visitor, NOT identified), count(), 0, sum(v.pageviews), sum(v.actions), max(v.actions), countIf(v.actions = 1),
    sum(duration), sum(v.engaged), count(), count(), sum(arraySum(event_values)), sum(v.events), sum(v.downloads),
    sum(v.outlinks), sum(v.searches), sum(length(v.conversions)), countIf(notEmpty(v.conversions)), sum(v.revenue), sum(v.orders)
FROM @counted AS v
ARRAY JOIN whole AS one
WHERE (site, day) IN arrayZip({sites:Array(UInt32)}, {days:Array(Date)}) AND generation IN {generations:Array(UInt64)}
    AND NOT test
GROUP BY site, day, generation, dimension, value
UNION ALL
SELECT
    site, one.1 AS dimension, one.2 AS value, day, toDate(0), generation,
    uniqExactIf(visitor, NOT identified), countIf(one.3 = 1), sum(one.4), 0, 0, 0, sum(one.7),
    sum(one.8), 0, sum(one.5), sum(one.6), sum(one.9), 0, 0, 0, 0, 0, 0, 0, sum(one.10)
FROM @counted AS v
ARRAY JOIN parts AS one
WHERE (site, day) IN arrayZip({sites:Array(UInt32)}, {days:Array(Date)}) AND generation IN {generations:Array(UInt64)}
    AND NOT test
GROUP BY site, day, generation, dimension, value
UNION ALL
SELECT
    site, dimension, value, day, prev_day, generation, count(),
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0
FROM
(
    SELECT
        site, dimension, value, day, generation,
        lagInFrame(day, 1, toDate(0)) OVER (
            PARTITION BY site, visitor, met ORDER BY day ROWS BETWEEN 1 PRECEDING AND CURRENT ROW
        ) AS prev_day
    FROM
    (
        -- They are different already; DISTINCT over what is in order costs fifty times as much as reading it.
        SELECT site, visitor, cityHash64(dimension, value) AS met, dimension, value, day, generation
        FROM facts
        WHERE (site, day) IN arrayZip({sites:Array(UInt32)}, {days:Array(Date)}) AND generation IN {generations:Array(UInt64)}
        UNION ALL
        SELECT site, visitor, met, '', '', max(day), 0
        FROM
        (
            SELECT site, visitor, cityHash64(dimension, value) AS met, day
            FROM facts
            WHERE site IN {sites:Array(UInt32)} AND day < arrayMax({days:Array(Date)})
                AND generation IN
                (
                    SELECT facts_generation
                    FROM published
                    WHERE site IN {sites:Array(UInt32)}
                        AND (site, day) NOT IN arrayZip({but_sites:Array(UInt32)}, {but_days:Array(Date)})
                    UNION ALL
                    SELECT arrayJoin({fresh:Array(UInt64)})
                )
                AND (site, visitor) IN
                (
                    SELECT site, visitor
                    FROM visits
                    WHERE (site, day) IN arrayZip({sites:Array(UInt32)}, {days:Array(Date)})
                        AND generation IN {generations:Array(UInt64)} AND identified
                )
        )
        GROUP BY site, visitor, met, if(day < arrayMin({days:Array(Date)}), toDate(0), day)
    )
)
WHERE generation != 0
GROUP BY site, dimension, value, day, prev_day, generation
