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

What is a key, and what a posting says, stands under `keys` and `Packed`. ``assets/search.js`` reads all this; `normal`
there and here must agree.
"""

from __future__ import annotations

import json
import os
import re
import unicodedata
from array import array
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ProcessPoolExecutor
from functools import cache, lru_cache, reduce
from itertools import accumulate, chain, islice, pairwise, product
from multiprocessing import get_context
from operator import add, sub
from typing import Any, NamedTuple

import opencc

from ..book import Book
from ..derive.documents import FACETS, KINDS, Document
from ..progress import Stage, Watch, counted, unwatched

BLOCK, CHUNK = 64, 50_000
TEXTS = 2_000
"""So many characters of text are in a chunk."""
TEXT_LIMIT = 4_000
"""So many characters of a document are searched."""
SHARD_BYTES, HEAVY_BYTES = 24_000, 8_000
RUNS = 1_000
"""The words of a facet that change more seldom along the documents stand in ``search/meta``."""
LONG_NAME = 12
"""Nobody types the pinyin of a longer name."""
BATCH = 4_096
"""So many documents are packed at a time."""
MOST = 4
"""Of so many processes none waits long for another; each takes its own 100 MB."""

TEXT, LEAD, CONTEXT, NAME = range(4)
"""Where in a document a key stands; `NAME` is one more at the start of a name, two more at its end, three at both."""
LEVELS = 8

_DIGITS = dict(zip("〇零一二两三四五六七八九", "001223456789", strict=True)) | {"嬢": "娘", "孃": "娘"}
_WORD = re.compile(r"[0-9a-z㐀-鿿]+")
_QUOTES = re.compile("[“”‘’\"'「」『』《》〈〉]")
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
        if len(plain) != 1 or (ord(plain) > 0xFFFF) != (code > 0xFFFF):  # A script counts what is above as two.
            plain = chr(code)
        self[code] = variants().get(plain, plain)
        return self[code]


_TABLE = _Normal()


def normal(text: str) -> str:
    """Text as it is compared: half-width, lower case, simplified, with Chinese digits as digits."""
    return text.translate(_TABLE)


# ── Keys ─────────────────────────────────────────────────────────────────────


class _Pairs(dict[str, str]):
    """Two characters as they are written → as they are compared, or nothing where words do not run on."""

    def __missing__(self, written: str) -> str:
        plain = normal(written)
        self[written] = plain if _WORD.fullmatch(plain) else ""
        return self[written]


_PAIRS = _Pairs()


def keys(document: Document) -> dict[str, int]:
    """Every key of a document with the best place where it stands.

    Two characters that stand side by side are a key, and of names also each character. Three letters of a name's pinyin
    are one after a ``p``, three of its initials after an ``i`` (and the first two), and two syllables after an ``s``.
    """
    made = _pairs(document.text[: max(0, TEXT_LIMIT - len(document.lead))], TEXT)
    made |= _pairs(document.lead[:TEXT_LIMIT], LEAD)
    made |= _pairs(document.context, CONTEXT)
    made.pop("", None)
    return made | reduce(_either, map(_of_name, (document.title, *document.names)))


def _either(one: dict[str, int], other: dict[str, int]) -> dict[str, int]:
    """The keys of two names; the start of either is a start."""
    both = {key: NAME + (one[key] - NAME | other[key] - NAME) for key in one.keys() & other.keys()}
    return one | other | both


def _pairs(text: str, level: int) -> dict[str, int]:
    text = _QUOTES.sub("", text)
    return dict.fromkeys(map(_PAIRS.__getitem__, map(add, text, text[1:])), level)


@lru_cache(maxsize=2048)
def _of_name(name: str) -> dict[str, int]:
    bare = "".join(_WORD.findall(normal(_QUOTES.sub("", name))))
    made = _along(list(map(add, bare, bare[1:]))) | _along(list(bare))
    for syllables in {_by_character(name), _in_context(name)} if len(name) <= LONG_NAME else ():
        letters, first = "".join(syllables), "".join([syllable[0] for syllable in syllables])
        heard = _along(["p" + letters[at : at + 3] for at in range(max(1, len(letters) - 2))])
        heard |= {"i" + first[:2]: NAME + 1}
        heard |= _along(["i" + first[at : at + 3] for at in range(max(1, len(first) - 2))])
        heard |= _along([f"s{one}'{other}" for one, other in pairwise(syllables)])
        made = _either(made, heard)
    return made


def _along(found: list[str]) -> dict[str, int]:
    """The keys along a name, the first and the last of them known as such."""
    made = dict.fromkeys(found, NAME)
    if found:
        made[found[0]] += 1
        made[found[-1]] += 2
    return made


# ── How names are read ───────────────────────────────────────────────────────

_TONED = "āáǎàēéěèêếềōóǒòīíǐìūúǔùńňǹḿ"
_TONES = {ord(toned): unicodedata.normalize("NFD", toned)[0] for toned in _TONED} | dict.fromkeys(map(ord, "üǖǘǚǜ"), "v")


class Sounds(NamedTuple):
    """How the common characters are mostly read, and the words in which they are read otherwise."""

    mostly: dict[str, str]
    otherwise: dict[str, tuple[str, ...]]


_told: list[Sounds] = []


def _sounds() -> Sounds:
    if not _told:
        _tell(_looked_up())
    return _told[0]


def _tell(sounds: Sounds) -> None:
    """Tell a new process the sounds, for it would have to load the whole of pypinyin's lists to find them."""
    _told.append(sounds)


def _looked_up() -> Sounds:
    from pypinyin.constants import PHRASES_DICT, PINYIN_DICT

    mostly = {}
    for code in range(0xB0A1, 0xF7FF):
        try:
            character = code.to_bytes(2, "big").decode("gb2312")
        except UnicodeDecodeError:
            continue
        mostly[character] = PINYIN_DICT[ord(character)].partition(",")[0].translate(_TONES)
    otherwise = {}
    for word, readings in PHRASES_DICT.items():
        sounds = tuple(reading[0].translate(_TONES) for reading in readings)
        if len(word) == len(sounds) <= 4 and sounds != tuple(_sound(mostly, character) for character in word):
            otherwise[word] = sounds
    return Sounds(mostly, otherwise)


def _sound(mostly: Mapping[str, str], character: str) -> str:
    """How a character is mostly read; letters and digits stand for themselves, what is no part of a word for nothing."""
    plain = normal(character)
    sound = mostly.get(character) or mostly.get(plain) or plain
    return sound if _WORD.fullmatch(sound) else ""


def readings() -> dict[str, str]:
    """Syllable → the common characters that are mostly read so."""
    made: dict[str, str] = {}
    for character, sound in _sounds().mostly.items():
        made[sound] = made.get(sound, "") + character
    return made


class _Sounds(dict[str, str]):
    """A character → how it is mostly read."""

    def __missing__(self, character: str) -> str:
        self[character] = _sound(_sounds().mostly, character)
        return self[character]


_SOUNDS = _Sounds()


def _by_character(name: str) -> tuple[str, ...]:
    """A name's syllables, each character read as it mostly is; ``assets/search.js`` does the same."""
    return tuple(filter(None, map(_SOUNDS.__getitem__, name)))


def _in_context(name: str) -> tuple[str, ...]:
    """A name's syllables, each character read as it is beside the others."""
    bare, words = "".join(filter(_SOUNDS.__getitem__, name)), _sounds().otherwise
    made = list(map(_SOUNDS.__getitem__, bare))
    for length in (2, 3, 4):
        for at in range(len(bare) - length + 1):
            if bare[at : at + length] in words:
                made[at : at + length] = words[bare[at : at + length]]
    return tuple(made)


# ── Postings ─────────────────────────────────────────────────────────────────


class _Steps(dict[int, str]):
    """The characters that stand for a step from one posting to the next: one for most, two for the longest."""

    def __missing__(self, step: int) -> str:
        return chr(0x5000 + (step >> 14)) + chr(0x23 + (step & 0x3FFF))


_STEPS = _Steps((step, chr(0x23 + step)) for step in range(0x4000))


class Packed(NamedTuple):
    """The postings of some documents, key by key.

    A posting is a document's number times `LEVELS` and the place in it. Postings rise; what is kept are the steps from
    one to the next, each as a character from U+0023 on: UTF-8 makes small steps short, and JSON holds them as they are.
    A step of more than 14 bits has its upper bits before it, as a character from U+5000 on.
    """

    keys: list[str]
    first: array[int]
    last: array[int]
    steps: bytes
    """The steps from the first posting on, of all keys."""
    ends: array[int]
    """Where among them each key's end."""


def _packed(start: int, documents: Iterable[Document]) -> Packed:
    """The postings of a batch of documents that are numbered from ``start``."""
    found: defaultdict[str, list[int]] = defaultdict(list)
    for number, document in enumerate(documents, start):
        postings = tuple(range(number * LEVELS, (number + 1) * LEVELS))
        for key, level in keys(document).items():
            found[key].append(postings[level])
    step = _STEPS.__getitem__
    steps = ["".join(map(step, map(sub, one[1:], one))).encode() for one in found.values()]
    first, last = (array("I", [one[at] for one in found.values()]) for at in (0, -1))
    return Packed(list(found), first, last, b"".join(steps), array("I", accumulate(map(len, steps))))


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
    columns = {name: Column() for name in FACETS}
    kinds: list[list[Any]] = []
    cities: dict[str, str] = {}
    count = 0
    most = len(book.cards) + sum(len(card.methods) for card in book.cards.values()) + len(book.sources)

    def noted() -> Iterator[tuple[Document, str]]:
        nonlocal count
        for count, document in enumerate(counted(documents, watch, Stage.SEARCH, most), 1):
            for name, column in columns.items():
                column.add((document.kind,) if name == "kind" else document.facets.get(name, ()))
            for province, city in product(*(document.facets.get(name, ()) for name in ("province", "city"))):
                cities[city] = province
            if not kinds or kinds[-1][0] != document.kind:
                kinds.append([document.kind, count - 1])
            yield document, address(document)

    packed: dict[str, bytes] = {}
    """Key → its last posting in four bytes, so that no second table must hold them, and all its steps."""
    for pieces, postings in _each(_batches(noted())):
        yield from pieces
        start = 0
        for key, first, end, last in zip(postings.keys, postings.first, postings.ends, postings.last, strict=True):
            before = packed.get(key, bytes(4))
            step = _STEPS[first - int.from_bytes(before[:4], "big")].encode()
            packed[key] = last.to_bytes(4, "big") + before[4:] + step + postings.steps[start:end]
            start = end
    runs = {name: made for name, column in columns.items() if (made := column.runs())}
    for name, column in columns.items():
        if name not in runs:
            for at, chunk in enumerate(column.chunks()):
                yield f"search/f/{name}/{at}", chunk
    heavy = sorted(key for key, data in packed.items() if len(data) > HEAVY_BYTES)
    for at, key in enumerate(heavy):
        yield f"search/h/{at}", packed.pop(key)[4:].decode()
    shards = 1 << (sum(len(key) + len(data) for key, data in packed.items()) // SHARD_BYTES).bit_length()
    split: list[list[str]] = [[] for _ in range(shards)]
    for key in packed:
        split[hashed(key) % shards].append(key)
    for at, own in enumerate(split):
        yield f"search/g/{at}", {key: packed[key][4:].decode() for key in sorted(own)}
    yield "search/readings", readings()
    yield "search/meta", _meta(book, cities) | {"count": count, "kinds": kinds, "runs": runs, "heavy": " ".join(heavy), "shards": shards}
    watch(Stage.SEARCH, count, count)


Batch = tuple[int, list[tuple[Document, str]]]
"""The number of the first of some documents, and each with its address."""
Done = tuple[list[tuple[str, Any]], Packed]
"""The pieces of the index that a batch makes by itself, and its postings."""


def _batches(documents: Iterator[tuple[Document, str]]) -> Iterator[Batch]:
    start = 0
    while batch := list(islice(documents, BATCH)):
        yield start, batch
        start += BATCH


def _each(batches: Iterator[Batch]) -> Iterator[Done]:
    """Work off the batches in their order; where there are several, in several processes."""
    ahead = list(islice(batches, 2))
    if len(ahead) < 2:
        yield from map(_batch, ahead)
        return
    many = min(os.cpu_count() or 1, MOST)
    # A forked process would hold on to the whole book.
    with ProcessPoolExecutor(many, get_context("spawn"), _tell, (_sounds(),)) as pool:
        waiting: deque[Future[Done]] = deque()
        for batch in chain(ahead, batches):
            waiting.append(pool.submit(_batch, batch))
            if len(waiting) > many:
                yield waiting.popleft().result()
        for future in waiting:
            yield future.result()


def _batch(batch: Batch) -> Done:
    start, documents = batch
    pieces: list[tuple[str, Any]] = []
    rows: list[Any] = []
    texts: list[str] = []
    chunk = start
    for document, address in documents:
        rows.append(_row(document, address, chunk, len(texts)))
        texts.append(f"{document.lead} {document.text}".strip()[:TEXT_LIMIT])
        if sum(map(len, texts)) > TEXTS:
            pieces.append((f"search/t/{chunk}", texts))
            texts, chunk = [], chunk + 1
    if texts:
        pieces.append((f"search/t/{chunk}", texts))
    pieces += ((f"search/d/{(start + at) // BLOCK}", rows[at : at + BLOCK]) for at in range(0, len(rows), BLOCK))
    return pieces, _packed(start, (document for document, _ in documents))


def _row(document: Document, address: str, chunk: int, at: int) -> list[Any]:
    heard = [_heard(name) for name in (document.title, *document.names)]
    names = list(document.names)
    return [document.id, document.kind, document.title, address, names, document.context, heard if any(heard) else 0, chunk, at]


@lru_cache(maxsize=2048)
def _heard(name: str) -> str:
    """How a name is read, if that is not how its characters are mostly read."""
    if len(name) > LONG_NAME or (made := _in_context(name)) == _by_character(name):
        return ""
    return " ".join(made)


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
    synonyms: dict[str, list[tuple[str, str]]] = {}
    for term in terms:
        # 劳资 for 劳资纠纷: what the label is called for short is what texts say.
        stem = next((word for word in term.synonyms if len(word) > 1 and word in term.label), term.label)
        for word in term.synonyms:
            if len(word) > 1 and (term.label, stem) not in synonyms.get(normal(word), ()):
                synonyms.setdefault(normal(word), []).append((term.label, stem))
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
