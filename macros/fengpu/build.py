"""The one pipeline that both doors call: read, check, link."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from .check import Checked, check
from .link import Book, link
from .merge import Part, merge
from .model import Station
from .problem import Problem, in_order
from .progress import EVERY, Stage, Watch, unwatched
from .read import Item, items, place, read


@dataclass(frozen=True)
class Outcome:
    """What came of a data folder."""

    book: Book
    problems: list[Problem]
    """Every finding of every file, sorted and placed."""
    files: int


def assemble(data: Path, shown: str, drafts: Iterable[Path] = (), watch: Watch = unwatched) -> Outcome:
    """Turn a data folder into a book.

    ``shown`` stands for the folder in the paths of findings. ``drafts`` are station files that lie elsewhere
    and are checked as if they were in the folder.
    """
    listed, problems = items(data, shown)
    if not data.is_dir():
        return Outcome(link([])[0], problems, 0)
    return _bound([*listed, *(Item(file, file.as_posix(), Station) for file in drafts)], problems, watch)


def assemble_merged(folders: Sequence[Path], watch: Watch = unwatched) -> tuple[list[Part], Outcome]:
    """Turn several data folders into the files of one and the book that they make together; findings name the files as they lie."""
    parts, problems = merge([(folder, *items(folder, folder.as_posix())) for folder in folders])
    return parts, _bound([part.item for part in parts], problems, watch)


def _bound(listed: Sequence[Item], problems: list[Problem], watch: Watch) -> Outcome:
    good: list[Checked] = []
    for start in range(0, len(listed), EVERY):
        batch = listed[start : start + EVERY]
        read_ones = [read(item) for item in batch]
        watch(Stage.READ, start + len(batch), len(listed))
        for sheet, found in read_ones:
            problems += found
            if sheet is not None:
                checked, found = check(sheet)
                problems += found
                if checked is not None:
                    good.append(checked)
        watch(Stage.CHECK, start + len(batch), len(listed))
    book, found = link(good, {item.path for item in listed} - {one.path for one in good}, watch)
    problems += found
    placed = in_order(place(problems, {item.path: item.file for item in listed}))
    watch(Stage.PLACE, len(placed), len(placed))
    return Outcome(book, placed, len(listed))
