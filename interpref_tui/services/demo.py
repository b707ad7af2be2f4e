"""The bundled demo study: made from its compressed native file when it is first asked for."""

from __future__ import annotations

import shutil
from importlib.resources import as_file, files
from typing import TYPE_CHECKING

from interpref_core.system.safe_files import PRIVATE_FILE
from interpref_core.system.temporary_folders import scratch_folder
from interpref_tui.settings.paths import data_folder
from interpref_tui.settings.private_files import prepare_folder

if TYPE_CHECKING:
    from pathlib import Path

    from interpref_core.records.base import Record
    from interpref_db.study.study import Study


def demo_study(*, reset: bool = False) -> Path:
    """The path of the demo study in the user's data folder; made now if it is not there, or on `reset`.

    A copy of an older version of the bundle is kept aside, not thrown away: there may be work in it.
    """
    from interpref_core.ids import content_hash

    resource = files("interpref_tui") / "demo_data" / "study.jsonl.gz"
    version = content_hash(resource.read_bytes().hex())[:12]
    folder = data_folder()
    path = folder / f"demo-{version}.duckdb"
    if reset:
        path.unlink(missing_ok=True)
        shutil.rmtree(path.with_name(path.stem + ".journal"), ignore_errors=True)
    if not path.exists():
        prepare_folder(folder)
        with scratch_folder(folder) as place:
            # Made under another name, so that nobody opens half of it.
            draft = place / "demo.duckdb"
            with as_file(resource) as bundle:
                make_demo(draft, bundle)
            draft.chmod(PRIVATE_FILE)
            draft.replace(path)
    return path


def make_demo(path: Path, bundle: Path) -> None:
    """A study of the bundle's records, every run judged by overlap."""
    from interpref_db.importers import import_files
    from interpref_db.study.study import Study

    with Study.open(path, create=True) as study:
        import_files(study, [bundle])
        with study.reading() as cursor:
            runs = [row[0] for row in cursor.execute("SELECT id FROM runs ORDER BY id").fetchall()]
        _judge(study, runs)


def _judge(study: Study, runs: list[str]) -> None:
    from interpref_tui.services.runs.judge import overlap_verdicts, plan_judging

    records: list[Record] = []
    for run in runs:
        plan = plan_judging(study, run, None, None)
        records += [plan.judging, *overlap_verdicts(study, plan)]
    with study.writing("judging the demo") as writer:
        writer.add(records, origin="overlap")
        writer.fold("overlap")
