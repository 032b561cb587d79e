SELECT id, site, ts, method, surface, purposes, services, policy, notice, script, language, jurisdiction, country, gpc,
    expires, follows, chain, seq, prev, hash
FROM consents
WHERE (chain, toInt64(seq)) > ({after_chain:String}, {after_seq:Int64})
    AND (site, id) IN (SELECT site, id FROM consent_limits WHERE due < {now:Int64})
ORDER BY chain, seq
LIMIT {page:UInt32}
