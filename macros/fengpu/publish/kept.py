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
from collections.abc import Callable, Iterable, Iterator
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple

from ..cache import KEY, Cache, print_of
from .files import swap

KIND = "site"
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


def _row(address: str, trace: bytes, file: Path) -> Row | None:
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

    def standing(self, address: str, trace: bytes) -> Row | None:
        """The row of a file that stands and was made of what it should be made of."""
        row = self.get(address)
        return row if row and row.trace == trace and row == _row(address, trace, self._site / address) else None

    def made(self, address: str, trace: bytes, text: Callable[[], str], folder: Path) -> Row:
        """See that a file stands as it should, or else lies in a folder that `publish` gets."""
        row = self.get(address)
        stands = row is not None and row == _row(address, row.trace, self._site / address)
        if row and stands and row.trace == trace:
            return row
        return self._put(address, trace, text().encode(), folder, row if stands else None)

    def _put(self, address: str, trace: bytes, raw: bytes, folder: Path, row: Row | None) -> Row:
        if row and row.size == len(raw) and (self._site / address).read_bytes() == raw:
            return row._replace(trace=trace)
        target = folder / address
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(raw)
        return _row(address, trace, target) or Row(name_of(address), trace)

    def publish(self, folder: Path, rows: Iterable[Row]) -> None:
        """Let a folder's files stand: in the place of the whole site, or of those that have changed where it is known.

        ``rows`` are those of all files that were asked for with `made`; what else lies in the folder is known by its bytes.
        Whoever is stopped here leaves a site of which nothing is known, so that the next build makes all of it.
        """
        now = {row.name: row for row in rows}
        moved = []
        for address in _addresses(folder):
            if name_of(address) not in now:
                raw = (folder / address).read_bytes()
                old = self.get(address)
                if old and old == _row(address, print_of(raw), self._site / address):
                    now[old.name] = old
                    continue
                now[name_of(address)] = _row(address, print_of(raw), folder / address) or Row(name_of(address), b"")
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
                (self._site / address).unlink()
        for left, _, _ in os.walk(self._site, topdown=False):
            if not os.listdir(left):
                os.rmdir(left)

    def _forget(self) -> None:
        if self._cache:
            self._cache.put(KIND, self._key, b"")
            self._cache.save()

    def _keep(self, rows: Iterable[Row]) -> None:
        if self._cache:
            self._cache.put(KIND, self._key, b"".join(_ROW.pack(*row) for row in sorted(rows)))
            self._cache.save()


def _addresses(folder: Path) -> Iterator[str]:
    for here, _, names in os.walk(folder):
        way = os.path.relpath(here, folder).replace(os.sep, "/")
        yield from (name if way == "." else f"{way}/{name}" for name in names)
