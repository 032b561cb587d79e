ALTER TABLE rollups
UPDATE visits = transform(generation, {generations:Array(UInt64)}, {counts:Array(UInt64)}, visits)
WHERE site = {site:UInt32} AND visits > 0 AND generation IN {generations:Array(UInt64)}
SETTINGS mutations_sync = 2
