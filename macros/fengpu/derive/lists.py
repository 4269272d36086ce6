"""Every list that grows with the book, cut into leaves.

A list that fits on one page keeps the order of the files. A longer one is laid out by place, so that a reader
finds his own province in it without going through the rest.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import chain, islice
from typing import TypeVar

from ..book import Book, Card, Instance, Named, Some
from ..model import Playbook, SourceKind, Term
from . import leaf, problems
from .browse import Facet, Shelf, facets
from .figures import Line, MeasureTable, by_measure
from .leaf import Group, Leaf, leaves, plain
from .places import Places

T = TypeVar("T")


@dataclass(frozen=True)
class Filed:
    """The methods that sources file under one goal."""

    goal: Term
    answers: tuple[problems.Answer, ...]
    shelf: Shelf
    """Where all of them stand."""
    most: int | None
    """How many of each playbook are named; None where all are."""


class Lists:
    """The lists of one book; each is sorted once, when it is first wanted."""

    def __init__(self, book: Book) -> None:
        self.book = book

    @cached_property
    def places(self) -> Places:
        return Places(self.book)

    @cached_property
    def facets(self) -> Mapping[str, Facet]:
        return facets(self.book, self.places)

    @cached_property
    def tables(self) -> Sequence[MeasureTable]:
        return by_measure(self.book)

    @cached_property
    def by_problem(self) -> Mapping[str, Some[Instance]]:
        return problems.index(self.book, "problems", "problems")

    @cached_property
    def goals(self) -> Sequence[Filed]:
        made = []
        for goal, found in problems.index(self.book, "goals", "goals").items():
            most = leaf.NAMED if len(found) > leaf.ROWS else None
            answers = tuple(problems.answers(self.book, found))
            made.append(Filed(self.book.term("goals", goal), answers, self.facets["goal"].shelves[goal], most))
        return made

    @property
    def few(self) -> bool:
        """Whether all stations and regions fit on one page."""
        return len(self.book.cards) <= leaf.ROWS

    def shelf(self, shelf: Shelf) -> Iterator[Leaf]:
        return leaves(shelf.key, shelf.groups, leaf.ROWS)

    def matrix(self, shelf: Shelf) -> Iterator[Leaf[Card]]:
        """The rows of the matrix for one province, where there are too many for one table."""
        return leaves(f"matrix/{shelf.id}", shelf.groups, leaf.ROWS)  # type: ignore[arg-type]

    def instances(self, playbook: Playbook) -> Iterator[Leaf[Instance]]:
        found = self.book.instances[playbook.id]
        return leaves(f"playbooks/{playbook.id}", self._laid_out(found, leaf.COLUMNS), leaf.COLUMNS)

    def figures(self, table: MeasureTable) -> Iterator[Leaf[Line]]:
        return leaves(f"figures/{table.measure.id}", self._laid_out(table.lines, leaf.ROWS), leaf.ROWS)

    def against(self, problem: Term) -> Iterator[Leaf[Instance]]:
        """The methods that take on a problem, by playbook."""
        found = self.by_problem[problem.id]
        if len(found) > leaf.ROWS:
            found = self.places.ordered(found)
        answers = problems.answers(self.book, found)
        groups = (Group(*((one.playbook.id, one.playbook.name) if one.playbook else ("other", "其他")), one.instances) for one in answers)
        return leaves(f"problems/{problem.id}", groups, leaf.ROWS)

    def citing(self, source: str) -> Iterator[Leaf[Card]]:
        found = Some(self.book.cards, map(self.book.cards.number, self.book.citing[source]))
        return leaves(f"sources/{source}", self._laid_out(found, leaf.CITING), leaf.CITING)

    def sources(self) -> Iterator[Leaf[str]]:
        """The ids of all sources; those of one kind stand together where there are many."""
        return leaves("sources/index", self._sources, leaf.ROWS)

    @cached_property
    def _sources(self) -> tuple[Group[str], ...]:
        found = tuple(self.book.sources)
        if len(found) <= leaf.ROWS:
            return plain(found)
        of_kind: dict[SourceKind, list[str]] = {kind: [] for kind in SourceKind}
        shared = (one.kind for one in self.book.commons.sources.values())
        for one, kind in zip(found, chain(shared, self.book.kinds), strict=True):
            of_kind[kind].append(one)
        return tuple(Group(kind.name.lower(), kind.value, tuple(some)) for kind, some in of_kind.items())

    def _laid_out(self, items: Some[T], size: int) -> tuple[Group[T], ...]:
        return plain(items) if len(items) <= size else self.places.by_province(items)

    # ── The neighbours of a method in its playbook ──

    @cached_property
    def _side_by_side(self) -> Mapping[str, tuple[Some[Instance], array[int]]]:
        """The instances of each playbook by place, and the ranks of their profiles, which only rise."""
        ordered = {playbook: self.places.ordered(some) for playbook, some in self.book.instances.items()}
        return {playbook: (found, self.places.ranks(found)) for playbook, found in ordered.items()}

    @cached_property
    def others(self) -> Callable[[Instance], list[Named]]:
        """Some methods that other stations have of the same playbook: the next ones by place in the province, then those of others."""
        return lru_cache(64)(self._others)

    def _others(self, instance: Instance) -> list[Named]:
        found, ranks = self._side_by_side[str(instance.entry.playbook)]
        card = self.book.cards.number(instance.owner)
        mine, province = self.places.rank[card], self.places.span(card)
        start, end = bisect_left(ranks, mine), bisect_right(ranks, mine)
        low, high = bisect_left(ranks, province.start), bisect_left(ranks, province.stop)
        numbers = chain(range(end, high), range(low, start), range(high, len(found)), range(low))
        return [self.book.methods.named(found.numbers[number]) for number in islice(numbers, leaf.NAMED)]

    def beside(self, instance: Instance) -> str:
        """What links call the page of its playbook on which a method stands."""
        found, ranks = self._side_by_side[str(instance.entry.playbook)]
        key = f"playbooks/{instance.entry.playbook}"
        if len(found) <= leaf.COLUMNS:
            return key
        start = bisect_left(ranks, self.places.rank[self.book.cards.number(instance.owner)])
        number = found.numbers.index(instance.number, start) // leaf.COLUMNS + 1
        return key if number == 1 else f"{key}/{number}"
