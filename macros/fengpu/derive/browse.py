"""What there is to leaf through: the stations or methods that share a word, and those of which no word is known."""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..book import Book, Card, Instance, MethodCard, Some, Whole
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

_SAID: Mapping[str, Callable[[Any], Sequence[str] | Gap]] = {
    "province": lambda card: (card.province,),
    "area": lambda card: card.area_types,
    "problem": lambda method: method.problems,
    "playbook": lambda method: playbook if isinstance(playbook := method.playbook, Gap) else (playbook,),
    "target": lambda method: method.targets,
    "goal": lambda method: method.goals,
    "honour": lambda card: honours if isinstance(honours := card.honours, Gap) else [honour.title for honour in honours],
}


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
    found: dict[str, dict[str, array[int]]] = {facet: defaultdict(lambda: array("I")) for facet in VOCABULARIES}
    for number in places.order:
        card = book.cards.at(number)
        members = list(zip(book.methods.of(card.id), card.methods, strict=True))
        for facet, words in found.items():
            for member, entry in members if facet in OF_METHODS else [(number, card)] if card.placed else []:
                for word in _words(book, facet, entry):
                    words[word].append(member)
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


def _words(book: Book, facet: str, entry: Card | MethodCard) -> Iterable[str]:
    said, vocabulary = _SAID[facet](entry), VOCABULARIES[facet]
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
