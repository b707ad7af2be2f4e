-- Preferences by their text. Shape: (text, id).
SELECT text, id FROM study.preferences;
