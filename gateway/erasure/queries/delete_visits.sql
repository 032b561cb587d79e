DELETE FROM visits
WHERE site = {site:UInt32} AND identified AND visitor IN {visitors:Array(UInt64)}
    AND started < transform(visitor, {visitors:Array(UInt64)}, {befores:Array(Int64)}, toInt64(0))
SETTINGS lightweight_deletes_sync = 2
