"""Profiles that lie folded in a file and are opened when they are asked for, so that a country of them needs little memory."""

from __future__ import annotations

import io
import pickle
import zlib
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from decimal import Decimal
from enum import Enum
from functools import cache

from . import model
from .cache import Cache
from .model import PartialDate, Profile

KIND = "profile"
OPEN = 1024
"""So many profiles stay open; a smaller site never opens one twice."""


# The same few numbers and dates come again and again. Numbers come as texts, so that 1.0 stays another than 1.00.
_number = cache(Decimal)
_date = cache(PartialDate)


class Opener(pickle.Unpickler):
    """Makes nothing but our own nouns and the classes of ``more``, whoever wrote what it reads."""

    more: Mapping[tuple[str, str], type] = {}

    def find_class(self, module: str, name: str) -> object:
        if (module, name) == ("decimal", "Decimal"):
            return _number
        if (module, name) == (model.__name__, "PartialDate"):
            return _date
        if (module, name) in self.more:
            return self.more[module, name]
        found = getattr(model, name, None) if module == model.__name__ else None
        if found is model.revived or (isinstance(found, type) and issubclass(found, model.Record | Enum)):
            return found
        raise pickle.UnpicklingError(f"{module}.{name} is no noun")


def fold(profile: Profile) -> bytes:
    """Fold a profile for the shelf."""
    return zlib.compress(pickle.dumps(profile, 5), 1)


def unfold(folded: bytes) -> Profile:
    """Open what `fold` made; raises `pickle.UnpicklingError` or `zlib.error` for anything else."""
    profile = Opener(io.BytesIO(zlib.decompress(folded))).load()
    if not isinstance(profile, Profile):
        raise pickle.UnpicklingError("This is no profile.")
    return profile


class Shelf(Mapping[str, Profile]):
    """Profiles by id, in the order in which they were put there; folded they lie in a cache."""

    def __init__(self, cache: Cache) -> None:
        self._cache = cache
        self._keys: dict[str, bytes] = {}
        self._open: OrderedDict[str, Profile] = OrderedDict()

    def put(self, name: str, key: bytes) -> None:
        """Put a profile there that the cache has under a key."""
        self._keys[name] = key

    def __getitem__(self, name: str) -> Profile:
        profile = self._open.get(name)
        if profile is not None:
            self._open.move_to_end(name)
            return profile
        folded = self._cache.get(KIND, self._keys[name])
        if folded is None:
            raise OSError(f"{name}: the profile was changed while it lay on the shelf.")
        profile = self._open[name] = unfold(folded)
        if len(self._open) > OPEN:
            self._open.popitem(last=False)
        return profile

    def __contains__(self, name: object) -> bool:
        return name in self._keys

    def __iter__(self) -> Iterator[str]:
        return iter(self._keys)

    def __len__(self) -> int:
        return len(self._keys)
