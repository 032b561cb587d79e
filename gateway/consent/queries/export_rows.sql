SELECT id, site, ts, method, surface, purposes, services, policy, notice, script, language, jurisdiction, country, gpc,
    expires, follows, chain, seq, prev, hash
FROM consents
WHERE ts >= {since:Int64} AND ts < {until:Int64} AND ({site:UInt32} = 0 OR site = {site:UInt32})
    AND (ts, id) > ({after_ts:Int64}, {after_id:String})
ORDER BY ts, id
LIMIT {page:UInt32}
