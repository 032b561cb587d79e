DELETE FROM {table:Identifier}
WHERE day < transform(site, {sites:Array(UInt32)}, {cutoffs:Array(Date)}, {cutoff:Date})
