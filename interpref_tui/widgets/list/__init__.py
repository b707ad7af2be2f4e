"""Lists: rows paged from the study, with headings, an incremental search and filter, sorting and a choice of columns."""

from __future__ import annotations

from interpref_tui.text.row_layout import Column, aligned
from interpref_tui.widgets.list.filterable_list import Listing
from interpref_tui.widgets.list.row_list import RowList

__all__ = ["Column", "Listing", "RowList", "aligned"]
