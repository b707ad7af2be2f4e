-- Whether anything was compared that counts. Shape: compared.
SELECT EXISTS (SELECT 1 FROM counted_comparisons) AS compared
