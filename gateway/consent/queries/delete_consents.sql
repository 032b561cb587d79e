DELETE FROM consents
WHERE (chain, toInt64(seq)) > ({after_chain:String}, {after_seq:Int64}) AND (chain, seq) <= ({until_chain:String}, {until_seq:UInt64})
    AND NOT has(arrayZip({kept_chains:Array(String)}, {kept_seqs:Array(UInt64)}), (chain, seq))
    AND (site, id) IN (SELECT site, id FROM consent_limits WHERE due < {now:Int64})
