"""The screens of runs by keys alone: starting, watching what others started, stopping, what failed, trying it again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from textual.widgets import Input, Static

from interpref_core.engine.latency import LatencyHistogram
from interpref_core.engine.progress import Progress
from interpref_core.records.runs import CallError, PromptUsed, Run
from interpref_db.study.paths import StudyPaths
from interpref_db.study.run_status import RunStatus, RunStatusFile, RunStatusReader
from interpref_tui.app.app import InterprefApp
from interpref_tui.screens.dialogs.form import FormScreen
from interpref_tui.screens.runs.run import RunScreen
from interpref_tui.screens.runs.runs import RunsScreen
from interpref_tui.widgets.list import RowList
from tests.support.cli import interpref, start
from tests.support.fake_openai import FakeOpenAI, Reply
from tests.support.pilot import press, settled, shown
from tests.support.studies import HOSTILE, small_records, small_study

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from textual.pilot import Pilot

    from interpref_db.study.study import Study


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Study]:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    made = small_study(tmp_path / "s.duckdb", small_records(8, text=HOSTILE, runs=("one", "two")))
    yield made
    made.close()


async def until(pilot: Pilot[int], wanted: Callable[[], object], what: str) -> None:
    for _ in range(300):
        if wanted():
            await settled(pilot)
            return
        await pilot.pause(0.1)
    pytest.fail(f"never: {what}\n{shown(pilot)}")


def status_of(study: Study, run: str) -> RunStatus:
    return next(one for one in RunStatusReader(study.places).all() if one.text("title") == run)


def fails_for(*items: int) -> Callable[[dict[str, Any], int], Reply]:
    def script(body: dict[str, Any], _: int) -> Reply:
        number = int(str(body["messages"][-1]["content"]).split("number ")[-1].split("?")[0])
        return Reply(status=400, error=f"not {number} [/b] \x1b[31m") if number in items else Reply(text="fine")

    return script


async def test_a_run_is_started_from_the_form_with_its_estimate_and_followed_to_its_end(study: Study) -> None:
    with FakeOpenAI(fails_for(3)) as server:
        async with InterprefApp(study).run_test(size=(120, 40)) as pilot:
            await press(pilot, "4", "n")
            assert isinstance(pilot.app.screen, FormScreen)
            form = pilot.app.screen
            assert "model: it is needed" in shown(pilot)
            form.query_one("#field-model", Input).value = "openai/m"
            form.query_one("#field-base_url", Input).value = "nowhere"
            await settled(pilot)
            assert "! base URL" in shown(pilot)
            form.query_one("#field-base_url", Input).value = server.url
            await until(pilot, lambda: "about 16 calls" in shown(pilot), "the estimate")
            assert server.asked == []
            await press(pilot, "enter")
            await until(pilot, lambda: "partly done" in shown(pilot), "the end")
            text = shown(pilot)
            assert "›m-td" in text  # the next key is about it
            assert "7/8" in text
        assert status_of(study, "m-td").state == "partly done"


async def test_what_failed_is_seen_with_its_request_and_answer_and_tried_again_alone(
    study: Study, tmp_path: Path
) -> None:
    with FakeOpenAI(fails_for(3, 5)) as server:
        command = ("generate", study.path, "--model", "openai/m", "--base-url", server.url, "--paradigm", "td")
        assert interpref(tmp_path, *command).code == 3
        async with InterprefApp(study).run_test(size=(120, 40)) as pilot:
            await press(pilot, "4", "enter")
            assert len(pilot.app.screen.query("#run-about")) == 1
            text = shown(pilot)
            assert "refused" in text
            assert "Latency" in text
            assert "asks the 4 failed again" in text
            await press(pilot, "enter")
            assert len(pilot.app.screen.query_one(RowList).keys) == 4
            await press(pilot, "enter")
            text = shown(pilot)
            assert "not 3 [/b]" in text or "not 5 [/b]" in text
            assert "\x1b" not in text
            request = str(pilot.app.screen.query_one("#error-request", Static).render())
            assert "turn 0 of" in request
            asked = len(server.asked)
            server.script = lambda _body, _before: Reply(text="fine now")
            await press(pilot, "r")
            await until(pilot, lambda: "made good" in shown(pilot), "made good")
            assert len(server.asked) == asked + 2  # both sides of this item alone
            await press(pilot, "escape", "escape")
            assert "asks the 2 failed again" in shown(pilot)
            await press(pilot, "r")
            await until(pilot, lambda: "8 of 8" in shown(pilot), "all of it")
            assert len(server.asked) == asked + 4


async def test_a_run_of_another_terminal_is_watched_and_stopped_from_here(study: Study, tmp_path: Path) -> None:
    with FakeOpenAI(delay=0.3) as server:
        command = ("generate", study.path, "--model", "openai/m", "--base-url", server.url, "--paradigm", "np")
        with start(tmp_path, *command, "--concurrency", "1") as other:
            async with InterprefApp(study).run_test(size=(120, 40)) as pilot:
                await until(pilot, lambda: "Going now" in shown(pilot), "on Home")
                await press(pilot, "4")
                assert isinstance(pilot.app.screen, RunsScreen)
                await until(pilot, lambda: "▶ m-np" in shown(pilot), "going")
                rows = pilot.app.screen.query_one(RowList)
                await until(
                    pilot, lambda: "generate:" in str(rows.key) and rows.row and rows.row["name"] == "m-np", "the row"
                )
                await press(pilot, "enter")
                await until(pilot, lambda: "stops it cleanly" in shown(pilot), "its screen")
                await press(pilot, "x")
                await until(pilot, lambda: "goes on: asks what is missing" in shown(pilot), "stopped")
            assert other.wait(30) == 130


async def test_a_judging_is_followed_and_its_run_shows_what_it_found(study: Study) -> None:
    async with InterprefApp(study).run_test(size=(120, 40)) as pilot:
        await press(pilot, "4", "J", "enter")
        await until(pilot, lambda: "judged by overlap" in shown(pilot), "the judging")
        await press(pilot, "g", "enter")
        assert isinstance(pilot.app.screen, RunScreen)
        await until(pilot, lambda: "overlap" in shown(pilot) and "8/8" in shown(pilot), "its judgings")
        assert "100.0%" in shown(pilot)


async def test_an_imported_run_says_that_it_cannot_go_on(study: Study) -> None:
    with study.writing("test") as writer:
        writer.add([Run(id="x", name="aaa", model="m", paradigm="np", expected=9)], origin="t")
        writer.fold("t")
    async with InterprefApp(study).run_test(size=(100, 30)) as pilot:
        await press(pilot, "4", "c")
        assert "the answers were imported" in shown(pilot)


LOOKS = {
    "runs": ("4",),
    "run": ("4", "enter"),
    "judging": ("4", "j", "enter"),
    "errors": ("4", "E"),
    "error": ("4", "E", "enter"),
    "form": ("4", "n"),
    "home": (),
}


def going(study: Study, run: str = "one") -> RunStatusFile:
    """A session of a run that stands still in its middle, for pictures."""
    counted = LatencyHistogram()
    for n in range(400):
        counted.add(0.08 * 1.012 ** (n % 350))
    progress = Progress(
        done=311, failed=5, total=400, skipped=20, calls=331, cached=12, retries=14, rate_limited=9, rate=12.34, eta=42.0,
        prompt_tokens=1_234_567, cached_tokens=812_000, completion_tokens=45_678, cost=0.1234, limit=12, in_flight=11,
        seconds=125.4, state="waiting", reason="the server asked to wait; sending again in 12 s",
        limit_reason="fewer than 16: the server said that it is too much (429) at 10:15:04", calls_rate=13.1, tokens_rate=5120.0,
        history=tuple(float((7 * n) % 23) for n in range(60)), latency=counted.snapshot(),
        errors={"timeout": 4, "refused": 1}, budget_left=0.8766,
    )  # fmt: skip
    facts = {
        "kind": "generate", "title": run, "run": run, "model": "openai/gpt-4o", "paradigm": "np", "pid": 1, "host": "h",
        "parameters": {"temperature": 0.0, "max_tokens": 2048, "seed": 0}, "address": "openai http://127.0.0.1:8000/v1 gpt-4o",
        "begun": "2026-11-23T10:13:00.000Z", "program": "0.1", "prompts": [{"name": "td", "version": "1", "hash": "3f2a9c"}],
        "command": ["generate", "s.duckdb", "--model", "openai/gpt-4o", "--paradigm", "np"], "folder": "/nowhere",
    }  # fmt: skip
    file = RunStatusFile(study.places, run, facts)
    file.write(progress.to_json() | {"seen": "2026-11-23T10:15:05.000Z"}, None)
    return file


def pictured(path: Path) -> Study:
    records = list(small_records(6, text="界面 [b] 🙂 words,", runs=("one", "two"), pattern="LRRL"))
    records = [
        replace(
            one,
            provider="openai",
            prompt=PromptUsed(name="td", version="1", hash="3f2a9c77d0"),
            time="2026-11-23T10:13:00Z",
        )
        if isinstance(one, Run)
        else one
        for one in records
    ]
    for n, (kind, message) in enumerate(
        [("timeout", "no answer within 30 s"), ("refused", "the server refuses: [/b] 界面")]
    ):
        records += [
            CallError(
                id=f"e{n}{k}", run="one", item=f"new{n}{k}", side="a", error=kind, message=message, attempts=3, status=400,
                time=f"2026-11-23T10:14:0{k}Z", answer='{"error": "[red] 界面 \x1b[2J"}',
            )
            for k in range(4 - n)
        ]  # fmt: skip
    return small_study(path, iter(records))


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)], ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("screen", LOOKS)
def test_runs_look_as_they_did(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, screen: str, size: tuple[int, int],
    snap_compare: Callable[..., bool],
) -> None:  # fmt: skip
    from interpref_tui.forms import run_forms
    from interpref_tui.screens.dialogs import form

    monkeypatch.setattr(form, "REST", 0.01)
    monkeypatch.setattr(run_forms, "estimate", lambda _arguments: "about 12 calls")
    monkeypatch.chdir(tmp_path)
    path = Path("s.duckdb")
    StudyPaths(path).runs.mkdir(parents=True)
    with pictured(path) as study:
        file = going(study)

        async def go(pilot: Pilot[int]) -> None:
            await settled(pilot)
            await press(pilot, *LOOKS[screen])
            for field in pilot.app.screen.query(Input):
                field.cursor_blink = False
            await settled(pilot)

        try:
            assert snap_compare(InterprefApp(study), terminal_size=size, run_before=go), screen
        finally:
            file.close()
