-- The lines to take in, as they are, in a table `lines` (origin, line, text). A step of its own: together with the reading
-- of the JSON it would take six times the memory.
CREATE OR REPLACE TEMP TABLE lines AS
SELECT $origin AS origin, unnest($numbers::BIGINT[]) AS line, unnest($lines::VARCHAR[]) AS text;
