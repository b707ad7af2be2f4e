-- How many histories there are, and whether their places are 0 to that number without a gap. Shape: (count, whole).
SELECT count(*), coalesce(max(rowid) + 1 = count(*), true) FROM study.histories
