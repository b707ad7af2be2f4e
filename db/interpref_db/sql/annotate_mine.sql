-- Every event of one annotator in one task. Shape: the columns of labels.
SELECT * FROM labels WHERE annotator = $annotator AND task = $task ORDER BY seq, id
