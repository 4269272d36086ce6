"""The house rules that can be read off the source: floors, who knows which library, no voice below the doors."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "macros" / "fengpu"
FLOORS = (
    ("problem", "progress", "model", "hands"),
    ("slips", "schema", "rules", "gauge", "cache"),
    ("plain", "characters"),
    ("read",),
    ("check", "merge", "prints"),
    ("shelf",),
    ("book",),
    ("link", "drawer"),
    ("derive",),
    ("render",),
    ("publish",),
    ("build", "preview"),
    ("plugin",),
    ("cli",),
    ("__main__",),
)
"""From the ground up; a module may import from the floors below its own, and a package's modules from each other."""
DOORS = ("plugin", "cli", "__main__")
LIBRARIES = {"mkdocs": "plugin", "properdocs": "plugin", "material": "plugin", "click": "cli", "jinja2": "render"}
"""Who alone may import a library that the rest of the package must not know."""
VAGUE = {"utils", "util", "helpers", "helper", "common", "manager", "misc", "tools"}

Tree = tuple[Path, ast.Module]


def trees(*folders: Path) -> list[Tree]:
    return [(file, ast.parse(file.read_text(encoding="utf-8"))) for folder in folders for file in sorted(folder.rglob("*.py"))]


OURS = trees(PACKAGE)


def unit(file: Path) -> str:
    """The module or the package right under ``fengpu`` that a file belongs to."""
    return file.relative_to(PACKAGE).parts[0].removesuffix(".py")


def place(file: Path, node: ast.AST) -> str:
    return f"{file.relative_to(ROOT)}:{getattr(node, 'lineno', 1)}"


def imports(file: Path, tree: ast.Module) -> Iterator[tuple[ast.AST, str]]:
    """Every name that a file imports, with the dots of relative ones worked out: ``fengpu.model``, ``jinja2``."""
    package = ("fengpu", *file.relative_to(PACKAGE).parts[:-1])
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) + 1 - node.level] if node.level else ()
            module = ".".join([*above, *([node.module] if node.module else [])])
            # `from . import rules` names a module, `from .model import Gap` does not.
            yield from ((node, f"{module}.{alias.name}" if module == "fengpu" else module) for alias in node.names)


def tell(faults: list[str], what: str) -> None:
    if faults:
        pytest.fail("\n".join([what, *dict.fromkeys(faults)]), pytrace=False)


def test_every_module_has_a_floor() -> None:
    known = {name for floor in FLOORS for name in floor}
    there = {unit(file) for file, _ in OURS} - {"__init__"}
    tell(sorted(there - known), "Give these modules a floor in FLOORS, above all that they import:")
    tell(sorted(known - there), "FLOORS names modules that are gone:")


def test_imports_point_down() -> None:
    height = {name: number for number, floor in enumerate(FLOORS) for name in floor}
    faults = []
    for file, tree in OURS:
        here = unit(file)
        for node, name in imports(file, tree):
            top, _, below = name.partition(".")
            there = below.partition(".")[0]
            if top != "fengpu" or there in ("", here) or there not in height:
                continue
            if here == "__init__" or height[there] >= height[here]:
                faults.append(f"{place(file, node)}: {here} imports {there}")
    tell(faults, "Imports point down the floors only; move what is needed to a lower one:")


def test_only_one_module_knows_each_library() -> None:
    faults = []
    for file, tree in OURS:
        for node, name in imports(file, tree):
            owner = LIBRARIES.get(name.partition(".")[0])
            if owner not in (None, unit(file)):
                faults.append(f"{place(file, node)}: {name} belongs to {owner}")
    tell(faults, "Let the owner of the library give what is needed:")


def test_no_module_is_named_after_nothing() -> None:
    files = [*PACKAGE.rglob("*"), *(ROOT / "tests").rglob("*.py")]
    tell(sorted(str(file.relative_to(ROOT)) for file in files if file.stem.strip("_") in VAGUE), "Name these after what is in them:")


def test_nothing_below_the_doors_prints_logs_or_exits() -> None:
    faults = []
    for file, tree in OURS:
        if unit(file) in DOORS:
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Name) and node.id in {"print", "exit", "quit", "SystemExit", "breakpoint", "input"}:
                faults.append(f"{place(file, node)}: {node.id}")
            if isinstance(node, ast.Attribute) and ast.unparse(node) in {"sys.exit", "os._exit", "sys.stdout", "sys.stderr"}:
                faults.append(f"{place(file, node)}: {ast.unparse(node)}")
        faults += [
            f"{place(file, node)}: {name}" for node, name in imports(file, tree) if name.partition(".")[0] in {"logging", "warnings"}
        ]
    tell(faults, "Below the doors nothing is said and nothing ends: return a Problem for bad data, raise for a bug:")


def test_every_docstring_starts_with_one_sentence() -> None:
    faults = []
    for file, tree in trees(PACKAGE, ROOT / "tests"):
        for node in ast.walk(tree):
            named = isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_")
            if not (named or isinstance(node, ast.Module)) or not (said := ast.get_docstring(node)):
                continue
            first = said.splitlines()[0]
            if not first.endswith(".") or ". " in first.replace("e.g. ", ""):
                faults.append(f"{place(file, node.body[0])}: {first}")
    tell(faults, "The first line of a docstring is one sentence with its period; put the rest below an empty line:")


NEWER = {":has(": 105, ":is(": 88, ":where(": 88, " inset:": 87, "padding-block:": 87, "padding-inline:": 87, "aspect-ratio:": 88, "@container": 105}
"""What Chromium 80 does not know, and since which version it is known."""


def test_the_style_sheet_is_for_old_browsers() -> None:
    """A selector that Chromium 80 does not know takes its whole rule away, and readers there see something else."""
    lines = (PACKAGE / "assets" / "fengpu.css").read_text(encoding="utf-8").splitlines()
    found = [f"line {number}: {word} (Chromium {NEWER[word]})" for number, line in enumerate(lines, 1) for word in NEWER if word in line]
    assert not found, "Use classes in fengpu.css in the place of " + ", ".join(found)
