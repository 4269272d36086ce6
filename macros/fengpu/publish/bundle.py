"""The built site as one zip, for readers who carry it to a computer without a network."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from .. import __version__
from ..book import Book
from ..model import PartialDate
from ..problem import Problem, in_order
from ..read import items
from ..render.pages import Renderer
from .files import beside

FOLDER = "fengpu"
"""The one folder in the zip; whatever lies in it opens from wherever it is unpacked."""
LONGEST = 199
"""Windows takes paths of 259 characters; what is left is for the folder that a reader unpacks into."""
README = "读我.txt"
STAMP = "version.txt"

# What only a server or a developer has a use for: a page for wrong addresses and lists of addresses, which start with
# the server's name; and Material's own search, which needs a worker and is not what our pages use.
_LEFT_OUT = re.compile(r"(404\.html|sitemap(-\d+)?\.xml(\.gz)?|assets/javascripts/(lunr|workers)/.+|.+\.(css|js)\.map)")
_LEVEL = 6  # 3 is twice as fast and a tenth larger, 9 takes twice as long and is no smaller.
_RESERVED = {"con", "prn", "aux", "nul", *(f"{port}{number}" for port in ("com", "lpt") for number in range(1, 10))}
_FOREIGN = re.compile(r'[^ -~]|[<>:"\\|?*]|[. ]$|^ ')
# Dates and rights are not the files' own, so that the same data make the same zip on every computer.
_UNIX, _READABLE = 3, 0o100644 << 16


@dataclass(frozen=True)
class Stamp:
    """Which state of the data somebody has before them."""

    version: str
    checked: PartialDate | None
    """The newest check of any station or region."""
    digest: str
    """A hash of all that was read."""

    def __str__(self) -> str:
        return f"version: {self.version}\nchecked: {self.checked or '不详'}\ndata: sha256:{self.digest}\n"


def stamp(book: Book, data: Path) -> Stamp:
    """The stamp of a book that was made of the folder ``data``."""
    made = hashlib.sha256()
    for item in items(data, "data")[0]:
        # Git may have written other line ends on another computer; a NUL stands in no path and no YAML.
        made.update(item.path.encode() + b"\0" + item.file.read_bytes().replace(b"\r\n", b"\n") + b"\0")
    newest = max(book.checked, key=lambda one: one.last, default=None)
    return Stamp(__version__, newest, made.hexdigest())


def unfit(files: Iterable[str], source_of: Callable[[str], str]) -> Iterator[Problem]:
    """What could not be unpacked everywhere; ``source_of`` tells which file a file of the site was made of."""
    taken = {README, STAMP}
    for file in files:
        for code, message, remedy in _faults(file, taken):
            yield Problem(source_of(file), code, message, remedy, 1, 1)
        taken.add(file.lower())


def _faults(file: str, taken: set[str]) -> Iterator[tuple[str, str, str]]:
    if (length := len(f"{FOLDER}/{file}")) > LONGEST:
        message = f"离线包里的路径 {FOLDER}/{file} 有 {length} 个字符，最多 {LONGEST} 个，再长有的电脑解压不出来。"
        yield "E503", message, "缩短其中的编号，旧编号写进 aliases；手写的页面缩短文件名。"
    parts = file.split("/")
    if any(_FOREIGN.search(part) for part in parts):
        yield "E504", f"离线包里的 {file} 有旧电脑解压时认不出的字符。", "文件名只用英文字母、数字和 -。"
    for part in parts:
        if part.partition(".")[0].lower() in _RESERVED:
            yield "E504", f"离线包里的 {file} 用了 Windows 留给设备的名称“{part}”，解压不出来。", "换一个编号或文件名。"
    if file.lower() in taken:
        yield "E504", f"离线包里的 {file} 和另一个文件重名，Windows 不分大小写。", "给其中一个改名。"


def bundle(site: Path, target: Path, renderer: Renderer, data: Path, source_of: Callable[[str], str]) -> tuple[int, list[Problem]]:
    """Write the built ``site`` as one zip and give back how many files it holds; nothing is written where one is unfit.

    The site must have been built with a file's name in every link: a folder doesn't open its index.html by double-click.
    """
    files = sorted(file for file in _files(site) if not _LEFT_OUT.fullmatch(file))
    if problems := in_order(unfit(files, source_of)):
        return 0, problems
    ours = stamp(renderer.book, data)
    words = str(renderer.render("readme.txt", "index", stamp=ours))
    # Old Notepad knows UTF-8 by its mark only, and a line's end by both characters.
    texts = {README: "\ufeff" + words.replace("\n", "\r\n"), STAMP: str(ours)}
    day = max(ours.checked.last if ours.checked else date.min, date(1980, 1, 1))  # A zip knows no earlier day.
    with beside(target) as work:
        with ZipFile(work / target.name, "w") as zipped:

            def put(name: str, content: bytes) -> None:
                entry = ZipInfo(f"{FOLDER}/{name}", (day.year, day.month, day.day, 0, 0, 0))
                entry.create_system, entry.external_attr = _UNIX, _READABLE
                zipped.writestr(entry, content, ZIP_DEFLATED, _LEVEL)

            for name, text in texts.items():
                put(name, text.encode())
            for file in files:
                put(file, (site / file).read_bytes())
        os.replace(work / target.name, target)
    return len(texts) + len(files), []


def _files(site: Path) -> Iterator[str]:
    for folder, _, names in os.walk(site):
        inside = Path(folder).relative_to(site)
        yield from ((inside / name).as_posix() for name in names)
