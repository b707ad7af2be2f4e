-- What is taken as right: the answers of the gold annotator. Shape: item, run_a, run_b, side, subject, answer.
SELECT item, run_a, run_b, side, subject, answer FROM current_labels
WHERE annotator = $gold AND task = $task AND event = 'label' AND answer <> 'skip'
