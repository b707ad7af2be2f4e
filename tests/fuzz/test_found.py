"""What fuzzing found, each with the least that shows it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from interpref_core.constrained_choice import option_mass, option_probabilities
from interpref_core.construction import answer_parsing, conversation_synthesis, extraction
from interpref_core.construction.windows import Span
from interpref_core.judging.verdict_words import parse_choice
from interpref_core.paradigms.output_parsing import read_list, split_labelled
from interpref_core.providers.base import ProviderError
from interpref_core.providers.openai.responses import error_message, first_tokens, read_embeddings, read_reply
from interpref_core.system.user_files import expand_home, parse_toml
from interpref_core.text.reasoning_tags import split_reasoning
from interpref_db.importers import ImportRefused, import_files
from interpref_db.lists.filter_language import FilterError, format_filter, parse_filter
from interpref_db.scores.comparison_files import count_file
from interpref_db.study.study import Study
from interpref_tui.settings.model import ConfigError, load_settings
from interpref_tui.text.markdown_layout import paragraphs
from tests.support.fuzzing.seeds import file_seeds
from tests.support.fuzzing.watching import deadline

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from interpref_db.importers import ImportReport

GAP = " " * 50_000
HUGE = 10**400


@pytest.fixture
def study(tmp_path: Path) -> Iterator[Study]:
    with Study.open(tmp_path / "s.duckdb", create=True) as one:
        yield one


def imported(study: Study, name: str, *records: Any) -> ImportReport:
    """The report of JSON lines of these records; a text stands for a line as it is."""
    lines = (one if isinstance(one, str) else json.dumps(one) for one in records)
    path = study.path.parent / name
    path.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
    return import_files(study, [path])


def refused(report: ImportReport) -> list[tuple[int, str | None]]:
    return [(one.line, one.field) for one in report.rejected]


# -- readers of models' outputs ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "read",
    [
        lambda: parse_choice(f"Left{GAP}foo"),
        lambda: split_labelled(f"answer{GAP}x", "persona", "answer"),
        lambda: read_list(f"-{GAP}", "preferences", 10),
        lambda: list(answer_parsing.iter_json_values("[" * 190 + "1," * 500_000)),
        lambda: conversation_synthesis.read_conversation(f"user: a\n{GAP}x\nbot: b\nuser: c\nbot: d", "p"),
        lambda: extraction.read_window(
            f"begin_dialog_id: 1\nend_dialog_id: 2\npersonal_profile:\n-{GAP}\n", Span(1, 9)
        ),
        lambda: paragraphs(f"```{GAP}`"),
        lambda: read_list('"preferences": ["' + '\\"x' * 100_000, "preferences", 10),
    ],
    ids=["choice", "label", "bullet", "nested", "conversation", "window", "fence", "strings"],
)
def test_a_long_gap_is_read_once(read: Callable[[], object]) -> None:
    with deadline():
        read()


def test_a_choice_before_a_gap_is_read_as_one_without() -> None:
    assert parse_choice("Left   because it fits") == "Left"
    assert parse_choice("Left   foo") == "Unreadable"
    assert split_labelled("persona: p\nAnswer  **: Play", "persona", "answer") == ("p", "Play")
    assert read_list("  -  one \n 2.  two\n", "preferences", 9) == ["one", "two"]


def test_thoughts_in_letters_that_are_longer_in_lower_case_end_where_they_end() -> None:
    assert split_reasoning("<THINK>İİİİ</Think>Left") == ("İİİİ", "Left")
    assert split_reasoning("İİİİ</think>Left") == ("İİİİ", "Left")


def test_a_list_that_is_cut_keeps_its_whole_strings() -> None:
    assert read_list('"preferences": ["a \\"b\\"", "c", "d \\"', "preferences", 9) == ['a "b"', "c"]


@pytest.mark.parametrize("share", [f"{HUGE}", "NaN", "Infinity", "1e999"])
def test_a_share_without_measure_is_no_number(share: str) -> None:
    mass = '{"probabilities": {"Left": 0.5}, "mass": ' + share + "}"
    assert option_mass(mass) is None
    assert option_probabilities('{"probabilities": {"Left": ' + f"{HUGE}" + "}}") is None


def test_a_server_says_numbers_beyond_all_measure() -> None:
    with pytest.raises(ProviderError, match="no list of numbers"):
        read_embeddings({"data": [{"embedding": [HUGE]}]}, 1)
    with pytest.raises(ProviderError, match="no probabilities"):
        first_tokens({"logprobs": {"content": [{"token": "a", "logprob": -HUGE}]}})


def test_what_a_server_says_is_one_line() -> None:
    assert error_message({"error": {"message": "a\nb\r\n c"}}) == "a b c"
    with pytest.raises(ProviderError) as error:
        read_reply({"choices": [{"finish_reason": "a\nb", "message": {"content": ""}}]}, 0.0, constrained=False)
    assert "\n" not in str(error.value)


# -- filters and settings ----------------------------------------------------------------------------------------------


def test_a_filter_is_written_with_all_its_digits_and_no_number_is_endless() -> None:
    terms = parse_filter("turns:>0.0000001", {"turns": "number"})
    assert parse_filter(format_filter(terms), {"turns": "number"}) == terms
    with pytest.raises(FilterError, match="too large"):
        parse_filter("turns:" + "9" * 400, {"turns": "number"})


@pytest.mark.parametrize("text", ["x = " + "[" * 2000, "x = " + "9" * 5000, "x = ", 'x = "\n'])
def test_toml_that_cannot_be_read_says_so_in_one_line(text: str) -> None:
    with pytest.raises(ValueError, match=r"^[^\n]+$"):
        parse_toml(text)


def test_the_home_of_nobody_is_no_folder() -> None:
    assert not expand_home("~nobody-of-this-name/x").exists()


def test_a_text_where_a_table_belongs_is_refused_with_its_name() -> None:
    with pytest.raises(ConfigError, match="run"):
        load_settings({"INTERPREF_RUN": "3", "INTERPREF_RUN__SEED": "4"})


# -- importers ---------------------------------------------------------------------------------------------------------


def test_fields_that_differ_in_upper_and_lower_case_are_all_kept(study: Study) -> None:
    turns = [{"from": "human", "value": "q"}]
    report = imported(study, "s.jsonl", *({"id": name, "conversations": turns, name: 1} for name in ("x", "X", "")))
    assert (report.counts["histories"], report.rejected) == (3, [])
    with study.reading() as cursor:
        kept = [json.loads(row[0]) for row in cursor.execute("SELECT extra FROM histories ORDER BY key").fetchall()]
    assert kept == [{"x": 1}, {"X": 1}, {"": 1}]


@pytest.mark.parametrize("depth", [300, 900, 5000])
def test_what_is_nested_deeply_is_refused_alone_and_never_stored(study: Study, depth: int) -> None:
    deep = "[" * depth + "]" * depth
    good = '{"id": "g", "conversations": [{"from": "human", "value": "q"}], "x": [[1]]}'
    bad = '{"id": "b", "conversations": [{"from": "human", "value": "q"}], "x": ' + deep + "}"
    report = imported(study, "s.jsonl", good, bad)
    assert (report.counts["histories"], refused(report)) == (1, [(2, None)])
    native = '{"type": "preference", "id": "p", "text": "t", "extra": {"x": ' + deep + "}}"
    report = imported(study, "n.jsonl", '{"type": "preference", "id": "q", "text": "t"}', native)
    assert (report.counts["preferences"], refused(report)) == (1, [(2, None)])


def test_a_ranking_that_is_none_is_refused_alone(study: Study) -> None:
    def record(value: list[Any]) -> dict[str, Any]:
        return {"fields": {}, "responses": {"better": [{"value": value, "user_id": "u"}]}}

    ranks = [{"value": "first", "rank": 1}, {"value": "second", "rank": 2}]
    report = imported(study, "a.jsonl", record(ranks), record(["first", "second"]))
    assert (report.counts["comparisons"], refused(report)) == (1, [(2, "responses.better[0].value")])


@pytest.mark.parametrize("scores", [3, "x", True, {"score": 1}])
def test_ratings_that_are_no_list_are_refused(study: Study, scores: Any) -> None:
    examples = [{"score": 1, "individual_rater_scores": scores}]
    report = imported(study, "l.jsonl", {"models": ["A", "B"], "examples": examples})
    assert refused(report) == [(1, "examples[0].individual_rater_scores")]
    report = imported(study, "ls.jsonl", {"data": {}, "annotations": scores})
    assert refused(report) == [(1, "annotations")]


def test_an_opinion_that_is_missing_is_refused(study: Study) -> None:
    good = {**{f"ai_opinion_{n}": "x" for n in range(1, 5)}, "choices": ["Left"] * 4}
    report = imported(study, "e.jsonl", good, {name: said for name, said in good.items() if name != "ai_opinion_4"})
    assert all("\n" not in one.reason for one in report.rejected)
    assert report.rejected


def test_a_log_that_corrects_an_earlier_one_goes_in_once(study: Study) -> None:
    responses, log = file_seeds()["published responses"], file_seeds()["published evaluation"]
    for seed in (responses, log):
        study.path.with_name(seed.name).write_bytes(seed.data)
        import_files(study, [study.path.with_name(seed.name)])
    corrected = study.path.with_name(log.name)
    corrected.write_bytes(log.data.replace(b'"ai_opinion_3": "# reasoning"', b'"ai_opinion_3": "# reasoning more"'))
    assert [import_files(study, [corrected]).counts["verdicts"] for _ in range(3)] == [2, 0, 0]


def test_rows_that_are_lists_are_no_pair_of_completions(study: Study) -> None:
    pair = [{"prompt": "p", "completion": text, "label": text == "a"} for text in ("a", "b")]
    report = imported(study, "k.jsonl", *pair, [], ["x", 1], pair)
    assert (report.counts["comparisons"], refused(report)) == (1, [(3, None), (4, None), (5, None)])


def test_our_own_table_without_an_identifier_is_refused_row_by_row(study: Study) -> None:
    rows = "id,annotator,model_a,model_b,winner,run_a,kind\n,me,A,B,a,,imported\nk,me,A,B,a,,imported\n"
    path = study.path.parent / "own.csv"
    path.write_text(rows, encoding="utf-8")
    report = import_files(study, [path])
    assert (report.counts["comparisons"], refused(report)) == (1, [(2, "interpref.id")])


def test_a_table_whose_end_is_no_text_is_refused_in_one_line(study: Study) -> None:
    path = study.path.parent / "t.csv"
    path.write_bytes(b"left\tright\twinner\nA\tB\tleft\x8d\n")
    (one,) = import_files(study, [path]).rejected
    assert (one.line, "nothing of it was imported" in one.reason) == (0, True)


def test_parquet_with_moments_and_maps_in_what_is_kept(study: Study) -> None:
    path = study.path.parent / "t.parquet"
    said = "[{'role': 'user', 'content': 'q', 'at': DATE '2026-01-01', 'p': 'NaN'::DOUBLE}]"
    kept = "MAP {DATE '2026-01-01': 'NaN'::DOUBLE}"
    row = f"'k' AS id, 'me' AS annotator, 'A' AS model_a, 'B' AS model_b, 'a' AS winner, NULL AS run_a, 'x' AS kind, {said} AS conversation_a, {kept} AS opinion"
    duckdb.connect().execute(f"COPY (SELECT {row}) TO '{path}' (FORMAT parquet)")
    report = import_files(study, [path])
    assert (report.counts["comparisons"], report.rejected) == (1, [])


def test_a_file_with_a_broken_line_cannot_be_counted_in_clusters_and_says_so(tmp_path: Path) -> None:
    path = tmp_path / "b.jsonl"
    good = json.dumps({"model_a": "A", "model_b": "B", "winner": "a", "judge": "j"})
    path.write_text(f"{good}\n{{no\n{good}\n", encoding="utf-8")
    assert count_file(path).counts.models
    with pytest.raises(ImportRefused, match="without --cluster"):
        count_file(path, cluster="annotator")
