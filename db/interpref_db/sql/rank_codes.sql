-- Each comparison as one number, (first model * k + second model) * 3 + outcome, and one more number for those whose names
-- or outcome are missing. Names become codes through the type `model`, so that nothing is grouped or joined by text.
CREATE TEMP TABLE codes AS
SELECT coalesce((enum_code(TRY_CAST(MODEL_A AS model))::CODE * MODELS + enum_code(TRY_CAST(MODEL_B AS model))) * 3
    + OUTCOME, NONE)::CODE AS cell CLUSTER_COLUMN
FROM SOURCE
