-- Calls that failed. Shape: key, id, run, item, side, order, error, message, attempts, status, time.
SELECT e.id AS key, e.id, r.name AS run, e.item, e.side, e.order_number AS "order", e.error, e.message, e.attempts, e.status, e.time
FROM errors AS e LEFT JOIN runs AS r ON r.id = e.run
