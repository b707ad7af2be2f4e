-- The study as everybody reads it: the settled tables and the lines that journals hold, as one. `incoming` is filled
-- from the journals beside the study and never holds an identifier that the settled table has. Things that construction has
-- superseded are in the views all_... alone.

CREATE OR REPLACE VIEW meta AS FROM study.meta;
CREATE OR REPLACE VIEW sources AS FROM study.sources;
CREATE OR REPLACE VIEW all_histories AS FROM study.histories;
CREATE OR REPLACE VIEW histories AS
    FROM study.histories WHERE id NOT IN (SELECT thing FROM study.superseded WHERE kind = 'history');
CREATE OR REPLACE VIEW turns AS FROM study.turns;
CREATE OR REPLACE VIEW all_chunks AS FROM study.chunks;
CREATE OR REPLACE VIEW chunks AS
    FROM study.chunks WHERE id NOT IN (SELECT thing FROM study.superseded WHERE kind = 'chunk');
CREATE OR REPLACE VIEW all_queries AS FROM study.queries;
CREATE OR REPLACE VIEW queries AS
    FROM study.queries WHERE id NOT IN (SELECT thing FROM study.superseded WHERE kind = 'query');
CREATE OR REPLACE VIEW links AS FROM study.links;
CREATE OR REPLACE VIEW superseded AS FROM study.superseded;
CREATE OR REPLACE VIEW all_preferences AS FROM study.preferences;
CREATE OR REPLACE VIEW clusterings AS
    FROM study.clusterings UNION ALL SELECT * EXCLUDE (origin, line) FROM incoming.clusterings;

CREATE OR REPLACE VIEW splits AS
    FROM study.splits UNION ALL SELECT * EXCLUDE (origin, line) FROM incoming.splits;

-- Decisions about clusters that were not taken back; an undo that was itself taken back takes nothing back.
CREATE OR REPLACE VIEW standing_clusterings AS
    SELECT * FROM clusterings WHERE event NOT IN ('undo', 'redo') AND id NOT IN (
        SELECT undoes FROM clusterings WHERE event = 'undo' AND undoes IS NOT NULL
            AND id NOT IN (SELECT undoes FROM clusterings WHERE event = 'redo' AND undoes IS NOT NULL));

-- The category that counts of each preference that was given one: a person's before the program's, then the latest. What is
-- later is said by the numbers of the events, here and below, never by a clock.
-- Shape: (preference, category, subcategory, confidence, decided_by).
CREATE OR REPLACE VIEW preference_categories AS
    SELECT c.preference AS preference, c.category AS category, c.subcategory AS subcategory,
        c.confidence AS confidence, decided_by
    FROM (SELECT unnest(categories) AS c, decided_by, seq, id FROM standing_clusterings)
    QUALIFY row_number() OVER (
        PARTITION BY c.preference ORDER BY decided_by <> 'program' DESC, seq DESC, md5(id) DESC) = 1;

-- Preferences with the category that counts: what people or the program decided, else the one they came with.
CREATE OR REPLACE VIEW preferences AS
    SELECT p.id, p.text, CASE WHEN c.preference IS NULL THEN p.category ELSE c.category END AS category,
        CASE WHEN c.preference IS NULL THEN p.subcategory ELSE c.subcategory END AS subcategory, p.extra
    FROM study.preferences AS p LEFT JOIN preference_categories AS c ON c.preference = p.id
    WHERE p.id NOT IN (SELECT thing FROM study.superseded WHERE kind = 'preference');

-- The cluster of each preference, and who stands for it: who was chosen last, where they still belong to it, else the
-- shortest text. Shape: (preference, cluster, representative).
CREATE OR REPLACE VIEW preference_clusters AS
    WITH placed AS (
        SELECT unnest(g.members) AS preference, g."cluster" AS cluster_id, seq, id, place FROM (
            SELECT unnest(groups) AS g, generate_subscripts(groups, 1) AS place, seq, id FROM standing_clusterings)),
    current AS (
        SELECT preference, cluster_id, text FROM placed JOIN preferences AS p ON p.id = preference
        QUALIFY row_number() OVER (
            PARTITION BY preference ORDER BY placed.seq DESC, md5(placed.id) DESC, place DESC) = 1),
    chosen AS (
        SELECT cluster_id, arg_max(representative, (seq, md5(id), place)) AS representative FROM (
            SELECT "cluster" AS cluster_id, representative, seq, id, 0 AS place FROM standing_clusterings
            WHERE representative IS NOT NULL
            UNION ALL
            SELECT g."cluster", g.representative, seq, id, place FROM (
                SELECT unnest(groups) AS g, generate_subscripts(groups, 1) AS place, seq, id FROM standing_clusterings)
            WHERE g.representative IS NOT NULL)
        GROUP BY cluster_id)
    SELECT preference, cluster_id AS "cluster", coalesce(
            max(chosen.representative) FILTER (chosen.representative = preference) OVER w,
            first_value(preference) OVER (w ORDER BY length(text), text, preference)) AS representative
    FROM current LEFT JOIN chosen USING (cluster_id) WINDOW w AS (PARTITION BY cluster_id);

-- The clusters. `name` is what a person called it. Shape: (cluster, name, size, representative).
CREATE OR REPLACE VIEW clusters AS
    SELECT c."cluster", any_value(n.name) AS name, count(*) AS size, any_value(c.representative) AS representative
    FROM preference_clusters AS c LEFT JOIN (
        SELECT "cluster", arg_max(name, (seq, md5(id))) AS name FROM standing_clusterings WHERE event = 'named'
        GROUP BY "cluster") AS n ON n."cluster" = c."cluster" GROUP BY c."cluster";
CREATE OR REPLACE VIEW all_pairs AS FROM study.pairs;
CREATE OR REPLACE VIEW pairs AS
    FROM study.pairs WHERE id NOT IN (SELECT thing FROM study.superseded WHERE kind = 'pair');
CREATE OR REPLACE VIEW all_items AS FROM study.items;
CREATE OR REPLACE VIEW items AS
    FROM study.items WHERE id NOT IN (SELECT thing FROM study.superseded WHERE kind = 'item');

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

CREATE OR REPLACE VIEW assignments AS
    FROM study.assignments UNION ALL SELECT * EXCLUDE (origin, line) FROM incoming.assignments;

CREATE OR REPLACE VIEW labels AS
    FROM study.labels UNION ALL SELECT * EXCLUDE (origin, line) FROM incoming.labels;

CREATE OR REPLACE VIEW buildings AS
    FROM study.buildings UNION ALL SELECT * EXCLUDE (origin, line) FROM incoming.buildings;

CREATE OR REPLACE VIEW makings AS
    FROM study.makings UNION ALL SELECT * EXCLUDE (origin, line) FROM incoming.makings;

CREATE OR REPLACE VIEW imported_comparisons AS
    FROM study.comparisons UNION ALL SELECT * EXCLUDE (origin, line) FROM incoming.comparisons;

-- Comparisons that judges made; `comparing` is what its errors and its journal are called.
CREATE OR REPLACE VIEW judge_comparisons AS
    SELECT *, 'compare-' || left(extra ->> '$.fingerprint', 24) AS comparing FROM imported_comparisons
    WHERE (extra ->> '$.judge_model') IS NOT NULL AND (extra ->> '$.fingerprint') IS NOT NULL;

-- Labels (and adjudications) that were not taken back.
CREATE OR REPLACE VIEW standing_labels AS
    SELECT * FROM labels WHERE event IN ('label', 'adjudication')
        AND id NOT IN (SELECT undoes FROM labels WHERE event = 'undo' AND undoes IS NOT NULL);

-- The label that counts, one an annotator and entry (and one an adjudicator): standing, superseded by none that stands; of
-- several (made on two machines at once) the one with the greatest number, and of equal numbers by what they say, not when.
CREATE OR REPLACE VIEW current_labels AS
    SELECT * EXCLUDE (tie) FROM (
        SELECT *, md5(concat_ws(chr(31), item, run_a, run_b, side, subject, answer, comment)) AS tie FROM standing_labels)
    WHERE id NOT IN (SELECT supersedes FROM standing_labels WHERE supersedes IS NOT NULL)
    QUALIFY row_number() OVER (
        PARTITION BY annotator, task, event, item, run_a, run_b, side, subject ORDER BY seq DESC, tie DESC, id DESC) = 1;

-- The latest flag and comment of each annotator on each entry.
CREATE OR REPLACE VIEW current_marks AS
    SELECT annotator, task, item, run_a, run_b, side, subject,
        arg_max(flagged, (seq, tie)) FILTER (flagged IS NOT NULL) AS flagged,
        arg_max(comment, (seq, tie)) FILTER (comment IS NOT NULL) AS comment
    FROM (SELECT *, md5(concat_ws(chr(31), item, run_a, run_b, side, subject, answer, comment)) AS tie FROM labels)
    GROUP BY ALL HAVING bool_or(flagged IS NOT NULL OR comment IS NOT NULL);

-- Every comparison: those that were imported, those of judges, and the labels that count of the task compare. `kind` tells
-- them apart; adjudications stand beside what they decide between.
CREATE OR REPLACE VIEW comparisons AS
    SELECT *, CASE WHEN (extra ->> '$.judge_model') IS NULL THEN 'imported' ELSE 'judge' END AS kind, NULL::BOOLEAN AS flagged, NULL::VARCHAR AS comment, NULL::TINYINT AS confidence,
        NULL::JSON AS opinion
    FROM imported_comparisons
    UNION ALL BY NAME
    SELECT c.id, c.annotator, coalesce(ra.model, c.model_a, c.run_a) AS model_a, coalesce(rb.model, c.model_b, c.run_b) AS model_b,
        c.answer AS winner, c.item, c.run_a, c.run_b, c.left_is, c.decided_at AS time, NULL::JSON AS extra, c.event AS kind,
        m.flagged, m.comment, c.confidence, c.opinion
    FROM current_labels AS c LEFT JOIN runs AS ra ON ra.id = c.run_a LEFT JOIN runs AS rb ON rb.id = c.run_b
    LEFT JOIN current_marks AS m ON m.annotator = c.annotator AND m.task = c.task AND m.item = c.item
        AND m.run_a IS NOT DISTINCT FROM c.run_a AND m.run_b IS NOT DISTINCT FROM c.run_b
    WHERE c.task = 'compare' AND c.answer IS NOT NULL;

-- The comparisons that scores are made of: people's; a judge's only where no person has compared anything. Adjudications
-- are no votes.
CREATE OR REPLACE VIEW counted_comparisons AS
    SELECT * FROM comparisons WHERE winner <> 'skip' AND kind <> 'adjudication'
        AND (kind <> 'judge' OR NOT EXISTS (
            SELECT 1 FROM comparisons WHERE winner <> 'skip' AND kind NOT IN ('adjudication', 'judge')));

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

-- What goes back to confidential histories: the one rule for what no export holds and what goes to no remote model, unless
-- that is asked for. A thing is private where the trail leads from it to a confidential history; with an item that has one, its pair
-- and preferences are, unless an item with open histories has them too; with a preference, its pairs, and their queries and items.
-- Here are the things that something else can be made of, or be about. (Each step is materialized: a name in a view stands for its
-- whole query.) Shape: (kind, thing).
CREATE OR REPLACE VIEW private_subjects AS
    WITH RECURSIVE trail(kind, thing) AS (
        SELECT 'history', id FROM study.histories WHERE confidential
        UNION SELECT kind, thing FROM study.links WHERE confidential
        UNION SELECT 'chunk', c.id FROM study.chunks AS c JOIN study.histories AS h ON h.id = c.history WHERE h.confidential
        UNION
        SELECT l.kind, l.thing FROM study.links AS l JOIN trail AS t ON t.kind = l.source_kind AND t.thing = l.source
        WHERE l.role IS DISTINCT FROM 'duplicate'),
    tainted AS MATERIALIZED (SELECT DISTINCT kind, thing FROM trail),
    seeds AS MATERIALIZED (
        SELECT i.id, i.pair, q.a, q.b,
            i.id IN (SELECT thing FROM tainted WHERE kind = 'item')
            OR coalesce(i.history_a IN (SELECT thing FROM tainted WHERE kind = 'history'), false)
            OR coalesce(i.history_b IN (SELECT thing FROM tainted WHERE kind = 'history'), false)
            OR coalesce(i.pair IN (SELECT thing FROM tainted WHERE kind = 'pair'), false)
            OR coalesce(q.a IN (SELECT thing FROM tainted WHERE kind = 'preference'), false)
            OR coalesce(q.b IN (SELECT thing FROM tainted WHERE kind = 'preference'), false) AS private
        FROM study.items AS i LEFT JOIN study.pairs AS q ON q.id = i.pair WHERE EXISTS (FROM tainted)),
    preferences AS MATERIALIZED (
        SELECT thing AS id FROM tainted WHERE kind = 'preference'
        UNION
        SELECT id FROM (SELECT unnest([a, b]) AS id, private FROM seeds) WHERE id IS NOT NULL
        GROUP BY id HAVING bool_and(private)),
    pairs AS MATERIALIZED (
        SELECT thing AS id FROM tainted WHERE kind = 'pair'
        UNION SELECT pair FROM seeds GROUP BY pair HAVING bool_and(private)
        UNION SELECT id FROM study.pairs WHERE a IN (FROM preferences) OR b IN (FROM preferences)),
    items AS MATERIALIZED (SELECT id FROM seeds WHERE private OR pair IN (FROM pairs))
    FROM tainted
    UNION SELECT 'preference', id FROM preferences
    UNION SELECT 'pair', id FROM pairs
    UNION SELECT 'item', id FROM items
    UNION SELECT 'query', id FROM study.queries WHERE pair IN (FROM pairs) OR (extra ->> '$.item') IN (FROM items);

CREATE OR REPLACE VIEW private_preferences AS SELECT thing AS id FROM private_subjects WHERE kind = 'preference';
CREATE OR REPLACE VIEW private_pairs AS SELECT thing AS id FROM private_subjects WHERE kind = 'pair';
CREATE OR REPLACE VIEW private_items AS SELECT thing AS id FROM private_subjects WHERE kind = 'item';

-- Everything that is private, by kind: also what was asked, answered, judged, said and labelled about it. Verdicts that could not be
-- placed are where their run has private items; calls without a place, where no open answer is theirs. Shape: (kind, thing).
CREATE OR REPLACE VIEW private_things AS
    WITH subjects AS MATERIALIZED (FROM private_subjects),
    items AS MATERIALIZED (SELECT thing FROM subjects WHERE kind = 'item'),
    names AS MATERIALIZED (SELECT DISTINCT thing FROM subjects),
    labelled AS MATERIALIZED (SELECT thing FROM subjects WHERE kind IN ('item', 'query')),
    hidden_calls AS MATERIALIZED (
        SELECT building, CASE WHEN part IS NULL THEN subject ELSE subject || '#' || part END AS item FROM makings WHERE confidential),
    open_calls AS MATERIALIZED (
        SELECT call FROM responses WHERE call IS NOT NULL AND item NOT IN (FROM items)
        UNION SELECT call FROM verdicts WHERE call IS NOT NULL AND item NOT IN (FROM items))
    FROM subjects
    UNION ALL SELECT 'response', id FROM responses WHERE item IN (FROM items)
    UNION ALL SELECT 'verdict', id FROM verdicts WHERE item IN (FROM items)
        OR (item IS NULL AND run IN (SELECT run FROM responses WHERE item IN (FROM items)))
    UNION ALL SELECT 'making', id FROM makings WHERE confidential OR subject IN (FROM names)
    UNION ALL SELECT 'call', id FROM calls
        WHERE item IN (FROM names) OR regexp_replace(item, '#[0-9]+$', '') IN (FROM names) OR (run, item) IN (FROM hidden_calls)
            OR (item IS NULL AND EXISTS (FROM subjects) AND hash NOT IN (FROM open_calls))
    UNION ALL SELECT 'error', id FROM errors
        WHERE item IN (FROM names) OR regexp_replace(item, '#[0-9]+$', '') IN (FROM names)
    UNION ALL SELECT 'comparison', id FROM comparisons WHERE item IN (FROM items)
    UNION ALL SELECT 'label', id FROM labels WHERE item IN (FROM labelled)
    UNION ALL SELECT 'link', id FROM links
        WHERE confidential OR (kind, thing) IN (FROM subjects) OR (source_kind, source) IN (FROM subjects)
    UNION ALL SELECT 'superseded', id FROM superseded WHERE (kind, thing) IN (FROM subjects)
    UNION ALL SELECT DISTINCT 'split', id FROM (SELECT id, unnest(list_concat(train, test)) AS item FROM splits)
        WHERE item IN (FROM items);

-- Preferences that stand for themselves: no counterparts, and of those that say the same only the representative. Shape:
-- the columns of preferences, confidential (see private_preferences).
CREATE OR REPLACE VIEW representatives AS
    SELECT p.*, p.id IN (SELECT id FROM private_preferences) AS confidential
    FROM preferences AS p LEFT JOIN (
        SELECT thing, bool_or(role IN ('counterpart', 'duplicate')) AS other
        FROM links WHERE kind = 'preference' GROUP BY thing) AS l ON l.thing = p.id
    WHERE NOT coalesce(l.other, false)
        AND p.id NOT IN (SELECT preference FROM preference_clusters WHERE preference <> representative);

-- Candidate queries with what people say of them: accepts and refuses count the labels that stand. Shape: the columns of
-- queries, accepts, refuses, accepted. Queries of items that the study had before were chosen already.
CREATE OR REPLACE VIEW judged_queries AS
    SELECT q.*, coalesce(n.accepts, 0) AS accepts, coalesce(n.refuses, 0) AS refuses,
        coalesce(n.accepts, 0) > coalesce(n.refuses, 0)
            OR ((q.extra ->> '$.item') IS NOT NULL AND coalesce(n.refuses, 0) <= coalesce(n.accepts, 0)) AS accepted
    FROM queries AS q LEFT JOIN (
        SELECT item, count(*) FILTER (answer = 'accept') AS accepts, count(*) FILTER (answer = 'refuse') AS refuses
        FROM current_labels WHERE task = 'query' AND subject IS NULL GROUP BY item) AS n ON n.item = q.id;

-- Every call that failed, with what came of it since: failed (nothing yet), made good, or tried again (it failed once more, see
-- the later one).
CREATE OR REPLACE VIEW error_states AS
SELECT e.id AS key, e.id, coalesce(r.name, 'build ' || u.stage) AS run, e.run AS run_id, coalesce(j.judge, c.judge) AS judge, e.judging, e.item, e.side,
    e.order_number AS "order", e.error, e.message, e.attempts, e.status, e.time, e.answer,
    CASE
        WHEN EXISTS (FROM responses AS d WHERE e.judging IS NULL AND d.run = e.run AND d.item = e.item AND d.side = e.side)
            OR EXISTS (FROM verdicts AS d WHERE d.judging = e.judging AND d.item = e.item AND d.order_number = e.order_number)
            OR EXISTS (FROM makings AS d WHERE d.building = e.run
                AND e.item = CASE WHEN d.part IS NULL THEN d.subject ELSE d.subject || '#' || d.part END)
            OR EXISTS (FROM judge_comparisons AS d WHERE d.comparing = e.judging AND d.item = e.item) THEN 'made good'
        WHEN row_number() OVER (
            PARTITION BY e.run, e.judging, e.item, e.side, e.order_number ORDER BY e.time DESC, e.id DESC) > 1 THEN 'tried again'
        ELSE 'failed' END AS state
FROM errors AS e LEFT JOIN runs AS r ON r.id = e.run LEFT JOIN judgings AS j ON j.id = e.judging
LEFT JOIN buildings AS u ON u.id = e.run
LEFT JOIN (SELECT DISTINCT comparing, annotator AS judge FROM judge_comparisons) AS c ON c.comparing = e.judging;
