DELETE FROM facts
WHERE site = {site:UInt32} AND visitor IN {visitors:Array(UInt64)}
    AND day < transform(visitor, {visitors:Array(UInt64)}, {until:Array(Date)}, toDate(0))
SETTINGS lightweight_deletes_sync = 2
