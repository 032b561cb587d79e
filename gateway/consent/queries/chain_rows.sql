SELECT id, site, ts, method, surface, purposes, services, policy, notice, script, language, jurisdiction, country, gpc,
    expires, follows, chain, seq, prev, hash
FROM consents
WHERE chain = {chain:String} AND seq > {after:UInt64} AND seq <= {until:UInt64}
ORDER BY seq, hash
