"""Servers that are several, prices, what failed alone, and runs that share a server: through the command line."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.cli import Done, interpref, start
from tests.support.fake_openai import FakeOpenAI, Reply, always, friendly
from tests.support.studies import small_records, small_study

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def study(tmp_path: Path) -> Path:
    path = tmp_path / "s.duckdb"
    small_study(path, small_records(20, runs=())).close()
    return path


def generate(home: Path, study: Path, *options: Any) -> Done:
    return interpref(home, "generate", study, "--model", "openai/m", "--paradigm", "np", "--json", *options)


def configure(home: Path, text: str) -> None:
    folder = home / "config" / "interpref"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.toml").write_text(text)


def endpoints(home: Path, study: Path) -> list[str]:
    """Which server answered each response, as its provenance says."""
    rows = interpref(home, "list", study, "responses", "--json").lines
    shown = [interpref(home, "show", study, row["id"], "--json").json for row in rows[:8]]
    return [one["provenance"]["endpoint"] for one in shown]


def test_several_servers_answer_and_each_answer_says_which(tmp_path: Path, study: Path) -> None:
    with FakeOpenAI(delay=0.02) as one, FakeOpenAI(delay=0.02) as other:
        done = generate(tmp_path, study, "--base-url", one.url, "--base-url", other.url, "--concurrency", "4")
        assert done.code == 0, done.err
        assert len(one.asked) > 8
        assert len(other.asked) > 8
        assert len(one.asked) + len(other.asked) == 40
        told = done.lines[-1]["endpoints"]
        assert [(end["address"], end["state"]) for end in told] == [(one.url, "well"), (other.url, "well")]
        assert set(endpoints(tmp_path, study)) <= {one.url, other.url}
        # The first server alone is the same model: what the other one answered is not asked again.
        alone = generate(tmp_path, study, "--base-url", one.url)
        assert (alone.lines[-1]["calls"], alone.lines[-1]["skipped"]) == (0, 40)


def test_one_that_is_down_is_left_alone_and_the_others_do_the_work(tmp_path: Path, study: Path) -> None:
    with FakeOpenAI() as well, FakeOpenAI(always(Reply(status=503))) as ill:
        dead = "http://127.0.0.1:9/v1"
        urls = [word for url in (well.url, ill.url, dead) for word in ("--base-url", url)]
        done = generate(tmp_path, study, *urls, "--concurrency", "4")
        assert done.code == 0, done.err
        assert done.lines[-1]["done"] == 40
        assert len(ill.asked) < 20
        states = {end["address"]: end["state"] for end in done.lines[-1]["endpoints"]}
        assert states[well.url] == "well"
        assert states[dead] == "failing"


def test_one_that_comes_back_is_found(tmp_path: Path, study: Path) -> None:
    def comes_back(body: dict[str, Any], before: int) -> Reply:
        return Reply(status=500) if len(later.asked) < 8 else friendly(body, before)

    with FakeOpenAI(delay=0.15) as one, FakeOpenAI(delay=0.02) as later:
        later.script = comes_back
        urls = ("--base-url", one.url, "--base-url", later.url)
        assert generate(tmp_path, study, *urls, "--concurrency", "2").code == 0
        assert sum(later.answered.values()) > 0


def test_a_server_that_moved_keeps_its_name(tmp_path: Path, study: Path) -> None:
    with FakeOpenAI() as before, FakeOpenAI() as after:
        assert generate(tmp_path, study, "--base-url", before.url, "--limit", "10").code == 0
        done = generate(tmp_path, study, "--base-url", after.url, "--known-as", before.url)
        assert done.code == 0, done.err
        assert (len(before.asked), len(after.asked)) == (20, 20)
        configure(tmp_path, f'[models.m]\nmodel = "openai/m"\nbase_urls = ["{after.url}"]\nknown_as = "{before.url}"\n')
        assert interpref(tmp_path, "generate", study, "--model", "m", "--paradigm", "np").code == 0
        assert len(after.asked) == 20


PRICES = """
[[prices]]
model = "other*"
prompt = 1000
completion = 1000

[[prices]]
model = "m*"
prompt = 1000
cached = 100
completion = 2000
"""


def test_prices_by_the_models_name(tmp_path: Path, study: Path) -> None:
    configure(tmp_path, PRICES)
    with FakeOpenAI() as server:
        server.script = lambda _body, _before: Reply(text="four" * 4, cached=10)
        place = ("--base-url", server.url)
        before = generate(tmp_path, study, *place, "--dry-run").json
        assert before["cost"] > 0
        assert not server.asked
        done = generate(tmp_path, study, *place)
        told = done.lines[-1]
        fresh = told["prompt_tokens"] - told["cached_tokens"]
        cost = (fresh * 1000 + told["cached_tokens"] * 100 + told["completion_tokens"] * 2000) / 1e6
        assert told["cost"] == pytest.approx(cost)
        rows = interpref(tmp_path, "list", study, "responses", "--json").lines
        costs = [interpref(tmp_path, "show", study, r["id"], "--json").json["provenance"]["cost"] for r in rows[:3]]
        assert all(0 < one < cost for one in costs)
        refused = interpref(
            tmp_path, "generate", study, "--model", "openai/x", *place, "--paradigm", "np", "--budget", "1"
        )
        assert refused.code == 1
        assert "[[prices]]" in refused.err


def test_an_estimate_goes_by_the_answers_there_are(tmp_path: Path, study: Path) -> None:
    configure(tmp_path, PRICES)
    with FakeOpenAI() as server:
        server.script = lambda _body, _before: Reply(text="four" * 30)
        place = ("--base-url", server.url, "--max-tokens", "100")
        first = generate(tmp_path, study, *place, "--dry-run").json
        assert (first["calls"], first["learnt_from"], first["completion_tokens"]) == (40, 0, 4000)
        assert first["cost_most"] == pytest.approx(first["cost"])
        assert generate(tmp_path, study, *place, "--limit", "5").code == 0
        rest = generate(tmp_path, study, *place, "--dry-run").json
        assert (rest["calls"], rest["learnt_from"], rest["completion_tokens"]) == (30, 10, 900)
        assert rest["cost"] < rest["cost_most"]


@pytest.mark.parametrize("budget", [0.0, 0.5, 2.0])
def test_a_budget_is_not_passed_and_the_rest_can_be_had_later(tmp_path: Path, study: Path, budget: float) -> None:
    configure(tmp_path, PRICES)
    with FakeOpenAI() as server:
        place = ("--base-url", server.url, "--max-tokens", "60")
        done = generate(tmp_path, study, *place, "--budget", str(budget))
        assert done.code == 1
        assert "budget" in done.err
        assert (done.lines[-1]["cost"] or 0.0) <= budget
        assert len(server.asked) == done.lines[-1]["calls"] < 40
        assert generate(tmp_path, study, *place).code == 0
        assert len(server.asked) == 40


def test_repeats_of_a_judge_have_one_budget(tmp_path: Path, study: Path) -> None:
    with FakeOpenAI() as server:
        place = ("--base-url", server.url)
        assert generate(tmp_path, study, *place, "--limit", "2").code == 0
        asked = len(server.asked)
        judged = interpref(
            tmp_path, "judge", study, "--run", "m-np", "--model", "openai/j", *place, "--repeat", "3",
            "--temperature", "1", "--max-tokens", "50", "--budget-tokens", "4000", "--json",
        )  # fmt: skip
        assert judged.code == 1
        assert "budget" in judged.err
        spent = [line for line in judged.lines if line["event"] == "finished"]
        assert sum(one["prompt_tokens"] + one["completion_tokens"] for one in spent) <= 4000
        assert len(server.asked) - asked < 24


def test_what_failed_is_tried_again_alone(tmp_path: Path, study: Path) -> None:
    def picky(body: dict[str, Any], before: int) -> Reply:
        return Reply(status=400) if "number 3?" in json.dumps(body) else friendly(body, before)

    with FakeOpenAI(picky) as server:
        place = ("--base-url", server.url)
        some = generate(tmp_path, study, *place, "--limit", "15")
        assert some.code == 3
        assert "--retry-failed" in some.err
        before = len(server.asked)
        again = generate(tmp_path, study, *place, "--retry-failed")
        assert (again.code, again.lines[-1]["total"], len(server.asked) - before) == (1, 2, 2)
        server.script = friendly
        done = generate(tmp_path, study, *place, "--retry-failed")
        assert (done.code, done.lines[-1]["done"], done.lines[-1]["total"]) == (0, 2, 2)
        nothing = generate(tmp_path, study, *place, "--retry-failed")
        assert nothing.code == 1
        assert "nothing has failed" in nothing.err
        assert len(server.asked) == before + 4

        def odd(body: dict[str, Any], before: int) -> Reply:
            return (
                Reply(text="")
                if json.dumps(body).endswith("}") and len(server.asked) % 7 == 0
                else friendly(body, before)
            )

        server.script = odd
        command = ("judge", study, "--run", "m-np", "--model", "openai/j", *place, "--json")
        judged = interpref(tmp_path, *command, "--concurrency", "1")
        failed = judged.lines[-1]["failed"]
        assert failed > 0
        server.script = friendly
        rest = interpref(tmp_path, *command, "--retry-failed")
        assert (rest.code, rest.lines[-1]["total"], rest.lines[-1]["done"]) == (0, failed, failed)


def test_two_runs_at_once_ask_a_server_no_more_than_one(tmp_path: Path) -> None:
    paths = [tmp_path / "one.duckdb", tmp_path / "two.duckdb"]
    for path in paths:
        small_study(path, small_records(60, runs=())).close()
    with FakeOpenAI(delay=0.1) as server:
        common = ("--model", "openai/m", "--base-url", server.url, "--concurrency", "6", "--json")
        going = [
            start(tmp_path, "generate", path, "--paradigm", paradigm, *common)
            for path, paradigm in zip(paths, ("np", "td"), strict=True)
        ]
        for process in going:
            out, err = process.communicate(timeout=60)
            assert process.returncode == 0, err
            assert json.loads(out.splitlines()[-1])["done"] == 120
        assert server.most_at_once <= 6
        assert len(server.asked) == 240


def test_a_wait_that_one_run_is_told_is_kept_by_the_other(tmp_path: Path, study: Path) -> None:
    other = tmp_path / "other.duckdb"
    small_study(other, small_records(40, runs=())).close()
    told: list[float] = []

    def script(body: dict[str, Any], before: int) -> Reply:
        if len(server.asked) == 30:
            told.append(time.monotonic())
            return Reply(status=429, headers={"Retry-After": "2"})
        return friendly(body, before)

    with FakeOpenAI(script, delay=0.1) as server:
        common = ("--model", "openai/m", "--base-url", server.url, "--concurrency", "4", "--json")
        going = [
            start(tmp_path, "generate", path, "--paradigm", paradigm, *common)
            for path, paradigm in ((study, "np"), (other, "td"))
        ]
        for process in going:
            _, err = process.communicate(timeout=60)
            assert process.returncode == 0, err
        early = [moment for moment in server.times if told[0] + 0.7 < moment < told[0] + 1.9]
        assert not early
