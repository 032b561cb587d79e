SELECT count() AS rows FROM consent_limits WHERE due < {now:Int64}
