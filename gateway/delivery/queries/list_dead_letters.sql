SELECT toString(id) AS id, ts, table_name, payload, error, token
FROM dead_letters
WHERE {table:String} = '' OR table_name = {table:String}
ORDER BY ts, id
LIMIT {limit:UInt32}
