-- What has failed in a run ($judging NULL), or in one judging or comparing of it. Shape: item, side, order_number.
SELECT DISTINCT item, side, order_number FROM errors WHERE run = $run AND judging IS NOT DISTINCT FROM $judging
