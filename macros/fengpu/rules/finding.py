"""What a rule says: like a problem, but about a value inside one record."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache, cached_property
from typing import Any, NamedTuple, get_args, get_origin

from ..model import Cited, Record
from ..problem import At


class Finding(NamedTuple):
    at: At
    code: str
    message: str
    remedy: str


class Walked:
    """What a record holds, each with the way to it, parents first and fields under their YAML names."""

    def __init__(self, record: Record) -> None:
        self.records: list[tuple[At, Record]] = []
        self.cited: list[tuple[At, Cited]] = []
        """Those of them that a source says."""
        self.words: list[str] = []
        """All texts, without the words of enumerations, in any order."""
        self._go(record, ())

    def _go(self, record: Record, at: At) -> None:
        is_cited, collections = _plan(type(record))
        self.records.append((at, record))
        if is_cited:
            self.cited.append((at, record))  # type: ignore[arg-type]
        values = record.__dict__
        self.words += [value for value in values.values() if type(value) is str]
        for name, step, noun in collections:
            value = values[name]
            if not value:
                continue
            if type(value) is tuple:
                if noun:
                    for index, inner in enumerate(value):
                        self._go(inner, (*at, step, index))
                else:
                    self.words += _strings(value)
            elif type(value) is dict:
                self.words += _strings(value.values())
            elif type(value) is noun:
                self._go(value, (*at, step))

    @cached_property
    def texts(self) -> list[tuple[At, str]]:
        """All texts with the ways to them; few files have one of which something is to be said."""
        return list(_texts(self.records[0][1], ()))


def _strings(values: Iterable[object]) -> Iterator[str]:
    for value in values:
        if type(value) is str:
            yield value
        elif type(value) is tuple:
            yield from _strings(value)


def _texts(value: object, at: At) -> Iterator[tuple[At, str]]:
    if type(value) is str:
        yield at, value
    elif isinstance(value, Record):
        for name, step in _fields(type(value)):
            yield from _texts(getattr(value, name), (*at, step))
    elif isinstance(value, tuple | dict):
        for step, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _texts(inner, (*at, step))


@cache
def _fields(noun: type[Record]) -> tuple[tuple[str, str], ...]:
    """The fields of a noun with their YAML names."""
    return tuple((name, field.alias or name) for name, field in noun.model_fields.items())


@cache
def _plan(noun: type[Record]) -> tuple[bool, tuple[tuple[str, str, type[Record] | None], ...]]:
    """Whether a source says it, and the fields that can hold more than one word, with their YAML names and the nouns that they hold."""
    several = []
    for name, step in _fields(noun):
        annotation = noun.model_fields[name].annotation
        inner = next(_nouns(annotation), None)
        if inner or not {tuple, dict}.isdisjoint(_kinds(annotation)):
            several.append((name, step, inner))
    return issubclass(noun, Cited), tuple(several)


def cited(record: Record) -> Iterator[Cited]:
    """Everything in a record that a source says, in the order of `Walked`."""
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
    return (kind for kind in _kinds(annotation) if isinstance(kind, type) and issubclass(kind, Record))


def _kinds(annotation: Any) -> Iterator[Any]:
    yield get_origin(annotation) or annotation
    for inner in get_args(annotation):
        yield from _kinds(inner)
