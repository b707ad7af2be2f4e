"""What is needed of DuckDB to open a study.

Four fifths of the time that `import duckdb` takes go to what nothing here uses (relations, expressions, functions in
Python). Its compiled half is enough to connect, ask and be told of errors; the whole package works beside it.
"""

from __future__ import annotations

try:
    from _duckdb import Error, IOException, connect
except ImportError:  # a DuckDB that is put together in another way
    from duckdb import Error, IOException, connect

__all__ = ["Error", "IOException", "connect"]
