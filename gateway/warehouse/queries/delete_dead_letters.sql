DELETE FROM dead_letters WHERE table_name = 'hits' AND ts < {before:Int64}
