-- Labels of annotators, as events that are never changed, and the assignments that they belong to.

-- `id` is the hash of everything else: the same settings are the same assignment.
CREATE TABLE assignments (
    id VARCHAR NOT NULL, task VARCHAR NOT NULL, runs VARCHAR[], queue_order VARCHAR, seed BIGINT, overlap INTEGER,
    among VARCHAR[], opinion VARCHAR, judge VARCHAR, both_bad BOOLEAN, adjudicate BOOLEAN, gold VARCHAR,
    gold_rate DOUBLE, guideline VARCHAR, guideline_text VARCHAR
);

-- `event` is label, undo (of the label `undoes`), mark (flag or comment without an answer) or adjudication. `answer` is
-- resolved, `shown` as it was seen; `left_is` says who stood left. `active` and `elapsed` are seconds.
CREATE TABLE labels (
    id VARCHAR NOT NULL, task VARCHAR NOT NULL, annotator VARCHAR NOT NULL, item VARCHAR NOT NULL,
    event VARCHAR NOT NULL, seq BIGINT NOT NULL, decided_at VARCHAR NOT NULL, run_a VARCHAR, run_b VARCHAR,
    side VARCHAR, subject VARCHAR, model_a VARCHAR, model_b VARCHAR, answer VARCHAR, shown VARCHAR, left_is VARCHAR,
    order_number TINYINT, supersedes VARCHAR, undoes VARCHAR, confidence TINYINT, comment VARCHAR, flagged BOOLEAN,
    flags VARCHAR[], assignment VARCHAR, seed BIGINT, opinion JSON, first VARCHAR, shown_at VARCHAR, active DOUBLE,
    elapsed DOUBLE, guideline VARCHAR, gold BOOLEAN, weight DOUBLE, program VARCHAR
);
