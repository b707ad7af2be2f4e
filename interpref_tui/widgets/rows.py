"""Lists: rows paged from the study, with headings, an incremental search and filter, sorting and a choice of columns."""

from __future__ import annotations

from interpref_tui.widgets.listing import Listing
from interpref_tui.widgets.rowline import Column, aligned
from interpref_tui.widgets.rowlist import RowList

__all__ = ["Column", "Listing", "RowList", "aligned"]
