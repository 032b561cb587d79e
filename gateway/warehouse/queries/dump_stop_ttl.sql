SYSTEM STOP TTL MERGES {table:Identifier}
