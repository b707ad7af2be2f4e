"""The study file: connection, migrations, journals, writers."""
