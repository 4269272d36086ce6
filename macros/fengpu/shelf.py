"""Profiles that lie folded in a file and are opened when they are asked for, so that a country of them needs little memory."""

from __future__ import annotations

import io
import os
import pickle
import tempfile
import zlib
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from decimal import Decimal
from enum import Enum

from . import model
from .model import Profile

OPEN = 1024
"""So many profiles stay open; a smaller site never opens one twice."""


class _Opener(pickle.Unpickler):
    """Makes nothing but our own nouns, whoever wrote what it reads."""

    def find_class(self, module: str, name: str) -> object:
        if (module, name) == ("decimal", "Decimal"):
            return Decimal
        found = getattr(model, name, None) if module == model.__name__ else None
        if found is model.revived or (isinstance(found, type) and issubclass(found, model.Record | Enum | model.PartialDate)):
            return found
        raise pickle.UnpicklingError(f"{module}.{name} is no noun")


def fold(profile: Profile) -> bytes:
    """Fold a profile for the shelf."""
    return zlib.compress(pickle.dumps(profile, 5), 1)


def unfold(folded: bytes) -> Profile:
    """Open what `fold` made; raises `pickle.UnpicklingError` or `zlib.error` for anything else."""
    profile = _Opener(io.BytesIO(zlib.decompress(folded))).load()
    if not isinstance(profile, Profile):
        raise pickle.UnpicklingError("This is no profile.")
    return profile


class Shelf(Mapping[str, Profile]):
    """Profiles by id, in the order in which they were put there."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()
        self._places: dict[str, tuple[int, int]] = {}
        self._end = 0
        self._open: OrderedDict[str, Profile] = OrderedDict()

    def put(self, name: str, folded: bytes) -> None:
        self._file.write(folded)
        self._places[name] = self._end, len(folded)
        self._end += len(folded)

    def __getitem__(self, name: str) -> Profile:
        profile = self._open.get(name)
        if profile is not None:
            self._open.move_to_end(name)
            return profile
        start, length = self._places[name]
        profile = self._open[name] = unfold(self._read(start, length))
        if len(self._open) > OPEN:
            self._open.popitem(last=False)
        return profile

    def _read(self, start: int, length: int) -> bytes:
        self._file.flush()
        if hasattr(os, "pread"):  # Forked processes share the file's own position.
            return os.pread(self._file.fileno(), length, start)
        self._file.seek(start)
        folded = self._file.read(length)
        self._file.seek(0, os.SEEK_END)
        return folded

    def __contains__(self, name: object) -> bool:
        return name in self._places

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)
