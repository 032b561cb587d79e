-- Of the answers in the ledger: for each purpose, how many said yes and how many no.
SELECT purpose AS value, countIf(said) AS accepted, countIf(NOT said) AS refused
FROM
(
    SELECT purposes
    FROM consents
    WHERE site = {site:UInt32} AND ts >= {since:Int64} AND ts < {until:Int64} AND surface != 'api'
        AND method IN ('accept_all', 'reject_all', 'save')
    ORDER BY id
    LIMIT 1 BY id
)
ARRAY JOIN mapKeys(purposes) AS purpose, mapValues(purposes) AS said
GROUP BY value
ORDER BY value
