DELETE FROM hits
WHERE site = {site:UInt32} AND visitor = 0 AND day IN {days:Array(Date)} AND anon IN {anons:Array(UInt64)}
    AND arrayExists(
        (of_day, of_test, of_anon, first, last) ->
            of_day = day AND of_test = test AND of_anon = anon AND ts BETWEEN first AND last,
        {days:Array(Date)}, {tests:Array(Bool)}, {anons:Array(UInt64)}, {firsts:Array(Int64)}, {lasts:Array(Int64)}
    )
SETTINGS lightweight_deletes_sync = 2
