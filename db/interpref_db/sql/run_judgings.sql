-- Judgings of a run with what they found. Shape: id, judge, judged, expected, passed, sample.
SELECT j.id, j.judge, coalesce(p.judged, 0) AS judged, greatest(coalesce(j.expected, 0), coalesce(p.judged, 0)) AS expected,
    coalesce(p.passed, 0) AS passed, coalesce(j.sample, false) AS sample
FROM judgings AS j LEFT JOIN (
    SELECT judge, count(*) AS judged, count(*) FILTER (pattern = 'LRRL') AS passed FROM patterns WHERE run = $run GROUP BY judge
) AS p ON p.judge = j.judge
WHERE j.run = $run ORDER BY j.judge
