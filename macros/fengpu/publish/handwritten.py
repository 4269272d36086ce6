"""What is kept of hand-written pages, so that MkDocs makes only those again that have changed."""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Container
from dataclasses import astuple
from typing import NamedTuple
from urllib.parse import unquote

from ..cache import KEY, Cache
from ..derive.documents import Written

KIND = "written"
FILLED = "filled"
_LINK = re.compile(r'href="([^"#?:]+)')


class Known(NamedTuple):
    """A hand-written page as it was made before."""

    written: Written
    links: tuple[str, ...]
    """The files made out of data to which it leads; where one is gone, MkDocs has to look at the page."""


def keep(cache: Cache, trace: bytes, known: Known) -> None:
    """Keep a page under a print of all that it was made of."""
    cache.put(KIND, trace, json.dumps([*astuple(known.written), known.links], ensure_ascii=False).encode())


def known(cache: Cache, trace: bytes) -> Known | None:
    """What was kept, or None."""
    kept = cache.get(KIND, trace)
    if kept is None:
        return None
    key, title, names, html, links = json.loads(kept)
    return Known(Written(key, title, tuple(names), html), tuple(links))


class Filled(NamedTuple):
    """What came of a page's macros before."""

    told: list[str]
    """What they tell of, as `macros.told` gives it."""
    shown: bytes
    """A print of all that may be told of them."""
    seen: bytes
    """A print of no more than what the page shows of them, which takes longer to work out."""
    trace: bytes
    """A print of all that the page was made of."""


def keep_filled(cache: Cache, source: bytes, filled: Filled) -> None:
    """Keep under a print of a page's source what came of its macros."""
    cache.put(FILLED, source, b"".join((filled.shown, filled.seen, filled.trace, "\n".join(filled.told).encode())))


def filled(cache: Cache, source: bytes) -> Filled | None:
    """What was kept, or None."""
    kept = cache.get(FILLED, source)
    if kept is None:
        return None
    shown, seen, trace, told = kept[:KEY], kept[KEY : 2 * KEY], kept[2 * KEY : 3 * KEY], kept[3 * KEY :].decode()
    return Filled(told.split("\n") if told else [], shown, seen, trace)


def links(html: str, address: str, ours: Container[str]) -> tuple[str, ...]:
    """Those of ``ours`` to which a page at an address leads."""
    folder = posixpath.dirname(address)
    found = (posixpath.normpath(posixpath.join(folder, unquote(way))) for way in _LINK.findall(html))
    return tuple(sorted({one for one in found if one in ours}))
