DELETE FROM dead_letters
WHERE table_name = 'hits'
    AND toUInt64OrZero(extract(payload, '"visitor":\\s*(\\d+)')) IN {visitors:Array(UInt64)}
    AND toInt64OrZero(extract(payload, '"ts":\\s*(\\d+)'))
        < transform(
            toUInt64OrZero(extract(payload, '"visitor":\\s*(\\d+)')),
            {visitors:Array(UInt64)}, {befores:Array(Int64)}, toInt64(0)
        )
    AND toUInt32OrZero(extract(payload, '"site":\\s*(\\d+)')) IN ({site:UInt32}, 0)
SETTINGS lightweight_deletes_sync = 2
