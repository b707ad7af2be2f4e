"""Lists: rows paged from the study, with headings, an incremental search and filter, sorting and a choice of columns."""

from __future__ import annotations

from interpref_tui.text.row_layout import Column, align
from interpref_tui.widgets.list.filterable_list import FilterableList
from interpref_tui.widgets.list.row_list import RowList

__all__ = ["Column", "FilterableList", "RowList", "align"]
