"""Long lists, cut into the leaves on which they are read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Generic, TypeVar

T = TypeVar("T")

ROWS = 100
"""How many entries or rows stand on one page."""
COLUMNS = 40
"""How many instances stand side by side in one table; more could not be read, and each brings a cell for every axis."""
CITING = 50
"""How many stations and regions one page of a source lists, each with all that it takes from there."""
NAMED = 8
"""How many methods are named where all of them would be too many."""


@dataclass(frozen=True)
class Group(Generic[T]):
    """Items that stand under one heading; a list that needs no headings is one group without a label."""

    id: str
    """The anchor of its heading."""
    label: str
    items: Sequence[T]


@dataclass(frozen=True)
class Section(Generic[T]):
    """What stands of one group on one leaf."""

    group: Group[T]
    items: Sequence[T]
    continued: bool
    """Whether the group began on an earlier leaf."""


@dataclass(frozen=True)
class Leaf(Generic[T]):
    """One page of a list, with all that it takes to go to the others."""

    key: str
    """What links call the first page; that address stays however long the list grows."""
    number: int
    last: int
    first: int
    """The place in the whole list of its first item, counted from 1."""
    total: int
    sections: tuple[Section[T], ...]
    contents: tuple[tuple[Group[T], int], ...]
    """The groups of the whole list, and the leaf on which each begins."""

    def at(self, number: int) -> str:
        """What links call another leaf of the same list."""
        return self.key if number == 1 else f"{self.key}/{number}"

    @property
    def here(self) -> str:
        return self.at(self.number)

    @property
    def items(self) -> tuple[T, ...]:
        return tuple(item for section in self.sections for item in section.items)

    @property
    def several(self) -> bool:
        return self.last > 1


def plain(items: Sequence[T]) -> tuple[Group[T], ...]:
    """A list without headings."""
    return (Group("", "", items),)


def number_of_leaves(items: int, size: int) -> int:
    """How many leaves of ``size`` items a list is cut into."""
    return max(1, -(-items // size))


def leaves(key: str, groups: Iterable[Group[T]], size: int) -> Iterator[Leaf[T]]:
    """Cut a list into leaves of ``size`` items; the last may hold fewer, and an empty list is one empty leaf."""
    groups = tuple(group for group in groups if group.items)
    ends = list(accumulate(len(group.items) for group in groups))
    placed = [(group, end - len(group.items), end) for group, end in zip(groups, ends, strict=True)]
    total = ends[-1] if ends else 0
    contents = tuple((group, start // size + 1) for group, start, _ in placed if group.label)
    last = number_of_leaves(total, size)
    for number in range(1, last + 1):
        low, high = (number - 1) * size, number * size
        sections = tuple(
            Section(group, group.items[max(0, low - start) : high - start], start < low)
            for group, start, end in placed
            if start < high and end > low
        )
        yield Leaf(key, number, last, min(low + 1, total), total, sections, contents)
