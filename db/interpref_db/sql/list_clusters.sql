-- Clusters of preferences that say the same. Shape: key, id, name, size, representative (its text), category, subcategory (of the
-- representative).
SELECT c."cluster" AS key, c."cluster" AS id, c.name, c.size, p.text AS representative, p.category, p.subcategory
FROM clusters AS c JOIN preferences AS p ON p.id = c.representative
