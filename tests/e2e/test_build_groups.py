"""`build --only dedupe` and `categorise`: by words, by a server's embeddings, by a model's answers; nothing is asked twice."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any, cast

import pytest

from interpref_core.clustering.events import PROGRAM
from interpref_core.engine import RunLimits
from interpref_core.providers.base import Parameters
from interpref_core.records.construction import Lineage
from interpref_core.records.data import Preference
from interpref_db.clusters.categories import category_counts
from interpref_db.clusters.workspace import ClusterWorkspace
from interpref_db.study.study import Study
from interpref_tui.services.construction.embeddings import BATCH
from interpref_tui.services.construction.pipeline import Pipeline
from interpref_tui.services.construction.stage import Options
from interpref_tui.services.models import Model
from tests.support.cli import interpref, start
from tests.support.fake_openai import FakeOpenAI, Reply, always
from tests.support.gguf_model import write_tiny_gguf
from tests.support.studies import small_study

if TYPE_CHECKING:
    from pathlib import Path

    from interpref_core.engine import Outcome, Progress
    from interpref_core.providers.base import Provider
    from interpref_core.records.base import Record

TEXTS = {
    "a1": "The user loves street photography.",
    "a2": "The user is keen on street photography.",
    "b1": "The user prefers brief answers.",
    "b2": "The user likes concise replies.",
    "c1": "The user zorbles.",
}


@pytest.fixture
def study(tmp_path: Path) -> Path:
    path = tmp_path / "s.duckdb"
    records: list[Record] = [Preference(id=identifier, text=text) for identifier, text in TEXTS.items()]
    records.append(Lineage(id="l", kind="preference", thing="c1", source_kind="chunk", source="x", confidential=True))
    small_study(path, iter(records)).close()
    return path


def groups(path: Path) -> set[str]:
    with Study.open(path) as study:
        desk = ClusterWorkspace(study, PROGRAM)
        return {" ".join(sorted(desk.known[p].id for p in members)) for members in desk.clusters().values()}


def categories(path: Path) -> dict[str | None, int]:
    with Study.open(path) as study:
        return {one.subcategory: one.preferences for one in category_counts(study) if one.preferences}


def settled(out: str, stage: str) -> dict[str, Any]:
    lines = [json.loads(line) for line in out.splitlines()]
    return next(one for one in lines if one.get("event") == "settled" and one["stage"] == stage)


def test_without_a_model(study: Path) -> None:
    done = interpref(study.parent, "build", study, "--only", "dedupe", "--only", "categorise", "--json")
    assert done.code == 0, done.err
    assert groups(study) == {"a1 a2", "b1 b2", "c1"}
    assert categories(study) == {"hobbies": 2, "content style preference": 2, None: 1}
    assert "3 clusters of 5 preferences, 2 of more than one" in done.err + done.out
    again = interpref(study.parent, "build", study, "--only", "dedupe")
    assert again.code == 0, again.err
    other = interpref(study.parent, "build", study, "--again", "dedupe", "--threshold", "0")
    assert other.code == 0, other.err
    assert len(groups(study)) == 5
    third = interpref(study.parent, "build", study, "--again", "dedupe", "--threshold", "0.5", "--json")
    assert settled(third.out, "dedupe")["generation"] == 3
    assert groups(study) == {"a1 a2", "b1 b2", "c1"}


def test_by_a_server_s_embeddings_nothing_is_asked_twice(study: Path) -> None:
    with FakeOpenAI() as server:
        command = ("build", study, "--only", "dedupe", "--embed", "openai/small", "--base-url", server.url)
        done = interpref(study.parent, *command)
        assert done.code == 0, done.err
        assert sorted(text for batch in server.embedded for text in batch) == sorted(TEXTS.values())
        again = interpref(study.parent, *command, "--again", "dedupe", "--threshold", "0.02")
        assert again.code == 0, again.err
        assert sum(map(len, server.embedded)) == len(TEXTS)
    assert "(openai/small)" in again.err
    with Study.open(study) as opened:
        row = opened.row("cluster_last_vectors")
        assert row == {"vectors": "openai/small"}


def test_a_server_that_refuses_is_one_line_and_changes_nothing(study: Path) -> None:
    with FakeOpenAI(always(Reply(status=401))) as server:
        server.scripts_embeddings = True
        done = interpref(
            study.parent, "build", study, "--only", "dedupe", "--embed", "openai/small", "--base-url", server.url
        )
    assert done.code == 1
    assert "Traceback" not in done.err
    assert groups(study) == set()


def test_killed_while_embedding_it_asks_only_for_what_it_lacks(tmp_path: Path) -> None:
    path = tmp_path / "many.duckdb"
    many = 400
    small_study(path, (Preference(id=f"p{n}", text=f"The user counts to {n}.") for n in range(many))).close()
    with FakeOpenAI(delay=0.3) as server:
        command = ("build", path, "--only", "dedupe", "--embed", "openai/small", "--base-url", server.url)
        process = start(tmp_path, *command)
        while len(server.embedded) < 3:
            time.sleep(0.02)
        process.kill()
        process.communicate()
        server.delay = 0.0
        asked_before = sum(map(len, server.embedded))
        done = interpref(tmp_path, *command)
        assert done.code == 0, done.err
        asked = [text for batch in server.embedded for text in batch]
    assert many <= len(asked) <= many + BATCH  # but for the batch that was on its way
    assert len(asked) - asked_before < many
    assert len(set(asked)) == many


def test_a_remote_model_never_sees_what_is_confidential(study: Path) -> None:
    asked: list[str] = []

    class Remote:
        kind, model, local, at_once = "openai", "far", False, None

        async def embed(self, texts: list[str]) -> list[list[float]]:
            asked.extend(texts)
            return [[1.0, float(len(text) % 7)] for text in texts]

        async def close(self) -> None:
            pass

    def model(_: str) -> Model:
        return Model("far", "openai/far", cast("Provider", Remote()), Parameters(), RunLimits())

    for allowed in (False, True):
        asked.clear()
        more = {"embed": "openai/far", "open_embedder": model}
        options = Options(allow_confidential=allowed, more=more)
        with Study.open(study) as opened:
            chain = Pipeline(opened, options, lambda: model(""), None, (), lambda _: Quiet())
            results = list(chain.run(["dedupe"], frozenset({"dedupe"})))
        said = " ".join(results[0].notices)
        assert ("The user zorbles." in asked) == allowed
        assert ("1 preferences come from confidential histories" in said) == (not allowed)


class Quiet:
    """Shows nothing."""

    def start(self, progress: Progress) -> None: ...
    def update(self, progress: Progress) -> None: ...
    def finish(self, outcome: Outcome) -> None: ...


def answer(body: dict[str, Any], _: int) -> Reply:
    asked = body["messages"][0]["content"]
    if "zorbles" in asked:
        return Reply(text="no idea" if len(body["messages"]) < 3 else '{"type": "none"}')
    return Reply(text='{"type": "hobbies"}' if "photography" in asked else "Interactive style / language style")


def test_by_asking_a_model_about_each_cluster(study: Path) -> None:
    assert interpref(study.parent, "build", study, "--only", "dedupe").code == 0
    with FakeOpenAI(answer) as server:
        command = ("build", study, "--only", "categorise", "--categories", "model", "--model", "openai/m")
        done = interpref(study.parent, *command, "--base-url", server.url)
        assert done.code == 0, done.err
        assert len(server.asked) == 4  # three clusters, one of them asked again
        assert interpref(study.parent, *command, "--base-url", server.url).code == 0
        assert len(server.asked) == 4
    assert categories(study) == {"hobbies": 2, "language style": 2, None: 1}


def test_by_a_local_model_that_answers_nonsense(study: Path, tmp_path: Path) -> None:
    pytest.importorskip("llama_cpp")
    gguf = tmp_path / "random.gguf"
    write_tiny_gguf(gguf)
    done = interpref(study.parent, "build", study, "--only", "dedupe", "--embed", f"llama_cpp/{gguf}")
    assert done.code == 0, done.err
    assert sorted(" ".join(groups(study)).split()) == sorted(TEXTS)
    with Study.open(study) as opened:
        assert opened.row("cluster_last_vectors") == {"vectors": "llama_cpp/random"}


@pytest.mark.parametrize(
    "wrong",
    [("--embed", "replay/none.jsonl"), ("--embed", "nobody/x"), ("--threshold", "2"), ("--categories", "magic")],
)
def test_what_cannot_be_is_said(study: Path, wrong: tuple[str, str]) -> None:
    done = interpref(study.parent, "build", study, "--only", "dedupe", *wrong)
    assert done.code in (1, 2)
    assert "Traceback" not in done.err
    assert groups(study) == set()
