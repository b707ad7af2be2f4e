"""A run as text: what it is, how it goes, what to do next. No screen."""

from __future__ import annotations

from dataclasses import dataclass, field
from textwrap import wrap
from typing import TYPE_CHECKING, Any, Protocol

from rich.cells import cell_len
from rich.text import Text

from interpref_core.metrics.rate_intervals import wilson_interval
from interpref_core.text.lenient_json import read_object
from interpref_db.lists import query
from interpref_tui.text.output import sanitize, truncate
from interpref_tui.text.sparklines import format_count, format_duration, histogram, meter, sparkline

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from interpref_db.study.run_status import RunStatus
    from interpref_db.study.study import Study

# A sign for every state, so that none is told by colour alone.
SIGNS = {
    "running": "▶",
    "waiting": "…",
    "stopping": "◼",
    "done": "✓",
    "partly done": "!",
    "stopped": "◼",
    "broken": "✗",
    "killed": "✗",
    "unfinished": "·",
}
_RECORDS = {"generate": "responses", "judge": "verdicts", "compare": "comparisons"}
_NAMES = 11  # cells of the names of facts
_WORDS = {"killed": "was killed", "broken": "could not go on"}


@dataclass(slots=True)
class RunSummary:
    """What there is to say of one run, judging or comparing. `row` as in `list_work.sql`, `facts` as in `*_facts.sql`."""

    kind: str
    id: str
    row: Mapping[str, Any] | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    errors: Sequence[Mapping[str, Any]] = ()
    judgings: Sequence[Mapping[str, Any]] = ()
    compared: Mapping[str, Any] | None = None

    @property
    def failed(self) -> int:
        return sum(row["n"] for row in self.errors)


def read_view(study: Study, kind: str, identifier: str) -> RunSummary:
    """Everything that the study knows of it."""
    view = RunSummary(kind, identifier)
    with study.reading() as cursor:
        view.row = next(iter(query.page(cursor, "work", [f"{kind}:{identifier}"])), None)
    if kind in ("generate", "judge"):
        view.facts = study.row("run_facts" if kind == "generate" else "judging_facts", id=identifier) or {}
    judging = None if kind in ("generate", "build") else identifier
    view.errors = study.rows("run_errors", run=identifier, judging=judging)
    run = identifier if kind == "generate" else view.facts.get("run")
    if run:
        judgings = study.rows("run_judgings", run=run)
        view.judgings = [one for one in judgings if kind == "generate" or one["id"] == identifier]
    if kind == "compare":
        with study.reading() as cursor:
            view.compared = next(iter(query.page(cursor, "comparings", [identifier])), None)
    return view


def state_text(status: RunStatus | None, otherwise: str) -> str:
    """The state with its sign; of a run that is going, how fast it goes."""
    state = str(status.state) if status is not None and status.is_running else otherwise
    if status is not None and state == "running":
        eta = status.progress.get("eta")
        return f"▶ {status.number('rate'):.1f}/s{f' {format_duration(eta)}' if isinstance(eta, int | float) else ''}"
    return f"{SIGNS.get(state, '·')} {state}"


def live_line(status: RunStatus, width: int) -> Text:
    """A run that is going, in one line."""
    done, total = status.number("skipped") + status.number("done") + status.number("failed"), status.number("total")
    share = done / total if total else 0.0
    name = f"{SIGNS[status.state]} {truncate(sanitize(status.text('title')), max(16, width // 3))} "
    text = Text(name, "bold")
    rest = f"{meter(share, 10 if width < 100 else 24)} {progress_sentence(status)}"
    return text.append(truncate(rest, max(10, width - cell_len(name))), "not bold")


class FactSink(Protocol):
    """Takes named facts, one after the other."""

    def add(self, name: str, value: str, style: str = "") -> None:
        """One fact; an empty one is left out."""


class FactLines:
    """Named facts under each other, each wrapped to the width beside its name."""

    def __init__(self, width: int) -> None:
        self._width = max(20, width - _NAMES)
        self.text = Text()

    def add(self, name: str, value: str, style: str = "") -> None:
        """One fact; an empty one is left out."""
        for number, line in enumerate(wrap(sanitize(value), self._width)):
            self.text.append(f"{name if not number else '':<{_NAMES}}", "dim")
            self.text.append(f"{line}\n", style)


def describe_run(view: RunSummary, status: RunStatus | None, width: int) -> Text:
    """What it is."""
    lines = FactLines(width)
    write_run_facts(lines, view, status)
    return lines.text


def write_run_facts(lines: FactSink, view: RunSummary, status: RunStatus | None) -> None:
    """What it is, fact by fact."""
    facts = view.facts
    told: Mapping[str, Any] = status.facts if status else {}
    parameters = _json(facts.get("parameters")) or told.get("parameters") or {}
    prompt = _json(facts.get("prompt")) or next(iter(told.get("prompts") or []), {})
    model = str(told.get("model") or (view.row or {}).get("model") or facts.get("model") or "?")
    what = {"generate": "paradigm", "judge": "judges", "compare": "compares"}.get(view.kind, "asks")
    of = facts.get("paradigm") or facts.get("run_name") or told.get("title") or ""
    lines.add("model", f"{model}, {what} {of}")
    if view.compared is not None:
        n = view.compared
        counts = f"{n['a']} wins, {n['b']} losses, {n['ties']} ties, {n['unreadable']} unreadable"
        lines.add("found", f"{n['run_a']} against {n['run_b']}: {counts} of {n['compared']}")
    if parameters:
        lines.add("asked with", ", ".join(f"{name} {value}" for name, value in parameters.items()))
    if prompt:
        used = f"{prompt.get('name')} version {prompt.get('version')} ({str(prompt.get('hash', ''))[:12]})"
        lines.add("prompt", used + (", openings stripped" if facts.get("strip_openings") else ""))
    address = str(told.get("address") or "").split(" ")
    where = [address[1]] if len(address) == 3 else []
    began = facts.get("time") or told.get("begun")
    where += [f"begun {_moment(began)}"] if began else []
    where += [f"interpref {facts.get('program') or told.get('program')}"] if facts.get("program") or told else []
    lines.add("where", ", ".join(where))
    if facts.get("sample"):
        lines.add("note", "a sample, written by people to show the program; no result of any model")
    if facts.get("source"):
        lines.add("imported", f"from {facts['source']}")
    for name, value in (status.progress.get("details") or {} if status else {}).items():
        lines.add(name.replace("_", " "), str(value))


def progress_text(view: RunSummary, status: RunStatus | None, width: int) -> Text:
    """How far it is and how it goes at this moment, or how its last session went."""
    text = Text()
    state, share, count = run_progress(view, status)
    text.append(f"{SIGNS.get(state, '·')} {state} ", "bold")
    text.append(f"{meter(share, max(8, min(40, width - 44)))} ")
    text.append(f"{share:.0%}  {count}\n")
    if status is None:
        return text
    lines = FactLines(width)
    tell_session(lines, status, chart=max(10, min(60, width - 50)))
    return text.append_text(lines.text)


def run_progress(view: RunSummary, status: RunStatus | None) -> tuple[str, float, str]:
    """How far it is: its state, the share that is done from 0 to 1, and the count in words."""
    row = view.row or {}
    state = (
        str(status.state) if status is not None and (status.is_running or not view.row) else str(row.get("state", "?"))
    )
    if status is not None and status.is_running:
        done, total = status.number("skipped") + status.number("done"), status.number("total")
        count = f"{done:.0f} of {total:.0f} {_RECORDS.get(view.kind, 'asked')}"
    else:
        done, total = row.get("done") or 0, row.get("expected") or 0
        count = f"{done} of {total} items"
    return state, (done / total if total else 0.0), count


def tell_session(lines: FactSink, status: RunStatus, chart: int = 0) -> None:
    """How its session goes, or how the last one went, fact by fact; the speed with a chart so many cells wide."""
    told, at_work = status.progress, status.is_running
    if not at_work:
        ended = (status.ended or {}).get("broken")
        how = str(ended) if ended else f"{_WORDS.get(status.state, status.state)} {_moment(told.get('seen'))}"
        lines.add("ended", how)
    elif told.get("reason"):
        lines.add("waits", str(told["reason"]), "bold")
    history = [float(one) for one in told.get("history") or [] if isinstance(one, int | float)]
    speed = f"{status.number('calls_rate' if at_work else 'rate'):.1f} {'calls' if at_work else 'records'} a second"
    eta = told.get("eta")
    left = f", {format_duration(eta)} left" if at_work and isinstance(eta, int | float) else ""
    if history:
        lines.add("speed", f"{sparkline(history, chart)} {speed}{left}".strip())
    if at_work:
        limit = f"{status.number('in_flight'):.0f} of {status.number('limit'):.0f} allowed"
        why = told.get("limit_reason") or ""
        lines.add("at once", f"{limit}{f': {why}' if why else ''}")
    calls = [f"{format_count(status.number('calls'))} answered"]
    calls += [f"{format_count(status.number('cached'))} known before"] if status.number("cached") else []
    calls += [f"{format_count(status.number('retries'))} tried again"] if status.number("retries") else []
    calls += (
        [f"{format_count(status.number('rate_limited'))} refused for the rate (429)"]
        if status.number("rate_limited")
        else []
    )
    lines.add("calls", ", ".join(calls) + f" in {format_duration(status.number('seconds'))}")
    _tokens(lines, status)
    for one in told.get("endpoints") or ():
        if isinstance(one, dict):
            lines.add("endpoint", ", ".join(f"{name} {value}" for name, value in one.items()))


def _tokens(lines: FactSink, status: RunStatus) -> None:
    prompt, answer = status.number("prompt_tokens"), status.number("completion_tokens")
    if prompt + answer:
        cached = status.number("cached_tokens")
        share = f" ({min(1.0, cached / prompt):.0%} from the cache)" if cached and prompt else ""
        rate = f", {format_count(status.number('tokens_rate'))} a second" if status.is_running else ""
        lines.add("tokens", f"{format_count(prompt)} prompt{share}, {format_count(answer)} completion{rate}")
    cost = status.progress.get("cost")
    money, tokens = status.progress.get("budget_left"), status.progress.get("budget_tokens_left")
    left = [f"{money:.4g} of the budget left"] if isinstance(money, int | float) else []
    left += [f"{format_count(tokens)} tokens of the budget left"] if isinstance(tokens, int | float) else []
    if isinstance(cost, int | float):
        done, total = status.number("done") + status.number("failed"), status.number("total") - status.number("skipped")
        in_all = f", about {cost * total / done:.4g} in all" if status.is_running and done and total > done else ""
        lines.add("cost", ", ".join([f"{cost:.4g} this session{in_all}", *left]))
    elif left:
        lines.add("budget", ", ".join(left))


def latencies(status: RunStatus | None, lines: int, width: int) -> Text:
    """The histogram of how long calls took; empty when nothing is known."""
    told = status.progress.get("latency") if status else None
    if not isinstance(told, dict) or not told.get("count"):
        return Text()
    text = Text("Latency", "bold")
    text.append(f"  {latency_sentence(status)}\n", "not bold")
    buckets = [(float(edge), int(count)) for edge, count in told.get("buckets") or ()]
    text.append("\n".join(histogram(buckets, lines, width)), "not bold")
    return text


def latency_sentence(status: RunStatus | None) -> str:
    """How long calls took, in a few words; empty when nothing is known."""
    told = status.progress.get("latency") if status else None
    if not isinstance(told, dict) or not told.get("count"):
        return ""
    quantiles = (("half", "p50"), ("95 %", "p95"), ("longest", "longest"))
    return ", ".join(f"{name} {format_duration(told[key])}" for name, key in quantiles if told.get(key))


def progress_sentence(status: RunStatus) -> str:
    """How far a run that is going is, in a few words."""
    done, total = status.number("skipped") + status.number("done") + status.number("failed"), status.number("total")
    parts = [f"{done:.0f}/{total:.0f}", f"{status.number('rate'):.1f}/s"]
    eta = status.progress.get("eta")
    if isinstance(eta, int | float) and status.state == "running":
        parts.append(f"{format_duration(eta)} left")
    if status.number("failed"):
        parts.append(f"{status.number('failed'):.0f} failed")
    if status.progress.get("reason"):
        parts.append(sanitize(status.progress["reason"]))
    return " · ".join(parts)


def judgings_text(row: Mapping[str, Any]) -> tuple[str, str, str, str]:
    """A judging of the run as cells: judge, judged of expected, pass rate, its interval."""
    rate = wilson_interval(row["passed"], row["judged"])
    share = "-" if rate.rate is None else f"{rate.rate:.1%}"
    between = "" if rate.low is None or rate.high is None else f"{rate.low:.1%} to {rate.high:.1%}"
    return sanitize(row["judge"]), f"{row['judged']}/{row['expected']}", share, between


def next_steps(view: RunSummary, status: RunStatus | None, key_of: Callable[[str], str]) -> Text:
    """What can be done now, with the exact keys: `key_of` gives the key of an action."""
    text = Text()
    for action, does in steps_of(view, status):
        text.append(f"{key_of(action):>3}  ", "bold")
        text.append(f"{does}\n", "not bold")
    return text


def steps_of(view: RunSummary, status: RunStatus | None) -> list[tuple[str, str]]:
    """What can be done now: actions, and what each does."""
    going = status is not None and status.is_running
    state = "" if going else str((view.row or {}).get("state", ""))
    steps: list[tuple[str, str]] = []
    if going:
        steps.append(("run.stop", "stops it cleanly; it also goes on when this program is left"))
    elif state in ("stopped", "killed", "broken", "unfinished", "partly done"):
        steps.append(("run.resume", "goes on: asks what is missing and nothing twice"))
    if view.failed and not going:
        steps.append(("run.retry", f"asks the {view.failed} failed again; enter on an error shows request and answer"))
    if view.kind == "generate" and state in ("done", "partly done"):
        steps.append(("run.judge", "has another judge judge it" if view.judgings else "judges it"))
    if view.kind == "judge" and state in ("done", "partly done"):
        steps.append(("go.scores", "shows its numbers"))
        steps.append(("go.verdicts", "shows its verdicts"))
    return steps


def _json(value: Any) -> dict[str, Any]:
    return read_object(value)


def _moment(time: object) -> str:
    """An instant as people read it, to the minute."""
    return str(time)[:16].replace("T", " ") if time else ""
