"""Whatever changes in a profile: the print of every page that shows it is another, and that of few pages besides."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import pytest

from fengpu.build import assemble
from fengpu.cache import Cache
from fengpu.derive.figures import BASES
from fengpu.problem import errors
from fengpu.publish.kept import Kept
from fengpu.publish.trace import Traces
from fengpu.render.pages import Addresses, Page, Renderer, pages

WHAT = ("value", "printed", "definition", "scope", "name", "summary", "implementation", "cost", "note", "title", "section")
"""Keys whose values are changed, now here and now there."""
TIMES = 3
"""So many values of each are."""


class Printed(NamedTuple):
    page: Page
    print: bytes
    html: str


def change(folder: Path, key: str, turn: int) -> None:
    """Change one value of a key in a profile."""
    places = [
        (file, found)
        for file in sorted((folder / "data/stations").glob("*.yml"))
        for found in re.finditer(rf"^ +{key}: (?=[\w“])(?!不详|无|不适用)", file.read_text(encoding="utf-8"), re.MULTILINE)
    ]
    file, found = places[len(places) * turn // TIMES]
    text = file.read_text(encoding="utf-8")
    if key == "scope":
        end = text.index("\n", found.end())
        method = re.search(r"^methods:\n(?:.*\n)*?  - id: (\S+)", text, re.MULTILINE)
        new = text[: found.end()] + (method.group(1) if method and text[found.end() : end] == "本所" else "本所") + text[end:]
    else:
        new = text[: found.end()] + ("1" if key == "value" else "换过的") + text[found.end() :]
    file.write_text(new, encoding="utf-8")


def printed(folder: Path) -> tuple[Traces, dict[str, Printed]]:
    outcome = assemble(folder / "data", "data", cache=Cache.of(folder))
    assert not errors(outcome.problems), outcome.problems
    renderer = Renderer(outcome.book, Addresses(directories=False))
    traces = Traces(renderer, b"", Kept(None, folder / "site"), fine=True)
    return traces, {page.key: Printed(page, traces.of(page), renderer.content(page)) for page in pages(outcome.book, renderer.lists)}


def shown(one: Printed) -> tuple[object, ...]:
    return one.page.title, one.page.description, one.html


@pytest.fixture(scope="module")
def before(root: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Mapping[str, Printed]]:
    folder = tmp_path_factory.mktemp("traced")
    shutil.copytree(root / "data", folder / "data")
    return folder, printed(folder)[1]


def stale(old: Mapping[str, Printed], new: Mapping[str, Printed], traces: Traces) -> tuple[set[str], set[str]]:
    """The pages that would be left as they were, and those that are others than they were."""
    both = old.keys() & new.keys()
    left = {one for one in both if traces.agree(new[one].page, old[one].print, new[one].print)}
    return left, {one for one in both if shown(old[one]) != shown(new[one])}


def test_a_number_stands_in_others_that_it_divides(root: Path, tmp_path: Path) -> None:
    shutil.copytree(root / "data", tmp_path / "data")
    file = tmp_path / "data/stations/beijie.yml"

    def edit(old: str, new: str) -> tuple[Traces, dict[str, Printed]]:
        text = file.read_text(encoding="utf-8")
        assert text.count(old) == 1, f"beijie.yml no longer holds {old!r} once; let the test change something else."
        file.write_text(text.replace(old, new), encoding="utf-8")
        return printed(tmp_path)

    period = "unit: 起\n    scope: 本所\n    period: {label: 近三年来, kind: 时段, from: "
    _, before = edit(f"value: 476\n    {period}2021", f"value: 476\n    {period}2023")
    traces, after = edit("value: 40\n    bound: 余\n    unit: 名", "value: 50\n    bound: 余\n    unit: 名")
    left, changed = stale(before, after, traces)
    assert "figures/disputes-found-resolved" in changed, "Nothing is divided by it, so nothing is tested."
    assert not changed & left


@pytest.mark.parametrize("turn", range(TIMES))
@pytest.mark.parametrize("key", WHAT)
def test_what_shows_a_change_is_made_again(before: tuple[Path, Mapping[str, Printed]], key: str, turn: int, tmp_path: Path) -> None:
    folder, old = before
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    change(tmp_path, key, turn)
    traces, new = printed(tmp_path)
    left, changed = stale(old, new, traces)
    assert changed, "Nothing shows it, so nothing is tested."
    assert not changed & left, "These show it, and would be left as they were."
    if key in ("value", "printed", "definition"):
        again = {one for one in new.keys() - left if not one.startswith(("stations/", "sources/"))}
        lists = {one for one in again if one.startswith("figures/")}
        assert len(lists) == 1 or lists & {f"figures/{base}" for base in BASES}, "The lists of other numbers do not show this one."
        assert len(again - lists) < 20, "Lists of other methods do not show it."
