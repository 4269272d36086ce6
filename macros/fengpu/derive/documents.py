"""What a reader can search for: every page as a document with names, text and facets."""

from __future__ import annotations

import os
import pickle
import re
from array import array
from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from html import unescape
from itertools import chain, repeat
from operator import add, itemgetter
from tempfile import TemporaryFile
from typing import NamedTuple

from ..book import Book
from ..model import OWN_SCOPE, Figure, Gap, Grade, Method, Profile, Record, Source, Station

KINDS = {
    "playbook": "打法",
    "station": "派出所",
    "region": "地区",
    "method": "做法",
    "problem": "问题",
    "measure": "数据",
    "glossary": "词语",
    "source": "来源",
    "page": "说明",
}
"""Kinds of page with their labels."""

FACETS = {
    "kind": "类别",
    "province": "省份",
    "city": "城市",
    "area": "辖区类型",
    "playbook": "打法",
    "problem": "问题",
    "target": "服务对象",
    "goal": "目标",
    "evidence": "证据",
    "honour": "荣誉",
}
"""Facets of the search with their labels."""

_TAG = re.compile(r"<[^>]*>")
_HEADING = re.compile(r"<h([23])\b[^>]*>(.*?)</h\1>", re.DOTALL)
_QUIET = {"source", "section", "basis", "url", "checked", "playbook", "scope", "id", "aliases", "compare", "part_of", "measure"}


class Document(NamedTuple):
    """One thing that can be found."""

    id: str
    kind: str
    key: str
    """What links call its page, with an anchor where it is part of one."""
    title: str
    names: tuple[str, ...] = ()
    """Other names, searched like the title."""
    context: str = ""
    """Where it belongs: the station of a method, with its place."""
    lead: str = ""
    """What it is mostly about: a word here says more than one further down."""
    text: str = ""
    """The rest."""
    facets: Mapping[str, tuple[str, ...]] = {}
    """Facet → ids of its words."""


LISTS = {"index", "search/index", *(f"{name}/index" for name in ("stations", "playbooks", "sources", "figures", "problems"))}
"""Pages that only list what is found by itself."""


@dataclass(frozen=True, slots=True)
class Written:
    """A hand-written page, as far as search looks at it."""

    key: str
    title: str
    names: tuple[str, ...]
    html: str

    @property
    def text(self) -> str:
        return _plain(self.html)

    @property
    def headings(self) -> str:
        return " ".join(_plain(heading) for _, heading in _HEADING.findall(self.html))


class Order:
    """Which documents there are, and which number each has, told from cards alone.

    What does not grow with the stations comes first. Stations come by place, and methods by playbook, name and place, so
    that those which are found together lie together. Guidance on a playbook is found as that playbook.
    """

    def __init__(self, book: Book, written: Iterable[Written] = ()) -> None:
        self.shared = _shared(book, written)
        """The documents that no profile makes; sources come last."""
        cards = [number for *_, number in sorted(_by_place(book))]
        self.profiles = [book.cards.names[number] for number in cards]
        """The ids of the profiles that make the others."""
        later = _later(book, cards)
        head, tail = len(self.shared) - len(book.commons.sources), len(self.shared)
        self.owners = array("i", chain(repeat(-1, head), range(len(cards)), repeat(-1, tail - head), map(itemgetter(2), later)))
        """For each document the place of its profile, or -1."""
        self.places = array("I", chain(range(head), repeat(0, len(cards)), range(head, tail), map(itemgetter(3), later)))
        """For each document its place among those that its profile makes, or among those that none makes."""

    def __len__(self) -> int:
        return len(self.owners)


def _by_place(book: Book) -> Iterator[tuple[bool, int, str, str, int]]:
    provinces = {term.id: number for number, term in enumerate(book.lexicons["provinces"].terms)}
    places = book.said["place"]
    for number, profile in enumerate(book.cards):
        folder, province, city, _ = places[number]
        yield folder == Station.folder, provinces.get(province, -1), city, profile, number


def _later(book: Book, cards: Iterable[int]) -> list[tuple[int, str, int, int]]:
    """The sources that stand with profiles, each once, and then methods.

    Of each what it is put in order by, and then the place of its card and its own among what its profile makes.
    """
    known, methods = set(book.commons.sources), book.methods
    playbooks = len(book.playbooks)
    found = []
    for place, card in enumerate(cards):
        sources = book.sources_of[card].split()
        for number, source in enumerate(sources, 1):
            if source not in known:
                known.add(source)
                found.append((-1, "", place, number))
        for number, method in enumerate(range(methods.starts[card], methods.starts[card + 1]), 1 + len(sources)):
            playbook = methods.playbooks[method]
            found.append((playbooks if playbook < 0 else playbook, methods.names[method], place, number))
    return sorted(found)


def documents(book: Book, written: Iterable[Written] = ()) -> Iterator[Document]:
    """Everything in the book and in the hand-written pages, in its `Order`; each profile is opened only once."""
    pile = Pile(Order(book, written))
    for owner, numbers in pile.wanted(range(len(pile.order))).items():
        pile.lay(book, owner, numbers)
    return map(pile.get, range(len(pile.order)))


class Pile:
    """Documents that lie in temporary files, one for each process that makes them, until their turn comes."""

    def __init__(self, order: Order, hands: int = 1) -> None:
        self.order = order
        self._files = [TemporaryFile(buffering=0) for _ in range(hands)]
        self.lain = array("Q", bytes(24 * len(order)))
        """For each document the number of its file, where it starts there and how long it is; 0 while it does not lie there."""
        self._end = 0

    def wanted(self, numbers: Iterable[int]) -> dict[int, list[int]]:
        """The owners of documents, each with its documents' numbers."""
        made = defaultdict(list)
        for number in numbers:
            if (owner := self.order.owners[number]) >= 0:
                made[owner].append(number)
        return dict(sorted(made.items()))

    def lay(self, book: Book, owner: int, numbers: Sequence[int], hand: int = 0) -> None:
        """Lay some of the documents that one profile makes in the file of one process."""
        places = [self.order.places[number] for number in numbers]
        made = of_profile(book, self.order.profiles[owner], places)
        for number, document in zip(numbers, made, strict=True):
            raw = memoryview(pickle.dumps(document, 5))
            self.lain[3 * number : 3 * number + 3] = array("Q", (hand, self._end, len(raw)))
            self._end += len(raw)
            while raw:
                raw = raw[self._files[hand].write(raw) :]

    def join(self, lain: array[int]) -> None:
        """Learn what another process has laid in its file."""
        self.lain = array("Q", map(add, self.lain, lain))

    def get(self, number: int) -> Document:
        if self.order.owners[number] < 0:
            return self.order.shared[self.order.places[number]]
        hand, start, length = self.lain[3 * number : 3 * number + 3]
        file = self._files[hand]
        if hasattr(os, "pread"):  # Forked processes share the file's own position.
            return pickle.loads(os.pread(file.fileno(), length, start))  # type: ignore[no-any-return]
        file.seek(start)
        return pickle.loads(file.read(length))  # type: ignore[no-any-return]


def _shared(book: Book, written: Iterable[Written]) -> list[Document]:
    pages = {page.key: page for page in written if page.key not in LISTS}
    made = []
    for playbook in book.playbooks.values():
        lead = f"{playbook.summary} {playbook.answers}"
        text = " ".join(f"{axis.label} {axis.ask}" for axis in playbook.axes)
        facets = {"playbook": (playbook.id,)}
        facets |= {"problem": _ids(book, "problems", playbook.problems), "goal": _ids(book, "goals", playbook.goals)}
        key = f"playbooks/{playbook.id}"
        if guidance := pages.pop(key, None):
            text = f"{text} {guidance.text}"
        made.append(Document(key, "playbook", key, playbook.name, playbook.other_names, "", lead, text, facets))
    for term in book.lexicons["problems"].terms:
        key = f"problems/{term.id}"
        made.append(Document(key, "problem", key, term.label, term.synonyms, "", term.note or "", "", {"problem": (term.id,)}))
    for term in book.lexicons["measures"].terms:
        if book.telling[f"figures/{term.id}"]:
            made.append(Document(f"figures/{term.id}", "measure", f"figures/{term.id}", term.label, term.synonyms, "", term.note or ""))
    for entry in book.entries:
        made.append(Document(f"glossary/{entry.id}", "glossary", f"glossary#{entry.id}", entry.term, entry.other_names, "", entry.text))
    for key, page in sorted(pages.items()):
        made.append(Document(f"pages/{key}", "page", key, page.title, page.names, "", page.headings, page.text))
    return made + list(map(_source, book.commons.sources.values()))


def of_profile(book: Book, name: str, places: Iterable[int]) -> Iterator[Document]:
    """Some of what one profile makes: itself, the sources that stand with it, its methods."""
    profile, methods = book.shelf.glance(name), book.methods.of(name)
    for place in places:
        number = place - 1 - len(profile.sources)
        if place == 0:
            yield _profile(book, profile)
        elif number < 0:
            yield _source(profile.sources[number])
        else:
            yield _method(book, profile, profile.methods[number], book.methods.best(methods[number : number + 1]))


def _plain(html: str) -> str:
    return " ".join(unescape(_TAG.sub(" ", html)).split())


def _source(source: Source) -> Document:
    publisher = () if isinstance(source.publisher, Gap) else (source.publisher,)
    names = (*source.other_names, *publisher, *(byline.name for byline in source.bylines))
    text = " ".join(part for part in (source.subtitle, source.kind.value, source.note) if part and not isinstance(part, Gap))
    return Document(f"sources/{source.id}", "source", f"sources/{source.id}", source.title, names, "", text)


def _profile(book: Book, profile: Profile) -> Document:
    kinds = profile.area_types if isinstance(profile, Station) and isinstance(profile.area_types, tuple) else ()
    own = (figure for figure in profile.figures if figure.scope == OWN_SCOPE)
    others = (figure for figure in profile.figures if figure.scope != OWN_SCOPE)
    lead = " ".join((profile.summary, *kinds, *(_told(book, figure) for figure in own)))
    skip = {"methods", "figures", "cases", "name", "other_names", "sources", "summary", "area_types"}
    text = " ".join((*_words(profile, skip), *(_told(book, figure) for figure in others)))
    made = Document(profile.id, "region", profile.key, profile.name, profile.other_names, "", lead, text, _where(book, profile))
    if not isinstance(profile, Station):
        return made
    names = (profile.full_name, *profile.other_names)
    return made._replace(kind="station", names=names, context=_place(book, profile), facets=_of_station(book, profile))


def _told(book: Book, figure: Figure) -> str:
    """What a figure says."""
    parts = [book.measure(figure).label]
    if not isinstance(figure.value, Gap):
        parts.append(_amount(figure.value, figure.unit))
    if figure.printed:
        parts.append(figure.printed)
    if figure.change is not None and not isinstance(figure.change.value, Gap):
        parts.append(_amount(figure.change.value, figure.change.unit))
    if not isinstance(figure.definition, Gap):
        parts.append(figure.definition)
    return " ".join(parts)


def _amount(value: Decimal, unit: str) -> str:
    return f"{value.normalize():f}{'' if isinstance(unit, Gap) else unit}"


def _province(book: Book, profile: Profile) -> str | None:
    province = profile.place.province if isinstance(profile, Station) else getattr(profile, "province", Gap.UNSAID)
    return None if isinstance(province, Gap) else book.term("provinces", province).id


def _where(book: Book, profile: Profile) -> dict[str, tuple[str, ...]]:
    """The facets that a station and its methods, or a region and its, have in common."""
    province = _province(book, profile)
    made = {"province": (province,) if province else ()}
    if isinstance(profile, Station):
        made["city"] = () if isinstance(profile.place.city, Gap) else (profile.place.city,)
        made["area"] = _ids(book, "area-types", profile.area_types)
        made["honour"] = () if isinstance(profile.honours, Gap) else tuple(dict.fromkeys(_batch(book, one) for one in profile.honours))
    return made


def _of_station(book: Book, station: Station) -> dict[str, tuple[str, ...]]:
    """A station has what any of its methods has."""
    made = _where(book, station)
    playbooks = {method.playbook for method in station.methods}
    made["playbook"] = tuple(one for one in book.playbooks if one in playbooks)
    for facet, vocabulary in (("problem", "problems"), ("target", "targets"), ("goal", "goals")):
        found = {word for method in station.methods for word in _ids(book, vocabulary, getattr(method, vocabulary))}
        made[facet] = tuple(term.id for term in book.lexicons[vocabulary].terms if term.id in found)
    return made


def _batch(book: Book, honour: Record) -> str:
    """An honour with its batch, or with its year where there are no batches."""
    label = book.term("honours", honour.title).label  # type: ignore[attr-defined]
    batch, date = honour.batch, honour.date  # type: ignore[attr-defined]
    if not isinstance(batch, Gap):
        return f"{label}（{batch}）"
    return label if isinstance(date, Gap) else f"{label}（{date.year}年）"


def _method(book: Book, profile: Profile, method: Method, grade: Grade) -> Document:
    playbook = () if isinstance(method.playbook, Gap) else (method.playbook,)
    facets = _where(book, profile) | {
        "playbook": playbook,
        "problem": _ids(book, "problems", method.problems),
        "target": _ids(book, "targets", method.targets),
        "goal": _ids(book, "goals", method.goals),
        "evidence": (grade.value,),
    }
    people = (f"{one.name} {one.role}" for one in profile.people if method.id in one.methods)
    figures = (_told(book, one) for one in profile.figures if one.scope == method.id)
    cases = (case.text for case in profile.cases if method.id in case.methods)
    named = (book.playbooks[one].name for one in playbook)
    lead = " ".join((method.summary, *people, *figures))
    text = " ".join((*_words(method, {"name", "other_names", "summary"}), *named, *cases))
    context = f"{profile.name} {_place(book, profile)}".strip()
    name, key = f"{profile.id}/{method.id}", f"{profile.key}/{method.id}"
    return Document(name, "method", key, method.name, method.other_names, context, lead, text, facets)


def _place(book: Book, profile: Profile) -> str:
    if not isinstance(profile, Station):
        return ""
    place = profile.place
    parts = (book.term("provinces", place.province).label, place.city, place.county, place.town)
    return " ".join(part for part in parts if not isinstance(part, Gap))


def _ids(book: Book, vocabulary: str, words: object) -> tuple[str, ...]:
    return tuple(book.term(vocabulary, word).id for word in words) if isinstance(words, tuple) and not isinstance(words, Gap) else ()


def _words(record: Record, skip: Container[str] = ()) -> list[str]:
    """Every text in a record but for references and those fields that are skipped at its top."""
    made: list[str] = []
    values = record.__dict__
    _add_words((values[name] for name in _fields(type(record)) if name not in skip), made)
    return made


def _add_words(some: Iterable[object], made: list[str]) -> None:
    for value in some:
        kind = type(value)
        if kind is str:
            made.append(value)  # type: ignore[arg-type]
        elif kind is tuple:
            if value:
                _add_words(value, made)  # type: ignore[arg-type]
        elif kind is dict:
            _add_words(value.values(), made)  # type: ignore[attr-defined]
        elif isinstance(value, Record):
            values = value.__dict__
            _add_words([values[name] for name in _fields(kind)], made)


@cache
def _fields(kind: type[Record]) -> tuple[str, ...]:
    return tuple(name for name in kind.model_fields if name not in _QUIET)
