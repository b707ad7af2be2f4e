-- Turns of a history that construction knows to carry preferences: those that a preference was taken from, and in a long
-- history those of the conversation that carries it. Shape: first_turn, last_turn (positions from 1), why, preference (its
-- text).
SELECT t.turn AS first_turn, t.turn AS last_turn, 'source' AS why, p.text AS preference
FROM links AS l CROSS JOIN unnest(l.turns) AS t(turn) JOIN chunks AS c ON c.id = l.source JOIN preferences AS p ON p.id = l.thing
WHERE l.kind = 'preference' AND l.source_kind = 'chunk' AND c.history = $history
UNION ALL
SELECT * EXCLUDE (target) FROM (
    SELECT 1 + coalesce(sum(s.turns) OVER before, 0) AS first_turn, first_turn + s.turns - 1 AS last_turn,
        'conversation' AS why, p.text AS preference, l.role = 'target' AS target
    FROM links AS l JOIN all_histories AS s ON s.id = l.source
    LEFT JOIN preferences AS p ON p.id = json_extract_string(s.extra, '$.preference')
    WHERE l.kind = 'history' AND l.source_kind = 'history' AND l.thing = $history
    WINDOW before AS (ORDER BY l.place ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
) WHERE target
