-- What was numbered takes the place of what was staged.
DROP TABLE staged_comparisons;

ALTER TABLE numbered RENAME TO staged_comparisons;
