-- Histories as texts, for their diversity: the beginning of each, of many a part drawn by a hash. Shape: history, text.
SELECT history, left(string_agg(content, chr(10) ORDER BY position), 20000) AS text FROM turns
WHERE history IN (SELECT key FROM histories ORDER BY hash(key) LIMIT 10000) GROUP BY history ORDER BY history
