-- delete_raw
-- Raw hits past their limit, of days whose figures are made.
DELETE FROM hits
WHERE site = {site:UInt32} AND day IN {days:Array(Date)} AND day <= {last:Date}
