"""What there is to leaf through: the stations or methods that share a word, and those of which no word is known."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..book import Book, Card, Instance
from ..model import Gap, Honour, PartialDate
from .documents import FACETS as LABELS
from .leaf import Group, plain
from .places import REGIONS, REGIONS_LABEL, Places, anchor, division, grouped

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
    "problem": lambda instance: instance.entry.problems,
    "playbook": lambda instance: playbook if isinstance(playbook := instance.entry.playbook, Gap) else (playbook,),
    "target": lambda instance: instance.entry.targets,
    "goal": lambda instance: instance.entry.goals,
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
    stations = [card for card in places.order if card.traits]
    methods = [one for card in places.order for one in book.methods_of(card.id)]
    made = {}
    for facet in VOCABULARIES:
        members: Sequence[Member] = methods if facet in OF_METHODS else stations
        unit = "个做法" if facet in OF_METHODS else "个派出所"
        found: dict[str, list[Member]] = defaultdict(list)
        for member in members:
            for word in _words(book, facet, member):
                found[word].append(member)
        shelves = [
            Shelf(facet, word, label, note, unit, _groups(book, places, facet, word, found[word]), origin)
            for word, label, note, origin in _terms(book, facet)
        ]
        if facet == "province" and book.regions:
            note = "来源讲到、却没有点明是哪个派出所的做法和数字。"
            shelves.append(Shelf(facet, REGIONS, REGIONS_LABEL, note, "处", plain(card for card in places.order if not card.traits)))
        for gap in (one for one in Gap if one in found):
            groups = places.by_province(found[gap], _whose)
            shelves.append(Shelf(facet, gap.name.lower(), f"{LABELS[facet]}：{gap.value}", None, unit, groups, gap=gap))
        made[facet] = Facet(facet, {shelf.id: shelf for shelf in shelves})
    return made


def honours_of(book: Book, card: Card, title: str) -> list[Honour]:
    """The honours of one title that a station was given, the earliest first."""
    given = () if isinstance(card.honours, Gap) else card.honours
    of_title = (one for one in given if book.term("honours", one.title).id == title)
    return sorted(of_title, key=lambda one: (isinstance(one.date, Gap), str(one.date)))


def _terms(book: Book, facet: str) -> Iterable[tuple[str, str, str | None, str | None]]:
    vocabulary = VOCABULARIES[facet]
    if vocabulary is None:
        return [(one.id, one.name, one.summary, book.origins.get(f"playbooks/{one.id}")) for one in book.playbooks.values()]
    return [(term.id, term.label, term.note, book.origins.get(f"vocab/{vocabulary}")) for term in book.lexicons[vocabulary].terms]


def _words(book: Book, facet: str, member: Member) -> Iterable[str]:
    said, vocabulary = _SAID[facet](member), VOCABULARIES[facet]
    if isinstance(said, Gap):
        return (said,)
    return dict.fromkeys(book.term(vocabulary, word).id if vocabulary else word for word in said)


def _groups(book: Book, places: Places, facet: str, word: str, members: Sequence[Any]) -> tuple[Group[Member], ...]:
    if facet == "province":
        return grouped(members, lambda card: (anchor(division(card)[0]), division(card)[0]))
    return _awarded(book, word, members) if facet == "honour" else places.by_province(members, _whose)


def _awarded(book: Book, title: str, stations: Sequence[Card]) -> tuple[Group[Member], ...]:
    """Stations by the batch, or else the year, in which each was first given a title; the earliest first."""
    found: dict[str, list[Member]] = defaultdict(list)
    years: dict[str, int] = {}
    for station in stations:
        first = honours_of(book, station, title)[0]
        year = first.date.year if isinstance(first.date, PartialDate) else 9999
        batch = first.batch if not isinstance(first.batch, Gap) else f"{year}年" if year < 9999 else "时间不详"
        found[batch].append(station)
        years[batch] = min(year, years.get(batch, year))
    return tuple(Group(anchor(batch), batch, tuple(found[batch])) for batch in sorted(found, key=lambda batch: (years[batch], batch)))


def _whose(member: Member) -> Card:
    return member.card if isinstance(member, Instance) else member
