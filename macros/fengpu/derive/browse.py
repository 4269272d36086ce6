"""What there is to leaf through: the stations or methods that share a word, and those of which no word is known."""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ..book import Book, Card, Instance, Some, Whole
from ..model import Gap, Honour, PartialDate
from .documents import FACETS as LABELS
from .leaf import Group, plain
from .places import REGIONS, REGIONS_LABEL, Places, anchor

VOCABULARIES = {
    "province": "provinces",
    "area": "area-types",
    "problem": "problems",
    "playbook": None,
    "target": "targets",
    "goal": "goals",
    "honour": "honours",
}
"""Facet → the word list that its words stand in; playbooks have files of their own."""
OF_METHODS = {"problem", "playbook", "target", "goal"}
"""The facets that sort methods; the others sort stations."""

Member = Card | Instance

_FIELDS = {"area": "area_types", "problem": "problems", "playbook": "playbook", "target": "targets", "goal": "goals", "honour": "honours"}


@dataclass(frozen=True)
class Shelf:
    """The stations or methods that share one word of a facet, or that have no word of it."""

    facet: str
    id: str
    label: str
    note: str | None
    unit: str
    groups: tuple[Group[Member], ...]
    origin: str | None = None
    """The file in which the word stands."""
    gap: Gap | None = None
    """Why there is no word."""

    @property
    def key(self) -> str:
        """What links call its first page: ``browse/province/shanxi``."""
        return f"browse/{self.facet}/{self.id}"

    @property
    def of_methods(self) -> bool:
        return self.facet in OF_METHODS

    @property
    def total(self) -> int:
        return sum(len(group.items) for group in self.groups)


@dataclass(frozen=True)
class Facet:
    """One way to sort stations or methods."""

    id: str
    shelves: Mapping[str, Shelf]
    """One for each word, in the order of the vocabulary and however few have it, and then one for each gap that some have."""

    @property
    def label(self) -> str:
        return LABELS[self.id]

    @property
    def of_methods(self) -> bool:
        return self.id in OF_METHODS


def facets(book: Book, places: Places) -> dict[str, Facet]:
    """Every facet by its id."""
    found = _sorted(book, places)
    made = {}
    for facet in VOCABULARIES:
        whole: Whole[Member] = book.methods if facet in OF_METHODS else book.cards
        unit = "个做法" if facet in OF_METHODS else "个派出所"
        some = {word: Some(whole, numbers) for word, numbers in found[facet].items()}
        shelves = [
            Shelf(facet, word, label, note, unit, _groups(book, places, facet, word, some.get(word) or Some(whole, ())), origin)
            for word, label, note, origin in _terms(book, facet)
        ]
        if facet == "province" and book.regions:
            note = "来源讲到、却没有点明是哪个派出所的做法和数字。"
            regions = Some(book.cards, places.order[len(places.divisions) :])
            shelves.append(Shelf(facet, REGIONS, REGIONS_LABEL, note, "处", plain(regions)))
        for gap in (one for one in Gap if one in some):
            groups = places.by_province(some[gap])
            shelves.append(Shelf(facet, gap.name.lower(), f"{LABELS[facet]}：{gap.value}", None, unit, groups, gap=gap))
        made[facet] = Facet(facet, {shelf.id: shelf for shelf in shelves})
    return made


def _sorted(book: Book, places: Places) -> Mapping[str, Mapping[str, array[int]]]:
    """For each facet the numbers of the stations, or of the methods, that have each word or gap, all by place."""
    found: dict[str, dict[str, array[int]]] = {"province": places.provinces}
    stations, starts = places.order[: len(places.divisions)], book.methods.starts
    for facet, field in _FIELDS.items():
        said, words = book.said[field], defaultdict[str, Any](lambda: array("I"))
        ways = [_words(book, facet, way) for way in said.ways]
        of_methods = (number for card in places.order for number in range(starts[card], starts[card + 1]))
        for number in of_methods if facet in OF_METHODS else stations:
            for word in ways[said.numbers[number]]:
                words[word].append(number)
        found[facet] = words
    return found


def honours_of(book: Book, card: Card, title: str) -> list[Honour]:
    """The honours of one title that a station was given, the earliest first."""
    given = () if isinstance(card.honours, Gap) else card.honours
    of_title = (one for one in given if book.term("honours", one.title).id == title)
    return sorted(of_title, key=lambda one: (isinstance(one.date, Gap), str(one.date)))


def _terms(book: Book, facet: str) -> Iterable[tuple[str, str, str | None, str | None]]:
    vocabulary = VOCABULARIES[facet]
    if vocabulary is None:
        return [(one.id, one.name, one.summary, book.commons.origins.get(f"playbooks/{one.id}")) for one in book.playbooks.values()]
    return [(term.id, term.label, term.note, book.commons.origins.get(f"vocab/{vocabulary}")) for term in book.lexicons[vocabulary].terms]


def _words(book: Book, facet: str, said: tuple[str, ...] | Gap) -> Collection[str]:
    vocabulary = VOCABULARIES[facet]
    if isinstance(said, Gap):
        return (said,)
    return dict.fromkeys(book.term(vocabulary, word).id if vocabulary else word for word in said)


def _groups(book: Book, places: Places, facet: str, word: str, members: Some[Any]) -> tuple[Group[Member], ...]:
    if facet == "province":
        return places.by_division(members)
    return _awarded(book, word, members) if facet == "honour" else places.by_province(members)


def _awarded(book: Book, title: str, stations: Some[Card]) -> tuple[Group[Member], ...]:
    """Stations by the batch, or else the year, in which each was first given a title; the earliest first."""
    found: dict[str, array[int]] = defaultdict(lambda: array("I"))
    years: dict[str, int] = {}
    for number, station in zip(stations.numbers, stations, strict=True):
        first = honours_of(book, station, title)[0]
        year = first.date.year if isinstance(first.date, PartialDate) else 9999
        batch = first.batch if not isinstance(first.batch, Gap) else f"{year}年" if year < 9999 else "时间不详"
        found[batch].append(number)
        years[batch] = min(year, years.get(batch, year))
    batches = sorted(found, key=lambda batch: (years[batch], batch))
    return tuple(Group(anchor(batch), batch, Some(book.cards, found[batch])) for batch in batches)
