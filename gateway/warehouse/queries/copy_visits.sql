-- The visits of published days once more, because it changed whether visitors had been there before; generations[i] is the
-- new one of days[i]. `history`: the generations of all days as they are now.
INSERT INTO visits
WITH before AS
(
    SELECT visitor, min(day) AS first_day
    FROM visits
    WHERE site = {site:UInt32} AND generation IN {history:Array(UInt64)} AND identified AND NOT test
        AND visitor IN
        (
            SELECT visitor
            FROM visits
            WHERE site = {site:UInt32} AND day IN {days:Array(Date)} AND generation IN {olds:Array(UInt64)} AND identified
        )
    GROUP BY visitor
)
SELECT old.* REPLACE
(
    transform(old.day, {days:Array(Date)}, {generations:Array(UInt64)}, toUInt64(0)) AS generation,
    old.identified
        AND (old.number > 1 OR (before.first_day != toDate(0) AND old.day > before.first_day)) AS returning
)
FROM visits AS old
LEFT JOIN before ON old.visitor = before.visitor
WHERE old.site = {site:UInt32} AND old.day IN {days:Array(Date)} AND old.generation IN {olds:Array(UInt64)}
