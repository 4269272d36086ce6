"""The order of everything that is too long to be read through: by province, city and id."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from importlib.metadata import version
from itertools import groupby
from typing import TypeVar

from ..book import Book, Card
from ..cache import Cache, print_of
from ..model import Gap
from .leaf import Group

T = TypeVar("T")

KIND = "sounds"
REGIONS = "regions"
"""Stands for a province where no station is named."""
REGIONS_LABEL = "全国与地方"
_SPOKEN = str.maketrans("长朝漯", "昌潮罗")
"""Characters whose reading in names of places (长治, 朝阳, 漯河) the pinyin library misses, and others that sound right."""

_sounds: dict[str, list[str]] = {}
"""How names are read, as far as anybody has asked; to load what knows it takes longer than all else about places."""


def recall(cache: Cache) -> None:
    """Learn how names are read that earlier runs have asked for."""
    if kept := cache.get(KIND, _key()):
        _sounds.update(json.loads(kept))


def remember(cache: Cache) -> None:
    """Keep for later runs how names are read."""
    made = json.dumps(_sounds, ensure_ascii=False, sort_keys=True).encode()
    if _sounds and made != cache.get(KIND, _key()):
        cache.put(KIND, _key(), made)


def _key() -> bytes:
    return print_of(version("pypinyin").encode())


def _sound(name: str) -> list[str]:
    if name not in _sounds:
        from pypinyin import lazy_pinyin

        _sounds[name] = lazy_pinyin(name.translate(_SPOKEN))
    return _sounds[name]


class Places:
    """Every profile of a book by place: stations by province, by city and by id, and after them the regions."""

    def __init__(self, book: Book) -> None:
        self._provinces = {term.id: term for term in book.lexicons["provinces"].terms}
        number = {term.id: number for number, term in enumerate(book.lexicons["provinces"].terms)}
        sound: dict[str, tuple[bool, list[str], str]] = {}

        def place(card: Card) -> tuple[int, tuple[bool, list[str], str], str]:
            name, known = division(card)
            if name not in sound:
                sound[name] = (not known, _sound(name), name)
            return number[card.province or ""], sound[name], card.id

        stations = sorted((card for card in book.cards.values() if card.traits), key=place)
        self.order: tuple[Card, ...] = (*stations, *(card for card in book.cards.values() if not card.traits))
        self.rank = {card.id: number for number, card in enumerate(self.order)}
        self._spans = {}
        for group in grouped(self.order, self.heading):
            first = self.rank[group.items[0].id]
            self._spans[group.id] = range(first, first + len(group.items))

    def heading(self, card: Card) -> tuple[str, str]:
        """The id and the name of a station's province."""
        return (card.province, self._provinces[card.province].label) if card.traits and card.province else (REGIONS, REGIONS_LABEL)

    def span(self, card: Card) -> range:
        """The ranks that a station's province takes up."""
        return self._spans[self.heading(card)[0]]

    def ordered(self, items: Iterable[T], whose: Callable[[T], Card]) -> list[T]:
        """Items by the place of the profile that each belongs to; those of one profile stay as they are."""
        return sorted(items, key=lambda item: self.rank[whose(item).id])

    def by_province(self, items: Iterable[T], whose: Callable[[T], Card]) -> tuple[Group[T], ...]:
        """Items by place, under the names of the provinces."""
        return grouped(self.ordered(items, whose), lambda item: self.heading(whose(item)))


def grouped(items: Iterable[T], heading: Callable[[T], tuple[str, str]]) -> tuple[Group[T], ...]:
    """Put items that follow each other and share a heading into one group."""
    return tuple(Group(*name, tuple(found)) for name, found in groupby(items, heading))


def division(card: Card) -> tuple[str, bool]:
    """The city of a station, or its district where the province is the city, and whether that is known."""
    if card.city is Gap.UNSAID:
        return "市不详", False
    if not isinstance(card.city, Gap):
        return card.city, True
    return ("区县不详", False) if isinstance(card.county, Gap) else (card.county, True)


def anchor(name: str) -> str:
    """The anchor of a heading that is no word of a vocabulary."""
    return "-".join(name.split())
