-- Whether anything was compared that counts. Shape: compared.
SELECT EXISTS (SELECT 1 FROM comparisons WHERE winner <> 'skip' AND kind <> 'adjudication') AS compared
