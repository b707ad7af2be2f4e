-- The beginnings of responses, which is where an opening phrase stands. Shape: run, side, head.
SELECT run, side, left(text, 600) AS head FROM responses WHERE list_contains($runs::VARCHAR[], run)
