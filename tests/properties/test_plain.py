"""What is read line by line is what the parser reads; what the parser refuses, or may have to be mended, is never read so."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fengpu.plain import plain
from fengpu.read import _events
from fengpu.slips import mend

ROOT = Path(__file__).parents[2]
steady = settings(derandomize=True, deadline=None, database=None)  # The same examples on every machine.
FILES = sorted([*(ROOT / "data").rglob("*.yml"), *(ROOT / "tests/cases/base").rglob("*.yml")])
TEXTS = [file.read_text(encoding="utf-8") for file in FILES]
MARKS = [
    *" \n:-#[]{},\"'?&*!|>%@`~.0a，：　\xa0=+/\\_<",
    *("\n  ", "\n- ", "  ", ": ", ", ", " #", "\n\n", "---", "...", "- - ", "key:", "\nkey: v", "''", '""', "[]", "{}", "{a: b}", "[a, b]"),
    *("name：", "- name", "targets: ［甲］", "[甲，乙]", "{a：b}", "\u200b"),
]


def same_as_parsed(text: str) -> bool:
    """Whether it was read at all; raises where the parser would not have read the same."""
    made = plain(text)
    if made is None:
        return False
    parsed, problems = _events(text, "a file")
    assert (made, problems) == (parsed, [])
    assert repr(made) == repr(parsed), "The order counts too."
    assert mend(text, "a file") == (text, [])
    return True


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_real_files(file: Path) -> None:
    same_as_parsed(file.read_text(encoding="utf-8"))


def test_real_files_are_nearly_all_plain() -> None:
    """Else reading line by line would be of no use."""
    assert sum(map(same_as_parsed, TEXTS)) > 0.9 * len(TEXTS)


@st.composite
def slips(draw: st.DrawFn) -> str:
    """A part of a real file in which some things were put in, left out or written twice."""
    lines = draw(st.sampled_from(TEXTS)).split("\n")
    start = draw(st.integers(0, len(lines) - 1))
    text = "\n".join(lines[:4] + lines[start : start + draw(st.integers(1, 20))])
    for _ in range(draw(st.integers(1, 4))):
        place = draw(st.integers(0, len(text)))
        length = draw(st.integers(0, 6))
        text = text[:place] + draw(st.sampled_from([*MARKS, "", text[place : place + length] * 2])) + text[place + length :]
    return text


@settings(steady, max_examples=3000)
@given(slips())
def test_slips(text: str) -> None:
    same_as_parsed(text)


@settings(steady, max_examples=2000)
@given(st.lists(st.sampled_from([*MARKS, "a", "b: ", "字"]), max_size=25).map("".join))
def test_heaps_of_marks(text: str) -> None:
    same_as_parsed(text)
