-- What is confidential in the study stays so when it is imported again without saying so. Shape: one row (rows changed).
UPDATE staged_histories SET confidential = true
FROM study.histories AS known WHERE known.id = staged_histories.id AND known.confidential AND NOT staged_histories.confidential;
