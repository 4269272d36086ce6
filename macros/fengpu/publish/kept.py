"""What a site that stands was made of, so that only what has changed is made again.

Of every file there is a row with a print of all that it was made of and with what the system says of it. While both are
as they were, the file stays. Rows are found by a print of the file's address and lie sorted in one piece, since a country
has hundreds of thousands of them.
"""

from __future__ import annotations

import os
import struct
from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from ..cache import KEY, Cache, print_of
from .files import swap, write

KIND = "site"
LATELY = "sites"
_ONE = print_of()
SITES = 4
"""So many sites are remembered, those last built."""
_ROW = struct.Struct(f"<Q{KEY}sQQ")


class Row(NamedTuple):
    """What is known of one file of a site, or under a name of its own of something that takes long to work out."""

    name: int
    trace: bytes
    """A print of all that it was made of."""
    size: int = 0
    changed: int = 0


def name_of(address: str) -> int:
    """What the row of a file is found by."""
    return int.from_bytes(blake2b(address.encode(), digest_size=8).digest(), "little")


def _row(address: str, trace: bytes, file: str) -> Row | None:
    try:
        state = os.stat(file)
    except OSError:
        return None
    return Row(name_of(address), trace, state.st_size, state.st_mtime_ns)


class Kept:
    """The rows of the site in a folder; none where nothing is known of it."""

    def __init__(self, cache: Cache | None, site: Path) -> None:
        self._cache, self._site = cache, site
        self._key = print_of(os.fsencode(site.absolute()))
        rows = (cache and cache.get(KIND, self._key)) or b""
        self._rows = rows if len(rows) % _ROW.size == 0 else b""
        self._names = array("Q", (name for name, *_ in _ROW.iter_unpack(self._rows)))

    def __iter__(self) -> Iterator[Row]:
        return map(Row._make, _ROW.iter_unpack(self._rows))

    def get(self, address: str) -> Row | None:
        """The row of a file, whether or not that still stands."""
        name = name_of(address)
        place = bisect_left(self._names, name)
        if place == len(self._names) or self._names[place] != name:
            return None
        return Row._make(_ROW.unpack_from(self._rows, place * _ROW.size))

    def made(self, address: str, trace: bytes, text: Callable[[], str], folder: Path) -> Row:
        """See that a file stands as it should, or else lies in a folder that `publish` gets."""
        row = self.standing(address)
        if row and row.trace == trace:
            return row
        raw = text().encode()
        if row and self._says(row, address, raw):
            return row._replace(trace=trace)
        write(raw, f"{folder}/{address}")
        return _row(address, trace, f"{folder}/{address}") or Row(name_of(address), trace)

    def standing(self, address: str, trace: bytes | None = None) -> Row | None:
        """The row of a file that is still as it was made, and if a trace is given, made of what it should be made of."""
        row = self.get(address)
        if row is None or (trace is not None and row.trace != trace):
            return None
        return row if row == _row(address, row.trace, f"{self._site}/{address}") else None

    def _says(self, row: Row, address: str, raw: bytes) -> bool:
        return row.size == len(raw) and (self._site / address).read_bytes() == raw

    def publish(self, folder: Path, rows: Iterable[Row], traces: Mapping[str, bytes] = MappingProxyType({})) -> None:
        """Let a folder's files stand: in the place of the whole site, or of those that have changed where it is known.

        ``rows`` are those of all files that were asked for. What else lies in the folder is known by its trace, or by its
        bytes. Whoever is stopped here leaves a site of which nothing is known, so that the next build makes all of it.
        """
        now = {row.name: row for row in rows}
        moved = []
        for address in _addresses(folder):
            if name_of(address) not in now:
                raw = (folder / address).read_bytes()
                trace = traces.get(address) or print_of(raw)
                old = self.standing(address)
                if old and self._says(old, address, raw):
                    now[old.name] = old._replace(trace=trace)
                    continue
                now[name_of(address)] = _row(address, trace, f"{folder}/{address}") or Row(name_of(address), trace)
            moved.append(address)
        if not self._rows:
            swap(folder, self._site)
        else:
            self._forget()
            for address in moved:
                (self._site / address).parent.mkdir(parents=True, exist_ok=True)
                os.replace(folder / address, self._site / address)
            if any(row.name not in now for row in self):
                self._clear(now.keys())
        self._keep(now.values())

    def _clear(self, named: Iterable[int]) -> None:
        names = set(named)
        for address in list(_addresses(self._site)):
            if name_of(address) not in names:
                (self._site / address).unlink(missing_ok=True)  # Another build may be clearing as well.
        for left, _, _ in os.walk(self._site, topdown=False):
            with suppress(OSError):  # It is not empty.
                os.rmdir(left)

    def _forget(self) -> None:
        if self._cache:
            self._cache.put(KIND, self._key, b"")
            self._cache.save()

    def _keep(self, rows: Iterable[Row]) -> None:
        if self._cache:
            self._cache.put(KIND, self._key, b"".join(_ROW.pack(*row) for row in sorted(rows)))
            lately = self._cache.get(LATELY, _ONE) or b""
            keys = [self._key, *(key for start in range(0, len(lately), KEY) if (key := lately[start : start + KEY]) != self._key)][:SITES]
            self._cache.put(LATELY, _ONE, b"".join(keys))
            for key in keys:
                self._cache.get(KIND, key)
            self._cache.prune(KIND)
            self._cache.save()


def _addresses(folder: Path) -> Iterator[str]:
    for here, _, names in os.walk(folder):
        way = os.path.relpath(here, folder).replace(os.sep, "/")
        yield from (name if way == "." else f"{way}/{name}" for name in names)
