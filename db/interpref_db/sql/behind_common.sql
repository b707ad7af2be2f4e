-- Comparisons that two annotators or more made. Shape: key.
SELECT id AS key FROM comparisons WHERE winner <> 'skip' AND kind NOT IN ('adjudication', 'judge') AND item IS NOT NULL
QUALIFY count(DISTINCT annotator) OVER (
    PARTITION BY item, least(coalesce(run_a, model_a), coalesce(run_b, model_b)),
    greatest(coalesce(run_a, model_a), coalesce(run_b, model_b))) > 1
