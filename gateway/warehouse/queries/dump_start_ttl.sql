SYSTEM START TTL MERGES {table:Identifier}
