-- The study as everybody reads it: the settled tables and the lines that journals hold, as one. `incoming` is filled
-- from the journals beside the study and never holds an identifier that the settled table has.

CREATE OR REPLACE VIEW meta AS FROM study.meta;
CREATE OR REPLACE VIEW sources AS FROM study.sources;
CREATE OR REPLACE VIEW histories AS FROM study.histories;
CREATE OR REPLACE VIEW turns AS FROM study.turns;
CREATE OR REPLACE VIEW preferences AS FROM study.preferences;
CREATE OR REPLACE VIEW pairs AS FROM study.pairs;
CREATE OR REPLACE VIEW items AS FROM study.items;

CREATE OR REPLACE VIEW runs AS
    FROM study.runs UNION ALL SELECT * EXCLUDE (origin, line) FROM incoming.runs;

CREATE OR REPLACE VIEW judgings AS
    FROM study.judgings UNION ALL SELECT * EXCLUDE (origin, line) FROM incoming.judgings;

CREATE OR REPLACE VIEW responses AS
    FROM study.responses UNION ALL SELECT * EXCLUDE (origin, line) FROM incoming.responses;

CREATE OR REPLACE VIEW verdicts AS
    FROM study.verdicts UNION ALL SELECT * EXCLUDE (origin, line) FROM incoming.verdicts;

CREATE OR REPLACE VIEW calls AS
    FROM study.calls UNION ALL SELECT * EXCLUDE (origin, line) FROM incoming.calls;

CREATE OR REPLACE VIEW errors AS
    FROM study.errors UNION ALL SELECT * EXCLUDE (origin, line) FROM incoming.errors;

CREATE OR REPLACE VIEW comparisons AS
    FROM study.comparisons UNION ALL SELECT * EXCLUDE (origin, line) FROM incoming.comparisons;

-- The verdict that counts, one a run, item, order and judge: the latest. Earlier opinions and unplaced ones are not here.
CREATE OR REPLACE VIEW current_verdicts AS
    SELECT * FROM verdicts
    WHERE stage = 'verdict' AND item IS NOT NULL
    QUALIFY row_number() OVER (PARTITION BY run, item, order_number, judge ORDER BY seq DESC, id DESC) = 1;

-- One row a run, item and judge that has a verdict in all four orders: its pattern, e.g. LRRL.
CREATE OR REPLACE VIEW patterns AS
    SELECT run, item, judge,
        string_agg(CASE choice WHEN 'Left' THEN 'L' WHEN 'Right' THEN 'R' WHEN 'Don''t know' THEN 'D' ELSE 'U' END,
            '' ORDER BY order_number) AS pattern
    FROM current_verdicts GROUP BY run, item, judge HAVING count(*) = 4;
