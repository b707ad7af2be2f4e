"""Whatever stands in a record, an import ends with a report, never with an exception."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from interpref_db.importers import import_files
from interpref_db.study.study import Study
from tests.support.fuzzing.mutations import replace_at, ways_in
from tests.support.fuzzing.seeds import RECORDS

if TYPE_CHECKING:
    from collections.abc import Iterator

_ANY = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.just([]), st.just({}), st.just([[]]), st.just([{}]),
    st.text(max_size=5), st.just([None]), st.just({"a": {}}), st.just("None"), st.just(10**30), st.just("\ud800"),
)  # fmt: skip


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Study]:
    with Study.open(tmp_path_factory.mktemp("any") / "s.duckdb", create=True) as study:
        yield study


@pytest.mark.parametrize("kind", RECORDS)
@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_value_in_any_place_is_taken_or_refused(study: Study, kind: str, data: st.DataObject) -> None:
    good = RECORDS[kind]
    ways = list(ways_in(good))
    records = [replace_at(good, data.draw(st.sampled_from(ways)), data.draw(_ANY)) for _ in range(8)]
    path = study.path.parent / "file.json"
    if kind == "map":
        path.write_text(json.dumps({"good": good, **{f"r{n}": record for n, record in enumerate(records)}}))
    elif data.draw(st.booleans()):
        path.write_text(json.dumps([good, *records]))
    else:
        path.write_text("".join(json.dumps(record) + "\n" for record in (good, *records)))
    report = import_files(study, [path])
    assert report.format or report.rejected
    assert all("\n" not in one.reason and len(one.reason) < 500 for one in report.rejected)
    json.dumps(report.to_json(), allow_nan=False)
