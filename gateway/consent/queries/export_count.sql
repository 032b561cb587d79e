SELECT count() AS rows
FROM consents
WHERE ts >= {since:Int64} AND ts < {until:Int64} AND ({site:UInt32} = 0 OR site = {site:UInt32})
