DELETE FROM consents WHERE (site, id) IN (SELECT site, id FROM consent_limits WHERE due < {now:Int64})
