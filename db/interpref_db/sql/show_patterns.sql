-- How every judge saw every run's answers to one item. Shape: run, name, judge, pattern.
SELECT t.run, r.name, t.judge, t.pattern FROM patterns AS t LEFT JOIN runs AS r ON r.id = t.run
WHERE t.item = $item ORDER BY r.name, t.judge
