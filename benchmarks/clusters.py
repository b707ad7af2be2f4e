"""Preferences without a model: clusters and categories of them all, and another threshold against clusters made anew.

    python -m benchmarks.clusters [--preferences 1214]

Reads the published preferences where they are (INTERPREF_SHARED_DATA), else makes sentences up. Wanted: all 1,214 in under
30 s (2 s is the aim), and a threshold that moves a thousand times faster than clusters are made.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import sys
import time
from pathlib import Path

from interpref_core.categorization.rules import rules
from interpref_core.clustering.dendrogram import build_dendrogram, canonical_order
from interpref_core.clustering.vectors import DEFAULT_THRESHOLD, offline_vectors

SUBJECTS = [
    "tea",
    "trains",
    "chess",
    "jazz",
    "soil",
    "bees",
    "tides",
    "glass",
    "linen",
    "maps",
    "clocks",
    "bread",
    "rust",
    "wool",
    "ferns",
    "salt",
]
VERBS = [
    "loves",
    "is skilled in",
    "prefers answers about",
    "knows much about",
    "is a beginner in",
    "spends money on",
    "dislikes",
]


def texts_of(count: int) -> list[str]:
    """The published preferences, or as many sentences of our own."""
    path = Path(os.environ.get("INTERPREF_SHARED_DATA", "../shared/data")) / "published" / "history_map.json"
    if path.is_file():
        return list(json.loads(path.read_text(encoding="utf-8")))[:count]
    dice = random.Random(0)
    return [f"The user {dice.choice(VERBS)} {' and '.join(dice.sample(SUBJECTS, 3))}." for _ in range(count)]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--preferences", type=int, default=1214)
    texts = texts_of(parser.parse_args().preferences)
    start = time.perf_counter()
    order = canonical_order(texts, texts)
    tree = build_dendrogram(offline_vectors([texts[place] for place in order]))
    clusters = len(tree.groups(DEFAULT_THRESHOLD))
    made = time.perf_counter() - start
    start = time.perf_counter()
    known = rules()
    found = sum(known.of(text) is not None for text in texts)
    categorised = time.perf_counter() - start
    took = []
    for step in range(100):
        start = time.perf_counter()
        tree.clusters(step / 100)
        took.append(time.perf_counter() - start)
    moved = statistics.median(took)
    print(
        json.dumps(
            {
                "preferences": len(texts),
                "clusters": clusters,
                "categorised": found,
                "clusters_s": round(made, 2),
                "categories_s": round(categorised, 2),
                "threshold_us": round(1e6 * moved, 1),
                "times": round(made / moved),
            }
        )
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
