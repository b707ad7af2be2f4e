"""The paper's numbers from its own published files: imported into a study that is thrown away, then counted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interpref_core.paper_figures import FIGURE_5, SELF_BLEU, Reproduced
from interpref_core.system.temporary_folders import scratch_folder
from interpref_db.importers import import_files
from interpref_db.importers.report import ImportRefused
from interpref_db.scores.breakdowns import diversity
from interpref_db.scores.pass_rates import pass_rates
from interpref_db.study.study import Study

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from interpref_core.text.tokenizers import TokenizerName
    from interpref_db.scores.pass_rates import RunScore


def from_files(
    folder: Path, *, tokenizer: TokenizerName = "words", began: Callable[[Path, str], None] | None = None
) -> list[Reproduced]:
    """Figure 5, the judge's bias and Table 5 from the published logs and histories in a folder.

    Raises ImportRefused where the folder holds none of them, NoTokenizer.
    """
    if not folder.is_dir():
        raise ImportRefused(f"there is no folder {folder}")
    with scratch_folder() as made:
        # What is refused is written beside a file: beside links, so that nothing is written into the folder.
        linked = made / "published"
        _link(folder, linked)
        with Study.open(made / "study" / "paper.duckdb", create=True) as study:
            import_files(study, [linked], began=began)
            rows = [one for score in pass_rates(study) for one in _of_run(score)]
            bleu = diversity(study, tokenizer=tokenizer)
    if bleu is not None:
        why = (
            f"{tokenizer}, mean of n = 1-4 over {bleu.repeats} samples; over n = 2-4 it is {sum(bleu.orders[1:]) / 3:.3f}. "
            "The paper does not say which n, or how a history is made a text"
        )
        rows.append(Reproduced("Table 5", "self-BLEU of the histories", SELF_BLEU, bleu.mean, why))
    if not rows:
        raise ImportRefused(f"{folder} holds none of the paper's published logs or histories")
    return rows


def _link(folder: Path, target: Path) -> None:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            link = target / path.relative_to(folder)
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(path.absolute())


def _of_run(score: RunScore) -> list[Reproduced]:
    from interpref_core.metrics.position_bias import position_bias

    numbers = score.numbers
    printed = FIGURE_5.get((score.model, score.paradigm))
    rate = numbers.passed
    if rate.rate is None:
        return []
    name = f"{score.model} {score.paradigm}"
    why = f"{rate.count} of {rate.n} items, 95 %: {100 * (rate.low or 0):.1f} to {100 * (rate.high or 0):.1f}"
    rows = [Reproduced("Figure 5", f"pass rate of {name}", printed, 100 * rate.rate, why, 1)]
    bias = position_bias(numbers.patterns)
    if bias is not None and bias.floor.value is not None:
        orders = ", ".join(str(order.count) for order in numbers.per_order)
        left = "-" if numbers.left.rate is None else f"{100 * numbers.left.rate:.0f}"
        why = f"right in orders 1-4: {orders}; {left} % Left: a judge that leans so and sees nothing passes this, not 6.25"
        rows.append(Reproduced("section 4.2", f"chance for the judge of {name}", 6.25, 100 * bias.floor.value, why, 2))
    return rows
