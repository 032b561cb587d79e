SELECT site, formatDateTime(fromUnixTimestamp64Milli(ts, 'UTC'), '%Y-%m') AS month, count() AS rows
FROM consents
GROUP BY site, month
ORDER BY month DESC, site
