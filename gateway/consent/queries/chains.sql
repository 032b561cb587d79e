SELECT chain, min(seq) AS first, max(seq) AS last, uniqExact(seq) AS rows, argMin(prev, seq) AS opening, min(ts) AS begun
FROM consents
WHERE chain != ''
GROUP BY chain
ORDER BY begun, chain
