"""Who may know whom inside the packages: every import counts, lazy ones and those that only types need.

import-linter holds the arrows between the packages. Here stand the layers inside `interpref_tui` and the circles of modules, with
an explicit list of what still stands against them: a list that can only become shorter.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = {
    "interpref_core": ROOT / "core",
    "interpref_db": ROOT / "db",
    "interpref_themes": ROOT / "themes",
    "interpref_tui": ROOT,
}

# Of the interface, from above to below; parts on one line do not know each other.
LAYERS: tuple[tuple[str, ...], ...] = (
    ("__main__",),
    ("cli",),
    ("app", "line_mode"),
    ("screens",),
    ("widgets",),
    ("presenters",),
    ("services", "diagnostics"),
    ("forms", "keys", "terminal"),
    ("settings", "text"),
)

# Circles that still stand, by the modules in them.
CIRCLES: frozenset[frozenset[str]] = frozenset(
    {
        frozenset(
            {
                "interpref_tui.screens.dialogs.columns",
                "interpref_tui.widgets.list.filterable_list",
            }
        ),
        frozenset(
            {
                "interpref_tui.line_mode.follow_run",
                "interpref_tui.line_mode.router",
                "interpref_tui.line_mode.shell",
                "interpref_tui.line_mode.view",
                "interpref_tui.line_mode.views.annotate",
                "interpref_tui.line_mode.views.build",
                "interpref_tui.line_mode.views.clusters",
                "interpref_tui.line_mode.views.drilldown",
                "interpref_tui.line_mode.views.export",
                "interpref_tui.line_mode.views.lists",
                "interpref_tui.line_mode.views.records",
                "interpref_tui.line_mode.views.runs",
                "interpref_tui.line_mode.views.tables",
            }
        ),
        frozenset(
            {
                "interpref_tui.app.app",
                "interpref_tui.app.command_palette",
                "interpref_tui.app.host_integration",
                "interpref_tui.app.navigation",
                "interpref_tui.app.router",
                "interpref_tui.app.stack",
                "interpref_tui.app.terminal_lifecycle",
                "interpref_tui.presenters.empty_states",
                "interpref_tui.screens.dialogs.messages",
                "interpref_tui.screens.dialogs.themes",
                "interpref_tui.screens.drilldown",
                "interpref_tui.screens.history",
                "interpref_tui.screens.home",
                "interpref_tui.screens.item",
                "interpref_tui.screens.record_screen",
                "interpref_tui.screens.study_screen",
                "interpref_tui.screens.verdict",
                "interpref_tui.widgets.number_table",
            }
        ),
    }
)

# Imports that still go upwards or sideways: module -> module.
UPWARDS: frozenset[tuple[str, str]] = frozenset(
    {
        ("interpref_tui.presenters.build_summary", "interpref_tui.app.app"),
        ("interpref_tui.presenters.empty_states", "interpref_tui.app.app"),
        ("interpref_tui.screens.dialogs.messages", "interpref_tui.app.app"),
        ("interpref_tui.screens.dialogs.themes", "interpref_tui.app.app"),
        ("interpref_tui.screens.home", "interpref_tui.app.app"),
        ("interpref_tui.screens.study_screen", "interpref_tui.app.app"),
        ("interpref_tui.widgets.list.filterable_list", "interpref_tui.app.session_state"),
        ("interpref_tui.widgets.list.filterable_list", "interpref_tui.screens.dialogs.columns"),
        ("interpref_tui.widgets.list.filterable_list", "interpref_tui.screens.dialogs.text_viewer"),
        ("interpref_tui.widgets.number_table", "interpref_tui.app.app"),
    }
)


@cache
def modules() -> dict[str, Path]:
    """Every module of ours by its dotted name."""
    found = {}
    for package, root in PACKAGES.items():
        for path in sorted((root / package).rglob("*.py")):
            name = ".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__")
            found[name] = path
    return found


@cache
def imports() -> dict[str, frozenset[str]]:
    """What each module imports of ours, wherever in its text and for whatever purpose."""
    found: dict[str, frozenset[str]] = {}
    for name, path in modules().items():
        taken: set[str] = set()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                taken |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                for alias in node.names:
                    within = f"{node.module}.{alias.name}"
                    taken.add(within if within in modules() else node.module)
        found[name] = frozenset(taken & modules().keys()) - {name}
    return found


def circles() -> list[frozenset[str]]:
    """The strongly connected parts of more than one module (Tarjan), each as a set of names."""
    graph = imports()
    number: dict[str, int] = {}
    lowest: dict[str, int] = {}
    stack: list[str] = []
    result: list[frozenset[str]] = []
    for start in graph:
        if start in number:
            continue
        # Without recursion: the chains are longer than Python's own stack bears in a debugger.
        work = [(start, iter(sorted(graph[start])))]
        number[start] = lowest[start] = len(number)
        stack.append(start)
        while work:
            module, following = work[-1]
            for other in following:
                if other not in number:
                    number[other] = lowest[other] = len(number)
                    stack.append(other)
                    work.append((other, iter(sorted(graph[other]))))
                    break
                if other in stack:
                    lowest[module] = min(lowest[module], number[other])
            else:
                work.pop()
                if work:
                    lowest[work[-1][0]] = min(lowest[work[-1][0]], lowest[module])
                if lowest[module] == number[module]:
                    at = stack.index(module)
                    part, stack[at:] = frozenset(stack[at:]), []
                    if len(part) > 1:
                        result.append(part)
    return result


def upward_imports() -> set[tuple[str, str]]:
    """Imports within the interface that go to a layer above, or to a neighbour of the same one."""
    height = {part: number for number, layer in enumerate(LAYERS) for part in layer}
    found = set()
    for module, taken in imports().items():
        for other in taken:
            here, there = _part(module), _part(other)
            if here in height and there in height and here != there and height[there] <= height[here]:
                found.add((module, other))
    return found


def _part(module: str) -> str:
    """The part of the interface that a module stands in."""
    package, _, rest = module.partition(".")
    return rest.partition(".")[0] if package == "interpref_tui" else ""


def test_no_circle_of_modules_beyond_those_that_still_stand() -> None:
    new = [sorted(one) for one in circles() if not any(one <= known for known in CIRCLES)]
    assert new == []


def test_no_import_goes_upwards_beyond_those_that_still_do() -> None:
    assert upward_imports() <= UPWARDS


def test_what_is_mended_leaves_the_lists() -> None:
    """Nothing stays excused that no longer stands: the lists only become shorter."""
    left = [sorted(known) for known in CIRCLES if known not in circles()]
    assert left == []
    assert upward_imports() >= UPWARDS


def test_every_part_of_the_interface_has_its_layer() -> None:
    """A new folder or module at the top of `interpref_tui` is given a place in LAYERS."""
    known = {part for layer in LAYERS for part in layer}
    there = {_part(module) for module in modules()} - {""}
    assert there == known


def test_packages_import_downwards_only() -> None:
    """As import-linter has it, with the imports that only types need."""
    order = ("interpref_tui", "interpref_themes", "interpref_db", "interpref_core")
    wrong: dict[str, set[str]] = defaultdict(set)
    for module, taken in imports().items():
        mine = order.index(module.partition(".")[0])
        wrong[module] |= {other for other in taken if order.index(other.partition(".")[0]) < mine}
    assert {module: others for module, others in wrong.items() if others} == {}
