SELECT toString(id) AS id, ts, table_name, payload, error, token
FROM dead_letters
WHERE has({ids:Array(String)}, toString(id))
ORDER BY ts, id
