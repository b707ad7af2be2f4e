"""The program in lines: through pipes, with the keys of the screens, labels in the same journal, nothing but lines."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

import pytest

from interpref_core.records.data import History, Turn
from tests.support.cli import COMMAND, environment, interpref
from tests.support.studies import HOSTILE, small_records, small_study

if TYPE_CHECKING:
    from pathlib import Path

WIDE = "x" * 400_000


@pytest.fixture
def study(tmp_path: Path) -> Path:
    path = tmp_path / "s.duckdb"
    small_study(path, small_records(4, runs=("one", "two"), pattern="LRLD")).close()
    return path


def plain(home: Path, *arguments: object, keys: str, code: int = 0, **more: str) -> str:
    """What is said to these lines."""
    done = subprocess.run(
        [*COMMAND, *(str(one) for one in arguments)],
        input=keys,
        capture_output=True,
        text=True,
        timeout=120,
        env=environment(home, **more),
        check=False,
    )
    assert done.stderr == "" or code, done.stderr
    assert done.returncode == code, done.stderr
    assert not {one for one in done.stdout if ord(one) < 32 and one != "\n"}
    return done.stdout


def lines(*keys: str) -> str:
    return "".join(f"{key}\n" for key in keys)


def test_lists_are_walked_searched_sorted_and_undone(tmp_path: Path, study: Path) -> None:
    said = plain(
        tmp_path, "--plain", study, keys=lines("2", "j", "j 2", "k", "/3b", "esc", "s turns", "u", "U", "G", "q")
    )
    assert "histories: 8" in said
    assert "2 of 8: h0b, 4 turns" in said
    assert 'histories: 1 with /"3b"' in said
    assert "sorted by turns" in said
    assert "undone: sort by turns" in said
    assert "done again: sort by turns" in said
    assert "8 of 8: h3b" in said


def test_a_history_is_read_turn_by_turn_and_long_turns_in_pieces(tmp_path: Path, study: Path) -> None:
    with small_study(tmp_path / "w.duckdb", iter([History(id="w", turns=(Turn(role="user", content=WIDE),) * 2)])):
        pass
    said = plain(tmp_path, tmp_path / "w.duckdb", "--plain", keys=lines("2", "", "", "", "j", "q"))
    assert "user, turn 1 of 2" in said
    assert "(398,500 more characters: enter reads on)" in said
    assert "(397,000 more characters: enter reads on)" in said
    assert "user, turn 2 of 2" in said
    assert len(said) < 10_000
    said = plain(tmp_path, "--plain", study, keys=lines("2", "enter 3", "}", "}", "/turn 3", "esc", "q"))
    assert "history h1a: 4 turns" in said
    assert "user, turn 3 of 4" in said
    assert "1 turns have 'turn 3'" in said
    assert "assistant, turn 4 of 4" in said


def test_an_item_and_a_verdict_are_read_part_by_part(tmp_path: Path, study: Path) -> None:
    keys = ("3", "", "j", "", "esc", "r", "", "d", "]", "5", "", "j 2", "", "r", "q")
    said = plain(tmp_path, "--plain", study, keys=lines(*keys))
    assert "a: The user likes a-things 0. plain" in said
    assert "history h0a: 4 turns" in said
    assert "response a of one, judge LRLD" in said
    assert "only in a: a\nonly in b: b" in said
    assert "item i1" in said
    assert "order, personas b,a, left a, right b: Left, wrong, Right is right, direct content" in said
    assert "because 3" in said
    assert "raw plain" in said


def test_from_one_to_the_next_of_the_list_it_was_opened_from(tmp_path: Path, study: Path) -> None:
    keys = ("2", "enter 2", "]", "J", "[", "[", "[", "esc", "5", "", "]", "[", "[", "j x", "esc", "q")
    said = plain(tmp_path, "--plain", study, keys=lines(*keys))
    assert "history h1a: 4 turns" in said
    assert "there is no further history in the list" in said
    assert "1 of 8: h0a" in said
    assert "i1, one by judge: LRLD" in said
    assert "there is no further one in the list" in said
    assert "'x' is no number of rows" in said


def test_files_are_taken_in_from_home(tmp_path: Path, study: Path) -> None:
    export = tmp_path / "all.jsonl"
    assert interpref(tmp_path, "export", study, "study", "-o", export).code == 0
    with export.open("a", encoding="utf-8") as file:
        file.write('{"type": "item"}\n')
    keys = ("i", "none.jsonl", str(export), ".", "", "2", "q")
    said = plain(tmp_path, "--plain", tmp_path / "new.duckdb", keys=lines(*keys))
    assert "i: takes files in from here" in said
    assert "files: there is no none.jsonl" in said
    assert "imported: 8 histories" in said
    assert "1 refused" in said
    assert "8 histories, 32 turns" in said


def test_an_empty_study_names_the_keys_and_commands_that_lead_on(tmp_path: Path) -> None:
    keys = ("2", "3", "4", "5", "6", "7", "8", "q")
    said = plain(tmp_path, "--plain", tmp_path / "new.duckdb", keys=lines(*keys))
    assert "1: goes Home, where i takes files in" in said
    assert "{" not in said


def test_numbers_say_their_columns_and_open_what_they_count(tmp_path: Path, study: Path) -> None:
    said = plain(
        tmp_path, "--plain", study, keys=lines("8", "]", "[", "j", "l", "l", "l", "", "", "esc", "esc", "1", "q")
    )
    assert "run one, judge judge, judged 4/4" in said
    assert "passed: 0" in said
    assert "8 histories" in said
    said = plain(
        tmp_path, "--plain", study, keys=lines("8", "]", "j", "l", "l", "l", "l", "l", "", "", "esc", "esc", "q")
    )
    assert "order 4: 0.0" in said
    assert "one by judge: wrong in order 4: 4" in said
    assert "i0, one by judge: LRLD" in said
    assert "scores, table 2: Position bias" in said


def test_filters_speak_the_language_of_the_lists(tmp_path: Path, study: Path) -> None:
    keys = (
        "2",
        "/turns:>3 -id:h1a",
        "/turn:3",
        "u",
        "/nothing like it",
        "esc",
        "s id",
        "S",
        "s nonsense",
        "f2",
        "enter 99",
    )
    said = plain(tmp_path, "--plain", study, keys=lines(*keys, "j x", "q"))
    assert "histories: 7 with /turns:>3 -id:h1a" in said
    assert 'no field "turn" here; quotes make it a text; there are turns, characters' in said
    assert "undone: filter turns:>3 -id:h1a" in said
    assert "Nothing here is like that. esc shows everything again." in said
    assert "histories: 8, sorted by id, downwards" in said
    assert "'nonsense' is none of id, opening" in said
    assert "turns:20  turns:>20" in said
    assert "there is no row 99: there are 8" in said
    assert "'x' is no number of rows" in said


def test_verdicts_like_this_one_and_failures_by_any_two_facets(tmp_path: Path, study: Path) -> None:
    said = plain(tmp_path, "--plain", study, keys=lines("5", "f", "f", "f", "F", "u", "q"))
    assert "verdicts: 4, run one" in said
    assert "verdicts: 4, run one, judge judge, pattern LRLD" in said
    assert "undone: all verdicts" in said
    keys = ("6", "j", "f", "r", "c", "R", "u", "esc", "j", "", "", "esc", "esc", "q")
    said = plain(tmp_path, "--plain", study, keys=lines(*keys))
    assert "failures: 8 of 8, mechanical: Don't know" in said
    assert "failures: 4 of 8, one by judge" in said
    assert "undone: which failures are counted" in said
    assert "mechanical, Don't know: LRLD" in said
    assert "personas a,b" not in said
    assert "i0, one by judge" in said


def test_clusters_are_cut_merged_named_and_undone(tmp_path: Path, study: Path) -> None:
    keys = (
        "f9", "c", "+ 5", "esc", "j", "space", "j", "m", "n Things", "", "j", "r", "space", "esc", "esc", "u", "U", "C",
        "Lifestyle", "?", "hobbies", "x", "/things 3", "esc", "f", "?", "q",
    )  # fmt: skip
    said = plain(tmp_path, "--plain", study, keys=lines(*keys))
    assert "no clusters yet: c makes them at threshold 0.50" in said
    assert "cut at 0.50" in said
    assert "c cuts, esc does not" in said
    assert "the clusters stay as they are" in said
    assert "2 clusters are one; u undoes it" in said
    assert "named" in said
    assert "Things, " in said
    assert "this one stands for the cluster now" in said
    assert "undone: " in said
    assert "preferences are Lifestyle, hobbies" in said
    assert "split into " in said
    assert "m: make one of the marked clusters" in said
    events = [row["name"] for row in interpref(tmp_path, "list", study, "clusters", "--json").lines]
    assert "Things" in events


def test_something_is_opened_by_its_identifier_and_exported(tmp_path: Path, study: Path) -> None:
    target = tmp_path / "out.jsonl"
    keys = lines(":h2a", ": nothing", ": turn 0 of 2b", "9", "", "", str(target), ".", "q")
    said = plain(tmp_path, "--plain", study, keys=keys)
    assert "history h2a: 4 turns" in said
    assert "nothing here is 'nothing' or has it" in said
    assert "history h2b: plain turn" in said
    assert "32 verdicts written" in said
    assert len(target.read_text(encoding="utf-8").splitlines()) == 32


def test_unknown_keys_are_told_and_help_names_those_that_there_are(tmp_path: Path, study: Path) -> None:
    said = plain(tmp_path, "--plain", study, keys=lines("2", "%", "nonsense here", "?", "q"))
    assert "% does nothing here" in said
    assert "'nonsense' is no key here" in said
    assert "down or j: go one row down" in said


def test_keys_of_the_users_own_work_here_too(tmp_path: Path, study: Path) -> None:
    folder = tmp_path / "config" / "interpref"
    folder.mkdir(parents=True)
    (folder / "config.toml").write_text('[keys]\n"list.down" = "ctrl+n,down"\n', encoding="utf-8")
    said = plain(tmp_path, "--plain", study, keys=lines("2", "ctrl+n", "j", "q"))
    assert "2 of 8" in said
    assert "j does nothing here" in said


def test_labels_are_made_with_the_keys_of_the_screen_and_are_in_the_journal(tmp_path: Path, study: Path) -> None:
    arguments = ("annotate", study, "--plain", "--annotator", "ann", "--task", "compare", "--runs", "one", "two")
    keys = lines("3", "l", "left", "t", "f", "c a remark", "u", "U", "[", "o", "d", "p", "i", "a", "n", "s", "q")
    said = plain(tmp_path, *arguments, keys=keys)
    assert "saved: Right   the AI's opinion was" in said
    assert "saved: Left" in said
    assert "saved: Tie" in said
    assert "undone: Tie, label of" in said
    assert "done again: Tie" in said
    assert "AI opinion:" in said
    assert "Agreement in compare" in said
    assert "comment saved" in said
    assert "4 of 4 decided, 0 to go" in said
    rows = [row for row in interpref(tmp_path, "list", study, "labels", "--json").lines if row["answer"]]
    assert len(rows) == 4
    assert sorted(row["answer"] for row in rows) == ["a", "b", "skip", "tie"] or {row["shown"] for row in rows} >= {
        "tie"
    }
    assert any(row["confidence"] == 3 for row in rows)
    assert any(row["comment"] == "a remark" for row in rows)


@pytest.mark.parametrize(
    ("task", "keys", "answers"),
    [
        ("match", ("left",), {"right", "wrong"}),
        ("query", ("right",), {"accept"}),
        ("score", ("4",), {"4"}),
        ("failure", ("1", "3", "space"), {"ignores the preference; invents a preference"}),
    ],
)
def test_every_task_is_there(tmp_path: Path, study: Path, task: str, keys: tuple[str, ...], answers: set[str]) -> None:
    plain(tmp_path, "--plain", "annotate", study, "--annotator", "ann", "--task", task, keys=lines(*keys, "q"))
    found = [row["answer"] for row in interpref(tmp_path, "list", study, "labels", "--json").lines]
    assert len(found) == 1
    assert found[0] in answers


def test_an_assignment_is_begun_and_gone_on_with_from_the_list(tmp_path: Path, study: Path) -> None:
    keys = lines("7", "n", "ben", "score", "one", "", "never", "5", "esc", "a", "", "ben", "4", "q")
    said = plain(tmp_path, "--plain", study, keys=keys)
    assert "score, one: 1 labels by 1 annotators" in said
    assert "Agreement in score" in said
    assert "entry" in said
    found = interpref(tmp_path, "list", study, "labels", "--json").lines
    assert sorted(row["answer"] for row in found) == ["4", "5"]


def test_hostile_texts_are_inert_everywhere(tmp_path: Path) -> None:
    path = tmp_path / "h.duckdb"
    small_study(path, small_records(2, text=HOSTILE, runs=("one", "two"), pattern="LRLD")).close()
    keys = lines(
        "2", "", "", "esc", "3", "", "j 3", "", "d", "5", "", "", "r", "6", "j", "", "8", "]", "]", "4", "", "7", "0", "j",
        "j", "", "", "f9", "c", "", "", f"/{HOSTILE}", "2", f"/{HOSTILE}", f":{HOSTILE}", "q",
    )  # fmt: skip
    said = plain(tmp_path, "--plain", path, keys=keys)
    assert "␛[31m" in said
    assert "\u202e" not in said
    arguments = ("annotate", path, "--plain", "--annotator", "a", "--task", "compare", "--runs", "one", "two")
    plain(tmp_path, *arguments, keys=lines("l", "o", "d", "p", "i", "q"))


def test_the_end_of_the_lines_is_the_end_and_nothing_is_lost(tmp_path: Path, study: Path) -> None:
    plain(tmp_path, "annotate", study, "--plain", "--annotator", "a", "--task", "score", keys="4\n5")
    assert len(interpref(tmp_path, "list", study, "labels", "--json").lines) == 2


def test_no_screen_is_loaded_for_it(tmp_path: Path, study: Path) -> None:
    code = (
        "import sys; from interpref_tui.line_mode.shell import Shell; from interpref_tui.line_mode.router import main_place;"
        "from interpref_tui.line_mode.line_io import LineIO; from interpref_db.study.study import Study; import io, json;"
        f"study = Study.open({str(study)!r}); lines = LineIO(io.StringIO('2\\n\\n\\n3\\n4\\n\\n5\\n6\\n7\\n8\\n0\\nf9\\n9\\nq\\n'), io.StringIO());"
        "Shell(study, None, lines).run(lambda shell: main_place(shell, 'home')); study.close();"
        "print(json.dumps([name for name in sys.modules if name.startswith('textual.') and 'keys' not in name][:5]))"
    )
    done = subprocess.run(
        [COMMAND[0], "-c", code], capture_output=True, text=True, env=environment(tmp_path), check=True
    )
    assert json.loads(done.stdout) == []


def test_a_dumb_terminal_is_refused_with_the_way_out(tmp_path: Path, study: Path) -> None:
    done = interpref(tmp_path, study)
    assert done.code == 1
    assert "--plain" in done.err
