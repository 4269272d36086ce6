"""Stations and regions against playbooks: who does what, on which evidence, and where nothing is known."""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from dataclasses import dataclass

from ..book import Book, Card, Instance, Some
from ..model import Grade, Playbook


@dataclass(frozen=True)
class Spot:
    """Where a profile, or a whole province, and a playbook meet."""

    playbook: Playbook
    instances: Some[Instance]
    best: Grade


@dataclass(frozen=True)
class Row:
    card: Card
    spots: tuple[Spot, ...]

    @property
    def total(self) -> int:
        return sum(len(spot.instances) for spot in self.spots)


@dataclass(frozen=True)
class Matrix:
    rows: tuple[Row, ...]
    totals: tuple[int, ...]
    """By playbook, in their order."""


def cross(book: Book, cards: Iterable[Card] | None = None) -> Matrix:
    """Lay profiles against the playbooks; by default all of them."""
    rows = tuple(Row(card, spots(book, [card.id])) for card in (book.cards.values() if cards is None else cards))
    totals = tuple(sum(len(row.spots[number].instances) for row in rows) for number in range(len(book.playbooks)))
    return Matrix(rows, totals)


def others(book: Book, names: Iterable[str]) -> int:
    """How many methods of these profiles belong to no playbook, so that no column has them."""
    return sum(book.methods.playbooks[number] < 0 for name in names for number in book.methods.of(name))


def spots(book: Book, names: Iterable[str]) -> tuple[Spot, ...]:
    """What several profiles, or one, have of each playbook."""
    found = [array("I") for _ in (*book.playbooks, None)]
    for name in names:
        for number in book.methods.of(name):
            found[book.methods.playbooks[number]].append(number)  # The last where it is -1.
    return tuple(
        Spot(playbook, Some(book.methods, numbers), book.methods.best(numbers))
        for playbook, numbers in zip(book.playbooks.values(), found[:-1], strict=True)
    )
