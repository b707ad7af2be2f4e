"""The study: one DuckDB file, the journals beside it, importers and exporters. No terminal, no model."""
