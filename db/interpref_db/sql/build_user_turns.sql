-- The user's turns of a history by its key, in order. Shape: content.
SELECT content FROM turns WHERE history = $history AND role = 'user' ORDER BY position
