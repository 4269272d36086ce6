"""Stations and regions against playbooks: who does what, on which evidence, and where nothing is known."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ..book import Book, Card, Instance
from ..model import Grade, Playbook


@dataclass(frozen=True)
class Spot:
    """Where a profile, or a whole province, and a playbook meet."""

    playbook: Playbook
    instances: tuple[Instance, ...]
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
    rows = tuple(Row(card, spots(book, [card])) for card in (book.cards.values() if cards is None else cards))
    totals = tuple(sum(len(row.spots[number].instances) for row in rows) for number in range(len(book.playbooks)))
    return Matrix(rows, totals)


def others(book: Book, cards: Iterable[Card]) -> int:
    """How many methods of these profiles belong to no playbook, so that no column has them."""
    return sum(method.playbook not in book.playbooks for card in cards for method in card.methods)


def spots(book: Book, cards: Iterable[Card]) -> tuple[Spot, ...]:
    """What several profiles, or one, have of each playbook."""
    found: dict[str, list[Instance]] = {playbook: [] for playbook in book.playbooks}
    for card in cards:
        for instance in book.methods_of(card.id):
            if instance.entry.playbook in found:
                found[instance.entry.playbook].append(instance)
    return tuple(Spot(playbook, tuple(found[playbook.id]), _best(found[playbook.id])) for playbook in book.playbooks.values())


def _best(instances: Iterable[Instance]) -> Grade:
    return max((one.entry.grade for one in instances), key=lambda grade: grade.rank, default=Grade.NOTHING)
