SELECT id, site, ts, method, surface, purposes, services, policy, notice, script, language, jurisdiction, country, gpc,
    expires, follows, chain, seq, prev, hash,
    toUnixTimestamp64Milli(stored) AS stored_ms
FROM consents
WHERE site IN {sites:Array(UInt32)} AND stored >= fromUnixTimestamp64Milli({since:Int64}, 'UTC')
ORDER BY stored, ts, id
LIMIT {most:UInt32}
