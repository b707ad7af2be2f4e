-- Replace what preferences carry along. Shape: one row (rows changed).
UPDATE study.preferences SET extra = given.extra
FROM (SELECT unnest($ids::VARCHAR[]) AS id, unnest($extras::VARCHAR[])::JSON AS extra) AS given
WHERE preferences.id = given.id;
