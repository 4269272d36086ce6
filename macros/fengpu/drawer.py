"""Cards with what was found in their files, some together in a drawer, so that few things need be kept and found again.

A card lies folded in its drawer and is opened when it is asked for: the cards of a country would take more memory than
all else, and as much again in every process that looks at them.
"""

from __future__ import annotations

import io
import pickle
import struct
from array import array
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from enum import Enum
from functools import lru_cache
from itertools import accumulate, pairwise
from typing import Any, NamedTuple
from zlib import crc32

from . import model
from .book import Back, Card, FigureCard, MethodCard, SourceHead, Traits
from .cache import KEY, print_of
from .model import PartialDate, Record
from .problem import Problem
from .shelf import FEW, Opener, maker

KIND = "drawer"
DRAWERS = 64
"""With more of them less has to be written anew for one change; with fewer there is less to be found."""
_COUNT = struct.Struct("<I")


# ── Cards ────────────────────────────────────────────────────────────────────


def _nouns() -> Iterator[tuple[object, object]]:
    """All that a card is made of, and what makes it again."""
    yield from ((noun, noun) for noun in (MethodCard, Back, FigureCard, SourceHead, Traits, model.revived))
    yield from ((noun, lru_cache(FEW)(noun)) for noun in (Decimal, PartialDate))  # The same few come again and again.
    for noun in vars(model).values():
        if isinstance(noun, type) and issubclass(noun, Record):
            yield noun, noun
        elif isinstance(noun, type) and issubclass(noun, Enum):
            yield from ((member, member) for member in noun)


_NOUNS = tuple(_nouns())
_NUMBERS = {id(noun): number for number, (noun, _) in enumerate(_NOUNS)}


class _Folder(pickle.Pickler):
    def persistent_id(self, thing: object) -> int | None:
        """A noun's number, which is shorter than its name and found faster."""
        return _NUMBERS.get(id(thing))


class _Opener(Opener):
    persistent_load = tuple(maker for _, maker in _NOUNS).__getitem__  # type: ignore[assignment]


def fold(card: Card) -> bytes:
    """Fold a card for its drawer; the back can be left folded when the front is opened."""
    *front, turned = card
    sides = [_folded(tuple(front)), _folded(turned())]
    return b"".join((_COUNT.pack(len(sides[0])), *sides))


def _folded(side: object) -> bytes:
    folded = io.BytesIO()
    _Folder(folded, 5).dump(side)
    return folded.getvalue()


def unfold(folded: bytes) -> Card:
    """Open what `fold` made; there is no end to what anything else can raise."""
    (front,) = _COUNT.unpack_from(folded)
    start, turned = _COUNT.size, None

    def back() -> Back:
        nonlocal turned
        if turned is None:
            turned = _opened(folded[start + front :])
            if type(turned) is not Back:
                raise pickle.UnpicklingError("This is no back of a card.")
        return turned

    return Card(*_opened(folded[start : start + front]), back)


def _opened(side: bytes) -> Any:
    return _Opener(io.BytesIO(side)).load()


class Place(NamedTuple):
    """Where a folded card lies."""

    drawer: int
    start: int
    length: int


class Folded:
    """Folded cards, each opened by its number."""

    def __init__(self, readers: Mapping[int, Callable[[int, int], bytes]]) -> None:
        """``readers`` read in each of the drawers."""
        self._readers = readers
        self._places = array("I")
        self._open: dict[int, Card] = {}

    def add(self, place: Place, card: Card | None = None) -> None:
        """Add the next one, open where somebody has just opened it."""
        if card:
            self._open[len(self._places) // 3] = card
        self._places.extend(place)

    def __call__(self, number: int) -> Card:
        if card := self._open.pop(number, None):
            return card
        drawer, start, length = self._places[3 * number : 3 * number + 3]
        return unfold(self._readers[drawer](start, length))


# ── Drawers ──────────────────────────────────────────────────────────────────


class Entry(NamedTuple):
    """What stays of one profile's file, but for the profile."""

    name: str
    """The id of the profile; empty where the file gave no record."""
    folded: bytes
    """Its card."""
    problems: tuple[Problem, ...]
    start: int = 0
    """Where the card begins in the drawer."""
    card: Card | None = None
    """The card where that was opened."""


class _OpenerOfProblems(Opener):
    def find_class(self, module: str, name: str) -> object:
        return Problem if (module, name) == (Problem.__module__, Problem.__name__) else maker(module, name)


def drawer_of(path: str) -> int:
    """The drawer of a file; it stays in it, whatever other files come and go."""
    return crc32(path.encode()) % DRAWERS


def key_of(drawer: int) -> bytes:
    return print_of(drawer.to_bytes(1, "little"))


def shut(entries: Mapping[bytes, Entry]) -> bytes:
    """Pack entries: how many there are, their keys, where each card begins and the last one ends, the cards, and the rest."""
    cards = [entry.folded for entry in entries.values()]
    head = _COUNT.size + (KEY + _COUNT.size) * len(cards) + _COUNT.size
    ends = array("I", accumulate(map(len, cards), initial=head)).tobytes()
    rest = pickle.dumps([(entry.name, entry.problems) for entry in entries.values()], 5)
    return b"".join((_COUNT.pack(len(cards)), *entries, ends, *cards, rest))


def keys(drawer: bytes | None) -> list[bytes]:
    """The keys of a drawer, without opening it."""
    if drawer is None:
        return []
    (count,) = _COUNT.unpack_from(drawer)
    return [drawer[start : start + KEY] for start in range(_COUNT.size, _COUNT.size + KEY * count, KEY)]


def opened(drawer: bytes | None) -> dict[bytes, Entry]:
    """The entries of a drawer, none of one that nobody here has shut."""
    if drawer is None:
        return {}
    names = keys(drawer)
    head = _COUNT.size + KEY * len(names)
    try:
        ends = array("I", drawer[head : head + _COUNT.size * (len(names) + 1)])
        rest = _OpenerOfProblems(io.BytesIO(drawer[ends[-1] :])).load()
        made = {
            key: Entry(name, folded := drawer[start:end], problems, start, unfold(folded) if name else None)
            for key, (start, end), (name, problems) in zip(names, pairwise(ends), rest, strict=True)
        }
        sound = all(entry.name == entry.card.id and entry.card.turned() for entry in made.values() if entry.card)
    except Exception:  # There is no end to what a forged one can raise.
        return {}
    return made if sound else {}
