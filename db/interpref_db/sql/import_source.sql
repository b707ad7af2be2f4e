-- Remember an imported file, once each by content and format.
INSERT INTO study.sources BY NAME
SELECT $id AS id, $file AS file, $format AS format, $sha256 AS sha256, $bytes AS bytes, now() AS imported,
    $program AS program, $counts::JSON AS counts
WHERE NOT EXISTS (FROM study.sources AS s WHERE s.sha256 = $sha256 AND s.format = $format);
