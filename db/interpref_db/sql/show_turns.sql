-- The turns of one history in order. Shape: role, content, time.
SELECT role, content, time FROM turns WHERE history = $history ORDER BY position
