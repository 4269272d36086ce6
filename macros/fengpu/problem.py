"""One finding about the input: where it is, what is wrong and how to mend it."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Literal

At = tuple[str | int, ...]
"""The way from a file's top to a value: ``("methods", 0, "name")``."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A finding; ``E…`` breaks the build, ``H…`` is a hint and never does.

    A step that knows only which value is meant sets ``at`` and leaves line and column at 0;
    `fengpu.read.place` turns the one into the other. ``on_key`` points at the key, not its value.
    """

    path: str
    code: str
    message: str
    remedy: str
    line: int = 0
    column: int = 0
    at: At = ()
    on_key: bool = False

    @property
    def severity(self) -> Literal["error", "hint"]:
        return "hint" if self.code.startswith("H") else "error"

    @property
    def order(self) -> tuple[str, int, int, str, str]:
        return (self.path, self.line, self.column, self.code, self.message)

    def placed(self, line: int, column: int) -> Problem:
        return replace(self, line=line, column=column)

    def __str__(self) -> str:
        # A value that is quoted in a message may hold line ends, but a problem is one line.
        return f"{self.path}:{self.line}:{self.column}: {self.code} {_CONTROL.sub(' ', self.message + self.remedy)}"

    def as_dict(self) -> dict[str, str | int]:
        """The keys of ``--format json``."""
        every = asdict(self) | {"severity": self.severity}
        return {key: every[key] for key in JSON_KEYS}

    def as_annotation(self) -> str:
        """A GitHub workflow command, which shows the finding beside the line in a pull request."""
        level = "error" if self.severity == "error" else "notice"
        place = f"file={_property(self.path)},line={self.line},col={self.column},title={self.code}"
        return f"::{level} {place}::{_data(self.message + self.remedy)}"


_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
JSON_KEYS = ("path", "line", "column", "code", "severity", "message", "remedy")


def errors(problems: Iterable[Problem]) -> list[Problem]:
    return [problem for problem in problems if problem.severity == "error"]


def in_order(problems: Iterable[Problem]) -> list[Problem]:
    """Every finding once, sorted by path, line, column and code."""
    return sorted(dict.fromkeys(problems), key=lambda problem: problem.order)


def count_line(problems: Iterable[Problem], files: int) -> str:
    """The one line that ends every report."""
    problems = list(problems)
    wrong = len(errors(problems))
    hints = len(problems) - wrong
    touched = len({problem.path for problem in problems})
    if not problems:
        return f"共检查 {files} 个文件，没有问题。"
    parts = [f"{wrong} 个问题"] * bool(wrong) + [f"{hints} 条提示"] * bool(hints)
    return f"共检查 {files} 个文件，其中 {touched} 个有{'、'.join(parts)}。"


def nearest(word: str, known: Mapping[str, str] | Iterable[str]) -> str | None:
    """The known value most like ``word``, or None where nothing is near.

    A mapping leads from every accepted or likely spelling to the value that should be written.
    """
    table = dict(known) if isinstance(known, Mapping) else {one: one for one in known}
    above, slash, name = word.rpartition("/")
    if slash and (below := {key.removeprefix(f"{above}/"): target for key, target in table.items() if key.startswith(f"{above}/")}):
        # Of beijie/laoly only the end is in doubt; were the whole compared, anything of beijie would seem near.
        return nearest(name, {key: target for key, target in table.items() if "/" not in key} | below)
    word = _folded(word)
    folded = {_folded(spelling): target for spelling, target in table.items()}
    if found := difflib.get_close_matches(word, folded, n=1, cutoff=0.6):
        return folded[found[0]]
    # Two-character Chinese words rarely reach the ratio; one inside the other is near enough,
    inside = [key for key in folded if len(key) > 1 and len(word) > 1 and (word in key or key in word)]
    if inside:
        return folded[min(inside, key=lambda key: (abs(len(key) - len(word)), key))]
    # and so is the only one that starts alike and has half of the characters in their places: 居名 is 居民.
    # The end alone says little: 新城 is not 老城.
    short = not word.isascii() and len(word) < 4
    alike = {target for key, target in folded.items() if short and key[:1] == word[:1] and len(key) == len(word) <= 2 * _shared(key, word)}
    return alike.pop() if len(alike) == 1 else None


def _folded(word: str) -> str:
    return unicodedata.normalize("NFKC", word).casefold()


def _shared(one: str, other: str) -> int:
    """How many characters two words have at the same place."""
    return sum(a == b for a, b in zip(one, other, strict=False))


def is_it(word: str, known: Mapping[str, str] | Iterable[str], otherwise: str) -> str:
    """The remedy for an unknown word: the nearest valid value, or ``otherwise``."""
    near = nearest(word, known)
    return f"是不是 {near}？" if near else otherwise


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
