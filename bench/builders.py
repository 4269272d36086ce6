"""The systems that build the same pages: what each is told to do, and where its pages say what they say."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import unescape
from pathlib import Path

import process
from installed import ENVIRONMENT, HERE, peers, program
from process import Cost

_HIDDEN = re.compile(r"<(script|style|template)\b.*?</\1>|<!--.*?-->", re.DOTALL)
_TAG = re.compile(r"<[^>]*>")
_SPACE = re.compile(r"\s+")
_BUTTON = re.compile(r'<a\b[^>]*class="md-content__button[^"]*"[^>]*>.*?</a>', re.DOTALL)
_CONTENT = re.compile(r'<article class="md-content__inner[^>]*>(.*)</article>', re.DOTALL)
"""The article of a page, up to its last end: there are articles inside of it."""

Command = Sequence[str | Path]


@dataclass(frozen=True)
class Builder:
    """One row: a system doing one piece of work."""

    system: str
    work: str
    """``pages``, or ``whole``: with search."""
    project: str
    """Where it works, in the folder that all are given."""
    site: str
    """Where it puts its pages, in its project."""
    index: str
    """Where its search index lies among them, if it makes one."""
    commands: Callable[[], Sequence[Command]]
    packages: tuple[str, ...] = ()
    """Of the peers: those whose versions matter."""

    def clear(self, work: Path) -> None:
        """Take away what an earlier run left: every run starts from nothing."""
        for left in (self.site, ".cache"):
            shutil.rmtree(work / self.project / left, ignore_errors=True)

    def build(self, work: Path, limit: float) -> Cost:
        """Build once, one command after the other: their times add up, and the one that held the most counts."""
        costs: list[Cost] = []
        for command in self.commands():
            left = limit - sum(cost.seconds for cost in costs)
            costs.append(process.run(command, work / self.project, left, **ENVIRONMENT))
        total = [sum(cost.seconds for cost in costs), sum(cost.processor for cost in costs)]
        return Cost(*total, max(cost.peak for cost in costs), "".join(cost.output for cost in costs))


def _ours(entry: Command) -> Callable[[], Sequence[Command]]:
    return lambda: [[sys.executable, *entry, "build", "--quiet", "--no-cache", "--site", "site"]]


def _hugo() -> Command:
    return [program("hugo/binaries/hugo"), "build", "--quiet"]


def _pagefind() -> Command:
    # As it is told in bench/search.py: only the article is looked at.
    return [
        *(program("pagefind_bin_extended/pagefind_extended"), "--site", "public", "--force-language", "zh", "--quiet"),
        *("--root-selector", "article.md-content__inner"),
    ]


BUILDERS = (
    Builder("fengpu", "pages", "project", "site", "data/search", _ours([HERE / "pages_only.py"])),
    Builder("fengpu", "whole", "project", "site", "data/search", _ours(["-m", "fengpu"])),
    Builder("hugo", "pages", "hugo", "public", "pagefind", lambda: [_hugo()], ("hugo",)),
    Builder("hugo+pagefind", "whole", "hugo", "public", "pagefind", lambda: [_hugo(), _pagefind()], ("hugo", "pagefind")),
    Builder(
        *("mkdocs", "whole", "markdown", "site", "search/search_index.json"),
        lambda: [[peers(), "-m", "mkdocs", "build", "--quiet", "--site-dir", "site"]],
        ("mkdocs", "mkdocs-material", "jieba"),
    ),
    Builder(
        *("zensical", "whole", "markdown", "site", "search.json"),
        lambda: [[peers(), "-m", "zensical", "build", "--config-file", "zensical.toml"]],
        ("zensical",),
    ),
)
SYSTEMS = tuple(dict.fromkeys(one.system for one in BUILDERS))


def speaks(page: str) -> bool:
    """Whether one of our pages says something, and does not only send its reader on to another."""
    return "<article" in page


def said(page: str) -> str:
    """All that a page of any of them says, without what stands around it on every page and without white space."""
    found = _CONTENT.search(page)
    return _SPACE.sub("", unescape(_TAG.sub("", _HIDDEN.sub("", _BUTTON.sub("", found[1]))))) if found else ""
