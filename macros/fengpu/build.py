"""The one pipeline that both doors call: read, check, link."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from .check import Checked, check
from .link import Book, link
from .model import Station
from .problem import Problem, in_order
from .read import Item, items, place, read


@dataclass(frozen=True)
class Outcome:
    """What came of a data folder."""

    book: Book
    problems: list[Problem]
    """Every finding of every file, sorted and placed."""
    files: int


def assemble(data: Path, shown: str, drafts: Iterable[Path] = ()) -> Outcome:
    """Turn a data folder into a book.

    ``shown`` stands for the folder in the paths of findings. ``drafts`` are station files that lie elsewhere
    and are checked as if they were in the folder.
    """
    listed, problems = items(data, shown)
    if not data.is_dir():
        return Outcome(link([])[0], problems, 0)
    listed += [Item(file, file.as_posix(), Station) for file in drafts]
    good: list[Checked] = []
    for item in listed:
        sheet, found = read(item)
        problems += found
        if sheet is not None:
            checked, found = check(sheet)
            problems += found
            if checked is not None:
                good.append(checked)
    book, found = link(good, {item.path for item in listed} - {one.path for one in good})
    problems += found
    return Outcome(book, in_order(place(problems, {item.path: item.file for item in listed})), len(listed))
