DELETE FROM dead_letters
WHERE has({ids:Array(String)}, toString(id))
SETTINGS lightweight_deletes_sync = 2
