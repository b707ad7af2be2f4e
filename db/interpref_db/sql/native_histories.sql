-- Histories with their turns as lists of structs. Shape: the columns of histories, turns (list of role, content, time).
SELECT h.* EXCLUDE (turns), t.turns FROM all_histories AS h JOIN (
    SELECT history, list({'role': role, 'content': content, 'time': time} ORDER BY position) AS turns
    FROM turns GROUP BY history) AS t ON t.history = h.key
ORDER BY h.key
