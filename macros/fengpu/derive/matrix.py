"""Stations and regions against playbooks: who does what, on which evidence, and where nothing is known."""

from __future__ import annotations

from dataclasses import dataclass

from ..link import Book, Instance
from ..model import Playbook, Profile
from .evidence import Grade, effect_grade


@dataclass(frozen=True)
class Spot:
    """Where a profile and a playbook meet."""

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


def cross(book: Book) -> Matrix:
    """Lay the profiles against the playbooks."""
    rows = []
    for profile in book.profiles():
        found: dict[str, list[Instance]] = {playbook: [] for playbook in book.playbooks}
        for instance in book.methods_of(profile.id):
            if instance.entry.playbook in found:
                found[instance.entry.playbook].append(instance)
        spots = tuple(
            Spot(playbook, tuple(found[playbook.id]), max((effect_grade(book, one) for one in found[playbook.id]), key=_rank, default=Grade.NOTHING))
            for playbook in book.playbooks.values()
        )
        rows.append(Row(profile, spots))
    totals = tuple(len(book.instances[playbook]) for playbook in book.playbooks)
    return Matrix(tuple(rows), totals)


def _rank(grade: Grade) -> int:
    return grade.rank
