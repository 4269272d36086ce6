"""The search index: grams in hashed shards, names in blocks, text in chunks, all as scripts.

Nothing that grows with the number of stations is loaded whole. A query loads the shards of its own grams, the
blocks of the documents that may be shown, and the chunks of those whose text is shown. What the pieces hold:

- ``search/meta``: how many documents and shards, the facets' words, synonyms, variant characters;
- ``search/readings``: syllable → the characters that are read so;
- ``search/g/<n>``: gram → document numbers, as base64 of varint differences;
- ``search/d/<n>``: `BLOCK` documents: id, kind, title, address, other names, where it belongs, pinyin;
- ``search/f/<n>``: the facets of `CHUNK` documents;
- ``search/t/<n>``: the text of `TEXTS` documents.

Grams carry a mark: ``n`` two characters of a name, ``u`` one, ``c`` two of the text, ``p`` three letters of a name's
pinyin, ``i`` two of its initials. ``assets/search.js`` reads all this; `normal` there and here must agree.
"""

from __future__ import annotations

import base64
import json
import re
import unicodedata
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from typing import Any

import opencc
from pypinyin import lazy_pinyin

from ..derive.documents import FACETS, KINDS, Document
from ..link import Book
from ..progress import Stage, Watch, counted, unwatched

BLOCK, CHUNK, TEXTS = 32, 4096, 8
SHARD_BYTES = 24_000
TEXT_LIMIT = 4000
COMMON = 0.2
"""In a large site a gram of the text that more documents than this share have tells nothing."""
LARGE = 5000
LONG_NAME = 24
"""Nobody types the pinyin of a longer name."""

_DIGITS = dict(zip("〇零一二三四五六七八九", "00123456789", strict=True)) | {"嬢": "娘", "孃": "娘"}
_WORD = re.compile(r"[0-9a-z㐀-鿿]+")


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


_TABLE = _Normal()


def normal(text: str) -> str:
    """Text as it is compared: half-width, lower case, simplified, with Chinese digits as digits."""
    return text.translate(_TABLE)


def grams(document: Document) -> Iterator[str]:
    """Every gram of a document once."""
    names = [normal(name) for name in (document.title, *document.names)]
    found = set()
    for name in names:
        for word in _WORD.findall(name):
            found.update("n" + word[at : at + 2] for at in range(len(word) - 1))
            found.update("u" + character for character in word)
    for sound in sounds(document):
        found.update("p" + sound[at : at + 3] for at in range(max(1, len(sound) - 2)))
    for first in initials(document):
        found.update("i" + first[at : at + 2] for at in range(max(1, len(first) - 1)))
    for word in _WORD.findall(normal(f"{document.title} {document.context} {document.text[:TEXT_LIMIT]}")):
        found.update("c" + word[at : at + 2] for at in range(len(word) - 1))
        if len(word) == 1:
            found.add("c" + word)
    return iter(found)


@lru_cache(maxsize=65536)
def _syllables(name: str) -> tuple[str, ...]:
    return tuple(part for raw in lazy_pinyin(name) for part in _WORD.findall(normal(raw)))


def _heard(document: Document) -> list[tuple[str, ...]]:
    """The syllables of a document's title and of its other names, but for the very long ones."""
    return [_syllables(name) for name in (document.title, *document.names) if len(name) <= LONG_NAME]


def sounds(document: Document) -> list[str]:
    """The full pinyin of a document's names."""
    return list(dict.fromkeys("".join(syllables) for syllables in _heard(document)))


def initials(document: Document) -> list[str]:
    """The first letters of the pinyin of a document's names."""
    return list(dict.fromkeys("".join(part if part.isdigit() else part[0] for part in syllables) for syllables in _heard(document)))


def readings() -> dict[str, str]:
    """Syllable → the common characters that are read so, for words typed with the wrong character of the right sound."""
    made: dict[str, str] = {}
    for code in range(0xB0A1, 0xF7FF):
        try:
            character = code.to_bytes(2, "big").decode("gb2312")
        except UnicodeDecodeError:
            continue
        sound = lazy_pinyin(character)[0]
        made[sound] = made.get(sound, "") + character
    return made


def index(
    documents: Sequence[Document], book: Book, address: Mapping[str, str], watch: Watch = unwatched
) -> Iterator[tuple[str, Any]]:
    """Every piece of the index: its name and its data.

    ``address`` leads from a document's id to its page, relative to the site.
    """
    postings: dict[str, array[int]] = {}
    for number, document in enumerate(counted(documents, watch, Stage.SEARCH, len(documents))):
        for gram in grams(document):
            found = postings.get(gram)
            if found is None:
                postings[gram] = array("I", (number,))
            else:
                found.append(number)
    if len(documents) > LARGE:
        limit = int(len(documents) * COMMON)
        for gram in [gram for gram, found in postings.items() if len(found) > limit and gram[0] == "c"]:
            del postings[gram]
    packed = {gram: _packed(found) for gram, found in sorted(postings.items())}
    size = sum(len(gram) * 3 + len(data) + 8 for gram, data in packed.items())
    shards = 1 << max(0, (size // SHARD_BYTES).bit_length())
    yield "search/meta", _meta(documents, book, shards)
    yield "search/readings", readings()
    split: list[dict[str, str]] = [{} for _ in range(shards)]
    for gram, data in packed.items():
        split[hashed(gram) % shards][gram] = data
    for number, shard in enumerate(split):
        yield f"search/g/{number}", shard
    for start in range(0, len(documents), BLOCK):
        yield f"search/d/{start // BLOCK}", [_shown(one, address) for one in documents[start : start + BLOCK]]
    for start in range(0, len(documents), CHUNK):
        yield f"search/f/{start // CHUNK}", _columns(documents[start : start + CHUNK])
    for start in range(0, len(documents), TEXTS):
        yield f"search/t/{start // TEXTS}", [one.text[:TEXT_LIMIT] for one in documents[start : start + TEXTS]]


def hashed(gram: str) -> int:
    """FNV-1a over the characters' codes, as ``assets/search.js`` computes it."""
    value = 0x811C9DC5
    for character in gram:
        value = ((value ^ ord(character)) * 0x01000193) & 0xFFFFFFFF
    return value


def _packed(numbers: Iterable[int]) -> str:
    made, last = bytearray(), -1
    for number in numbers:
        step, last = number - last - 1, number
        while step > 127:
            made.append(step & 127 | 128)
            step >>= 7
        made.append(step)
    return base64.b64encode(made).decode()


def _shown(document: Document, address: Mapping[str, str]) -> list[Any]:
    return [
        document.id,
        document.kind,
        document.title,
        address[document.id],
        list(document.names),
        document.context,
        sounds(document),
        initials(document),
    ]


def _columns(documents: Sequence[Document]) -> dict[str, list[Any]]:
    """Facet → for each document its words: one, several in a list, or 0 for none."""
    made: dict[str, list[Any]] = {name: [] for name in FACETS}
    for document in documents:
        for name, column in made.items():
            words = (document.kind,) if name == "kind" else document.facets.get(name, ())
            column.append(words[0] if len(words) == 1 else list(words) or 0)
    return {name: column for name, column in made.items() if any(column)}


def _meta(documents: Sequence[Document], book: Book, shards: int) -> dict[str, Any]:
    labels = {
        "kind": KINDS,
        "province": {term.id: term.label for term in book.lexicons["provinces"].terms},
        "area": {term.id: term.label for term in book.lexicons["area-types"].terms},
        "playbook": {playbook.id: playbook.name for playbook in book.playbooks.values()},
        "problem": {term.id: term.label for term in book.lexicons["problems"].terms},
        "target": {term.id: term.label for term in book.lexicons["targets"].terms},
        "goal": {term.id: term.label for term in book.lexicons["goals"].terms},
    }
    synonyms: dict[str, list[str]] = {}
    for name in ("problems", "targets", "means", "roles", "measures", "area-types", "goals"):
        for term in book.lexicons[name].terms:
            for word in term.synonyms:
                if len(word) > 1:
                    synonyms.setdefault(normal(word), []).append(term.label)
    simple, odd = [], []
    for character, plain in sorted(variants().items()):
        simple.append(plain)
        odd.append(character)
    return {
        "count": len(documents),
        "shards": shards,
        "block": BLOCK,
        "chunk": CHUNK,
        "texts": TEXTS,
        "facets": [[name, label, labels.get(name, {})] for name, label in FACETS.items()],
        "synonyms": synonyms,
        "variants": ["".join(odd), "".join(simple)],
    }


def script(name: str, data: Any) -> str:
    """A piece of the index as a script that gives it to the page."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace").decode()
    return f"fengpu.give({json.dumps(name)},{text})\n".replace("\u2028", "\\u2028").replace("\u2029", "\\u2029").replace("</", "<\\/")
