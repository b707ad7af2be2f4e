-- Items of runs that a judge did not pass. Shape: run, item.
SELECT DISTINCT run, item FROM patterns WHERE run IN (SELECT unnest($runs::VARCHAR[])) AND pattern <> 'LRRL'
    AND judge = coalesce($judge, judge)
