SELECT id, site, ts, method, surface, purposes, services, policy, notice, script, language, jurisdiction, country, gpc,
    expires, follows, chain, seq, prev, hash
FROM consents
WHERE follows != '' AND follows IN {ids:Array(String)}
ORDER BY ts, id
LIMIT 1 BY id
