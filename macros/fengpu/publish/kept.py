"""What a site that stands was made of, so that only what has changed is made again.

Of every file there is a row with a print of all that it was made of and with what the system says of it. While both are
as they were, the file stays. Files that are made of the same things, as the pages of one profile are, lie together in a
packet with one mark of these things: while that is as it was, nothing need be asked of its files but whether they stand.
Packets lie folded one after another in one piece, since a country has hundreds of thousands of files. Of a site that stands
and of which nothing is known every file is made, and those stay that say the same, with their times: to clear all of
them away takes long as well.
"""

from __future__ import annotations

import os
import shutil
import struct
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from itertools import islice
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
MANY = 100_000
"""A site of more files takes longer to read from the disk than to clear away."""
_ROW = struct.Struct(f"<{KEY}sQQH")
"""Its address follows, of this length."""
_HEAD = struct.Struct("<HHI")
"""The lengths of a packet's name, mark and rows, which follow."""


class Row(NamedTuple):
    """What is known of one file of a site."""

    address: str
    trace: bytes
    """A print of all that it was made of."""
    size: int = 0
    changed: int = 0


class Packet(NamedTuple):
    """Files that are made of the same things."""

    name: str
    mark: bytes
    """Tells of what they are made, and may tell more to whoever wrote it."""
    rows: bytes | memoryview = b""


def folded(rows: Iterable[Row]) -> bytes:
    """Rows for a packet; two of these together are again one."""
    parts = []
    for address, trace, size, changed in rows:
        name = address.encode()
        parts += [_ROW.pack(trace, size, changed, len(name)), name]
    return b"".join(parts)


def unfolded(rows: bytes | memoryview) -> Iterator[Row]:
    """The rows of a packet."""
    at = 0
    while at < len(rows):
        trace, size, changed, length = _ROW.unpack_from(rows, at)
        at += _ROW.size + length
        yield Row(str(rows[at - length : at], "utf-8"), trace, size, changed)


def alone(row: Row) -> Packet:
    """A file that is made of nothing that another one is made of."""
    return Packet(row.address, row.trace, folded([row]))


def _row(address: str, trace: bytes, file: str) -> Row:
    try:
        state = os.stat(file)
    except OSError:
        return Row(address, trace)
    return Row(address, trace, state.st_size, state.st_mtime_ns)


class Kept:
    """The packets of the site in a folder; none where nothing is known of it."""

    def __init__(self, cache: Cache | None, site: Path) -> None:
        self._cache, self._site = cache, site
        self._key = print_of(os.fsencode(site.absolute()))
        there = site.is_dir()
        self._raw = (there and cache and cache.get(KIND, self._key)) or b""
        self._places: dict[str, int] = {}
        self._unknown = there and not self._raw and next(islice(addresses(site), MANY, None), None) is None
        """Whether a site stands of which nothing is known, and which is worth comparing."""
        at, raw = 0, self._raw
        while at < len(raw):
            name, mark, rows = _HEAD.unpack_from(raw, at)
            start = at + _HEAD.size
            self._places[raw[start : start + name].decode()] = at
            at = start + name + mark + rows

    def __bool__(self) -> bool:
        return bool(self._places)

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    @property
    def lasting(self) -> bool:
        """Whether what is known of the files stays known; else nobody need work out of what they are made."""
        return self._cache is not None

    def packet(self, name: str) -> Packet | None:
        """A packet as it was, whether or not its files still stand."""
        at = self._places.get(name)
        if at is None:
            return None
        length, mark, rows = _HEAD.unpack_from(self._raw, at)
        start = at + _HEAD.size + length
        return Packet(name, self._raw[start : start + mark], memoryview(self._raw)[start + mark : start + mark + rows])

    def mark(self, name: str) -> bytes | None:
        """The mark of a packet."""
        at = self._places.get(name)
        if at is None:
            return None
        length, mark, _ = _HEAD.unpack_from(self._raw, at)
        start = at + _HEAD.size + length
        return self._raw[start : start + mark]

    def rows(self, name: str) -> dict[str, Row]:
        """The rows of a packet by address."""
        packet = self.packet(name)
        return {row.address: row for row in unfolded(packet.rows)} if packet else {}

    def standing(self, name: str, mark: bytes) -> Packet | None:
        """A packet whose files are made of what they should be made of, and are all still as they were made."""
        packet = self.packet(name)
        return packet if packet and packet.mark == mark and self._all_stand(packet.rows) else None

    def _all_stand(self, rows: bytes | memoryview) -> bool:
        at, stat, folder = 0, os.stat, os.fsencode(self._site) + b"/"
        try:
            while at < len(rows):
                _, size, changed, length = _ROW.unpack_from(rows, at)
                at += _ROW.size + length
                state = stat(folder + rows[at - length : at])
                if state.st_mtime_ns != changed or state.st_size != size:
                    return False
        except OSError:
            return False
        return True

    def stands(self, row: Row | None, trace: bytes) -> bool:
        """Whether a file is made of what it should be made of, and is still as it was made."""
        return row is not None and row.trace == trace and self._stands(row)

    def _stands(self, row: Row) -> bool:
        try:
            state = os.stat(f"{self._site}/{row.address}")
        except OSError:
            return False
        return state.st_mtime_ns == row.changed and state.st_size == row.size

    def made(self, row: Row | None, address: str, trace: bytes, text: Callable[[], str], folder: Path) -> Row:
        """See that a file stands as it should, or else lies in a folder that `publish` gets; ``row`` is what was known of it."""
        stood = row is not None and self._stands(row)
        if row and stood and row.trace == trace:
            return row
        raw = text().encode()
        if self._unknown:
            row, stood = _row(address, trace, f"{self._site}/{address}"), True
        if row and stood and self._says(row, raw):
            return row._replace(trace=trace)
        write(raw, f"{folder}/{address}")
        return _row(address, trace, f"{folder}/{address}")

    def _says(self, row: Row, raw: bytes) -> bool:
        try:
            with open(f"{self._site}/{row.address}", "rb") as file:
                return row.size == len(raw) and file.read() == raw
        except OSError:
            return False

    def publish(
        self,
        folder: Path,
        packets: Iterable[Packet],
        others: Iterable[str] = (),
        traces: Mapping[str, bytes] = MappingProxyType({}),
    ) -> None:
        """Let a folder's files stand: as the site where there was none, or in the place of those that have changed.

        ``packets`` are those of all files that were asked for, and nothing else stays. ``others`` are what else lies in the
        folder; each is known by its trace, or by its bytes. Whoever is stopped here leaves a site of which nothing is known,
        so that the next build makes all of it.
        """
        now = {packet.name: packet for packet in packets}
        for address in others:
            now[address] = alone(self._other(folder, address, traces.get(address)))
        if not self and not self._unknown:
            swap(folder, self._site, lambda: self._keep(now.values()))
            return
        moved, gone = list(addresses(folder)), self._gone(now)
        if self and (moved or gone):
            self._forget()
        for address in moved:
            self._move(folder, address)
        for address in gone:
            self._clear(address)
        self._keep(now.values())

    def _other(self, folder: Path, address: str, trace: bytes | None) -> Row:
        """What is known of a file in the folder that nobody has compared yet; where it stands just so it is not needed there."""
        file = folder / address
        raw = file.read_bytes()
        trace = trace or print_of(raw)
        row = _row(address, trace, f"{self._site}/{address}") if self._unknown else self.rows(address).get(address)
        if row and self._stands(row) and self._says(row, raw):
            file.unlink()
            return row._replace(trace=trace)
        return _row(address, trace, str(file))

    def _gone(self, now: Mapping[str, Packet]) -> set[str]:
        """The files that stood there and are no longer asked for; one may also have gone from packet to packet."""
        before, after = set[str](addresses(self._site) if self._unknown else ()), set[str]()
        for name in self._places.keys() | now.keys():
            old, new = self.packet(name), now.get(name)
            if not (old and new and old.rows == new.rows):
                before.update(row.address for row in unfolded(old.rows if old else b""))
                after.update(row.address for row in unfolded(new.rows if new else b""))
        return before - after

    def _move(self, folder: Path, address: str) -> None:
        """Put one of the folder's files in its place, and whatever stands in its way out of it."""
        file = f"{folder}/{address}"
        with suppress(OSError):  # Its folder is wanting, or something that we have not made is there.
            os.replace(file, f"{self._site}/{address}")
            return
        target = self._site / address
        for above in reversed(target.parents[: address.count("/")]):
            if not above.is_dir():
                above.unlink(missing_ok=True)
        if target.is_dir():
            shutil.rmtree(target)
        target.parent.mkdir(parents=True, exist_ok=True)
        os.replace(file, target)

    def _clear(self, address: str) -> None:
        file = self._site / address
        with suppress(FileNotFoundError, NotADirectoryError):  # Another build may be clearing as well.
            if not file.is_dir():  # It was in the way of something else, which is there now.
                file.unlink()
        with suppress(OSError):  # The folder is not empty.
            while (file := file.parent) != self._site:
                os.rmdir(file)

    def _forget(self) -> None:
        if self._cache:
            self._cache.put(KIND, self._key, b"")
            self._cache.save()

    def _keep(self, packets: Iterable[Packet]) -> None:
        if not self._cache:
            return
        parts: list[bytes | memoryview] = []
        for name, mark, rows in packets:
            raw = name.encode()
            parts += [_HEAD.pack(len(raw), len(mark), len(rows)), raw, mark, rows]
        whole = b"".join(parts)
        lately = self._cache.get(LATELY, _ONE) or b""
        if whole != self._raw or self._cache.get(KIND, self._key) != whole:
            self._cache.put(KIND, self._key, whole)
        keys = [self._key, *(key for start in range(0, len(lately), KEY) if (key := lately[start : start + KEY]) != self._key)][:SITES]
        if b"".join(keys) != lately:
            self._cache.put(LATELY, _ONE, b"".join(keys))
        for key in keys:
            self._cache.get(KIND, key)
        self._cache.prune(KIND)
        self._cache.save()


def may_go(folder: Path, project: Path) -> bool:
    """Whether what is in a folder may make room for a site: nothing is there, or an older site, and not the project itself."""
    if project.resolve().is_relative_to(folder.resolve()):
        return False
    return not folder.is_dir() or (folder / "assets/fengpu").is_dir() or not any(folder.iterdir())


def addresses(folder: Path) -> Iterator[str]:
    """Every file in a folder, as addresses."""
    for here, _, names in os.walk(folder):
        way = os.path.relpath(here, folder).replace(os.sep, "/")
        yield from (name if way == "." else f"{way}/{name}" for name in names)
