-- Answers out of the ledger: one row for each value of {dimension}, with how many answered how.
-- A saved answer is as good as the button that says the same. Rows of a site's own server (api) are no answers of visitors.
SELECT
    multiIf(
        {dimension:String} = 'day', toString(toDate(fromUnixTimestamp64Milli(ts), {timezone:String})),
        {dimension:String} = 'country', country,
        {dimension:String} = 'language', language,
        {dimension:String} = 'notice', notice,
        ''
    ) AS value,
    countIf(answers AND no = 0 AND yes > 0) AS accepted,
    countIf(answers AND yes = 0) AS refused,
    countIf(answers AND yes > 0 AND no > 0) AS custom,
    countIf(method = 'withdraw') AS withdrawn,
    countIf(method = 'do_not_sell') AS do_not_sell,
    countIf(method = 'gpc') AS gpc,
    countIf(method = 'opt_in') AS opt_in,
    countIf(method = 'objection') AS objected
FROM
(
    SELECT
        ts, method, country, language, notice,
        method IN ('accept_all', 'reject_all', 'save') AS answers,
        -- What is necessary is not asked.
        arrayConcat(mapValues(mapFilter((purpose, said) -> purpose != 'necessary', purposes)), mapValues(services)) AS said,
        countEqual(said, true) AS yes,
        countEqual(said, false) AS no
    FROM consents
    WHERE site = {site:UInt32} AND ts >= {since:Int64} AND ts < {until:Int64} AND surface != 'api'
    ORDER BY id
    LIMIT 1 BY id
)
GROUP BY value
ORDER BY value
