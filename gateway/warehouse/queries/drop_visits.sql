DELETE FROM visits WHERE generation IN {dead:Array(UInt64)}
