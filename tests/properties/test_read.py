"""What must hold for any bytes, any plain data and any slip of the hand."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from fengpu.build import assemble
from fengpu.problem import At, Problem, in_order
from fengpu.read import MAX_BYTES, parse, place
from fengpu.slips import INVISIBLE, mend

BASE = Path(__file__).parents[1] / "cases" / "base" / "data"
STATION = (BASE / "stations" / "anli.yml").read_text(encoding="utf-8")

# The same examples on every machine: a build is a function of its input, and so are its tests.
steady = settings(derandomize=True, max_examples=250, deadline=None, database=None)

SIGNS = ":-#&*!|>%@`\"'{}[],?~ \t\n\r\\"
SLIPS = "：，“”（）［］【】｛｝＃－—　\xa0\ufeff\u200b\u2028\x07１"
yaml_like = st.text(st.sampled_from(SIGNS + SLIPS + "甲乙ab0") | st.characters(exclude_categories=["Cs"]), max_size=1000)


def lines(raw: bytes) -> int:
    """The number of lines of a file, by everything that YAML takes for the end of one."""
    for encoding in ("utf-16",) if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8", "gb18030"):
        try:
            return len(re.split("\r\n|[\n\r\x85\u2028\u2029]", raw.decode(encoding)))
        except UnicodeDecodeError:
            continue
    return raw.count(b"\n") + 1


@steady
@given(
    st.binary(max_size=4096)
    | yaml_like.map(lambda text: text.encode()[:4096])
    | st.tuples(yaml_like, st.sampled_from(["utf-16", "gb18030", "utf-8-sig"])).map(lambda pair: pair[0].encode(pair[1]))
)
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    data, problems = parse(raw, "data/stations/any.yml")
    assert data is None or isinstance(data, dict)
    assert data is not None or problems, "nothing is refused without a word"
    for problem in problems:
        assert 1 <= problem.line <= lines(raw), problem
        assert problem.column >= 1, problem


def quoted(data: Any, width: int = 80) -> str:
    return yaml.safe_dump(data, allow_unicode=True, default_style='"', width=width)


# Long enough to be broken over lines now and then; what cannot be seen is reported and taken out.
seen = (st.characters(exclude_categories=["Cs"]) | st.sampled_from(SIGNS + SLIPS)).filter(lambda sign: not INVISIBLE.match(sign))
words = st.text(seen | st.just("\n"), max_size=100)
plain = st.dictionaries(
    words,
    st.recursive(words, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(words, inner, max_size=4), max_leaves=12),
    min_size=1,
    max_size=5,
)


@steady
@given(plain)
def test_quoted_strings_come_back_as_they_were(data: dict[str, Any]) -> None:
    assert parse(quoted(data).encode(), "any.yml") == (data, [])


row = st.text(seen, min_size=1, max_size=40).filter(lambda row: not {"\n", "\r"} & set(row) and row.strip(" "))


@steady
@given(st.lists(row, min_size=1, max_size=6).filter(lambda rows: rows[0][0] not in " \t"), st.sampled_from(["", "  "]))
def test_no_slip_is_seen_in_a_block_of_text(rows: list[str], deep: str) -> None:
    text = f"{deep}note: |\n" + "".join(f"{deep}  {row}\n" for row in rows) + f"{deep}name: 甲\n"
    assert parse(text.encode(), "any.yml") == ({"note": "".join(f"{row}\n" for row in rows), "name": "甲"}, [])


def values(data: Any, at: At = ()) -> Iterator[tuple[At, Any]]:
    for step, value in data.items() if isinstance(data, dict) else enumerate(data):
        yield (*at, step), value
        if isinstance(value, dict | list):
            yield from values(value, (*at, step))


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("place") / "any.yml"


@steady
@given(data=plain)
def test_every_place_is_where_the_value_stands(file: Path, data: dict[str, Any]) -> None:
    text = quoted(data, width=10**6)  # One line a value, so that it can be looked up as a whole.
    file.write_text(text, encoding="utf-8", newline="")
    rows = text.split("\n")

    def at_place(problem: Problem) -> str:
        (placed,) = place([problem], {"any.yml": file})
        return rows[placed.line - 1][placed.column - 1 :]

    for at, value in values(data):
        if isinstance(value, str):
            assert at_place(Problem("any.yml", "E000", "", "", at=at)).startswith(quoted(value, width=10**6).rstrip("\n"))
        if isinstance(at[-1], str):
            assert at_place(Problem("any.yml", "E000", "", "", at=at, on_key=True)).startswith(quoted(at[-1], width=10**6).rstrip("\n"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return shutil.copytree(BASE, tmp_path_factory.mktemp("mutated") / "data")


slip = st.tuples(st.integers(0, len(STATION) - 1), st.sampled_from(["delete", "insert", "replace"]), st.sampled_from(SIGNS + SLIPS + "甲z"))


def slipped(slips: list[tuple[int, str, str]]) -> str:
    text = STATION
    for where, how, sign in slips:
        text = text[:where] + ("" if how == "delete" else sign) + text[where + (how != "insert") :]
    return text


@steady
@given(slips=st.lists(slip, min_size=1, max_size=3))
def test_what_was_mended_is_right(slips: list[tuple[int, str, str]]) -> None:
    written = slipped(slips).replace("\r\n", "\n").replace("\r", "\n")
    mended, problems = mend(written, "any.yml")
    assert mended.count("\n") == written.count("\n"), "lines keep their numbers"
    assert bool(problems) == (mended != written)
    assert mend(mended, "any.yml") == (mended, []), "who does as the remedies say is done"


@steady
@given(slips=st.lists(slip, min_size=1, max_size=3))
def test_a_slip_of_the_hand_never_stops_the_check(folder: Path, slips: list[tuple[int, str, str]]) -> None:
    text = slipped(slips)
    (folder / "stations" / "anli.yml").write_text(text, encoding="utf-8", newline="")
    problems = assemble(folder, "data").problems
    assert len(text) < MAX_BYTES
    assert problems == in_order(problems)
    assert len(problems) == len({str(problem) for problem in problems})
    for problem in problems:
        assert problem.line >= 1 and problem.column >= 1 and problem.message.endswith("。"), problem
