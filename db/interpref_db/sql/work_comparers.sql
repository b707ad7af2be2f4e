-- Judges that have compared anything, by how they were asked. Shape: judge, fingerprint, id.
SELECT annotator AS judge, (extra ->> '$.fingerprint') AS fingerprint, id FROM comparisons WHERE kind = 'judge'
