-- How many rows of {table:Identifier} lie before their site's first kept day.
SELECT count() AS rows
FROM {table:Identifier}
WHERE day < transform(site, {sites:Array(UInt32)}, {cutoffs:Array(Date)}, {cutoff:Date})
