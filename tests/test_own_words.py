"""The profiles tell what the sources say in words of their own: no long run of characters is taken over."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCES = ROOT.parent / "shared" / "seeds"
EXCEPTIONS = Path(__file__).with_name("own_words_exceptions.txt")
RUN = 20
"""So many characters in a row, punctuation and Latin letters left out, are no coincidence."""

pytestmark = pytest.mark.skipif(not SOURCES.is_dir(), reason=f"the sources' own texts are not published with the project ({SOURCES})")


def bare(text: str) -> str:
    return re.sub(r"[^\u4e00-\u9fff0-9]", "", text)


@cache
def runs() -> frozenset[str]:
    """Every run of the sources that is just too long."""
    texts = [bare(file.read_text(encoding="utf-8")) for file in sorted(SOURCES.glob("*.txt"))]
    return frozenset(text[start : start + RUN] for text in texts for start in range(len(text) - RUN + 1))


@cache
def ours() -> dict[str, str]:
    """What we wrote, file by file."""
    files = [file for folder in ("data", "docs") for ending in ("yml", "md") for file in (ROOT / folder).rglob(f"*.{ending}")]
    return {file.relative_to(ROOT).as_posix(): bare(file.read_text(encoding="utf-8")) for file in sorted(files)}


@cache
def exceptions() -> tuple[str, ...]:
    """Names of things and titles that are as long as they are."""
    lines = EXCEPTIONS.read_text(encoding="utf-8").splitlines()
    return tuple(line for line in lines if line.strip() and not line.startswith("#"))


def taken_over(allowed: tuple[str, ...]) -> Iterator[str]:
    """Every run that stands in a file of ours and in a source, at its full length."""
    for name, text in ours().items():
        for one in allowed:
            text = text.replace(bare(one), "\n")
        start = 0
        while start <= len(text) - RUN:
            end = start
            while text[end : end + RUN] in runs():
                end += 1
            if end > start:
                yield f"{name}: {text[start : end + RUN - 1]}"
            start = end + RUN if end > start else start + 1


def test_no_long_run_is_taken_over() -> None:
    found = list(taken_over(exceptions()))
    if found:
        what = f"Say this in words of your own; only a name or a title may go into tests/{EXCEPTIONS.name}:"
        pytest.fail("\n".join([what, *found]), pytrace=False)


def test_no_exception_is_idle() -> None:
    everything = set(taken_over(exceptions()))
    idle = [one for one in exceptions() if set(taken_over(tuple(other for other in exceptions() if other != one))) == everything]
    if idle:
        pytest.fail("\n".join([f"Strike these lines from tests/{EXCEPTIONS.name}, they excuse nothing:", *idle]), pytrace=False)
