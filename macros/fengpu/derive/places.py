"""The order of everything that is too long to be read through: by province, city and id."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable
from itertools import groupby
from typing import TypeVar

from ..book import Book, Card, Some
from ..characters import in_context
from ..model import Gap, Region
from .leaf import Group

T, N = TypeVar("T"), TypeVar("N")

REGIONS = "regions"
"""Stands for a province where no station is named."""
REGIONS_LABEL = "全国与地方"
_GAPS = frozenset(Gap)
_SPOKEN = str.maketrans("长朝漯", "昌潮罗")
"""Characters whose reading in names of places (长治, 朝阳, 漯河) the pinyin library misses, and others that sound right."""


class Places:
    """Every profile of a book by place: stations by province, by city and by id, and after them the regions."""

    def __init__(self, book: Book) -> None:
        terms = book.lexicons["provinces"].terms
        number_of = {term.id: number for number, term in enumerate(terms)}
        sound: dict[str, tuple[bool, tuple[str, ...], str]] = {}
        stations, regions = [], []
        places = book.said["place"]
        for number, profile in enumerate(book.cards):
            folder, province, city, county = places[number]
            if folder == Region.folder:
                regions.append(number)
                continue
            name, known = division(city, county)
            if name not in sound:
                sound[name] = (not known, in_context(name.translate(_SPOKEN)), name)
            stations.append((number_of[province], sound[name], profile, number))
        stations.sort()
        self.order = array("I", [*(number for *_, number in stations), *regions])
        """The numbers of the cards."""
        self.rank = array("I", bytes(4 * len(self.order)))
        """For each card its place in this order."""
        for rank, number in enumerate(self.order):
            self.rank[number] = rank
        self.divisions = [name for _, (_, _, name), *_ in stations]
        """What the cities are called, or the districts where the province is the city, in this order."""
        headings = [(terms[province].id, terms[province].label) for province, *_ in stations] + [(REGIONS, REGIONS_LABEL)] * len(regions)
        self._spans = [(heading, range(found[0], found[-1] + 1)) for heading, found in _runs(headings)]

    @property
    def provinces(self) -> dict[str, array[int]]:
        """The numbers of the stations of each province."""
        return {name: self.order[span.start : span.stop] for (name, _), span in self._spans if name != REGIONS}

    def span(self, card: int) -> range:
        """The ranks that the province of a station takes up."""
        return next(span for _, span in self._spans if self.rank[card] in span)

    def ordered(self, items: Some[T]) -> Some[T]:
        """Items by the place of the profile that each belongs to; those of one profile stay as they are."""
        owners, rank = items.whole.owners, self.rank
        return Some(items.whole, sorted(items.numbers, key=lambda number: rank[owners[number]]))

    def ranks(self, items: Some[T]) -> array[int]:
        """The places of the profiles that items belong to."""
        return array("I", map(self.rank.__getitem__, items.owners))

    def by_province(self, items: Some[T]) -> tuple[Group[T], ...]:
        """Items by place, under the names of the provinces."""
        items = self.ordered(items)
        ranks = self.ranks(items)
        cuts = ((heading, bisect_left(ranks, span.start), bisect_left(ranks, span.stop)) for heading, span in self._spans)
        return tuple(Group(*heading, items[start:end]) for heading, start, end in cuts if start < end)

    def by_division(self, stations: Some[Card]) -> tuple[Group[Card], ...]:
        """Stations that stand by place, under the names of their cities."""
        names = [self.divisions[rank] for rank in self.ranks(stations)]
        return tuple(Group(anchor(name), name, stations[found[0] : found[-1] + 1]) for name, found in _runs(names))


def _runs(names: Iterable[N]) -> Iterable[tuple[N, list[int]]]:
    """Names that follow each other and are the same, each with where it stands."""
    return ((name, [number for number, _ in found]) for name, found in groupby(enumerate(names), lambda pair: pair[1]))


def division(city: str, county: str) -> tuple[str, bool]:
    """The city of a station, or its district where the province is the city, and whether that is known."""
    if city == Gap.UNSAID:
        return "市不详", False
    if city not in _GAPS:
        return city, True
    return ("区县不详", False) if county in _GAPS else (county, True)


def anchor(name: str) -> str:
    """The anchor of a heading that is no word of a vocabulary."""
    return "-".join(name.split())
