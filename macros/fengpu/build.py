"""The one pipeline that both doors call: read, check, link."""

from __future__ import annotations

import gc
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import astuple, dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from . import hands
from .book import OPEN, Book, Card, Commons
from .cache import Cache, print_of
from .check import Checked, check
from .derive.cards import card, printed
from .drawer import KIND as DRAWER
from .drawer import Entry, Folded, Place, drawer_of, key_of, keys, opened, shut
from .drawer import fold as fold_card
from .link import Head, link, settle, share
from .merge import Part, merge
from .model import Profile, Station
from .prints import KIND as PRINTS
from .prints import Prints, print_of_file
from .problem import Problem, errors, in_order
from .progress import Stage, Watch, unwatched
from .read import Item, items, place, placed, read, taken
from .shelf import KIND as PROFILE
from .shelf import Shelf, fold, prints

T = TypeVar("T")

OUTCOME = "outcome"
EACH = 250
"""So many profiles are worth a process of their own."""


@dataclass(frozen=True)
class Outcome:
    """What came of a data folder."""

    book: Book
    problems: list[Problem]
    """Every finding of every file, sorted and placed."""
    files: int


def assemble(data: Path, shown: str, drafts: Iterable[Path] = (), watch: Watch = unwatched, cache: Cache | None = None) -> Outcome:
    """Turn a data folder into a book.

    ``shown`` stands for the folder in the paths of findings. ``drafts`` are station files that lie elsewhere
    and are checked as if they were in the folder.
    """
    listed, problems = _listed(data, shown, drafts)
    cache = cache or Cache()
    if not data.is_dir():
        return Outcome(link(share([])[0], [], Folded({}), Shelf(cache))[0], problems, 0)
    return _bound(listed, problems, watch, cache, Prints(cache, listed))


def assemble_merged(folders: Sequence[Path], watch: Watch = unwatched) -> tuple[list[Part], Outcome]:
    """Turn several data folders into the files of one and the book that they make together; findings name the files as they lie."""
    parts, problems = merge([(folder, *items(folder, folder.as_posix())) for folder in folders])
    listed, cache = [part.item for part in parts], Cache()
    return parts, _bound(listed, problems, watch, cache, Prints(cache, listed))


def findings(
    data: Path, shown: str, drafts: Iterable[Path] = (), watch: Watch = unwatched, cache: Cache | None = None
) -> tuple[list[Problem], int]:
    """All problems of a data folder and how many files it has; where nothing has changed since the last run, by its word."""
    listed, problems = _listed(data, shown, drafts)
    cache = cache or Cache()
    if not data.is_dir():
        return problems, 0
    prints = Prints(cache, listed)
    known = [mark for mark in prints.known if mark]
    if len(known) == len(listed) and (kept := cache.get(OUTCOME, _print_of_all(listed, known, problems))):
        with suppress(ValueError, TypeError):
            return [Problem(*rest, tuple(at), on_key) for *rest, at, on_key in json.loads(kept)], len(listed)
    outcome = _bound(listed, problems, watch, cache, prints, shelve=False)
    return outcome.problems, outcome.files


def _listed(data: Path, shown: str, drafts: Iterable[Path]) -> tuple[list[Item], list[Problem]]:
    listed, problems = items(data, shown)
    return [*listed, *(Item(str(file), file.as_posix(), Station) for file in drafts)], problems


def _print_of_all(listed: Sequence[Item], marks: Iterable[bytes], problems: Sequence[Problem]) -> bytes:
    """A print of a folder: which files it has, what is in each, and what was wrong with the rest."""
    files = (part for item, mark in zip(listed, marks, strict=True) for part in (item.path.encode(), item.noun.__name__.encode(), mark))
    return print_of(*files, *(str(problem).encode() for problem in problems))


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Keep the collector from going through everything again and again: what is made here holds no circles and stays."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.freeze()
            gc.enable()


@_undisturbed()
def _bound(
    listed: Sequence[Item], problems: list[Problem], watch: Watch, cache: Cache, prints: Prints, *, shelve: bool = True
) -> Outcome:
    """Take every file into the book; without ``shelve`` its cards are bare and no profile can be opened afterwards."""
    strangers = list(problems)
    marks = dict(zip(listed, prints.known, strict=True))
    ours = [item for item in listed if not issubclass(item.noun, Profile)]
    theirs = [item for item in listed if issubclass(item.noun, Profile)]
    raws = [taken(item) for item in ours]
    marks |= {item: print_of_file(raw) for item, raw in zip(ours, raws, strict=True)}
    sheets = [_noted(read(item, raw), problems) for item, raw in zip(ours, raws, strict=True)]
    shared = [checked for sheet in sheets if sheet and (checked := _noted(check(sheet), problems))]
    commons = _noted(share(shared, {item.path for item in ours} - {one.path for one in shared}), problems)
    common = print_of(*(part for item in ours for part in (item.path.encode(), marks[item])))
    entering = _Entering(theirs, marks, commons, common, cache, watch, shelve)
    entered = entering.all()
    shelf, heads, cards = Shelf(cache), list[Head](), Folded({drawer: cache.reader(DRAWER, key_of(drawer)) for drawer in entering.drawers})
    for item, one in zip(theirs, entered, strict=True):
        marks[item] = one.mark
        problems += one.problems
        if one.name:
            heads.append(Head(one.name, item.noun.folder, item.path))  # type: ignore[attr-defined]
            cards.add(one.place, one.card)
            shelf.put(one.name, one.key)
    del entered
    book = _noted(link(commons, heads, cards, shelf, shared), problems)
    watch(Stage.LINK, len(heads), len(heads))
    paths = {problem.path for problem in problems if not problem.line}
    placed = in_order(place(problems, {item.path: item.file for item in listed if item.path in paths}))
    watch(Stage.PLACE, len(placed), len(placed))
    prints.keep(marks[item] for item in listed)
    told = json.dumps([[*astuple(problem)] for problem in placed], ensure_ascii=False).encode()
    cache.put(OUTCOME, _print_of_all(listed, (marks[item] or b"" for item in listed), strangers), told)
    for kind in (OUTCOME, PRINTS, DRAWER, *([PROFILE] if shelve else [])):
        cache.prune(kind)
    cache.save()
    return Outcome(book, placed, len(listed))


def _noted(result: tuple[T, Iterable[Problem]], problems: list[Problem]) -> T:
    """What a step made, with its findings put to the others."""
    made, found = result
    problems += found
    return made


class _Entered(NamedTuple):
    """A profile's file of which there is an entry."""

    key: bytes
    mark: bytes
    name: str
    place: Place
    """Where its card lies."""
    card: Card | None
    """That card, where it can stay open."""
    problems: tuple[Problem, ...]


_Row = tuple[int, bytes, bytes]
"""A file's number, the key of its entry and a print of what it holds."""


@dataclass
class _Entering:
    """Profiles' files on their way to the shelf: out of the cache or read and checked, by several processes where there are many."""

    files: Sequence[Item]
    marks: Mapping[Item, bytes | None]
    commons: Commons
    common: bytes
    """A print of the files that the commons were made of."""
    cache: Cache
    watch: Watch
    shelve: bool
    drawers: dict[int, list[int]] = field(init=False)
    """The numbers of the files in each."""
    done: int = 0

    def __post_init__(self) -> None:
        self.drawers = defaultdict(list)
        for number, item in enumerate(self.files):
            self.drawers[drawer_of(item.path)].append(number)

    def all(self) -> list[_Entered]:
        """Every file, in their order."""
        made: list[Any] = [None] * len(self.files)
        few = len(made) <= OPEN
        for drawer, rows in self._filled().items():
            entries = opened(self.cache.get(DRAWER, key_of(drawer)))
            if not all(key in entries for _, key, _ in rows):
                rows = self._fill(drawer, afresh=True)
                entries = opened(self.cache.get(DRAWER, key_of(drawer)))
            for number, key, mark in rows:
                entry = entries[key]
                place = Place(drawer, entry.start, len(entry.folded))
                made[number] = _Entered(key, mark, entry.name, place, entry.card if few else None, entry.problems)
        self.watch(Stage.CHECK, len(made), len(made))
        return made

    def _filled(self) -> dict[int, list[_Row]]:
        """What is in every drawer, after each has been filled that needs it."""
        found = {drawer: list(self._found(drawer)) for drawer in sorted(self.drawers)}
        made = {drawer: [row for row in rows if row] for drawer, rows in found.items()}
        wanting = [drawer for drawer, rows in found.items() if not all(rows)]
        self.done = sum(map(len, made.values()))

        def fill(number: int, hands: int) -> list[tuple[int, list[_Row]]]:
            if number:
                self.watch = unwatched
            some = []
            for drawer in wanting[number::hands]:
                some.append((drawer, self._fill(drawer)))
                self.done += hands * (len(self.drawers[drawer]) - len(made[drawer]))  # The others are about as far.
                self.watch(Stage.CHECK, min(self.done, len(self.files)), len(self.files))
            return some

        many = hands.worth(len(self.files) - self.done, EACH)
        return made | dict(row for some in self.cache.shared(fill, many) for row in some)

    def _found(self, drawer: int) -> Iterator[_Row | None]:
        """The entries of a drawer, None for those files of which there is none."""
        there = set(keys(self.cache.get(DRAWER, key_of(drawer))))
        for number in self.drawers[drawer]:
            item = self.files[number]
            mark = self.marks[item]
            key = self._known(item, mark, there) if mark else None
            yield (number, key, mark) if mark and key else None

    def _fill(self, drawer: int, *, afresh: bool = False) -> list[_Row]:
        """See that a drawer has an entry of every file in it."""
        before = None if afresh else self.cache.get(DRAWER, key_of(drawer))
        there = set(keys(before))
        rows, new = [], dict[bytes, Entry]()
        for number in self.drawers[drawer]:
            item = self.files[number]
            mark = self.marks[item]
            key = self._known(item, mark, there) if mark else None
            if mark is None or key is None:
                raw = taken(item)  # It may have changed since it was looked at.
                mark = print_of_file(raw)
                key = self._known(item, mark, there)
                if key is None:
                    key = self._keys(item, mark)[0]
                    new[key] = self._entry(key, item, raw)
            rows.append((number, key, mark))
        if new:
            kept = opened(before)
            entries = {key: kept[key] for _, key, _ in rows if key in kept}
            self.cache.put(DRAWER, key_of(drawer), shut(entries | new))
        return rows

    def _keys(self, item: Item, mark: bytes) -> list[bytes]:
        """The keys of what would do for a file, first that of what is made for it where there is none."""
        full = print_of(self.common, mark, item.path.encode(), item.noun.__name__.encode())
        return [full] if self.shelve else [print_of(b"bare", full), full]

    def _known(self, item: Item, mark: bytes, there: set[bytes]) -> bytes | None:
        """The key under which a file has its entry, and its profile where that is wanted."""
        for key in self._keys(item, mark) if there else ():
            if key in there and (not self.shelve or self.cache.get(PROFILE, key) is not None):
                return key
        return None

    def _entry(self, key: bytes, item: Item, raw: bytes | OSError) -> Entry:
        """Take one file in as a whole, while it is at hand: to come back to it later costs half as much again."""
        sheet, problems = read(item, raw)
        self.watch(Stage.READ, self.done, len(self.files))
        name, folded_card, folded = "", b"", b""
        if sheet and (checked := _noted(check(sheet), problems)):
            card, more = enter(checked, self.commons, bare=not self.shelve)
            problems += more
            if self.shelve:
                folded = fold(checked.record)  # type: ignore[arg-type]
                card = printed(card, prints(folded))
            name, folded_card = card.id, fold_card(card)
        if self.shelve:
            self.cache.put(PROFILE, key, folded)
        self.watch(Stage.CHECK, self.done, len(self.files))
        return Entry(name, folded_card, tuple(problems if isinstance(raw, OSError) else placed(problems, raw)))


def enter(one: Checked, commons: Commons, *, bare: bool = False) -> tuple[Card, list[Problem]]:
    """Write the card of a profile; nothing but its own file and what is shared has a say in it.

    On a bare card, and on that of a profile with errors, is only what other files may refer to.
    """
    problems = settle(one, commons)
    sound = not (bare or commons.hidden or one.stand_ins or errors(problems))
    return card(one, commons, sound=sound), problems
