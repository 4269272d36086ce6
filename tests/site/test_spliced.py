"""The real site: cut and filled, and shared among processes, it is byte for byte what the theme renders page by page."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from test_site import files, tell

from fengpu.plugin import build_site
from fengpu.publish.shell import Fields, Shell

MORE = """
{% extends "base.html" %}
{% block extrahead %}<meta property="og:title" content="{{ page.title | striptags | e }}">{% endblock %}
{% block content %}{{ super() }}{% if "<table" in page.content %}<p>有表</p>{% endif %}{% endblock %}
"""
ELSEWHERE = "import sys; from fengpu import hands; hands.worth = lambda *_: 2; from fengpu.cli import main; main()"


@dataclass
class Watched:
    """What was seen of shells while every page was made both ways."""

    pages: int = 0
    other: list[str] = field(default_factory=list)
    """The pages that a shell made other than the theme."""
    unfit: list[str] = field(default_factory=list)
    """Those that no shell can stand for."""


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> Watched:
    """Has every page made by the shell and by the theme from here on."""
    seen, pour = Watched(), Shell.pour

    def both(shell: Shell, page: Fields) -> str:
        whole = pour(shell, page)
        seen.pages += 1
        seen.other += [page.url] * (whole != shell._render(page))
        seen.unfit = [one.url for one in shell.unfit]
        return whole

    monkeypatch.setattr(Shell, "pour", both)
    return seen


@pytest.mark.parametrize(
    "settings",
    [{}, {"use_directory_urls": True, "site_url": "https://example.org/枫谱/"}],
    ids=["files", "folders"],
)
def test_every_page_is_what_the_theme_renders(root: Path, tmp_path: Path, watched: Watched, settings: dict[str, Any]) -> None:
    build_site(root / "mkdocs.yml", tmp_path / "site", strict=True, **settings)
    tell(watched.other, "The shell makes these pages other than the theme:")
    tell(watched.unfit, "Our theme does something with the fields of these pages that the shell cannot stand for:")
    assert watched.pages > 400


def test_a_changed_theme_is_followed(project: Callable[..., Path], watched: Watched) -> None:
    folder = project()
    (folder / "overrides/main.html").write_text(MORE, encoding="utf-8")
    build_site(folder / "mkdocs.yml", folder / "site", strict=True)
    tell(watched.other, "The shell makes these pages other than the changed theme:")
    tell(watched.unfit, "The shell could stand for all that this theme does:")
    page = (folder / "site/stations/beijie/index.html").read_text(encoding="utf-8")
    assert '<meta property="og:title" content="北街派出所">' in page
    assert "<p>有表</p>" in page


def test_several_processes_make_the_same_site(root: Path, site: Path, tmp_path: Path, environment: dict[str, str]) -> None:
    command = [sys.executable, "-c", ELSEWHERE, "build", "--strict", "--site", str(tmp_path / "site")]
    done = subprocess.run(command, cwd=root, env=os.environ | environment, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr
    ours, theirs = files(site), files(tmp_path / "site")
    tell(sorted(one for one in ours.keys() | theirs.keys() if ours.get(one) != theirs.get(one)), "Two processes make other files than one:")
