"""Embeddings for the preferences: what the study lacks is asked for in batches, each on the disk before the next."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, cast

from interpref_core import __version__
from interpref_core.ids import utc_now, uuid7
from interpref_core.providers.base import ProviderError
from interpref_core.records.runs import Call, Provenance
from interpref_db.clusters.embeddings import STAGE, embedding_hash, load_embeddings, pack_vector
from interpref_tui.services.models import WorkError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from interpref_db.study.journal import JournalWriter
    from interpref_db.study.study import Study
    from interpref_tui.services.models import Model

BATCH = 64  # texts of one request
_PAUSE = 1.0  # seconds before a second try, doubled each time


def name_of(model: Model) -> str:
    """What embeddings of a model are kept under: provider and name."""
    return f"{model.provider.kind}/{model.name}"


def embed_missing(study: Study, model: Model, texts: Sequence[str], told: Callable[[int, int], None]) -> int:
    """Ask for the vectors of texts that the study lacks; how many were asked for. `told` hears (done, of all).

    Raises WorkError where the model makes none, ProviderError where it cannot go on; what came before is kept.
    """
    if not hasattr(model.provider, "embed"):
        raise WorkError(f"{model.spec} makes no embeddings: give --embed openai/NAME or llama_cpp/PATH.gguf")
    name = name_of(model)
    known = load_embeddings(study, name, texts)
    wanted = [text for text in dict.fromkeys(texts) if text not in known]
    if wanted:
        with study.open_run_journal(f"embed-{name}", "embedding") as journal:
            asyncio.run(_embed(model, name, wanted, journal, told))
    return len(wanted)


async def _embed(
    model: Model, name: str, wanted: Sequence[str], journal: JournalWriter, told: Callable[[int, int], None]
) -> None:
    try:
        for start in range(0, len(wanted), BATCH):
            batch = wanted[start : start + BATCH]
            vectors = await _embed_with_retries(model, batch)
            provenance = Provenance(provider=model.provider.kind, model=model.name, program=__version__, time=utc_now())
            journal.append(
                [
                    Call(
                        id=uuid7(),
                        hash=embedding_hash(name, text),
                        stage=STAGE,
                        text=pack_vector(vector),
                        provenance=provenance,
                    )
                    for text, vector in zip(batch, vectors, strict=True)
                ]
            )
            told(start + len(batch), len(wanted))
    finally:
        await model.provider.close()


async def _embed_with_retries(model: Model, batch: Sequence[str]) -> list[list[float]]:
    """One batch, tried again where that may help."""
    provider = cast("Any", model.provider)
    for attempt in range(1, model.limits.attempts + 1):
        try:
            found: list[list[float]] = await provider.embed(list(batch))
            return found
        except ProviderError as error:
            if not error.retryable or attempt == model.limits.attempts:
                raise
            await asyncio.sleep(error.retry_after or min(60.0, _PAUSE * 2 ** (attempt - 1)))
    raise AssertionError("attempts is at least 1")
