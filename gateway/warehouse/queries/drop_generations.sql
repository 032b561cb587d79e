DELETE FROM {table:Identifier} WHERE day IN {days:Array(Date)} AND generation IN {dead:Array(UInt64)}
