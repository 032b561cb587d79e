-- Of those who were there for the first time in a week, how many came in each week from then on.
-- Only visitors with an id who may be followed from visit to visit; the filter is asked of their first visit alone.
WITH
    chosen AS
    (
        SELECT generation
        FROM published
        WHERE site = {site:UInt32} AND day BETWEEN {first:Date} AND {last:Date}
    ),
    begun AS
    (
        SELECT v.visitor AS visitor, v.test AS test, min(toMonday(v.day)) AS cohort
        FROM visits AS v
        WHERE v.site = {site:UInt32}
            AND v.day BETWEEN {first:Date} AND {last:Date}
            AND v.generation IN chosen
            AND v.identified
            AND v.basis != 'exempt'
            AND NOT v.returning
            AND (/* filter */)
            /* restricted */
        GROUP BY visitor, test
    )
SELECT
    begun.cohort AS cohort,
    toUInt16(intDiv(toMonday(v.day) - begun.cohort, 7)) AS later,
    uniqExact(v.visitor) AS visitors
FROM visits AS v
INNER JOIN begun ON v.visitor = begun.visitor AND v.test = begun.test
WHERE v.site = {site:UInt32}
    AND v.day BETWEEN {first:Date} AND {last:Date}
    AND v.generation IN chosen
    AND v.identified
    AND toMonday(v.day) >= begun.cohort
GROUP BY cohort, later
ORDER BY cohort, later
