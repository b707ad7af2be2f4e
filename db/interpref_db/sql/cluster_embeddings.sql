-- Stored embeddings. Shape: (hash, text), where text is the vector in base64.
SELECT hash, text FROM calls WHERE stage = 'embed'
