"""What a rule says: like a problem, but about a value inside one record."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple, get_args

from ..model import Cited, Record
from ..problem import At


class Finding(NamedTuple):
    at: At
    code: str
    message: str
    remedy: str


class Walked(NamedTuple):
    """What a record holds, each with the way to it, parents first and fields under their YAML names."""

    records: list[tuple[At, Record]]
    texts: list[tuple[At, str]]
    """Without the words of enumerations."""


def walk(record: Record) -> Walked:
    """Go through a record once."""
    walked = Walked([], [])
    ahead: list[tuple[At, object]] = [((), record)]
    while ahead:
        at, value = ahead.pop()
        if type(value) is str:
            walked.texts.append((at, value))
        elif isinstance(value, Record):
            walked.records.append((at, value))
            ahead += [((*at, step), getattr(value, name)) for name, step in _fields(type(value))]
        elif isinstance(value, dict):
            ahead += [((*at, key), value[key]) for key in reversed(value)]
        elif isinstance(value, tuple):
            ahead += [((*at, index), value[index]) for index in range(len(value) - 1, -1, -1)]
    return walked


@cache
def _fields(noun: type[Record]) -> tuple[tuple[str, str], ...]:
    """A noun's fields with their YAML names, the last first."""
    return tuple((name, field.alias or name) for name, field in reversed(noun.model_fields.items()))


def cited(record: Record) -> Iterator[Cited]:
    """Everything in a record that a source says, in the order of `walk`."""
    if isinstance(record, Cited):
        yield record
    for name in _ways_to_cited(type(record)):
        inner = getattr(record, name)
        for one in inner if isinstance(inner, tuple) else (inner,):
            if isinstance(one, Record):
                yield from cited(one)


@cache
def _ways_to_cited(noun: type[Record]) -> tuple[str, ...]:
    """The fields of a noun under which a source may say something; most records need not be looked into."""
    return tuple(name for name, field in noun.model_fields.items() if any(_says(one) for one in _nouns(field.annotation)))


@cache
def _says(noun: type[Record]) -> bool:
    inner = (one for field in noun.model_fields.values() for one in _nouns(field.annotation))
    return issubclass(noun, Cited) or any(_says(one) for one in inner if one is not noun)


def _nouns(annotation: Any) -> Iterator[type[Record]]:
    """The nouns that a type speaks of: ``Limit`` in ``tuple[Limit, ...]``."""
    if isinstance(annotation, type) and issubclass(annotation, Record):
        yield annotation
    for inner in get_args(annotation):
        yield from _nouns(inner)
