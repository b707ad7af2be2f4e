-- Every judged item with what its rate hangs on. Shape: run, judge, item, passed, a, b (its preferences; NULL for none),
-- characters (mean length of its two responses), people (share of match labels that are right; NULL without any).
SELECT t.run, t.judge, t.item, t.pattern = 'LRRL' AS passed, q.a, q.b, c.characters, m.people
FROM patterns AS t LEFT JOIN items AS i ON i.id = t.item LEFT JOIN pairs AS q ON q.id = i.pair
LEFT JOIN (SELECT run, item, avg(length(text)) AS characters FROM responses
    WHERE list_contains($runs::VARCHAR[], run) GROUP BY run, item) AS c
    ON c.run = t.run AND c.item = t.item
LEFT JOIN (
    SELECT run_a AS run, item, avg(CASE WHEN answer = 'right' THEN 1.0 ELSE 0.0 END) AS people
    FROM current_labels WHERE task = 'match' AND answer IS NOT NULL AND answer <> 'skip' GROUP BY run_a, item) AS m
    ON m.run = t.run AND m.item = t.item
WHERE list_contains($runs::VARCHAR[], t.run) AND ($judge::VARCHAR IS NULL OR t.judge = $judge)
ORDER BY t.run, t.judge, t.item
