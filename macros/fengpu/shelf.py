"""Profiles that lie folded in a file and are opened when they are asked for, so that a country of them needs little memory."""

from __future__ import annotations

import io
import pickle
import struct
from array import array
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from decimal import Decimal
from enum import Enum
from functools import cache, lru_cache
from itertools import accumulate, chain, islice, pairwise

from . import model
from .cache import Cache, print_of
from .model import Figure, Method, PartialDate, Profile, Record, Source, revived

KIND = "profile"
OPEN = 128
"""So many profiles stay open, 50 kB each; a smaller site never opens one twice."""
PIECES = 1024
"""So many methods, figures and sources of others do; one page may show some hundreds."""
AT_HAND = 512
"""Of so many profiles that are not open, the folded text stays at hand: a list that shows one piece soon wants the next."""
FEW = 4096
"""So many numbers and dates are made once for all that have them."""
PRINT = 8
"""So many bytes tell of a piece whether it has changed."""

_PARTS = ("methods", "figures", "sources")
_HEAD = struct.Struct("III")
"""How many there are of each of these; behind it stands where each piece begins and where the last one ends."""


# The same few numbers and dates come again and again. Numbers come as texts, so that 1.0 stays another than 1.00.
_number = lru_cache(FEW)(Decimal)
_date = lru_cache(FEW)(PartialDate)


@cache
def maker(module: str, name: str) -> object:
    """What makes one of our own nouns; raises `pickle.UnpicklingError` for anything else."""
    if (module, name) == ("decimal", "Decimal"):
        return _number
    if (module, name) == (model.__name__, "PartialDate"):
        return _date
    found = getattr(model, name, None) if module == model.__name__ else None
    if isinstance(found, type) and issubclass(found, Enum):
        return {one.value: one for one in found}.__getitem__  # To ask the class itself takes ten times as long.
    if found is model.revived or (isinstance(found, type) and issubclass(found, model.Record)):
        return found
    raise pickle.UnpicklingError(f"{module}.{name} is no noun")


class Opener(pickle.Unpickler):
    """Makes nothing but our own nouns, whoever wrote what it reads."""

    find_class = staticmethod(maker)


def fold(profile: Profile) -> bytes:
    """Fold a profile for the shelf; each of its methods, figures and sources can then be opened without the rest."""
    parts = [getattr(profile, part) for part in _PARTS]
    rest = _with(profile, dict.fromkeys(_PARTS, ()))
    pieces = [pickle.dumps(one, 5) for one in (rest, *chain(*parts))]
    ends = accumulate(map(len, pieces), initial=_HEAD.size + 4 * (len(pieces) + 1))
    return b"".join([_HEAD.pack(*map(len, parts)), array("I", ends).tobytes(), *pieces])


def prints(folded: bytes) -> bytes:
    """A print of `PRINT` bytes of each piece of a folded profile: of the rest, then of its methods, figures and sources."""
    return b"".join(_Folded(folded).prints())


def _with(profile: Profile, parts: Mapping[str, tuple[Record, ...]]) -> Profile:
    """A profile with other parts."""
    values, noun = profile.__dict__ | parts, type(profile)
    return revived(noun, *(values[name] for name in noun.model_fields))  # type: ignore[return-value]


class _Folded:
    """A folded profile whose pieces are opened one by one."""

    def __init__(self, folded: bytes) -> None:
        self._folded = folded
        try:
            self._counts = _HEAD.unpack_from(folded)
            self._ends = array("I", folded[_HEAD.size : _HEAD.size + 4 * (2 + sum(self._counts))])
        except (struct.error, ValueError) as error:
            raise pickle.UnpicklingError("This is no folded profile.") from error
        if len(self._ends) != 2 + sum(self._counts) or self._ends[-1] != len(folded):
            raise pickle.UnpicklingError("This is a piece of a folded profile.")

    def _open(self, number: int) -> Record:
        return Opener(io.BytesIO(self._folded[self._ends[number] : self._ends[number + 1]])).load()  # type: ignore[no-any-return]

    def piece(self, part: str, number: int) -> Record:
        return self._open(1 + sum(self._counts[: _PARTS.index(part)]) + number)

    def prints(self) -> Iterator[bytes]:
        return (print_of(self._folded[start:end], size=PRINT) for start, end in pairwise(self._ends))

    def profile(self) -> Profile:
        rest = self._open(0)
        if not isinstance(rest, Profile):
            raise pickle.UnpicklingError("This is no profile.")
        pieces = map(self._open, range(1, len(self._ends) - 1))
        parts = {part: tuple(islice(pieces, count)) for part, count in zip(_PARTS, self._counts, strict=True)}
        return _with(rest, parts)


def unfold(folded: bytes) -> Profile:
    """Open what `fold` made; raises `pickle.UnpicklingError` for anything else."""
    return _Folded(folded).profile()


class Shelf(Mapping[str, Profile]):
    """Profiles by id, in the order in which they were put there; folded they lie in a cache."""

    def __init__(self, cache: Cache) -> None:
        self._cache = cache
        self._keys: dict[str, bytes] = {}
        self._open: OrderedDict[str, Profile] = OrderedDict()
        self._pieces: OrderedDict[tuple[str, str, int], Record] = OrderedDict()
        self._folded = lru_cache(AT_HAND)(lambda name: _Folded(self._read(name)))

    def put(self, name: str, key: bytes) -> None:
        """Put a profile there that the cache has under a key."""
        self._keys[name] = key

    def key(self, name: str) -> bytes:
        """A print of all that a profile and its card were made of."""
        return self._keys[name]

    def __getitem__(self, name: str) -> Profile:
        profile = self._open.get(name)
        if profile is not None:
            self._open.move_to_end(name)
            return profile
        profile = self._open[name] = _Folded(self._read(name)).profile()
        if len(self._open) > OPEN:
            self._open.popitem(last=False)
        return profile

    def glance(self, name: str) -> Profile:
        """A profile that need not stay open, for whoever goes through all of them."""
        return self._open.get(name) or _Folded(self._read(name)).profile()

    def method(self, name: str, number: int) -> Method:
        """One method of a profile, of which the rest is left folded."""
        return self._piece(name, "methods", number)  # type: ignore[return-value]

    def figure(self, name: str, number: int) -> Figure:
        """One figure of a profile, of which the rest is left folded."""
        return self._piece(name, "figures", number)  # type: ignore[return-value]

    def source(self, name: str, number: int) -> Source:
        """One source that lies with a profile, of which the rest is left folded."""
        return self._piece(name, "sources", number)  # type: ignore[return-value]

    def _piece(self, name: str, part: str, number: int) -> Record:
        if profile := self._open.get(name):
            return getattr(profile, part)[number]  # type: ignore[no-any-return]
        piece = self._pieces.get((name, part, number))
        if piece is None:
            piece = self._pieces[name, part, number] = self._folded(name).piece(part, number)
            if len(self._pieces) > PIECES:
                self._pieces.popitem(last=False)
        return piece

    def _read(self, name: str) -> bytes:
        folded = self._cache.get(KIND, self._keys[name])
        if folded is None:
            raise OSError(f"{name}: the profile was changed while it lay on the shelf.")
        return folded

    def __contains__(self, name: object) -> bool:
        return name in self._keys

    def __iter__(self) -> Iterator[str]:
        return iter(self._keys)

    def __len__(self) -> int:
        return len(self._keys)
