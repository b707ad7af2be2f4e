-- What is known of each judged item that did not pass. Shape: key, run_id, run, judge, item, pattern, labels (case labels of
-- orders 1-4), a, b (preferences), category, text_a, text_b, trace_a, trace_b, said (structs of task, answer, annotator).
WITH failed AS (
    SELECT * FROM patterns WHERE pattern <> 'LRRL'
        AND list_contains($runs::VARCHAR[], run) AND ($judge::VARCHAR IS NULL OR judge = $judge)),
answered AS (
    SELECT run, item, max(text) FILTER (side = 'a') AS text_a, max(text) FILTER (side = 'b') AS text_b,
        max(trace::VARCHAR) FILTER (side = 'a') AS trace_a, max(trace::VARCHAR) FILTER (side = 'b') AS trace_b
    FROM responses WHERE list_contains($runs::VARCHAR[], run) GROUP BY run, item),
labelled AS (
    SELECT run_a AS run, item, list({'task': task, 'answer': answer, 'annotator': annotator} ORDER BY annotator, task) AS said
    FROM current_labels WHERE task IN ('failure', 'match', 'score') AND answer IS NOT NULL AND answer <> 'skip'
    GROUP BY run_a, item),
said AS (
    SELECT v.run, v.item, v.judge, list(v.case_label ORDER BY v.order_number) AS labels
    FROM current_verdicts AS v WHERE list_contains($runs::VARCHAR[], v.run) GROUP BY v.run, v.item, v.judge)
SELECT t.run || chr(31) || t.item || chr(31) || t.judge AS key, t.run AS run_id, r.name AS run, t.judge, t.item, t.pattern,
    s.labels, a.text AS a, b.text AS b, a.category, p.text_a, p.text_b, p.trace_a, p.trace_b, l.said
FROM failed AS t LEFT JOIN runs AS r ON r.id = t.run LEFT JOIN items AS i ON i.id = t.item
LEFT JOIN pairs AS q ON q.id = i.pair LEFT JOIN preferences AS a ON a.id = q.a LEFT JOIN preferences AS b ON b.id = q.b
LEFT JOIN answered AS p ON p.run = t.run AND p.item = t.item LEFT JOIN labelled AS l ON l.run = t.run AND l.item = t.item
LEFT JOIN said AS s ON s.run = t.run AND s.item = t.item AND s.judge = t.judge
ORDER BY r.name, t.item, t.judge
