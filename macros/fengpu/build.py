"""The one pipeline that both doors call: read, check, link."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, TypeVar

from .book import Book, Card, Commons
from .check import Checked, check
from .derive.cards import card
from .link import link, settle, share
from .merge import Part, merge
from .model import Profile, Station
from .problem import Problem, errors, in_order
from .progress import EVERY, Stage, Watch, unwatched
from .read import Item, items, place, read
from .shelf import Shelf, fold

T = TypeVar("T")


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
        return Outcome(link(share([])[0], [], Shelf())[0], problems, 0)
    return _bound([*listed, *(Item(file, file.as_posix(), Station) for file in drafts)], problems, watch)


def assemble_merged(folders: Sequence[Path], watch: Watch = unwatched) -> tuple[list[Part], Outcome]:
    """Turn several data folders into the files of one and the book that they make together; findings name the files as they lie."""
    parts, problems = merge([(folder, *items(folder, folder.as_posix())) for folder in folders])
    return parts, _bound([part.item for part in parts], problems, watch)


def _bound(listed: Sequence[Item], problems: list[Problem], watch: Watch) -> Outcome:
    ours = [item for item in listed if not issubclass(item.noun, Profile)]
    theirs = [item for item in listed if issubclass(item.noun, Profile)]
    sheets = [_noted(read(item), problems) for item in ours]
    shared = [checked for sheet in sheets if sheet and (checked := _noted(check(sheet), problems))]
    commons = _noted(share(shared, {item.path for item in ours} - {one.path for one in shared}), problems)
    shelf, cards = Shelf(), list[Card]()
    for start in range(0, len(theirs), EVERY):
        batch = theirs[start : start + EVERY]
        done, total = start + len(batch), len(theirs)
        sheets = [_noted(read(item), problems) for item in batch]
        watch(Stage.READ, done, total)
        for sheet in sheets:
            if sheet and (checked := _noted(check(sheet), problems)):
                entered = enter(checked, commons)
                problems += entered.problems
                cards.append(entered.card)
                shelf.put(entered.card.id, entered.folded)
        watch(Stage.CHECK, done, total)
    book = _noted(link(commons, cards, shelf, shared), problems)
    watch(Stage.LINK, len(cards), len(cards))
    placed = in_order(place(problems, {item.path: item.file for item in listed}))
    watch(Stage.PLACE, len(placed), len(placed))
    return Outcome(book, placed, len(listed))


def _noted(result: tuple[T, Iterable[Problem]], problems: list[Problem]) -> T:
    """What a step made, with its findings put to the others."""
    made, found = result
    problems += found
    return made


class Entered(NamedTuple):
    """What stays of one profile's file."""

    card: Card
    folded: bytes
    problems: list[Problem]


def enter(one: Checked, commons: Commons) -> Entered:
    """Take a profile to the shelf; nothing but its own file and what is shared has a say in it."""
    assert isinstance(one.record, Profile)
    problems = settle(one, commons)
    sound = not (commons.hidden or one.stand_ins or errors(problems))
    return Entered(card(one, commons, sound=sound), fold(one.record), problems)
