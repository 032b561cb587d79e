SELECT id, site, ts, method, surface, purposes, services, policy, notice, script, language, jurisdiction, country, gpc,
    expires, follows, chain, seq, prev, hash, toUnixTimestamp64Milli(stored) AS stored_ms
FROM consents
WHERE site IN {sites:Array(UInt32)} AND (toUnixTimestamp64Milli(stored), id) > ({since:Int64}, {after:String})
ORDER BY stored_ms, id
LIMIT {most:UInt32}
