"""Stations and regions against playbooks: who does what, on which evidence, and where nothing is known."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ..link import Book, Instance
from ..model import Playbook, Profile
from .evidence import Grade, effect_grade


@dataclass(frozen=True)
class Spot:
    """Where a profile, or a whole province, and a playbook meet."""

    playbook: Playbook
    instances: tuple[Instance, ...]
    best: Grade


@dataclass(frozen=True)
class Row:
    profile: Profile
    spots: tuple[Spot, ...]

    @property
    def total(self) -> int:
        return sum(len(spot.instances) for spot in self.spots)


@dataclass(frozen=True)
class Matrix:
    rows: tuple[Row, ...]
    totals: tuple[int, ...]
    """By playbook, in their order."""


def cross(book: Book, profiles: Iterable[Profile] | None = None) -> Matrix:
    """Lay profiles against the playbooks; by default all of them."""
    rows = tuple(Row(profile, spots(book, [profile])) for profile in (book.profiles() if profiles is None else profiles))
    totals = tuple(sum(len(row.spots[number].instances) for row in rows) for number in range(len(book.playbooks)))
    return Matrix(rows, totals)


def spots(book: Book, profiles: Iterable[Profile]) -> tuple[Spot, ...]:
    """What several profiles, or one, have of each playbook."""
    found: dict[str, list[Instance]] = {playbook: [] for playbook in book.playbooks}
    for profile in profiles:
        for method in profile.methods:
            if method.playbook in found:
                found[method.playbook].append(Instance(profile, method))
    return tuple(Spot(playbook, tuple(found[playbook.id]), _best(book, found[playbook.id])) for playbook in book.playbooks.values())


def _best(book: Book, instances: Iterable[Instance]) -> Grade:
    return max((effect_grade(book, one) for one in instances), key=lambda grade: grade.rank, default=Grade.NOTHING)
