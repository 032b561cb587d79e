SELECT fingerprint, any(body) AS body
FROM notices
WHERE fingerprint IN {fingerprints:Array(String)}
GROUP BY fingerprint
