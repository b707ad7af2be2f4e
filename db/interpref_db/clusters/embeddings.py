"""Embeddings by the content of what was embedded: stored as finished calls, so that nothing is computed twice.

A vector is kept as the base64 text of its 32-bit floats (little-endian) in a call of the stage "embed".
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from interpref_core.clustering.vectors import model_vectors
from interpref_core.ids import content_hash

if TYPE_CHECKING:
    from collections.abc import Sequence

    from interpref_core.clustering.vectors import Vectors
    from interpref_db.clusters.loading import KnownPreference
    from interpref_db.study.study import Study

STAGE = "embed"


def embedding_hash(model: str, text: str) -> str:
    """What an embedding is found by: the model (PROVIDER/NAME) and the text."""
    return content_hash(STAGE, model, text)


def pack_vector(vector: Sequence[float]) -> str:
    """A vector as it is stored."""
    import numpy as np

    return base64.b64encode(np.asarray(vector, dtype="<f4").tobytes()).decode("ascii")


def unpack_vector(text: str) -> list[float]:
    """A vector from what is stored. Raises ValueError."""
    import numpy as np

    found: list[float] = np.frombuffer(base64.b64decode(text, validate=True), dtype="<f4").tolist()
    return found


def load_embeddings(study: Study, model: str, texts: Sequence[str]) -> dict[str, list[float]]:
    """The vectors that the study has of a model, by text."""
    wanted = {embedding_hash(model, text): text for text in texts}
    found: dict[str, list[float]] = {}
    for row in study.rows("cluster_embeddings"):
        if (text := wanted.get(row["hash"])) is not None:
            found[text] = unpack_vector(row["text"])
    return found


def vectors_of(study: Study, model: str, known: Sequence[KnownPreference]) -> Vectors | None:
    """The vectors of a model for all the preferences, in their order; None where the study lacks some."""
    found = load_embeddings(study, model, [one.text for one in known])
    if any(one.text not in found for one in known):
        return None
    return model_vectors([found[one.text] for one in known], [one.text for one in known])
