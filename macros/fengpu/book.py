"""The book: everything that is known, with profiles on a shelf and a card of each at hand."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import NamedTuple

from .model import (
    OWN_SCOPE,
    Entry,
    Figure,
    Gap,
    Grade,
    Honour,
    Measure,
    Method,
    PartialDate,
    Playbook,
    Profile,
    Region,
    Source,
    SourceKind,
    Station,
    Term,
)
from .shelf import Shelf


@dataclass(frozen=True)
class Lexicon:
    """One vocabulary, to be asked by id or by label."""

    name: str
    title: str
    terms: tuple[Term, ...]
    _found: dict[str, Term] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_found", {word: term for term in self.terms for word in (term.id, term.label)})

    def find(self, word: str) -> Term | None:
        return self._found.get(word)

    def __getitem__(self, word: str) -> Term:
        return self._found[word]

    @property
    def spellings(self) -> dict[str, str]:
        """Everything that somebody may write, and the label that should stand there."""
        return {
            **{synonym: term.label for term in self.terms for synonym in term.synonyms},
            **{term.id: term.label for term in self.terms},
            **{term.label: term.label for term in self.terms},
        }


@dataclass(frozen=True)
class Commons:
    """What every profile may refer to, and no profile changes."""

    lexicons: Mapping[str, Lexicon]
    playbooks: Mapping[str, Playbook]
    """In the order of their ``order``."""
    sources: Mapping[str, Source]
    entries: tuple[Entry, ...]
    """The glossary."""
    origins: Mapping[str, str]
    """Where each thing was written: ``playbooks/visits`` → ``data/playbooks/visits.yml``."""
    hidden: frozenset[str] = frozenset()
    """What may not be called unknown, since the file that has it could not be read or is unsure of it."""

    def term(self, vocabulary: str, word: str) -> Term:
        return self.lexicons[vocabulary][word]

    def measure(self, figure: Figure) -> Measure:
        term = self.lexicons["measures"][figure.measure]
        assert isinstance(term, Measure)
        return term


# ── Cards ────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Traits:
    """What is known of a station for the question which others are like it; None where nothing is known."""

    id: str
    area_types: frozenset[str] | None
    problems: frozenset[str] | None
    officers: Decimal | None
    residents: Decimal | None
    calls: Decimal | None
    province: str | None

    def __reduce__(self) -> tuple[object, ...]:
        return Traits, (self.id, self.area_types, self.problems, self.officers, self.residents, self.calls, self.province)


class MethodCard(NamedTuple):
    """What lists and counts need of a method; words of vocabularies by their ids."""

    id: str
    name: str
    aliases: tuple[str, ...]
    kind: str
    summary: str
    playbook: str | Gap
    problems: tuple[str, ...] | Gap
    targets: tuple[str, ...] | Gap
    goals: tuple[str, ...] | Gap
    grade: Grade
    """Of what is said about effect."""


class FigureCard(NamedTuple):
    """What may forbid to hold a figure against others of its measure."""

    id: str
    measure: str
    value: Decimal | Gap
    definition: str | Gap
    unit: str
    scope: str
    """The method that it is about, or `OWN_SCOPE`."""
    period: str
    """Its kind and its dates."""
    point: bool
    undated: bool
    """Whether nothing of its period is known."""
    one_sided: bool
    """Whether only what it is above or below is said."""

    @property
    def own(self) -> bool:
        """Whether it is about the whole station."""
        return self.scope == OWN_SCOPE


class SourceHead(NamedTuple):
    """What lists tell of a source."""

    title: str
    kind: SourceKind


class Card(NamedTuple):
    """What lists and counts need of a profile, so that it need not be opened for them."""

    path: str
    id: str
    folder: str
    name: str
    aliases: tuple[str, ...]
    summary: str
    province: str | None
    """None for the whole country."""
    city: str | Gap
    county: str | Gap
    town: str | Gap
    area_types: tuple[str, ...] | Gap
    honours: tuple[Honour, ...] | Gap
    checked: PartialDate
    sources: tuple[tuple[str, str], ...]
    """The sources that stand in its own file, each with a print of what it says, empty where that could not be read."""
    cites: tuple[str, ...]
    """Every source that it cites, once."""
    methods: tuple[MethodCard, ...]
    figures: tuple[FigureCard, ...]
    traits: Traits | None
    """None for a region."""
    heads: tuple[SourceHead, ...] = ()
    """What lists tell of `sources`, in the same order."""

    @property
    def key(self) -> str:
        """What links call its page."""
        return f"{self.folder}/{self.id}"


@dataclass(frozen=True, slots=True)
class Instance:
    """A method where it is practised: at a station, or in a region of which no station is named."""

    card: Card
    entry: MethodCard
    _shelf: Shelf = field(repr=False, compare=False)

    @property
    def ref(self) -> str:
        """``beijie/laoli``, as macros, addresses and other files name it."""
        return f"{self.card.id}/{self.entry.id}"

    @property
    def key(self) -> str:
        """What links call its page: ``stations/beijie/laoli``."""
        return f"{self.card.folder}/{self.card.id}/{self.entry.id}"

    @property
    def profile(self) -> Profile:
        return self._shelf[self.card.id]

    @property
    def method(self) -> Method:
        return self._shelf.method(self.card.id, self.card.methods.index(self.entry))

    @property
    def figures(self) -> tuple[Figure, ...]:
        numbers = (number for number, one in enumerate(self.card.figures) if one.scope == self.entry.id)
        return tuple(self._shelf.figure(self.card.id, number) for number in numbers)


# ── The book ─────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Book:
    """Everything that is known, with its references resolved and its back-links made."""

    commons: Commons
    cards: Mapping[str, Card]
    """By id, stations first."""
    shelf: Shelf
    origins: Mapping[str, str]
    """Where each thing was written: ``stations/beijie`` → ``data/stations/beijie.yml``."""
    redirects: Mapping[str, str]
    """Old addresses and the new ones: ``stations/old`` → ``stations/new``."""
    instances: Mapping[str, tuple[Instance, ...]]
    """The methods of each playbook, stations first."""
    citing: Mapping[str, tuple[str, ...]]
    """The stations and regions of which each source speaks."""

    @property
    def lexicons(self) -> Mapping[str, Lexicon]:
        return self.commons.lexicons

    @property
    def playbooks(self) -> Mapping[str, Playbook]:
        return self.commons.playbooks

    @property
    def entries(self) -> tuple[Entry, ...]:
        return self.commons.entries

    @cached_property
    def stations(self) -> Mapping[str, Station]:
        return _Shelved([card.id for card in self.cards.values() if card.folder == Station.folder], self.shelf)  # type: ignore[return-value]

    @cached_property
    def regions(self) -> Mapping[str, Region]:
        return _Shelved([card.id for card in self.cards.values() if card.folder == Region.folder], self.shelf)  # type: ignore[return-value]

    @cached_property
    def sources(self) -> Mapping[str, Source]:
        return _Sources(self)

    @cached_property
    def _owners(self) -> Mapping[str, str]:
        return {source: card.id for card in self.cards.values() for source, _ in card.sources if source not in self.commons.sources}

    def owner_of(self, source: str) -> str | None:
        """The profile with which a source lies, None for a shared one."""
        return self._owners.get(source)

    def head_of(self, source: str) -> SourceHead:
        """What a list tells of a source, without opening the profile with which it lies."""
        if shared := self.commons.sources.get(source):
            return SourceHead(shared.title, shared.kind)
        card = self.cards[self._owners[source]]
        return next(head for (name, _), head in zip(card.sources, card.heads, strict=True) if name == source)

    def term(self, vocabulary: str, word: str) -> Term:
        return self.commons.lexicons[vocabulary][word]

    def measure(self, figure: Figure) -> Measure:
        return self.commons.measure(figure)

    def profile(self, name: str) -> Profile | None:
        return self.shelf[name] if name in self.cards else None

    def profiles(self) -> Iterator[Profile]:
        return (self.shelf[name] for name in self.cards)

    def methods_of(self, name: str) -> Iterator[Instance]:
        """The methods of one profile."""
        card = self.cards[name]
        return (Instance(card, entry, self.shelf) for entry in card.methods)

    def method(self, ref: str) -> Instance | None:
        """The method named ``beijie/laoli``."""
        name, _, method_id = ref.partition("/")
        card = self.cards.get(name)
        entry = next((one for one in card.methods if one.id == method_id), None) if card else None
        return Instance(card, entry, self.shelf) if card and entry else None

    def figure(self, ref: str) -> tuple[Profile, Figure] | None:
        """The figure named ``beijie/mediated``, with whose it is."""
        name, _, figure_id = ref.partition("/")
        profile = self.profile(name)
        found = next((one for one in profile.figures if one.id == figure_id), None) if profile else None
        return (profile, found) if profile and found else None

    def every_method(self) -> Iterator[Instance]:
        return (one for name in self.cards for one in self.methods_of(name))

    def every_figure(self) -> Iterator[tuple[Profile, Figure]]:
        return ((profile, figure) for profile in self.profiles() for figure in profile.figures)

    def provinces(self) -> list[tuple[str, str]]:
        """Id and name of the provinces that have stations, in the order of the official codes."""
        there = {card.province for card in self.cards.values() if card.traits}
        return [(term.id, term.label) for term in self.lexicons["provinces"].terms if term.id in there]

    def by_province(self) -> dict[str, list[Station]]:
        """Stations by the name of their province, in the order of the official province codes."""
        grouped: dict[str, list[Station]] = defaultdict(list)
        for station in self.stations.values():
            grouped[self.cards[station.id].province or ""].append(station)
        return {term.label: grouped[term.id] for term in self.lexicons["provinces"].terms if term.id in grouped}


class _Shelved(Mapping[str, Profile]):
    """Some of the profiles of a shelf."""

    def __init__(self, names: Collection[str], shelf: Shelf) -> None:
        self._names = dict.fromkeys(names)
        self._shelf = shelf

    def __getitem__(self, name: str) -> Profile:
        if name not in self._names:
            raise KeyError(name)
        return self._shelf[name]

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


class _Sources(Mapping[str, Source]):
    """Shared sources, and those that lie on the shelf with the profile whose file has them."""

    def __init__(self, book: Book) -> None:
        self._shared = book.commons.sources
        self._owners = book._owners
        self._cards = book.cards
        self._shelf = book.shelf

    def __getitem__(self, name: str) -> Source:
        shared = self._shared.get(name)
        if shared is not None:
            return shared
        card = self._cards[self._owners[name]]
        return self._shelf.source(card.id, next(number for number, (own, _) in enumerate(card.sources) if own == name))

    def __contains__(self, name: object) -> bool:
        return name in self._shared or name in self._owners

    def __iter__(self) -> Iterator[str]:
        yield from self._shared
        yield from self._owners

    def __len__(self) -> int:
        return len(self._shared) + len(self._owners)
