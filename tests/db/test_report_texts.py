"""Reports of a study that is hostile in every text and name."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from interpref_core.records.runs import Comparison
from interpref_db.exporters.report import report
from interpref_db.study.study import Study
from tests.db.test_escaping import RENDERERS, seen
from tests.support.hostile import hostile_lines
from tests.support.labels import label
from tests.support.walk import walked_records

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from interpref_core.records.base import Record

ATTACK = (
    "<script>EVIL</script><img src=x onerror=EVIL>![x](http://evil.example/b.png)[c](javascript:EVIL) http://evil.example/c "
    "www.evil.example me@evil.example <!-- --> <https://evil.example/d> `x` *y* | pipe |\n\n# heading\n\n```\n[^1]\n- item\n\n---\n"
    "'\"></title></style></td></table> &lt;b&gt; \x1b[31m\u202e\x00"
)
LEFT = {"script", "img", "a", "iframe", "comment", "pre", "em", "strong", "hr", "blockquote", "s", "section"}


def records() -> Iterator[Record]:
    yield from walked_records("x")
    for n in range(6):
        winner = ("a", "b", "tie")[n % 3]
        yield Comparison(id=f"c{n}", annotator="judge", model_a="A", model_b=f"B{n % 2}", winner=winner)  # type: ignore[arg-type]
    for n in range(8):
        yield label("ann", f"i{n}", "a", n)
        yield label("bo", f"i{n}", "b" if n % 3 else "a", n)


def study_of(path: Path, attack: str) -> Study:
    made = [json.loads(line) for line in hostile_lines(records(), attack=attack).splitlines()]
    for one in made:
        if "case_label" in one:
            one["case_label"] += attack
    study = Study.open(path, create=True)
    with study.writing("test") as writer:
        writer.add(list(enumerate(made, 1)), origin="test")
        writer.fold("test")
    return study


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[str, str]]:
    """Both reports of two studies that differ in the attack alone."""
    found = {}
    for name, attack in (("calm", " calm"), ("hostile", ATTACK)):
        folder = tmp_path_factory.mktemp(name)
        with study_of(folder / ("a.duckdb" if name == "calm" else "a<img src=x>|`b`@c.duckdb"), attack) as study:
            found[name] = (report(study, as_html=False), report(study, as_html=True))
    return found


@pytest.mark.parametrize("renderer", RENDERERS)
def test_the_markdown_report_has_no_markup_of_theirs(reports: dict[str, tuple[str, str]], renderer: str) -> None:
    calm, hostile = (seen(RENDERERS[renderer].render(reports[name][0])) for name in ("calm", "hostile"))
    assert len([tag for tag in hostile.tags if tag == "table"]) >= 3
    assert hostile.text.count("EVIL") > 20
    assert not LEFT & set(hostile.tags)
    assert [tag for tag in hostile.tags if tag != "li"] == [tag for tag in calm.tags if tag != "li"]
    assert all(
        name == "style" and value in ("text-align:right", "text-align:left") for name, value in hostile.attributes
    )
    assert all(one.isprintable() or one == "\n" for one in hostile.text)


def test_the_html_report_has_no_markup_of_theirs(reports: dict[str, tuple[str, str]]) -> None:
    calm, hostile = (seen(reports[name][1]) for name in ("calm", "hostile"))
    assert hostile.text.count("EVIL") > 20
    assert not LEFT & set(hostile.tags)
    assert sorted(set(hostile.tags)) == sorted(set(calm.tags))
    assert {name for name, _ in hostile.attributes} == {name for name, _ in calm.attributes}
    assert [tag for tag in hostile.tags if tag not in ("li", "text", "line", "circle")] == [
        tag for tag in calm.tags if tag not in ("li", "text", "line", "circle")
    ]
    assert "&lt;img src=x&gt;|`b`@c.duckdb" in reports["hostile"][1]
    assert not {"\x00", "\x1b", "\u202e"} & set(reports["hostile"][1])
