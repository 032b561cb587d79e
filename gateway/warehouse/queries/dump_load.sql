INSERT INTO {table:Identifier} SELECT * FROM file({path:String}, 'Native')
