-- Judged items of a run whose responses are in the longer half, or the shorter. Shape: key.
SELECT key FROM (
    SELECT t.run || chr(31) || t.item || chr(31) || t.judge AS key,
        row_number() OVER (ORDER BY c.characters, t.item) > count(*) OVER () - count(*) OVER () // 2 AS longer
    FROM patterns AS t JOIN (SELECT run, item, avg(length(text)) AS characters FROM responses GROUP BY run, item) AS c
        ON c.run = t.run AND c.item = t.item
    WHERE t.run = $run AND t.judge = $judge)
WHERE longer = $longer
