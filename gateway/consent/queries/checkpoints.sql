SELECT chain, first_seq, last_seq, prev, hash, pruned, key, signature
FROM checkpoints
ORDER BY chain, first_seq, last_seq
