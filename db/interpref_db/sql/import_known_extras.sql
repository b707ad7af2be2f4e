-- Preferences by their text, with what they carry along. Shape: (text, id, extra as JSON text or NULL).
SELECT text, id, extra::VARCHAR FROM study.preferences;
