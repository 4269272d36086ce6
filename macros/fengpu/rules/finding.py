"""What a rule says: like a problem, but about a value inside one record."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from ..model import Record
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
