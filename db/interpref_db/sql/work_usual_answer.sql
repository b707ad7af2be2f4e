-- How long the answers of a model in a paradigm have been so far ($judge NULL), or the verdicts of a judge's model. Shape: one
-- row (records, tokens: completion tokens a record on average, NULL when there is none).
SELECT count(*) AS records, avg(tokens) AS tokens FROM (
    SELECT (p.provenance ->> '$.tokens.completion')::BIGINT AS tokens
    FROM responses AS p JOIN runs AS r ON r.id = p.run
    WHERE $judge IS NULL AND r.model = $model AND r.paradigm = $paradigm
    UNION ALL
    SELECT (v.provenance ->> '$.tokens.completion')::BIGINT FROM verdicts AS v JOIN judgings AS j ON j.id = v.judging
    WHERE j.model = $judge)
WHERE tokens IS NOT NULL
