"""One JSON document is cut into the elements that it has, wherever the pieces of the file end."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interpref_db.importers.json_stream import JsonStreamSplitter, TruncatedJson

_TEXTS = st.text(alphabet=st.characters(exclude_categories=["Cs"])) | st.text(alphabet='\\"[]{},: \n')
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | _TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_TEXTS, inner, max_size=4),
    max_leaves=12,
)


class Dripping(io.BytesIO):
    """A file that gives a few bytes at a time, whatever is asked for."""

    def __init__(self, data: bytes, step: int) -> None:
        super().__init__(data)
        self._step = step

    def read(self, size: int | None = -1) -> bytes:
        return super().read(self._step)


@given(values=st.lists(_VALUES), step=st.integers(1, 40), indent=st.none() | st.integers(0, 2))
def test_the_elements_of_an_array_are_its_pieces(values: list[Any], step: int, indent: int | None) -> None:
    data = json.dumps(values, ensure_ascii=False, indent=indent).encode()
    assert [json.loads(piece) for piece in JsonStreamSplitter(Dripping(data, step)).pieces()] == values


@given(value=st.dictionaries(_TEXTS, _VALUES), step=st.integers(1, 40))
def test_the_members_of_an_object_are_its_pieces(value: dict[str, Any], step: int) -> None:
    data = json.dumps(value, ensure_ascii=False).encode()
    found: dict[str, Any] = {}
    for piece in JsonStreamSplitter(Dripping(data, step)).pieces():
        found |= json.loads(b"{" + piece + b"}")
    assert found == value


@given(values=st.lists(_VALUES, min_size=1), cut=st.integers(1, 200))
def test_a_document_that_ends_early_breaks_off(values: list[Any], cut: int) -> None:
    data = json.dumps(values).encode()
    with pytest.raises(TruncatedJson):
        list(JsonStreamSplitter(io.BytesIO(data[: max(0, len(data) - cut)])).pieces())


def test_what_follows_a_document_is_no_part_of_it() -> None:
    with pytest.raises(TruncatedJson, match="follows"):
        list(JsonStreamSplitter(io.BytesIO(b"[1] [2]")).pieces())
    assert list(JsonStreamSplitter(io.BytesIO(b" [1]\r\n\n")).pieces()) == [b"1"]


def test_a_missing_element_is_a_piece_too_so_that_it_is_refused() -> None:
    assert list(JsonStreamSplitter(io.BytesIO(b"[1,,2,]")).pieces()) == [b"1", b"", b"2", b""]
