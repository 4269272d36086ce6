"""Prints of files' bytes; a file that nobody has touched since the last run need not be opened for its own."""

from __future__ import annotations

import os
import struct
from collections.abc import Iterable, Sequence

from .cache import KEY, Cache, print_of
from .read import Item

KIND = "prints"
_ROW = struct.Struct(f"<QQQQ{KEY}s")
_SLACK = 2 * 10**9
"""Some file systems tell no two seconds apart."""
_LARGE = (1 << 64) - 1

State = tuple[int, int, int, int]
"""What the system says of a file, all of which stays the same only while the file does."""


def print_of_file(raw: bytes | OSError) -> bytes:
    """A print of what a file holds, or of why it cannot be opened."""
    return print_of(b"", str(raw.strerror).encode()) if isinstance(raw, OSError) else print_of(raw)


class Prints:
    """The prints of a list of files as far as the last run took them."""

    def __init__(self, cache: Cache, items: Sequence[Item]) -> None:
        self._cache, self._items = cache, items
        self._before = cache.get(KIND, _one_key(items)) if cache.folder else None
        known = dict(_rows(self._before)) if self._before else {}
        self._states = [_state(item) for item in items] if cache.folder else [None] * len(items)
        self.known: list[bytes | None] = []
        """In the order of the files; None where the file has to be opened."""
        for item, state in zip(items, self._states, strict=True):
            row = known.get(item.path)
            self.known.append(row[1] if row and row[0] == state else None)

    def keep(self, prints: Iterable[bytes]) -> None:
        """Keep all prints for the next run.

        As in Git's index, a file that was changed just before it was read is left out: were it changed again at once,
        the system might say the same of it.
        """
        if not self._cache.folder:
            return
        last = self._cache.began - _SLACK
        rows = [(item.path, state, made) for item, state, made in zip(self._items, self._states, prints, strict=True) if state]
        rows = [row for row in rows if max(row[1][:2]) < last]
        names = "\0".join(path for path, *_ in rows).encode()
        kept = len(names).to_bytes(8, "little") + names + b"".join(_ROW.pack(*state, made) for _, state, made in rows)
        if kept != self._before:
            self._cache.put(KIND, _one_key(self._items), kept)


def _one_key(items: Sequence[Item]) -> bytes:
    return print_of(os.path.dirname(items[0].path).encode() if items else b"")


def _rows(kept: bytes) -> Iterable[tuple[str, tuple[State, bytes]]]:
    length = int.from_bytes(kept[:8], "little")
    names = kept[8 : 8 + length].decode().split("\0")
    return zip(names, ((row[:4], row[4]) for row in _ROW.iter_unpack(kept[8 + length :])), strict=False)  # type: ignore[misc]


def _state(item: Item) -> State | None:
    try:
        found = os.stat(item.where)
    except OSError:
        return None
    return found.st_mtime_ns & _LARGE, found.st_ctime_ns & _LARGE, found.st_size, found.st_ino & _LARGE
