"""The search index: keys in hashed shards, documents in blocks, text in chunks, facets in columns, all as scripts.

A page on file:// can load a script and nothing else, and nothing that grows with the number of stations is loaded whole.
A query loads the shards of its own keys, the blocks of the documents that may be shown, the chunks of those whose text is
shown, and the columns of the facets that are looked at:

- ``search/meta``: how many documents there are and of which kinds, the facets' words, synonyms, variant characters, and
  which keys lie in a file of their own;
- ``search/readings``: syllable → the characters that are read so;
- ``search/g/<n>``: key → postings; ``search/h/<n>``: the postings of one key that many documents have;
- ``search/d/<n>``: `BLOCK` documents, each with its id, kind, title, address, other names, where it belongs, how its names
  are read where that is not how their characters are mostly read, and where its text is;
- ``search/t/<n>``: texts;
- ``search/f/<facet>/<n>``: the words of `CHUNK` documents, unless they change so seldom that they stand in ``search/meta``.

What is a key, and what a posting says, stands under `keys` and `Postings`. ``assets/search.js`` reads all this; `normal`
there and here must agree.
"""

from __future__ import annotations

import json
import re
import unicodedata
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache, lru_cache
from itertools import pairwise, product
from operator import add, sub
from typing import Any

import opencc
from pypinyin import lazy_pinyin

from ..book import Book
from ..derive.documents import FACETS, KINDS, Document
from ..progress import Stage, Watch, counted, unwatched

BLOCK, CHUNK = 64, 50_000
TEXT_BYTES = 6_000
TEXT_LIMIT = 4_000
"""So many characters of a document are searched."""
SHARD_BYTES, HEAVY_BYTES = 24_000, 8_000
RUNS = 1_000
"""The words of a facet that change more seldom along the documents stand in ``search/meta``."""
LONG_NAME = 24
"""Nobody types the pinyin of a longer name."""
HELD = 6_000_000
"""So many postings are held as numbers; then they are packed."""

TEXT, LEAD, CONTEXT, NAME = 0, 1, 2, 3
"""Where in a document a key stands; `NAME` is one more at the start of a name, two more at its end, three at both."""
LEVELS = 8

_DIGITS = dict(zip("〇零一二两三四五六七八九", "001223456789", strict=True)) | {"嬢": "娘", "孃": "娘"}
_WORD = re.compile(r"[0-9a-z㐀-鿿]+")
_HAN = re.compile(r"[㐀-鿿]")
_RUN = re.compile(r"[㐀-鿿]+|[^㐀-鿿]+")
_QUOTES = frozenset("“”‘’\"'「」『』《》〈〉")
"""Nobody types them, so that words run on across them."""


@cache
def variants() -> dict[str, str]:
    """Traditional and variant characters and the simplified ones, one for one."""
    convert = opencc.OpenCC("t2s").convert
    made = {}
    for code in range(0x4E00, 0xA000):
        character, simple = chr(code), convert(chr(code))
        if simple != character and len(simple) == 1:
            made[character] = simple
    return made | _DIGITS


class _Normal(dict[int, str]):
    """A table for `str.translate` that fills itself: one character for one, so that places stay the same."""

    def __missing__(self, code: int) -> str:
        plain = unicodedata.normalize("NFKC", chr(code)).lower()
        plain = plain if len(plain) == 1 else chr(code)
        self[code] = variants().get(plain, plain)
        return self[code]


class _Bare(dict[int, str]):
    """As `_Normal`, but what is no part of a word becomes a space, and quotation marks nothing."""

    def __missing__(self, code: int) -> str:
        plain = _TABLE[code]
        self[code] = plain if _WORD.fullmatch(plain) else "" if plain in _QUOTES else " "
        return self[code]


_TABLE, _BARE = _Normal(), _Bare()


def normal(text: str) -> str:
    """Text as it is compared: half-width, lower case, simplified, with Chinese digits as digits."""
    return text.translate(_TABLE)


# ── Keys ─────────────────────────────────────────────────────────────────────


def keys(document: Document) -> dict[str, int]:
    """Every key of a document with the best place where it stands.

    Two characters that stand side by side are a key, and of names and of words of one character also each character.
    Three letters of a name's pinyin are one after a ``p``, three of its initials after an ``i`` (and the first two), and
    two syllables after an ``s``.
    """
    made = dict.fromkeys(_pairs(document.text[: max(0, TEXT_LIMIT - len(document.lead))]), TEXT)
    made |= dict.fromkeys(_pairs(document.lead[:TEXT_LIMIT]), LEAD)
    made |= dict.fromkeys(_pairs(document.context), CONTEXT)
    for name in (document.title, *document.names):
        for key, level in _of_name(name):
            before = made.get(key, TEXT)
            made[key] = NAME + (level - NAME | before - NAME) if before >= NAME else level
    return made


def _pairs(text: str) -> set[str]:
    plain = text.translate(_BARE)
    found = set(map(add, plain, plain[1:]))
    made = {pair for pair in found if " " not in pair}
    if len(made) < len(found) or len(plain) == 1:
        made.update(word for word in plain.split() if len(word) == 1)
    return made


@lru_cache(maxsize=65536)
def _of_name(name: str) -> tuple[tuple[str, int], ...]:
    bare = name.translate(_BARE).replace(" ", "")
    made: dict[str, int] = {}
    _spread(made, [bare[at : at + 2] for at in range(len(bare) - 1)])
    _spread(made, list(bare))
    for syllables in {_by_character(name), _in_context(name)} if len(name) <= LONG_NAME else ():
        letters = "".join(syllables)
        first = "".join(syllable[0] for syllable in syllables)
        _spread(made, ["p" + letters[at : at + 3] for at in range(max(1, len(letters) - 2))])
        _spread(made, ["i" + first[at : at + 3] for at in range(max(1, len(first) - 2))])
        if len(first) > 2:
            _spread(made, ["i" + first[:2], ""])
        _spread(made, [f"s{one}'{other}" for one, other in pairwise(syllables)])
    made.pop("", None)
    return tuple(made.items())


def _spread(made: dict[str, int], along: list[str]) -> None:
    """Note the keys along a name, the first and the last of them as such."""
    for at, key in enumerate(along):
        ends = (at == 0) + 2 * (at == len(along) - 1)
        made[key] = NAME + (ends | made.get(key, NAME) - NAME)


# ── How names are read ───────────────────────────────────────────────────────


@cache
def _mostly() -> dict[str, str]:
    """How the common characters are mostly read."""
    made = {}
    for code in range(0xB0A1, 0xF7FF):
        try:
            character = code.to_bytes(2, "big").decode("gb2312")
        except UnicodeDecodeError:
            continue
        made[character] = lazy_pinyin(character)[0]
    return made


def readings() -> dict[str, str]:
    """Syllable → the common characters that are mostly read so."""
    made: dict[str, str] = {}
    for character, sound in _mostly().items():
        made[sound] = made.get(sound, "") + character
    return made


def _by_character(name: str) -> tuple[str, ...]:
    """A name's syllables, each character read as it mostly is; ``assets/search.js`` does the same."""
    known = _mostly()
    found = (known.get(character) or known.get(normal(character)) or normal(character) for character in name)
    return tuple(sound for sound in found if _WORD.fullmatch(sound))


@lru_cache(maxsize=65536)
def _in_context(name: str) -> tuple[str, ...]:
    """A name's syllables, each character read as it is beside the others."""
    made: list[str] = []
    for run in _RUN.findall("".join(character for character in name if _WORD.fullmatch(normal(character)))):
        made += lazy_pinyin(run) if _HAN.match(run) else normal(run)
    return tuple(made)


# ── Postings ─────────────────────────────────────────────────────────────────


class _Steps(dict[int, str]):
    """The characters that stand for a step from one posting to the next: one for most, two for the longest."""

    def __missing__(self, step: int) -> str:
        return chr(0x5000 + (step >> 14)) + chr(0x23 + (step & 0x3FFF))


_STEPS = _Steps((step, chr(0x23 + step)) for step in range(0x4000))


class Postings:
    """For each key the documents that have it.

    A posting is a document's number times `LEVELS` and the place in it. Postings rise; what is kept are the steps from
    one to the next, less one, each as a character from U+0023 on: UTF-8 makes small steps short, and JSON holds them as
    they are. A step of more than 14 bits has its upper bits before it, as a character from U+5000 on.
    """

    def __init__(self) -> None:
        self._packed: dict[str, bytes] = {}
        self._last: dict[str, int] = {}
        self._open: dict[str, list[int]] = {}
        self._held = 0

    def add(self, number: int, found: Mapping[str, int]) -> None:
        postings = [number * LEVELS + level for level in range(LEVELS)]
        held = self._open
        for key, level in found.items():
            if key in held:
                held[key].append(postings[level])
            else:
                held[key] = [postings[level]]
        self._held += len(found)
        if self._held > HELD:
            self._pack()

    def _pack(self) -> None:
        packed, last = self._packed, self._last
        for key, postings in self._open.items():
            before = last.get(key, -1)
            last[key] = postings[-1]
            steps = map(sub, postings, [before + 1, *(posting + 1 for posting in postings)])
            made = "".join([_STEPS[step] for step in steps]).encode()
            packed[key] = packed[key] + made if before >= 0 else made
        self._open, self._held = {}, 0

    def packed(self) -> dict[str, bytes]:
        self._pack()
        return self._packed


def hashed(key: str) -> int:
    """FNV-1a over the characters' codes, as ``assets/search.js`` computes it."""
    value = 0x811C9DC5
    for character in key:
        value = ((value ^ ord(character)) * 0x01000193) & 0xFFFFFFFF
    return value


# ── Facets ───────────────────────────────────────────────────────────────────


class Column:
    """The words of one facet, document by document; each set of words that occurs has a number."""

    def __init__(self) -> None:
        self._sets: dict[tuple[str, ...], int] = {}
        self._of = array("I")

    def add(self, words: tuple[str, ...]) -> None:
        self._of.append(self._sets.setdefault(words, len(self._sets)))

    def runs(self) -> dict[str, Any] | None:
        """The column as its sets, where each run of one set starts and which it is, or nothing where there are many runs."""
        starts = [at for at, one in enumerate(self._of) if at == 0 or one != self._of[at - 1]]
        return {"sets": list(self._sets), "starts": starts, "of": [self._of[at] for at in starts]} if len(starts) <= RUNS else None

    def chunks(self) -> Iterator[list[Any]]:
        """The column in pieces: the sets that occur in each, and for each document the character that stands for its set."""
        sets = list(self._sets)
        for start in range(0, len(self._of), CHUNK):
            piece = self._of[start : start + CHUNK]
            own = {one: chr(0x23 + number) for number, one in enumerate(dict.fromkeys(piece))}
            yield [[sets[one] for one in own], "".join(map(own.__getitem__, piece))]


# ── The whole ────────────────────────────────────────────────────────────────


def index(
    documents: Iterable[Document], book: Book, address: Callable[[Document], str], watch: Watch = unwatched
) -> Iterator[tuple[str, Any]]:
    """Every piece of the index: its name and its data.

    The documents are gone through once and let go. ``address`` is that of a document's page, relative to the site.
    """
    postings, columns = Postings(), {name: Column() for name in FACETS}
    kinds: list[list[Any]] = []
    cities: dict[str, str] = {}
    rows: list[Any] = []
    texts: list[str] = []
    blocks = chunks = size = number = 0
    most = len(book.cards) + sum(len(card.methods) for card in book.cards.values()) + len(book.sources)
    for number, document in enumerate(counted(documents, watch, Stage.SEARCH, most), 1):
        postings.add(number - 1, keys(document))
        for name, column in columns.items():
            column.add((document.kind,) if name == "kind" else document.facets.get(name, ()))
        for province, city in product(*(document.facets.get(name, ()) for name in ("province", "city"))):
            cities[city] = province
        if not kinds or kinds[-1][0] != document.kind:
            kinds.append([document.kind, number - 1])
        text = f"{document.lead} {document.text}".strip()[:TEXT_LIMIT]
        rows.append(_row(document, address(document), chunks, len(texts)))
        texts.append(text)
        size += len(text.encode("utf-8", "replace"))
        if size > TEXT_BYTES:
            yield f"search/t/{chunks}", texts
            texts, size, chunks = [], 0, chunks + 1
        if len(rows) == BLOCK:
            yield f"search/d/{blocks}", rows
            rows, blocks = [], blocks + 1
    if texts:
        yield f"search/t/{chunks}", texts
    if rows:
        yield f"search/d/{blocks}", rows
    runs = {name: made for name, column in columns.items() if (made := column.runs())}
    for name, column in columns.items():
        if name not in runs:
            for at, chunk in enumerate(column.chunks()):
                yield f"search/f/{name}/{at}", chunk
    packed = postings.packed()
    heavy = sorted(key for key, data in packed.items() if len(data) > HEAVY_BYTES)
    for at, key in enumerate(heavy):
        yield f"search/h/{at}", packed.pop(key).decode()
    shards = 1 << (sum(len(key) + len(data) for key, data in packed.items()) // SHARD_BYTES).bit_length()
    split: list[list[str]] = [[] for _ in range(shards)]
    for key in packed:
        split[hashed(key) % shards].append(key)
    for at, own in enumerate(split):
        yield f"search/g/{at}", {key: packed[key].decode() for key in sorted(own)}
    yield "search/readings", readings()
    yield "search/meta", _meta(book, cities) | {"count": number, "kinds": kinds, "runs": runs, "heavy": " ".join(heavy), "shards": shards}


def _row(document: Document, address: str, chunk: int, at: int) -> list[Any]:
    named = (document.title, *document.names)
    heard = [" ".join(_in_context(name)) if len(name) <= LONG_NAME and _in_context(name) != _by_character(name) else 0 for name in named]
    names = list(document.names)
    return [document.id, document.kind, document.title, address, names, document.context, heard if any(heard) else 0, chunk, at]


def _meta(book: Book, cities: Mapping[str, str]) -> dict[str, Any]:
    provinces = {term.id: term.label for term in book.lexicons["provinces"].terms}
    labels = {
        "kind": KINDS,
        "province": provinces,
        "city": {city: f"{provinces[province]} {city}" for city, province in sorted(cities.items())},
        "area": {term.id: term.label for term in book.lexicons["area-types"].terms},
        "playbook": {playbook.id: playbook.name for playbook in book.playbooks.values()},
        "problem": {term.id: term.label for term in book.lexicons["problems"].terms},
        "target": {term.id: term.label for term in book.lexicons["targets"].terms},
        "goal": {term.id: term.label for term in book.lexicons["goals"].terms},
    }
    lists = ("problems", "targets", "means", "roles", "measures", "area-types", "goals")
    terms = [term for name in lists for term in book.lexicons[name].terms]
    synonyms: dict[str, list[str]] = {}
    for term in terms:
        for word in term.synonyms:
            if len(word) > 1 and term.label not in synonyms.get(normal(word), ()):
                synonyms.setdefault(normal(word), []).append(term.label)
    places = (word for term in book.lexicons["provinces"].terms for word in (term.label, *term.synonyms))
    titles = (word for term in book.lexicons["honours"].terms for word in (term.label, *term.synonyms))
    words = {normal(word) for word in (*places, *titles, *KINDS.values(), *(term.label for term in terms)) if len(word) > 1}
    odd, plain = zip(*sorted(variants().items()), strict=True)
    return {
        "block": BLOCK,
        "chunk": CHUNK,
        "facets": [[name, label, labels.get(name, {})] for name, label in FACETS.items()],
        "synonyms": synonyms,
        "words": sorted(words - synonyms.keys()),
        "variants": ["".join(odd), "".join(plain)],
    }


def script(name: str, data: Any) -> str:
    """A piece of the index as a script that gives it to the page."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace").decode()
    return f"fengpu.give({json.dumps(name)},{text})\n".replace("\u2028", "\\u2028").replace("\u2029", "\\u2029").replace("</", "<\\/")
