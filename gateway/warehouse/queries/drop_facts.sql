DELETE FROM facts WHERE generation IN {dead:Array(UInt64)}
