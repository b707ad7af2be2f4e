-- The history that the published map gives for each preference ('None': for no preference). Shape: (preference, history).
SELECT (extra ->> '$.preference'), id FROM study.histories WHERE source = 'published' AND (extra ->> '$.preference') IS NOT NULL;
