SELECT * FROM {table:Identifier} SETTINGS final = 1
