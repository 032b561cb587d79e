INSERT INTO FUNCTION file({path:String}, 'Native') SELECT * FROM {table:Identifier} SETTINGS final = 1
