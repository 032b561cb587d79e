SELECT count() AS rows FROM {table:Identifier} SETTINGS final = 1
