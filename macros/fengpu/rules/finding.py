"""What a rule says: like a problem, but about a value inside one record."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from ..model import Record
from ..problem import At


class Finding(NamedTuple):
    at: At
    code: str
    message: str
    remedy: str


def walk(value: object, at: At = ()) -> Iterator[tuple[At, object]]:
    """Every value in a record with the way to it, parents first; fields under their YAML names."""
    yield at, value
    if isinstance(value, Record):
        for name, field in type(value).model_fields.items():
            yield from walk(getattr(value, name), (*at, field.alias or name))
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from walk(inner, (*at, key))
    elif isinstance(value, tuple):
        for index, inner in enumerate(value):
            yield from walk(inner, (*at, index))
