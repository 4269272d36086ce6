"""The order of everything that is too long to be read through: by province, city and id."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import groupby
from typing import TypeVar

from pypinyin import lazy_pinyin

from ..link import Book
from ..model import Gap, Profile, Station
from .leaf import Group

T = TypeVar("T")

REGIONS = "regions"
"""Stands for a province where no station is named."""
REGIONS_LABEL = "全国与地方"
_SPOKEN = str.maketrans("长朝漯", "昌潮罗")
"""Characters whose reading in names of places (长治, 朝阳, 漯河) the pinyin library misses, and others that sound right."""


class Places:
    """Every profile of a book by place: stations by province, by city and by id, and after them the regions."""

    def __init__(self, book: Book) -> None:
        self._provinces = {station.id: book.term("provinces", station.place.province) for station in book.stations.values()}
        number = {term.id: number for number, term in enumerate(book.lexicons["provinces"].terms)}
        sound: dict[str, tuple[bool, list[str], str]] = {}

        def place(station: Station) -> tuple[int, tuple[bool, list[str], str], str]:
            name, known = division(station)
            if name not in sound:
                sound[name] = (not known, lazy_pinyin(name.translate(_SPOKEN)), name)
            return number[self._provinces[station.id].id], sound[name], station.id

        self.order: tuple[Profile, ...] = (*sorted(book.stations.values(), key=place), *book.regions.values())
        self.rank = {profile.id: number for number, profile in enumerate(self.order)}
        self._spans = {}
        for group in grouped(self.order, self.heading):
            first = self.rank[group.items[0].id]
            self._spans[group.id] = range(first, first + len(group.items))

    def heading(self, profile: Profile) -> tuple[str, str]:
        """The id and the name of a profile's province."""
        term = self._provinces.get(profile.id)
        return (term.id, term.label) if term else (REGIONS, REGIONS_LABEL)

    def span(self, profile: Profile) -> range:
        """The ranks that a profile's province takes up."""
        return self._spans[self.heading(profile)[0]]

    def ordered(self, items: Iterable[T], whose: Callable[[T], Profile]) -> list[T]:
        """Items by the place of the profile that each belongs to; those of one profile stay as they are."""
        return sorted(items, key=lambda item: self.rank[whose(item).id])

    def by_province(self, items: Iterable[T], whose: Callable[[T], Profile]) -> tuple[Group[T], ...]:
        """Items by place, under the names of the provinces."""
        return grouped(self.ordered(items, whose), lambda item: self.heading(whose(item)))


def grouped(items: Iterable[T], heading: Callable[[T], tuple[str, str]]) -> tuple[Group[T], ...]:
    """Put items that follow each other and share a heading into one group."""
    return tuple(Group(*name, tuple(found)) for name, found in groupby(items, heading))


def division(station: Station) -> tuple[str, bool]:
    """The city of a station, or its district where the province is the city, and whether that is known."""
    place = station.place
    if place.city is Gap.UNSAID:
        return "市不详", False
    if not isinstance(place.city, Gap):
        return place.city, True
    return ("区县不详", False) if isinstance(place.county, Gap) else (place.county, True)


def anchor(name: str) -> str:
    """The anchor of a heading that is no word of a vocabulary."""
    return "-".join(name.split())
