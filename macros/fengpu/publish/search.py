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

What is a key, and what a posting says, stands under `keys` and `packed`. ``assets/search.js`` reads all this; its `normal`
and that of `characters` must agree.
"""

from __future__ import annotations

import json
import pickle
import re
import struct
import sys
from array import array
from bisect import bisect
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache, partial, reduce
from importlib.metadata import version
from itertools import accumulate, chain, compress, count, groupby, pairwise, product
from operator import add, ne, sub
from pathlib import Path
from typing import Any, NamedTuple
from zlib import crc32

from .. import hands
from ..book import Book
from ..cache import KEY, Cache, print_of
from ..characters import WORD, by_character, in_context, known, normal, readings
from ..derive.documents import FACETS, KINDS, Document, Order, Pile, Written
from ..progress import Stage, Watch, unwatched
from .kept import Kept, Packet, Row, folded

KIND = PACKET = "search"
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
RUN = 4_096
"""Chunks of text begin anew after so many documents, so that one text does not move all that come behind it."""
STRETCH = 64
"""So many documents are packed at a time, more or less; which of them begins a stretch is told by what it is called, so
that one more or less changes no other stretch but its own."""
BUCKETS = 256
"""The postings of a stretch lie in so many pieces, and only those pieces are put together anew that differ from before."""
EACH = 300
"""So many documents are worth a process of their own."""
FILES = 500
"""So many files are."""
ROOM = 32_000_000
"""So many bytes of postings are held at a time."""

TEXT, LEAD, CONTEXT, NAME = range(4)
"""Where in a document a key stands; `NAME` is one more at the start of a name, two more at its end, three at both."""
LEVELS = 8

_QUOTES = re.compile("[“”‘’\"'「」『』《》〈〉]")
"""Nobody types them, so that words run on across them."""


# ── Keys ─────────────────────────────────────────────────────────────────────


class _Pairs(dict[str, str]):
    """Two characters as they are written → as they are compared, or nothing where words do not run on."""

    def __missing__(self, written: str) -> str:
        plain = normal(written)
        self[written] = plain if WORD.fullmatch(plain) else ""
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
    bare = "".join(WORD.findall(normal(_QUOTES.sub("", name))))
    made = _along(list(map(add, bare, bare[1:]))) | _along(list(bare))
    for syllables in {by_character(name), in_context(name)} if len(name) <= LONG_NAME else ():
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


# ── Postings ─────────────────────────────────────────────────────────────────


class _Steps(dict[int, str]):
    """The characters that stand for a step from one posting to the next: one for most, two for the longest."""

    def __missing__(self, step: int) -> str:
        if step >= 0x4000:
            return chr(0x5000 + (step >> 14)) + chr(0x23 + (step & 0x3FFF))
        self[step] = chr(0x23 + step)
        return self[step]


_STEPS = _Steps()


def packed(documents: Iterable[Document]) -> list[str]:
    """The postings of some documents, counted from the first of them, in `BUCKETS` pieces.

    A posting is a document's number times `LEVELS` and the place in it. Postings rise; what is kept are the steps from
    one to the next, each as a character from U+0023 on: UTF-8 makes small steps short, and JSON holds them as they are.
    A step of more than 14 bits has its upper bits before it, as a character from U+5000 on.

    A piece is four lines: its keys, the first posting of each and the last, and the steps between them.
    """
    found: defaultdict[str, list[int]] = defaultdict(list)
    for number, document in enumerate(documents):
        postings = tuple(range(number * LEVELS, (number + 1) * LEVELS))
        made = keys(document)
        # For each key its posting; a country has millions, so no step of this is taken in Python.
        deque(map(list.append, map(found.__getitem__, made), map(postings.__getitem__, made.values())), maxlen=0)
    buckets: list[list[str]] = [[] for _ in range(BUCKETS)]
    for key in sorted(found):
        buckets[_bucket(key)].append(key)
    return [_piece(own, [found[key] for key in own]) if own else "" for own in buckets]


def _piece(own: Sequence[str], found: Sequence[Sequence[int]]) -> str:
    step = _STEPS.__getitem__
    first, last = ("".join([step(one[at]) for one in found]) for at in (0, -1))
    return "\n".join((" ".join(own), first, last, " ".join(["".join(map(step, map(sub, one[1:], one))) for one in found])))


def put_together(pieces: Iterable[tuple[int, str]]) -> dict[str, str]:
    """Key → the steps of all its postings, from pieces each with the number of its first document."""
    made: defaultdict[str, list[str]] = defaultdict(list)
    last: dict[str, int] = {}
    for start, piece in pieces:
        own, first, end, steps = piece.split("\n")
        zero = start * LEVELS - 0x23
        for key, one, other, more in zip(own.split(" "), first, end, steps.split(" "), strict=True):
            made[key].append(_STEPS[zero + ord(one) - last.get(key, 0)] + more)
            last[key] = zero + ord(other)
    return {key: "".join(made[key]) for key in sorted(made)}


def hashed(key: str) -> int:
    """FNV-1a over the characters' codes, as ``assets/search.js`` computes it; it tells in which shard a key lies.

    Of the three letters of a key only the first two count, and not what they are letters of: who types letters asks for
    pinyin, initials and plain text at once, and finds the three in one shard.
    """
    value = 0x811C9DC5
    for character in key[1:3] if len(key) > 2 and key[0] in "pi" else key:
        value = ((value ^ ord(character)) * 0x01000193) & 0xFFFFFFFF
    return value


@lru_cache(maxsize=1 << 16)
def _bucket(key: str) -> int:
    return hashed(key) % BUCKETS


# ── Facets ───────────────────────────────────────────────────────────────────


class Column:
    """The words of one facet, document by document; each set of words that occurs has a number."""

    def __init__(self) -> None:
        self._sets: dict[tuple[str, ...], int] = {}
        self._of = array("I")

    def add(self, words: tuple[str, ...]) -> None:
        self._of.append(self._sets.setdefault(words, len(self._sets)))

    def folded(self) -> list[Any]:
        """The column as its sets and, for each document, the character that stands for its set."""
        return [list(self._sets), "".join([chr(0x23 + one) for one in self._of])]

    def extend(self, folded: list[Any]) -> None:
        """Go on with a folded column."""
        sets, of = folded
        known = self._sets
        own = [known.setdefault(tuple(words), len(known)) for words in sets]
        if len(own) == 1:  # So it is with most.
            self._of.extend(own * len(of))
        else:
            self._of.extend(map(dict(zip(map(chr, count(0x23)), own, strict=False)).__getitem__, of))

    def runs(self) -> dict[str, Any] | None:
        """The column as its sets, where each run of one set starts and which it is, or nothing where there are many runs."""
        starts = list(compress(count(), chain([True], map(ne, self._of[1:], self._of)))) if self._of else []
        return {"sets": list(self._sets), "starts": starts, "of": [self._of[at] for at in starts]} if len(starts) <= RUNS else None

    def chunks(self) -> Iterator[list[Any]]:
        """The column in pieces: the sets that occur in each, and for each document the character that stands for its set."""
        sets = list(self._sets)
        for start in range(0, len(self._of), CHUNK):
            piece = self._of[start : start + CHUNK]
            own = {one: chr(0x23 + number) for number, one in enumerate(dict.fromkeys(piece))}
            yield [[sets[one] for one in own], "".join(map(own.__getitem__, piece))]


def unfolded(column: list[Any]) -> list[tuple[str, ...]]:
    """The words of every document in a folded column."""
    sets = [tuple(words) for words in column[0]]
    return [sets[ord(one) - 0x23] for one in column[1]]


# ── Stretches ────────────────────────────────────────────────────────────────


_LENGTHS = struct.Struct("<III")
_PRINT = 8
_TOP = _LENGTHS.size + (_PRINT + 4) * BUCKETS
"""A stretch begins with so many bytes that tell of its parts: their lengths, the prints of its pieces and where each ends."""
FEW = 8
"""So few pieces of every stretch are sooner read one by one."""
_MARK = KEY + 4
"""What a document is made of, in so many bytes."""

Words = tuple[tuple[str, ...], ...]
"""A document's words for each of `FACETS`."""


def _stretch(marks: bytes, documents: Sequence[Document], address: Callable[[Document], str]) -> bytes:
    """All that the index holds of some documents, whatever number the first of them has."""
    rows = [_row(document, address(document)) for document in documents]
    pieces = [piece.encode() for piece in packed(documents)]
    return _joined(marks, rows, list(map(_text, documents)), list(map(_words, documents)), pieces)


def _mended(old: _Stretch, marks: bytes, changed: Mapping[int, Document], address: Callable[[Document], str]) -> bytes:
    """What `_stretch` gives where some documents have taken the places of others."""
    (rows, texts), words = old.page, old.words
    for place, document in changed.items():
        rows[place], texts[place], words[place] = _row(document, address(document)), _text(document), _words(document)
    return _joined(marks, rows, texts, words, list(_exchanged(old, changed)))


def _joined(marks: bytes, rows: list[Any], texts: list[str], words: list[Words], pieces: list[bytes]) -> bytes:
    columns = {name: Column() for name in FACETS}
    cities: dict[str, str] = {}
    for one in words:
        for column, some in zip(columns.values(), one, strict=True):
            column.add(some)
        for province, city in product(one[_PROVINCE], one[_CITY]):
            cities[city] = province
    kinds = [[kind, len(list(some))] for kind, some in groupby(row[1] for row in rows)]
    head = _shut([kinds, cities, {name: column.folded() for name, column in columns.items()}, list(map(len, texts))])
    page = _shut([rows, texts])
    prints = b"".join(print_of(piece, size=_PRINT) for piece in pieces)
    ends = array("I", accumulate(map(len, pieces))).tobytes()
    return b"".join((_LENGTHS.pack(len(marks), len(head), len(page)), prints, ends, marks, head, page, *pieces))


_PROVINCE, _CITY = map(list(FACETS).index, ("province", "city"))


def _words(document: Document) -> Words:
    return tuple((document.kind,) if name == "kind" else document.facets.get(name, ()) for name in FACETS)


def _text(document: Document) -> str:
    return f"{document.lead} {document.text}".strip()[:TEXT_LIMIT]


class _Head(NamedTuple):
    """What of a stretch concerns all of them."""

    prints: bytes
    """Of its pieces."""
    size: int
    """How many bytes of postings it has."""
    raw: bytes
    """The rest, which takes less room so."""

    @property
    def rest(self) -> Any:
        """How many documents there are of which kinds, the cities, the columns, and how long the texts are."""
        return _opened(self.raw)


class _Stretch:
    """What `_stretch` made; ``read`` reads a part of it, by where that starts and how long it is."""

    def __init__(self, read: Callable[[int, int], bytes | memoryview]) -> None:
        self._read = read
        top = bytes(read(0, _TOP))
        self._marks, self._head, self._page = _LENGTHS.unpack_from(top)
        self._prints = top[_LENGTHS.size : _LENGTHS.size + _PRINT * BUCKETS]
        self._ends = array("I", top[_LENGTHS.size + _PRINT * BUCKETS :])
        self._pieces = _TOP + self._marks + self._head + self._page

    @classmethod
    def of(cls, raw: bytes) -> _Stretch:
        view = memoryview(raw)
        return cls(lambda start, length: view[start : start + length])

    @property
    def marks(self) -> bytes:
        return bytes(self._read(_TOP, self._marks))

    @property
    def head(self) -> _Head:
        return _Head(self._prints, self._ends[-1], bytes(self._read(_TOP + self._marks, self._head)))

    @property
    def page(self) -> Any:
        return _opened(self._read(_TOP + self._marks + self._head, self._page))

    @property
    def words(self) -> list[Words]:
        """The words of each document."""
        columns = (unfolded(folded) for folded in self.head.rest[2].values())
        return list(zip(*columns, strict=True))

    def piece(self, bucket: int) -> bytes:
        start = self._ends[bucket - 1] if bucket else 0
        return bytes(self._read(self._pieces + start, self._ends[bucket] - start))


def _exchanged(old: _Stretch, changed: Mapping[int, Document]) -> Iterator[bytes]:
    """The pieces of a stretch in which other documents stand at some places."""
    come: list[dict[str, list[int]]] = [{} for _ in range(BUCKETS)]
    for place, document in sorted(changed.items()):
        for key, level in keys(document).items():
            come[_bucket(key)].setdefault(key, []).append(place * LEVELS + level)
    low, high = (chr(0x23 + place * LEVELS) for place in (min(changed), max(changed) + 1))
    for bucket, own in enumerate(come):
        raw = old.piece(bucket)
        found = dict(_unpacked(raw.decode(), low, high)) if raw else {}
        gone = {key: those for key, some in found.items() if (those := [one for one in some if one // LEVELS in changed])}
        if gone == own:
            yield raw
            continue
        whole = dict(_unpacked(raw.decode())) if raw else {}
        for key in gone.keys() | own.keys():
            left = [one for one in whole.pop(key, ()) if one // LEVELS not in changed]
            if some := sorted(left + own.get(key, [])):
                whole[key] = some
        yield _piece(sorted(whole), [whole[key] for key in sorted(whole)]).encode() if whole else b""


def _unpacked(piece: str, low: str = "", high: str = chr(sys.maxunicode)) -> Iterator[tuple[str, list[int]]]:
    """The keys of a stretch's piece with their postings, but for those of which all are below or above these."""
    own, first, last, steps = piece.split("\n")
    for key, one, other, more in zip(own.split(" "), first, last, steps.split(" "), strict=True):
        if other >= low and one < high:
            yield key, list(accumulate([ord(step) - 0x23 for step in one + more]))


def _shut(data: Any) -> bytes:
    # Half a pair of surrogates may stand in any text.
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")


def _opened(raw: bytes | memoryview) -> Any:
    return json.loads(bytes(raw).decode("utf-8", "surrogatepass"))


# ── The whole ────────────────────────────────────────────────────────────────


def index(
    book: Book,
    written: Iterable[Written],
    address: Callable[[Document], str],
    ground: bytes,
    kept: Kept,
    folder: Path,
    cache: Cache | None = None,
    watch: Watch = unwatched,
) -> Packet:
    """Make the files of the index, except for those that stand as they should, in a folder that `Kept.publish` gets.

    ``address`` is that of a document's page, relative to the site, and ``ground`` a print of what decides on it. Stretches
    of documents lie in the cache, so that only those are made again that have changed. What comes back is known of all
    files.
    """
    libraries = (f"{name} {version(name)}".encode() for name in ("opencc", "pypinyin"))
    making = _Making(book, list(written), address, print_of(ground, *libraries), kept, folder, cache or Cache(), watch)
    return making.packet()


_SUMS = print_of(b"sums")


class _Sum(NamedTuple):
    """What must be known of a bucket before any shard can be written."""

    trace: str
    """A print of its pieces."""
    size: int
    heavy: list[str]


class _Chunk(NamedTuple):
    """Documents whose texts lie in one chunk."""

    name: int
    start: int
    end: int


class _File(NamedTuple):
    """One file of the index, not made yet."""

    address: str
    trace: bytes
    text: Callable[[], str]
    buckets: Sequence[int] = ()
    """The buckets whose postings it holds."""


class _Making:
    """The making of one index."""

    def __init__(
        self,
        book: Book,
        written: list[Written],
        address: Callable[[Document], str],
        ground: bytes,
        kept: Kept,
        folder: Path,
        cache: Cache,
        watch: Watch,
    ) -> None:
        self._book, self._written, self._address, self._ground = book, written, address, ground
        self._kept, self._folder, self._cache, self._watch = kept, folder, cache, watch
        self._merged = Cache()
        """The buckets that were put together, in a temporary file."""
        self._there: set[int] = set()
        """Which these are."""
        self._last: tuple[int, dict[int, dict[str, str]]] = -1, {}
        """The bucket that was looked into last, in parts."""
        self._pages: dict[int, Any] = {}
        """The rows and texts of the stretches that were looked into last."""

    def packet(self) -> Packet:
        shelf = self._book.shelf
        profiles = (shelf.key(name) for name in self._book.cards)
        whole = print_of(self._ground, pickle.dumps(self._book.commons, 5), repr(self._written).encode(), *profiles)
        packet = self._kept.standing(PACKET, whole)
        if packet is None:
            packet = Packet(PACKET, whole, folded(self._made()))
            self._cache.prune(KIND)
            self._cache.save()
        return packet

    # ── What the files are made of ──

    def _made(self) -> list[Row]:
        order = Order(self._book, self._written)
        self._count = len(order)
        begun = dict(_starts(order))
        self._starts = list(begun)
        self._keys = [print_of(self._ground, name.encode()) for name in begun.values()]
        self._marks = b"".join(self._marks_of(order))
        heads = self._known()
        self._make(order, heads)
        del order
        self._learn(heads)
        self._sum()
        before = self._kept.rows(PACKET)
        made: list[Row] = []
        lacking: list[_File] = []
        for file in chain(self._of_blocks(), self._of_shards(), self._of_all()):
            row = before.get(file.address)
            if row and self._kept.stands(row, file.trace):
                made.append(row)
            else:
                lacking.append(file)
        self._merge(sorted({bucket for file in lacking for bucket in file.buckets} - self._there))

        def write(number: int, hands: int) -> list[Row]:
            own = (file for place, file in enumerate(lacking) if place // BLOCK % hands == number)
            return [self._kept.made(before.get(file.address), file.address, file.trace, file.text, self._folder) for file in own]

        made += chain.from_iterable(hands.shared(write, hands.worth(len(lacking), FILES)))
        self._watch(Stage.SEARCH, self._count, self._count)
        return made

    def _spans(self) -> Iterator[tuple[int, int]]:
        """Where each stretch starts and ends."""
        return zip(self._starts, chain(self._starts[1:], [self._count]), strict=True)

    def _marks_of(self, order: Order) -> Iterator[bytes]:
        """Of each document what tells all that it is made of."""
        keys = list(map(self._book.shelf.key, order.profiles))
        shared = [print_of(repr(document).encode()) for document in order.shared]
        for owner, place in zip(order.owners, order.places, strict=True):
            yield keys[owner] + place.to_bytes(4, "little") if owner >= 0 else shared[place] + bytes(4)

    def _mark(self, start: int, end: int) -> bytes:
        """What some documents are made of."""
        return self._marks[start * _MARK : end * _MARK]

    def _known(self) -> dict[int, _Head]:
        """What concerns all of them of those stretches that are as they should be."""
        found = {}
        for number, ends in enumerate(self._spans()):
            raw = self._cache.get(KIND, self._keys[number])
            if raw and (stretch := _Stretch.of(raw)).marks == self._mark(*ends):
                found[number] = stretch.head
        return found

    def _make(self, order: Order, heads: dict[int, _Head]) -> None:
        """Make or mend the stretches of which no ``heads`` are known, and add these; each profile is opened only once."""
        wanting = {number: span for number, ends in enumerate(self._spans()) if number not in heads for span in [range(*ends)]}
        if not wanting:
            return
        changed = {number: self._changed(number, span) for number, span in wanting.items()}
        some = list(chain.from_iterable(changed.values()))
        many = hands.worth(len(some), EACH)
        pile = Pile(order, many)
        wanted = list(pile.wanted(some).items())

        def lay(number: int, hands: int) -> array[int]:
            for done, (owner, numbers) in enumerate(wanted[number::hands]):
                pile.lay(self._book, owner, numbers, number)
                if not number:
                    self._tell(done * hands, len(wanted), 0)
            return pile.lain

        _, *others = hands.shared(lay, many)
        for lain in others:
            pile.join(lain)
        known()  # Else each process would ask.

        def pack(number: int, hands: int) -> list[tuple[int, _Head]]:
            made = []
            for done, (one, span) in enumerate(list(wanting.items())[number::hands]):
                stretch = self._packed(one, span, {document - span.start: pile.get(document) for document in changed[one]})
                self._cache.put(KIND, self._keys[one], stretch)
                made.append((one, _Stretch.of(stretch).head))
                if not number:
                    self._tell(done * hands, len(wanting), 1)
            return made

        heads.update(chain.from_iterable(self._cache.shared(pack, many)))

    def _changed(self, number: int, span: range) -> Sequence[int]:
        """The documents of a stretch that are others than they were; all of them where that is not known or not worth while."""
        raw = self._cache.get(KIND, self._keys[number])
        if raw is None or len(before := _Stretch.of(raw).marks) != len(span) * _MARK:
            return span
        marks = (before[at : at + _MARK] for at in range(0, len(before), _MARK))
        found = [one for one, mark in zip(span, marks, strict=True) if mark != self._mark(one, one + 1)]
        return found if 2 * len(found) < len(span) else span

    def _packed(self, number: int, span: range, documents: Mapping[int, Document]) -> bytes:
        """A stretch in which these documents have changed."""
        marks = self._mark(span.start, span.stop)
        if len(documents) == len(span):
            return _stretch(marks, list(documents.values()), self._address)
        return _mended(self._opened(number), marks, documents, self._address)

    def _tell(self, done: int, total: int, third: int) -> None:
        self._watch(Stage.SEARCH, self._count * (third * total + min(done, total)) // (3 * total), self._count)

    def _opened(self, number: int) -> _Stretch:
        raw = self._cache.get(KIND, self._keys[number])
        if raw is None:
            raise OSError("The cache was changed while the search index was made.")
        return _Stretch.of(raw)

    def _learn(self, heads: Mapping[int, _Head]) -> None:
        """Learn from the stretches what concerns all of them."""
        self._columns = {name: Column() for name in FACETS}
        self._cities: dict[str, str] = {}
        self._kinds: list[list[Any]] = []
        self._lengths = array("I")
        self._bytes = 0
        prints = []
        for _, head in sorted(heads.items()):
            kinds, cities, columns, lengths = head.rest
            for name, words in columns.items():
                self._columns[name].extend(words)
            self._cities |= cities
            at = len(self._lengths)
            for kind, many in kinds:
                if not self._kinds or self._kinds[-1][0] != kind:
                    self._kinds.append([kind, at])
                at += many
            self._lengths.extend(lengths)
            self._bytes += head.size
            prints.append(head.prints)
        starts = array("Q", self._starts).tobytes()
        own = (b"".join([one[at : at + _PRINT] for one in prints]) for at in range(0, _PRINT * BUCKETS, _PRINT))
        self._traces = [print_of(starts, one).hex() for one in own]

    # ── Shards ──

    def _sum(self) -> None:
        """Put together the buckets that have changed; how many shards there are hangs on all of them."""
        before = [_Sum(*one) for one in _opened(self._cache.get(KIND, _SUMS) or b"[]")]
        self._sums = dict(enumerate(before)) if len(before) == BUCKETS else {}
        self._merge([bucket for bucket, trace in enumerate(self._traces) if bucket not in self._sums or self._sums[bucket].trace != trace])
        self._cache.put(KIND, _SUMS, _shut([self._sums[bucket] for bucket in range(BUCKETS)]))
        self._heavy = sorted(key for one in self._sums.values() for key in one.heavy)
        self._shards = 1 << (sum(one.size for one in self._sums.values()) // SHARD_BYTES).bit_length()

    def _merge(self, buckets: list[int]) -> None:
        held = max(1, ROOM * BUCKETS // max(1, self._bytes))
        """So many buckets at once."""
        self._there.update(buckets)

        def merge(number: int, many: int) -> list[tuple[int, _Sum]]:
            made = []
            own = buckets[number::many]
            for first in range(0, len(own), held // many or 1):
                some = own[first : first + (held // many or 1)]
                pieces: dict[int, list[tuple[int, bytes]]] = {bucket: [] for bucket in some}
                for place, start in enumerate(self._starts):
                    # Each was opened as a whole before, and found to be sound.
                    stretch = _Stretch(self._cache.reader(KIND, self._keys[place])) if len(some) <= FEW else self._opened(place)
                    for bucket in some:
                        if piece := stretch.piece(bucket):
                            pieces[bucket].append((start, piece))
                for bucket in some:
                    whole = put_together((place, piece.decode()) for place, piece in pieces.pop(bucket))
                    sizes = {key: len(steps.encode()) + 4 for key, steps in whole.items()}
                    heavy = [key for key, size in sizes.items() if size > HEAVY_BYTES]
                    size = sum(len(key) + size for key, size in sizes.items() if size <= HEAVY_BYTES)
                    made.append((bucket, _Sum(self._traces[bucket], size, heavy)))
                    self._merged.put(KIND, b"%d" % bucket, _shut(whole))
            return made

        some = self._count * len(buckets) // BUCKETS
        self._sums |= dict(one for part in self._merged.shared(merge, hands.worth(some, EACH)) for one in part)

    def _of_shards(self) -> Iterator[_File]:
        """The files that hold postings, those of one bucket together."""
        heavy = defaultdict(list)
        for at, key in enumerate(self._heavy):
            heavy[_bucket(key)].append((at, key))
        for bucket in range(min(BUCKETS, self._shards)):
            own = range(bucket, BUCKETS, self._shards)
            trace = print_of(b"%d" % self._shards, *(self._traces[one].encode() for one in own))
            for shard in range(bucket, self._shards, BUCKETS):
                yield _file(f"search/g/{shard}", trace, partial(self._shard, own, shard), own)
            for one in own:
                for at, key in heavy[one]:
                    trace = print_of(key.encode(), self._traces[one].encode())
                    yield _file(f"search/h/{at}", trace, partial(self._of_key, one, key), [one])

    def _of_key(self, bucket: int, key: str) -> str:
        return self._parted(bucket)[-1][key]

    def _shard(self, buckets: Iterable[int], shard: int) -> dict[str, str]:
        parts = (self._parted(bucket)[shard] for bucket in buckets)
        return dict(sorted(chain.from_iterable(part.items() for part in parts)))

    def _parted(self, bucket: int) -> Mapping[int, dict[str, str]]:
        """What a bucket has for each shard, and under -1 the keys with a file of their own."""
        number, parts = self._last
        if number != bucket:
            parts, heavy = defaultdict(dict), set(self._sums[bucket].heavy)
            for key, steps in _opened(self._merged.get(KIND, b"%d" % bucket) or b"{}").items():
                parts[-1 if key in heavy else hashed(key) % self._shards][key] = steps
            self._last = bucket, parts
        return parts

    # ── Files ──

    def _of_blocks(self) -> Iterator[_File]:
        """The blocks, each followed by the chunks of text that begin in it."""
        chunks = [chunk for start in range(0, self._count, RUN) for chunk in _chunks(start, self._lengths[start : start + RUN])]
        self._chunks = array("I", (chunk.name for chunk in chunks for _ in range(chunk.start, chunk.end)))
        self._places = array("I", chain.from_iterable(range(chunk.end - chunk.start) for chunk in chunks))
        begun = {number: list(some) for number, some in groupby(chunks, key=lambda chunk: chunk.start // BLOCK)}
        for number, start in enumerate(range(0, self._count, BLOCK)):
            end = min(start + BLOCK, self._count)
            trace = print_of(self._trace(start, end), self._chunks[start:end].tobytes(), self._places[start:end].tobytes())
            yield _file(f"search/d/{number}", trace, partial(self._rows, start, end))
            for chunk in begun.get(number, ()):
                yield _file(f"search/t/{chunk.name}", self._trace(chunk.start, chunk.end), partial(self._texts, chunk))

    def _trace(self, start: int, end: int) -> bytes:
        """A print of what some documents are made of."""
        return print_of(self._ground, self._mark(start, end))

    def _rows(self, start: int, end: int) -> list[Any]:
        return [[*self._page(number)[0], self._chunks[number], self._places[number]] for number in range(start, end)]

    def _texts(self, chunk: _Chunk) -> list[str]:
        return [self._page(number)[1] for number in range(chunk.start, chunk.end)]

    def _page(self, number: int) -> tuple[list[Any], str]:
        """The row and the text of a document."""
        stretch = bisect(self._starts, number) - 1
        if stretch not in self._pages:
            self._pages = dict(list(self._pages.items())[-1:]) | {stretch: list(zip(*self._opened(stretch).page, strict=True))}
        return self._pages[stretch][number - self._starts[stretch]]

    def _of_all(self) -> Iterator[_File]:
        runs = {name: made for name, column in self._columns.items() if (made := column.runs())}
        for name, column in self._columns.items():
            if name not in runs:
                yield from (_ready(f"search/f/{name}/{at}", chunk) for at, chunk in enumerate(column.chunks()))
        yield _file("search/readings", self._ground, readings)
        counts = {"count": self._count, "kinds": self._kinds, "runs": runs, "heavy": " ".join(self._heavy), "shards": self._shards}
        yield _ready("search/meta", _meta(self._book, self._cities) | counts)


def _file(name: str, trace: bytes, data: Callable[[], Any], buckets: Sequence[int] = ()) -> _File:
    return _File(f"data/{name}.js", trace, lambda: script(name, data()), buckets)


def _ready(name: str, data: Any) -> _File:
    return _file(name, print_of(_shut(data)), lambda: data)


def _starts(order: Order) -> Iterator[tuple[int, str]]:
    """The documents with which the stretches begin, each with what it is called."""
    last = -2 * STRETCH
    for number, (owner, place) in enumerate(zip(order.owners, order.places, strict=True)):
        name = f"{order.profiles[owner]} {place}" if owner >= 0 else order.shared[place].id
        if number - last >= 2 * STRETCH or crc32(name.encode()) % STRETCH == 0:
            last = number
            yield number, name


def _chunks(start: int, lengths: Iterable[int]) -> Iterator[_Chunk]:
    """The chunks that texts of these lengths fill, from the document on that is numbered ``start``."""
    name, first, full, end = start, start, 0, start
    for end, length in enumerate(lengths, start + 1):
        full += length
        if full > TEXTS:
            yield _Chunk(name, first, end)
            name, first, full = name + 1, end, 0
    if first < end:
        yield _Chunk(name, first, end)


def _row(document: Document, address: str) -> list[Any]:
    heard = [_heard(name) for name in (document.title, *document.names)]
    names = list(document.names)
    return [document.id, document.kind, document.title, address, names, document.context, heard if any(heard) else 0]


@lru_cache(maxsize=2048)
def _heard(name: str) -> str:
    """How a name is read, if that is not how its characters are mostly read."""
    if len(name) > LONG_NAME or (made := in_context(name)) == by_character(name):
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
    odd, plain = zip(*sorted(known().variants.items()), strict=True)
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
