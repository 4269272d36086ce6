"""Cards with what was found in their files, some together in a drawer, so that few things need be kept and opened."""

from __future__ import annotations

import io
import pickle
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple
from zlib import crc32

from .book import Card, FigureCard, MethodCard, SourceHead, Traits
from .cache import KEY, print_of
from .problem import Problem
from .shelf import Opener

KIND = "drawer"
DRAWERS = 64
"""With more of them less has to be written anew for one change; with fewer more can be shared among the cards of one."""


class Entry(NamedTuple):
    """What stays of one profile's file, but for the profile."""

    card: Card | None
    """None where the file gave no record."""
    problems: tuple[Problem, ...]


class _Opener(Opener):
    more = {(noun.__module__, noun.__name__): noun for noun in (Card, MethodCard, FigureCard, SourceHead, Traits, Entry, Problem)}


def drawer_of(path: str) -> int:
    """The drawer of a file; it stays in it, whatever other files come and go."""
    return crc32(path.encode()) % DRAWERS


def key_of(drawer: int) -> bytes:
    return print_of(drawer.to_bytes(1, "little"))


def shut(entries: Mapping[bytes, Entry]) -> bytes:
    """Pack entries, in front their keys."""
    pool: dict[Any, Any] = {}
    packed = pickle.dumps([_pooled(entry, pool) for entry in entries.values()], 5)
    return b"".join((len(entries).to_bytes(4, "little"), *entries, packed))


def keys(drawer: bytes | None) -> list[bytes]:
    """The keys of a drawer, without opening it."""
    if drawer is None:
        return []
    count = int.from_bytes(drawer[:4], "little")
    return [drawer[start : start + KEY] for start in range(4, 4 + KEY * count, KEY)]


def opened(drawer: bytes | None) -> dict[bytes, Entry]:
    """The entries of a drawer, none of one that nobody here has shut."""
    if drawer is None:
        return {}
    names = keys(drawer)
    try:
        entries = _Opener(io.BytesIO(drawer[4 + KEY * len(names) :])).load()
    except Exception:  # There is no end to what a forged one can raise.
        return {}
    sound = type(entries) is list and len(entries) == len(names) and all(type(one) is Entry for one in entries)
    return dict(zip(names, entries, strict=True)) if sound else {}


def _pooled(entry: Entry, pool: dict[Any, Any]) -> Entry:
    """An entry that shares with the others what is the same, so that it is also one thing when they are opened."""

    def one(value: Any) -> Any:
        # What is equal need not be the same: 1.0 and 1.00, 无 as a word and as a gap.
        return pool.setdefault(value if type(value) is str else (type(value), str(value)), value)

    def some(words: Any) -> Any:
        return pool.setdefault(words, words) if type(words) is tuple else one(words)

    def each(values: Iterable[Any]) -> Iterable[Any]:
        return map(one, values)

    card = entry.card
    if card is None or not card.cites:  # A bare one has little to share.
        return entry
    traits = card.traits
    if traits:
        areas, problems = (words and pool.setdefault(words, words) for words in (traits.area_types, traits.problems))
        traits = Traits(card.id, areas, problems, *each((traits.officers, traits.residents, traits.calls, traits.province)))
    return entry._replace(
        card=card._replace(
            folder=one(card.folder),
            province=one(card.province),
            city=one(card.city),
            county=one(card.county),
            town=one(card.town),
            area_types=some(card.area_types),
            checked=one(card.checked),
            cites=tuple(each(card.cites)),
            sources=tuple((one(name), said) for name, said in card.sources),
            methods=tuple(
                method._replace(
                    id=one(method.id),
                    name=one(method.name),
                    kind=one(method.kind),
                    playbook=one(method.playbook),
                    problems=some(method.problems),
                    targets=some(method.targets),
                    goals=some(method.goals),
                )
                for method in card.methods
            ),
            figures=tuple(FigureCard(*each(figure[:7]), *figure[7:]) for figure in card.figures),
            traits=traits,
        )
    )
