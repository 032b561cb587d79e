SELECT id, site, ts, method, surface, purposes, services, policy, notice, script, language, jurisdiction, country, gpc,
    expires, follows, chain, seq, prev, hash
FROM consents
WHERE site = {site:UInt32} AND id = {id:String}
LIMIT 1
