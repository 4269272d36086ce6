"""The one pipeline that both doors call: read, check, link."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from .book import Book, Card, Commons
from .check import Checked, check
from .derive.cards import card
from .link import link, settle, share
from .model import Profile, Station
from .problem import Problem, errors, in_order
from .read import Item, items, place, read
from .shelf import Shelf, fold


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
    shelf, cards = Shelf(), list[Card]()
    if not data.is_dir():
        return Outcome(link(share([])[0], cards, shelf)[0], problems, 0)
    listed += [Item(file, file.as_posix(), Station) for file in drafts]
    shared, unread = list[Checked](), set[str]()
    for item in listed:
        if not issubclass(item.noun, Profile):
            checked, found = _checked(item)
            problems += found
            if checked is None:
                unread.add(item.path)
            else:
                shared.append(checked)
    commons, found = share(shared, unread)
    problems += found
    for item in listed:
        if issubclass(item.noun, Profile):
            entered = enter(item, commons)
            problems += entered.problems
            if entered.card is not None:
                cards.append(entered.card)
                shelf.put(entered.card.id, entered.folded)
    book, found = link(commons, cards, shelf, shared)
    problems += found
    return Outcome(book, in_order(place(problems, {item.path: item.file for item in listed})), len(listed))


class Entered(NamedTuple):
    """What stays of one profile's file."""

    card: Card | None
    folded: bytes
    problems: list[Problem]


def enter(item: Item, commons: Commons) -> Entered:
    """Take one profile from its file to the shelf; nothing but the file and what is shared has a say in it."""
    checked, problems = _checked(item)
    if checked is None:
        return Entered(None, b"", problems)
    assert isinstance(checked.record, Profile)
    problems += settle(checked, commons)
    return Entered(card(checked, commons, sound=not (commons.hidden or errors(problems))), fold(checked.record), problems)


def _checked(item: Item) -> tuple[Checked | None, list[Problem]]:
    sheet, problems = read(item)
    if sheet is None:
        return None, problems
    checked, found = check(sheet)
    return checked, problems + found
