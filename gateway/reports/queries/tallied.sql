-- What was only counted: banners shown, and answers by kind of device, for each value of {dimension}.
SELECT
    multiIf(
        {dimension:String} = 'day', toString(day),
        {dimension:String} = 'country', country,
        {dimension:String} = 'language', language,
        {dimension:String} = 'notice', notice,
        {dimension:String} = 'device', device,
        ''
    ) AS value,
    sumIf(count, what = 'shown') AS shown,
    sumIf(count, what = 'answer' AND state = 'accepted') AS accepted,
    sumIf(count, what = 'answer' AND state = 'refused') AS refused,
    sumIf(count, what = 'answer' AND state = 'custom') AS custom,
    sumIf(count, what = 'answer' AND state = 'withdrawn') AS withdrawn
FROM tallies
WHERE site = {site:UInt32} AND day BETWEEN {first:Date} AND {last:Date} AND what != 'load'
GROUP BY value
ORDER BY value
