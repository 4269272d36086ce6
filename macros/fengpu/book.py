"""The book: everything that is known, with profiles on a shelf and a card of each at hand."""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property, lru_cache
from typing import NamedTuple, Protocol, TypeVar, overload

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

OPEN = 4096
"""So many cards all stay open once they are, some 10 kB each."""
FEW = 1024
"""Of more cards so many stay open: a page lists a hundred, and who goes through all finds none of the others open any more."""

GRADES = tuple(Grade)
"""By their ranks."""

T_co = TypeVar("T_co", covariant=True)


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


class Traits(NamedTuple):
    """What is known of a station for the question which others are like it; None where nothing is known."""

    id: str
    area_types: frozenset[str] | None
    problems: frozenset[str] | None
    officers: Decimal | None
    residents: Decimal | None
    calls: Decimal | None
    province: str | None


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


class Back(NamedTuple):
    """What stands on the back of a card, where few look."""

    honours: tuple[Honour, ...] | Gap
    sources: tuple[tuple[str, str], ...]
    """The sources that stand in its own file, each with a print of what it says, empty where that could not be read."""
    heads: tuple[SourceHead, ...]
    """What lists tell of `sources`, in the same order."""
    cites: tuple[str, ...]
    """Every source that it cites, once."""
    figures: tuple[FigureCard, ...]
    traits: Traits | None
    """None for a region."""
    prints: bytes = b""
    """What `shelf.prints` gives of the profile; empty, as the next two, where that does not lie on a shelf."""
    face: bytes = b""
    """A print of what lists show of the profile, which is all that they know of it but numbers."""
    likeness: bytes = b""
    """A print of what its neighbours are found by."""


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
    checked: PartialDate
    methods: tuple[MethodCard, ...]
    turned: Callable[[], Back]
    """Its back."""

    @property
    def key(self) -> str:
        """What links call its page."""
        return f"{self.folder}/{self.id}"

    @property
    def placed(self) -> bool:
        """Whether it is a station, of which the province is always known."""
        return self.folder == Station.folder and self.province is not None

    @property
    def honours(self) -> tuple[Honour, ...] | Gap:
        return self.turned().honours

    @property
    def sources(self) -> tuple[tuple[str, str], ...]:
        return self.turned().sources

    @property
    def figures(self) -> tuple[FigureCard, ...]:
        return self.turned().figures

    @property
    def traits(self) -> Traits | None:
        return self.turned().traits


class Cards(Mapping[str, Card]):
    """Cards by the ids of their profiles; they lie folded, and those that were asked for last are open."""

    def __init__(self, names: Sequence[str], stations: int, opened: Callable[[int], Card]) -> None:
        """``opened`` opens the card of the profile that has a number among ``names``, of which ``stations`` come first."""
        self.names, self.stations = names, stations
        self.owners = range(len(names))
        self._numbers = {name: number for number, name in enumerate(self.names)}
        self.at = lru_cache(len(names) if len(names) <= OPEN else FEW)(opened)

    def number(self, name: str) -> int:
        """Which of all cards this is."""
        return self._numbers[name]

    def key(self, name: str) -> str:
        """What links call the page of a profile."""
        return f"{Station.folder if self._numbers[name] < self.stations else Region.folder}/{name}"

    def __getitem__(self, name: str) -> Card:
        return self.at(self._numbers[name])

    def __contains__(self, name: object) -> bool:
        return name in self._numbers

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __len__(self) -> int:
        return len(self.names)


class Whole(Protocol[T_co]):
    """All things of one kind that a book has; each has a number, in the order of the cards."""

    owners: Sequence[int]
    """The number of the card that each lies with."""

    def at(self, number: int) -> T_co: ...


class Some(Sequence[T_co]):
    """Some of the things of one kind, told by their numbers and made when they are asked for: long lists stay short in memory."""

    def __init__(self, whole: Whole[T_co], numbers: Iterable[int]) -> None:
        self.whole = whole
        self.numbers = numbers if isinstance(numbers, array) else array("I", numbers)

    def __len__(self) -> int:
        return len(self.numbers)

    @overload
    def __getitem__(self, at: int) -> T_co: ...
    @overload
    def __getitem__(self, at: slice) -> Some[T_co]: ...
    def __getitem__(self, at: int | slice) -> T_co | Some[T_co]:
        return Some(self.whole, self.numbers[at]) if isinstance(at, slice) else self.whole.at(self.numbers[at])

    def __iter__(self) -> Iterator[T_co]:
        return map(self.whole.at, self.numbers)

    @property
    def owners(self) -> Iterator[int]:
        """The numbers of their cards."""
        return map(self.whole.owners.__getitem__, self.numbers)

    @property
    def profiles(self) -> int:
        """How many profiles they lie with."""
        return len(set(self.owners))


class Words(Sequence[str]):
    """Many short texts in one piece, which split processes go on to share whatever they look up in it."""

    def __init__(self) -> None:
        self._text = bytearray()
        self._ends = array("I", [0])

    def append(self, word: str) -> None:
        self._text += word.encode("utf-8", "surrogatepass")
        self._ends.append(len(self._text))

    def __len__(self) -> int:
        return len(self._ends) - 1

    @overload
    def __getitem__(self, at: int) -> str: ...
    @overload
    def __getitem__(self, at: slice) -> list[str]: ...
    def __getitem__(self, at: int | slice) -> str | list[str]:
        if isinstance(at, slice):
            return [self[number] for number in range(len(self))[at]]
        return self._text[self._ends[at] : self._ends[at + 1]].decode("utf-8", "surrogatepass")


class Said:
    """What each of many says in one field; the same few words, or gaps, come again and again."""

    def __init__(self) -> None:
        self.ways: list[tuple[str, ...] | Gap] = []
        """All that is said."""
        self.numbers = array("I")
        """Which of these each says."""
        self._known: dict[tuple[str, ...] | Gap, int] = {}

    def extend(self, some: Iterable[tuple[str, ...] | Gap]) -> None:
        known, ways = self._known, self.ways
        for said in some:
            number = known.get(said)
            if number is None:
                number = known[said] = len(ways)
                ways.append(said)
            self.numbers.append(number)

    def __getitem__(self, number: int) -> tuple[str, ...] | Gap:
        return self.ways[self.numbers[number]]


class Census(Sequence[Traits]):
    """The traits of all stations, in one piece like `Words`."""

    def __init__(self) -> None:
        self._lines = Words()

    def append(self, one: Traits) -> None:
        words = ("" if some is None else " ".join(("", *sorted(some))) for some in (one.area_types, one.problems))
        numbers = ("" if some is None else str(some) for some in (one.officers, one.residents, one.calls))
        self._lines.append("\t".join((one.id, *words, *numbers, one.province or "")))

    def __len__(self) -> int:
        return len(self._lines)

    @overload
    def __getitem__(self, at: int) -> Traits: ...
    @overload
    def __getitem__(self, at: slice) -> list[Traits]: ...
    def __getitem__(self, at: int | slice) -> Traits | list[Traits]:
        if isinstance(at, slice):
            return [self[number] for number in range(len(self))[at]]
        name, areas, problems, officers, residents, calls, province = self._lines[at].split("\t")
        return Traits(
            name,
            frozenset(areas.split()) if areas else None,
            frozenset(problems.split()) if problems else None,
            Decimal(officers) if officers else None,
            Decimal(residents) if residents else None,
            Decimal(calls) if calls else None,
            province or None,
        )


@dataclass(frozen=True)
class Instance:
    """A method where it is practised: at a station, or in a region of which no station is named.

    What it has opened once it remembers.
    """

    number: int
    """Which of all methods this is."""
    _all: Methods = field(repr=False, compare=False)

    @property
    def owner(self) -> str:
        """The id of its profile."""
        return self._all.cards.names[self._all.owners[self.number]]

    @property
    def place(self) -> int:
        """Where it stands among the methods of its profile."""
        return self.number - self._all.starts[self._all.owners[self.number]]

    @cached_property
    def card(self) -> Card:
        return self._all.cards.at(self._all.owners[self.number])

    @property
    def entry(self) -> MethodCard:
        return self.card.methods[self.place]

    @property
    def id(self) -> str:
        return self._all.ids[self.number]

    @property
    def ref(self) -> str:
        """``beijie/laoli``, as macros, addresses and other files name it."""
        return f"{self.owner}/{self.id}"

    @property
    def key(self) -> str:
        """What links call its page: ``stations/beijie/laoli``."""
        return f"{self.home}/{self.id}"

    @property
    def home(self) -> str:
        """What links call the page of its profile."""
        return self._all.cards.key(self.owner)

    @property
    def name(self) -> str:
        return self._all.names[self.number]

    @property
    def grade(self) -> Grade:
        """The grade of what is said about effect."""
        return GRADES[self._all.grades[self.number]]

    @property
    def whose(self) -> str:
        """The name of its profile."""
        return self._all.profiles[self._all.owners[self.number]]

    @property
    def profile(self) -> Profile:
        return self._all.shelf[self.owner]

    @cached_property
    def method(self) -> Method:
        return self._all.shelf.method(self.owner, self.place)

    @cached_property
    def figures(self) -> tuple[Figure, ...]:
        card, entry = self.card, self.entry
        numbers = (number for number, one in enumerate(card.figures) if one.scope == entry.id)
        return tuple(self._all.shelf.figure(card.id, number) for number in numbers)


class Named(NamedTuple):
    """A method as links to it need it; `Instance` says more of the same."""

    ref: str
    key: str
    name: str
    whose: str


class Methods:
    """All methods, and what is known of them without opening a card: of each one number in every column."""

    def __init__(self, cards: Cards, shelf: Shelf) -> None:
        self.cards, self.shelf = cards, shelf
        self.profiles = Words()
        """The name of the profile of each card."""
        self.ids, self.names = Words(), Words()
        self.owners = array("I")
        self.starts = array("I", [0])
        """For each card the number of its first method, and at the end how many there are."""
        self.playbooks = array("i")
        """The numbers of the playbooks in their order; -1 for none."""
        self.grades = bytearray()
        """The rank of what is said about effect."""
        self.at = lru_cache(FEW)(lambda number: Instance(number, self))

    def add(self, card: Card, playbooks: Mapping[str | Gap, int]) -> None:
        """Add the methods of the next card; ``playbooks`` gives their numbers."""
        owner, entries = len(self.profiles), card.methods
        self.profiles.append(card.name)
        for entry in entries:
            self.ids.append(entry.id)
            self.names.append(entry.name)
        self.owners.extend([owner] * len(entries))
        self.starts.append(len(self.owners))
        self.playbooks.extend(playbooks.get(entry.playbook, -1) for entry in entries)
        self.grades.extend(entry.grade.rank for entry in entries)

    def named(self, number: int) -> Named:
        """A method of which no more is wanted than what is known without opening a card."""
        owner, word = self.owners[number], self.ids[number]
        name = self.cards.names[owner]
        return Named(f"{name}/{word}", f"{self.cards.key(name)}/{word}", self.names[number], self.profiles[owner])

    def best(self, numbers: Iterable[int]) -> Grade:
        """The best grade of some of them."""
        return GRADES[max((self.grades[number] for number in numbers), default=0)]

    def of(self, name: str) -> range:
        """The numbers of the methods of one profile."""
        card = self.cards.number(name)
        return range(self.starts[card], self.starts[card + 1])


class Measured:
    """The figures of one measure."""

    def __init__(self) -> None:
        self.numbers = array("I")
        self.telling: list[FigureCard] = []
        """Those that say something which may forbid to hold them against others, and which none before them says."""
        self.known = 0
        """How many values are known."""
        self.largest = Decimal()
        """The largest of them, or 0 where none is."""
        self._definitions, self._periods, self._rest = set[str](), set[tuple[str, bool]](), set[tuple[object, ...]]()

    def add(self, number: int, one: FigureCard) -> None:
        self.numbers.append(number)
        _, _, value, definition, unit, scope, period, point, undated, one_sided = one
        said = unit, scope == OWN_SCOPE, undated, one_sided
        when = period, point  # Whether it counts what a period is depends on whether it is a point in time.
        if len(self.telling) < 2 or definition not in self._definitions or when not in self._periods or said not in self._rest:
            self._definitions.add(definition)
            self._periods.add(when)
            self._rest.add(said)
            self.telling.append(one)
        if isinstance(value, Decimal):
            self.largest = max(value, self.largest) if self.known else value
            self.known += 1


class Figures:
    """All figures, and what is known of them without opening a card."""

    def __init__(self) -> None:
        self.owners = array("I")
        self.places = array("H")
        """For each where it stands among the figures of its profile."""
        self.measured: defaultdict[str, Measured] = defaultdict(Measured)

    def add(self, owner: int, figures: Iterable[FigureCard]) -> None:
        """Add the figures of the card that has a number."""
        first = len(self.owners)
        for place, one in enumerate(figures):
            self.measured[one.measure].add(first + place, one)
            self.owners.append(owner)
            self.places.append(place)


# ── The book ─────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Book:
    """Everything that is known, with its references resolved and its back-links made."""

    commons: Commons
    cards: Cards
    """By id, stations first."""
    shelf: Shelf
    redirects: Mapping[str, str]
    """Old addresses and the new ones: ``stations/old`` → ``stations/new``."""
    owners: Mapping[str, str]
    """The profile with which each source lies that is not shared; the first of several."""
    citing: Mapping[str, tuple[str, ...]]
    """The stations and regions of which each source speaks."""
    telling: Mapping[str, Sequence[int]]
    """The numbers of the profiles that tell anything of a measure, a playbook, a problem or a shared source: of
    ``figures/residents``, ``playbooks/visits`` …"""
    checked: Sequence[PartialDate]
    """When each profile was checked."""
    methods: Methods
    """In the order of the cards."""
    instances: Mapping[str, Some[Instance]]
    """The methods of each playbook."""
    figures: Figures
    """In the order of the cards."""
    census: Census
    """In the order of the cards."""
    said: Mapping[str, Said]
    """The playbooks, problems, targets and goals of all methods, and the area types, honours and places of all profiles.

    A place is ``stations`` or ``regions``, the id of the province, the city and the county; a gap stands as its word.
    """
    sources_of: Sequence[str]
    """The ids of the sources that stand with each profile, with blanks between them."""
    faces: bytes
    likenesses: bytes
    """Of each card what `Back` tells."""
    kinds: Sequence[SourceKind]
    """Those of the sources in `owners`, in their order."""

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
        return _Shelved(self.cards.names[: self.cards.stations], self.shelf)  # type: ignore[return-value]

    @cached_property
    def regions(self) -> Mapping[str, Region]:
        return _Shelved(self.cards.names[self.cards.stations :], self.shelf)  # type: ignore[return-value]

    @cached_property
    def sources(self) -> Mapping[str, Source]:
        return _Sources(self)

    def origin_of(self, source: str) -> str:
        """The file in which a source stands."""
        return self.cards[self.owners[source]].path if source in self.owners else self.commons.origins[f"sources/{source}"]

    @cached_property
    def head_of(self) -> Callable[[str], SourceHead]:
        """What a list tells of a source, without opening the profile with which it lies."""
        return lru_cache(FEW)(self._head_of)

    def _head_of(self, source: str) -> SourceHead:
        if shared := self.commons.sources.get(source):
            return SourceHead(shared.title, shared.kind)
        card = self.cards[self.owners[source]]
        return next(head for (name, _), head in zip(card.sources, card.turned().heads, strict=True) if name == source)

    def term(self, vocabulary: str, word: str) -> Term:
        return self.commons.lexicons[vocabulary][word]

    def measure(self, figure: Figure | FigureCard) -> Measure:
        return self._measures[figure.measure]

    @cached_property
    def _measures(self) -> Mapping[str, Measure]:
        """Measures by id and by label."""
        lexicon = self.lexicons["measures"]
        return {word: term for term in lexicon.terms if isinstance(term, Measure) for word in (term.id, term.label)}

    def name(self, profile: str) -> str:
        """What a profile is called, without opening its card."""
        return self.methods.profiles[self.cards.number(profile)]

    def profile(self, name: str) -> Profile | None:
        return self.shelf[name] if name in self.cards else None

    def profiles(self) -> Iterator[Profile]:
        return (self.shelf[name] for name in self.cards)

    def methods_of(self, name: str) -> Iterator[Instance]:
        """The methods of one profile."""
        return map(self.methods.at, self.methods.of(name))

    @cached_property
    def method(self) -> Callable[[str], Instance | None]:
        """The method named ``beijie/laoli``."""
        return lru_cache(FEW)(self._method)

    def _method(self, ref: str) -> Instance | None:
        name, _, method_id = ref.partition("/")
        return next((one for one in self.methods_of(name) if one.id == method_id), None) if name in self.cards else None

    def figure(self, ref: str) -> tuple[Profile, Figure] | None:
        """The figure named ``beijie/mediated``, with whose it is."""
        name, _, figure_id = ref.partition("/")
        profile = self.profile(name)
        found = next((one for one in profile.figures if one.id == figure_id), None) if profile else None
        return (profile, found) if profile and found else None

    def every_method(self) -> Iterator[Instance]:
        return map(self.methods.at, range(len(self.methods.owners)))

    def every_figure(self) -> Iterator[tuple[Profile, Figure]]:
        return ((profile, figure) for profile in self.profiles() for figure in profile.figures)

    def provinces(self) -> list[tuple[str, str]]:
        """Id and name of the provinces that have stations, in the order of the official codes."""
        there = {traits.province for traits in self.census}
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
        self._owners = book.owners
        self._cards = book.cards
        self._shelf = book.shelf
        self._opened = lru_cache(FEW)(self._open)

    def __getitem__(self, name: str) -> Source:
        return self._shared.get(name) or self._opened(name)

    def _open(self, name: str) -> Source:
        card = self._cards[self._owners[name]]
        return self._shelf.source(card.id, next(number for number, (own, _) in enumerate(card.sources) if own == name))

    def __contains__(self, name: object) -> bool:
        return name in self._shared or name in self._owners

    def __iter__(self) -> Iterator[str]:
        yield from self._shared
        yield from self._owners

    def __len__(self) -> int:
        return len(self._shared) + len(self._owners)
