-- Lines whose identifier names something else. Shape: (n, id).
SELECT n, id FROM heads WHERE state = 'conflict' ORDER BY n;
