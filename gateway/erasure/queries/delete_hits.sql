DELETE FROM hits
WHERE site = {site:UInt32} AND visitor IN {visitors:Array(UInt64)}
    AND ts < transform(visitor, {visitors:Array(UInt64)}, {befores:Array(Int64)}, toInt64(0))
SETTINGS lightweight_deletes_sync = 2
