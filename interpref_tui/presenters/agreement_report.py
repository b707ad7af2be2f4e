"""The agreement of labels as text and tables."""

from __future__ import annotations

from typing import Any

from rich.table import Table
from rich.text import Text

from interpref_tui.text.output import sanitize

_NAMES = (
    ("per_cent", "per cent"),
    ("cohen", "Cohen kappa (mean of pairs)"),
    ("fleiss", "Fleiss kappa"),
    ("krippendorff", "Krippendorff alpha"),
    ("gwet", "Gwet AC1"),
)


def share(one: dict[str, Any]) -> str:
    """A rate with its interval, or that there is none."""
    if one.get("rate") is None:
        return "none yet"
    return (
        f"{100 * one['rate']:.1f} % ({100 * one['low']:.1f} to {100 * one['high']:.1f}; {one['count']} of {one['n']})"
    )


def report_text(report: dict[str, Any]) -> Text:
    """The report as lines."""
    text = Text()
    text.append(f"Agreement in {report['task']}", "bold")
    text.append(f"   {report['labels']} labels of {report['entries']} entries, {report['disputed']} disputed\n\n")
    agreement = report["agreement"]
    for key, name in _NAMES:
        text.append(f"  {name:<28}")
        text.append(coefficient(agreement[key]) + "\n")
    text.append(
        f"  on {agreement['n_items']} entries, {agreement['n_ratings']} labels, {agreement['raters']} people\n\n", "dim"
    )
    if report.get("disagreements"):
        both = report["disagreements"]
        text.append(f"  pairs of labels that disagree: {both['hard']} outright, {both['soft']} tie against a side\n\n")
    judge = report.get("judge")
    if judge:
        text.append("  people and the judge ")
        text.append(sanitize(judge["judge"]), "bold")
        rate = {**judge, "count": judge["same"]}
        kappa = f", Cohen kappa {judge['cohen']:.3f}" if judge["cohen"] is not None else ""
        text.append(f" say the same: {share(rate)}{kappa}\n")
    opinion = report["opinion"]
    if opinion["opinions_seen"]:
        text.append(
            f"  opinions seen with {opinion['opinions_seen']} labels; changed after: {share(opinion['flipped'])}\n"
        )
        text.append(f"    of those towards the opinion: {share(opinion['flipped_towards_opinion'])}\n")
    if opinion["agreed_before"]["n"]:
        text.append(f"  same as the opinion before: {share(opinion['agreed_before'])}\n")
        text.append(f"                       after: {share(opinion['agreed_after'])}\n")
    if opinion["opinion_first"]:
        text.append(
            f"  {opinion['opinion_first']} labels were made with the opinion on the screen: they lean towards it\n",
            "bold",
        )
    return text


def coefficient(one: dict[str, Any]) -> str:
    """A coefficient with its interval, or why there is none."""
    if one["value"] is None:
        return str(one.get("note") or "undefined")
    interval = f"  ({one['low']:.3f} to {one['high']:.3f})" if one.get("low") is not None else ""
    return f"{one['value']:.3f}{interval}"


def pace_table(report: dict[str, Any], *, blind: bool) -> Table:
    """One line an annotator."""
    table = Table(box=None, header_style="bold", title="Annotators", title_justify="left", expand=False)
    names = ["annotator", "labels", "skipped", "median s", "an hour", "under 2 s"] + ([] if blind else ["gold right"])
    for number, name in enumerate(names):
        table.add_column(name, justify="left" if number == 0 else "right")
    for one in report["annotators"]:
        cells = [
            sanitize(one["annotator"]),
            str(one["labels"]),
            str(one["skipped"]),
            "" if one["median_seconds"] is None else f"{one['median_seconds']:.1f}",
            "" if one["per_hour"] is None else f"{one['per_hour']:.0f}",
            str(one["fast"]),
        ]
        table.add_row(
            *(Text(cell) for cell in cells),
            *([] if blind else [Text(share({**one["gold"], "count": one["gold"]["right"]}))]),
        )
    return table
