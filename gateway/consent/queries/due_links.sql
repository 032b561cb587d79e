SELECT chain, seq, prev, hash
FROM consents
WHERE chain != '' AND (site, id) IN (SELECT site, id FROM consent_limits WHERE due < {now:Int64})
ORDER BY chain, seq
