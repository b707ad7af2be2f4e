-- Finished calls by their content hashes. Shape: call, text, provenance; one row a call.
WITH wanted AS (SELECT unnest($calls::VARCHAR[]) AS wanted_call)
SELECT call, text, provenance FROM (
    SELECT hash AS call, text, provenance, 1 AS place FROM calls SEMI JOIN wanted ON wanted_call = hash
    UNION ALL
    SELECT call, coalesce(raw, text), provenance, 2 FROM responses SEMI JOIN wanted ON wanted_call = call
    UNION ALL
    SELECT call, raw, provenance, 3 FROM verdicts SEMI JOIN wanted ON wanted_call = call WHERE raw IS NOT NULL)
QUALIFY row_number() OVER (PARTITION BY call ORDER BY place) = 1
