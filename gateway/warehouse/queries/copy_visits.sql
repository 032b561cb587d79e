-- The visits of published days once more, because it changed whether visitors had been there before; generations[i] is the
-- new one of the day days[i] of the site sites[i]. Who was there before: see write_visits.sql.
INSERT INTO visits
WITH before AS
(
    SELECT site, visitor, min(day) AS first_day
    FROM visits
    WHERE site IN {sites:Array(UInt32)} AND identified AND NOT test
        AND generation IN
        (
            SELECT generation
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
            WHERE (site, day) IN arrayZip({sites:Array(UInt32)}, {days:Array(Date)}) AND generation IN {olds:Array(UInt64)} AND identified
        )
    GROUP BY site, visitor
)
SELECT old.* REPLACE
(
    transform(
        bitShiftLeft(toUInt64(old.site), 16) + toUInt16(old.day),
        arrayMap((site, day) -> bitShiftLeft(toUInt64(site), 16) + toUInt16(day), {sites:Array(UInt32)}, {days:Array(Date)}),
        {generations:Array(UInt64)}, toUInt64(0)
    ) AS generation,
    old.identified
        AND (old.number > 1 OR (before.first_day != toDate(0) AND old.day > before.first_day)) AS returning
)
FROM visits AS old
LEFT JOIN before ON old.site = before.site AND old.visitor = before.visitor
WHERE (old.site, old.day) IN arrayZip({sites:Array(UInt32)}, {days:Array(Date)}) AND old.generation IN {olds:Array(UInt64)}
