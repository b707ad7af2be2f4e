-- Models that runs and judgings of the study asked, to be offered again. Shape: model (PROVIDER/NAME).
SELECT DISTINCT CASE WHEN contains(model, '/') THEN model ELSE provider || '/' || model END AS model
FROM (SELECT provider, model FROM runs UNION ALL SELECT provider, model FROM judgings)
WHERE provider = 'openai' OR (provider IN ('llama_cpp', 'replay') AND contains(model, '/'))
ORDER BY model
