-- Whether each judge saw each run pass each item. Shape: judge, run, item, passed.
SELECT judge, run, item, pattern = 'LRRL' AS passed FROM patterns WHERE judge IS NOT NULL ORDER BY judge
