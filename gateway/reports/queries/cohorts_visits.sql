-- The visits that the filter lets through, and those of them whose visitors are not followed from one visit to the next.
SELECT
    count() AS visits,
    countIf(NOT v.identified) AS cookieless,
    countIf(v.identified AND v.basis = 'exempt') AS exempt
FROM visits AS v
WHERE v.site = {site:UInt32}
    AND v.day BETWEEN {first:Date} AND {last:Date}
    AND v.generation IN
    (
        SELECT generation
        FROM published
        WHERE site = {site:UInt32} AND day BETWEEN {first:Date} AND {last:Date}
    )
    AND (/* filter */)
    /* restricted */
