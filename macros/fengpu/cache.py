"""What earlier runs made, kept under a print of all that it was made of.

A cache can only save time: whatever is missing, broken, of another version or somebody else's is not there, and a folder
that cannot be written keeps nothing. Entries lie one after another in a few packs, which never change once they are
written; an index says where each lies and is swapped in whole. So two runs may use one cache at once: the later index
wins, and what it does not name is made again.
"""

from __future__ import annotations

import io
import json
import os
import platform
import struct
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from typing import IO, NamedTuple, TypeVar
from zlib import crc32

from . import hands

T = TypeVar("T")

MAGIC = b"fengpu cache 1\n"
FOLDER = Path(".cache") / "fengpu"
"""Where a project's cache lies."""
INDEX, PACK = "index", ".pack"
TAG = "Signature: 8a477f597d28d172789f06886806bc55\n# Made by fengpu, which makes it again when it is gone.\n"
"""What tells programs that make backups to pass a folder by."""
FEW = 16
"""When there are more packs, the smaller half of them is poured together."""
KEY, PRINT = 16, 32
_ROW = struct.Struct(f"<{KEY}sIQII")
"""Of one entry: its key, the number of its pack, where it begins, how long it is, and its checksum."""


def print_of(*parts: bytes, size: int = KEY) -> bytes:
    """A short print of several things in a row; none of them can be taken for a part of another."""
    made = blake2b(digest_size=size)
    for part in parts:
        made.update(len(part).to_bytes(8, "little"))
        made.update(part)
    return made.digest()


def made_by() -> bytes:
    """A print of what makes entries: this package's code, Python, and the libraries that read and check."""
    import pydantic
    import pydantic_core
    import yaml

    here = Path(__file__).parent
    code = [part for file in sorted(here.rglob("*.py")) for part in (file.relative_to(here).as_posix().encode(), file.read_bytes())]
    if not code:
        raise OSError("The code cannot be read.")
    parser = yaml._yaml.get_version_string() if yaml.__with_libyaml__ else ""  # type: ignore[attr-defined]
    rest = (platform.python_implementation(), sys.version, pydantic.VERSION, pydantic_core.__version__, yaml.__version__, parser)
    return print_of(MAGIC, *code, *(one.encode() for one in rest), size=PRINT)


class _Pack:
    """A file of entries; without a name it lasts as long as the run.

    Nothing waits to be written: a process that splits would write it twice.
    """

    def __init__(self, file: IO[bytes], name: str = "", size: int = 0) -> None:
        self.file, self.name, self.size = file, name, size

    def add(self, value: bytes) -> int:
        start, left = self.size, memoryview(value)
        while left:
            left = left[self.file.write(left) :]
        self.size += len(value)
        return start

    def read(self, start: int, length: int) -> bytes:
        if hasattr(os, "pread"):  # Forked processes share the file's own position.
            return os.pread(self.file.fileno(), length, start)
        self.file.seek(start)
        value = self.file.read(length)
        self.file.seek(0, os.SEEK_END)
        return value


class _Where(NamedTuple):
    pack: int
    start: int
    length: int
    check: int


Rows = dict[str, dict[bytes, _Where]]


class _Told(NamedTuple):
    """What a process that shares the work has put and asked for."""

    rows: Rows
    used: dict[str, set[bytes]]
    pruned: set[str]
    size: int


class Cache:
    """Entries by kind and key; a key is a print of all that the entry depends on but the code.

    Every entry costs some 300 bytes of memory, so small things are better put together.
    """

    def __init__(self) -> None:
        """Make an empty one that lasts as long as the run; `of` opens one that stays."""
        self.folder: Path | None = None
        self.began = sys.maxsize
        """When this run began, by the clock of the cache's folder, in nanoseconds."""
        self._print = b""
        self._packs: list[_Pack] = []
        self._rows: Rows = defaultdict(dict)
        self._used: dict[str, set[bytes]] = defaultdict(set)
        self._into: int | None = None
        self._changed = False
        self._pruned: set[str] | None = None
        """While several processes put and ask: the kinds that were to be pruned meanwhile."""

    @classmethod
    def of(cls, project: Path) -> Cache:
        """Open the cache of the project in a folder; what cannot be kept there lasts as long as the run."""
        cache = cls()
        folder = project / FOLDER
        try:
            folder.mkdir(parents=True, exist_ok=True)
            if hasattr(os, "geteuid") and folder.stat().st_uid != os.geteuid():
                return cache
            with suppress(FileExistsError), (folder / "CACHEDIR.TAG").open("x", encoding="ascii") as tag:
                tag.write(TAG)
            with tempfile.TemporaryFile(dir=folder) as file:
                cache.began = os.fstat(file.fileno()).st_mtime_ns
            cache._print = made_by()
        except OSError:
            return cache
        cache.folder = folder
        with suppress(OSError, ValueError, KeyError, TypeError, struct.error):
            cache._load()
        return cache

    # ── Entries ──────────────────────────────────────────────────────────────

    def get(self, kind: str, key: bytes) -> bytes | None:
        """What was put there, or None."""
        where = self._rows[kind].get(key)
        if where is None:
            return None
        try:
            value = self._packs[where.pack].read(where.start, where.length)
        except OSError:
            value = b""
        if len(value) != where.length or crc32(value, crc32(key)) != where.check:
            del self._rows[kind][key]
            self._changed = True
            return None
        self._used[kind].add(key)
        return value

    def reader(self, kind: str, key: bytes) -> Callable[[int, int], bytes]:
        """What reads a part of an entry that `get` has found, by where it starts and how long it is.

        It goes on to read the same when another entry takes the place of this one.
        """
        where = self._rows[kind][key]
        pack, begin = self._packs[where.pack], where.start
        return lambda start, length: pack.read(begin + start, length)

    def put(self, kind: str, key: bytes, value: bytes) -> None:
        """Keep an entry, in the place of what was there."""
        if self._into is None:
            self._into = self._fresh()
        start = self._packs[self._into].add(value)
        self._rows[kind][key] = _Where(self._into, start, len(value), crc32(value, crc32(key)))
        self._used[kind].add(key)
        self._changed = True

    def prune(self, kind: str) -> None:
        """Forget what of a kind this run has neither put nor asked for; who shares the work does so when all have ended."""
        if self._pruned is not None:
            self._pruned.add(kind)
        elif self._rows[kind].keys() - self._used[kind]:
            self._rows[kind] = {key: where for key, where in self._rows[kind].items() if key in self._used[kind]}
            self._changed = True

    def shared(self, work: Callable[[int, int], T], number: int) -> list[T]:
        """Do as `hands.shared`; what any of the processes puts can be asked for here afterwards.

        Who has a share in such work already does it alone.
        """
        if number == 1 or self._pruned is not None:
            return [work(0, 1)]
        packs = [self._fresh() for _ in range(number)]

        def one(number: int, hands: int) -> tuple[T, _Told]:
            self._into, self._pruned = packs[number], set()
            mine, made = packs[number], work(number, hands)
            rows = {kind: {key: where for key, where in rows.items() if where.pack == mine} for kind, rows in self._rows.items()}
            return made, _Told(rows, dict(self._used), self._pruned, self._packs[mine].size)

        try:
            results = hands.shared(one, number)
        finally:
            self._pruned = None
        for pack, (_, told) in zip(packs, results, strict=True):
            self._packs[pack].size = told.size
            self._changed = self._changed or told.size > 0
            for kind, rows in told.rows.items():
                self._rows[kind].update(rows)
            for kind, keys in told.used.items():
                self._used[kind] |= keys
        for kind in {kind for _, told in results for kind in told.pruned}:
            self.prune(kind)
        return [made for made, _ in results]

    def save(self) -> None:
        """Keep everything for the next run; nothing happens where that cannot be, nor while the work is shared."""
        if self.folder is None or not self._changed or self._pruned is not None:
            return
        with suppress(OSError):
            self._pour()
            self._write(self.folder)
            self._changed = False
        self._into = None  # What an index names does not grow.

    # ── Below: packs and the index ──

    def _fresh(self) -> int:
        if self.folder is not None:
            with suppress(OSError):
                handle, path = tempfile.mkstemp(PACK, dir=self.folder)
                self._packs.append(_Pack(open(handle, "w+b", buffering=0), Path(path).name))
                return len(self._packs) - 1
        self._packs.append(_Pack(tempfile.TemporaryFile(buffering=0)))
        return len(self._packs) - 1

    def _load(self) -> None:
        assert self.folder is not None
        written = (self.folder / INDEX).read_bytes()
        head, body = written[: len(MAGIC) + 2 * PRINT], memoryview(written)[len(MAGIC) + 2 * PRINT :]
        if head != MAGIC + self._print + print_of(self._print, body, size=PRINT):
            return
        length = int.from_bytes(body[:4], "little")
        about = json.loads(bytes(body[4 : 4 + length]))
        rest = body[4 + length :]
        sound = set()
        for number, (name, size) in enumerate(about["packs"]):
            pack = _Pack(io.BytesIO(), name, size)
            with suppress(OSError):
                file = (self.folder / name).open("rb", buffering=0)
                if os.fstat(file.fileno()).st_size == size:
                    pack = _Pack(file, name, size)
                    sound.add(number)
            self._packs.append(pack)
        for kind, count in about["kinds"]:
            self._rows[kind] = {key: _Where(*where) for key, *where in _ROW.iter_unpack(rest[: count * _ROW.size]) if where[0] in sound}
            rest = rest[count * _ROW.size :]
        self._changed = len(sound) < len(self._packs)

    def _pour(self) -> None:
        """Pour together what packs of mostly forgotten entries, or too many small ones, still hold.

        So is what another run has cleared away, since its index did not name it: an open file stays until it is closed.
        """
        live = [0] * len(self._packs)
        for rows in self._rows.values():
            for where in rows.values():
                live[where.pack] += where.length
        used = [number for number, size in enumerate(live) if size]
        poured = {number for number in used if 2 * live[number] < self._packs[number].size or self._cleared(self._packs[number])}
        if len(used) - len(poured) > FEW:
            poured |= set(sorted(set(used) - poured, key=lambda number: live[number])[: -FEW // 2])
        if not poured:
            return
        into = self._fresh()
        for rows in self._rows.values():
            for key, where in rows.items():
                if where.pack in poured:
                    value = self._packs[where.pack].read(where.start, where.length)
                    rows[key] = where._replace(pack=into, start=self._packs[into].add(value))

    def _cleared(self, pack: _Pack) -> bool:
        return self.folder is not None and bool(pack.name) and not (self.folder / pack.name).exists()

    def _write(self, folder: Path) -> None:
        rows = {kind: [row for row in rows.items() if self._packs[row[1].pack].name] for kind, rows in self._rows.items()}
        used = sorted({where.pack for some in rows.values() for _, where in some})
        for number in used:
            if (folder / self._packs[number].name).stat().st_size != self._packs[number].size:
                raise OSError("Another run has cleared a pack away.")
        new = {number: place for place, number in enumerate(used)}
        about = {
            "packs": [(self._packs[number].name, self._packs[number].size) for number in used],
            "kinds": [(kind, len(some)) for kind, some in rows.items()],
        }
        text = json.dumps(about).encode()
        packed = (_ROW.pack(key, *where._replace(pack=new[where.pack])) for some in rows.values() for key, where in some)
        body = b"".join((len(text).to_bytes(4, "little"), text, *packed))
        handle, fresh = tempfile.mkstemp(".new", dir=folder)
        try:
            with open(handle, "wb") as file:
                file.write(MAGIC + self._print + print_of(self._print, body, size=PRINT) + body)
            os.replace(fresh, folder / INDEX)
        except OSError:
            Path(fresh).unlink(missing_ok=True)
            raise
        named = {self._packs[number].name for number in used}
        for left in folder.iterdir():
            if left.suffix in {PACK, ".new"} and left.name not in named:
                with suppress(OSError):  # Windows keeps what is open.
                    left.unlink()
