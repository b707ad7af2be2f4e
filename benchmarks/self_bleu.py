"""Self-BLEU at the paper's setting (100 dialogues x 580 tokens, n = 1-4) against nltk, in one process, same tokens.

    python -m benchmarks.self_bleu [--dialogues 100] [--tokens 580]

Wanted: 1,000 times nltk's speed and the same value. nltk computes each BLEU-n by itself, as the paper's figure
needs it; with all four weights in one call it is given too.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
import warnings

import numpy as np
from nltk.translate.bleu_score import corpus_bleu

from interpref_core.metrics.self_bleu import ORDERS, self_bleu


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dialogues", type=int, default=100)
    parser.add_argument("--tokens", type=int, default=580)
    asked = parser.parse_args()
    warnings.simplefilter("ignore")
    generator = np.random.default_rng(0)
    texts = [(generator.zipf(1.3, asked.tokens) % 6000).tolist() for _ in range(asked.dialogues)]
    took, ours = [], self_bleu(texts).orders
    for _ in range(9):
        start = time.perf_counter()
        self_bleu(texts)
        took.append(time.perf_counter() - start)
    others = [[one for place, one in enumerate(texts) if place != number] for number in range(len(texts))]
    weights = [(1 / n,) * n for n in ORDERS]
    start = time.perf_counter()
    theirs = [corpus_bleu(others, texts, weights=one) for one in weights]
    each = time.perf_counter() - start
    start = time.perf_counter()
    corpus_bleu(others, texts, weights=weights)
    together = time.perf_counter() - start
    fast = statistics.median(took)
    print(
        json.dumps(
            {
                "ours_ms": round(1000 * fast, 2),
                "nltk_s": round(each, 2),
                "times": round(each / fast),
                "nltk_in_one_call_s": round(together, 2),
                "times_in_one_call": round(together / fast),
                "max_difference": max(abs(a - b) for a, b in zip(ours, theirs, strict=True)),
            }
        )
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
