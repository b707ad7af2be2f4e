-- What is replaced already. Shape: kind, thing.
SELECT kind, thing FROM study.superseded
