"""What others know of Chinese characters: which of them stand for another one, and how they are read.

Their lists are long, and little of them is wanted. So a process of its own asks them, where there can be one, while this
one reads profiles, and what they hold is forgotten with it.
"""

from __future__ import annotations

import json
import re
import threading
import unicodedata
from collections.abc import Callable, Mapping
from importlib.metadata import version
from typing import NamedTuple

from .cache import Cache, print_of
from .hands import ahead

KIND = "characters"
_DIGITS = dict(zip("〇零一二两三四五六七八九", "001223456789", strict=True)) | {"嬢": "娘", "孃": "娘"}
_TONED = "āáǎàēéěèêếềōóǒòīíǐìūúǔùńňǹḿ"
_TONES = {ord(toned): unicodedata.normalize("NFD", toned)[0] for toned in _TONED} | dict.fromkeys(map(ord, "üǖǘǚǜ"), "v")
WORD = re.compile(r"[0-9a-z㐀-鿿]+")
"""What is looked for, as `normal` leaves it."""


class Known(NamedTuple):
    """What is known of characters."""

    variants: Mapping[str, str]
    """Traditional and variant characters and the simplified ones, one for one."""
    mostly: Mapping[str, str]
    """How the common characters are mostly read, without tones."""
    otherwise: Mapping[str, tuple[str, ...]]
    """The words in which they are read otherwise."""


_known: list[Known] = []
_coming: list[Callable[[], Known]] = []
_asking = threading.Lock()


def known() -> Known:
    """What is known; to ask for the first time takes long, so it is done before a process splits."""
    if not _known:
        with _asking:
            if not _known:
                ask()
                _known.append(_coming.pop()())
    return _known[0]


def ask() -> None:
    """Begin to ask, unless that has been done; whoever wants to know soon waits a little for it."""
    if not (_known or _coming):
        _coming.append(ahead(_asked))


def recall(cache: Cache) -> None:
    """Know what an earlier run has asked for."""
    if not (_known or _coming) and (kept := cache.get(KIND, _key())):
        _coming.append(lambda: _opened(kept))


def _opened(kept: bytes) -> Known:
    variants, mostly, otherwise = json.loads(kept)
    return Known(variants, mostly, {word: tuple(sounds) for word, sounds in otherwise.items()})


def remember(cache: Cache) -> None:
    """Keep for later runs what has been asked for."""
    if _known and cache.get(KIND, _key()) is None:
        cache.put(KIND, _key(), json.dumps(_known[0], ensure_ascii=False).encode())
    cache.prune(KIND)


def _key() -> bytes:
    return print_of(*(f"{name} {version(name)}".encode() for name in ("opencc", "pypinyin")))


def _asked() -> Known:
    import opencc
    from pypinyin.constants import PHRASES_DICT, PINYIN_DICT

    convert = opencc.OpenCC("t2s").convert
    simple = {character: convert(character) for character in map(chr, range(0x4E00, 0xA000))}
    variants = {character: other for character, other in simple.items() if other != character and len(other) == 1} | _DIGITS
    table = _Normal(lambda: variants)
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
        if len(word) == len(sounds) <= 4 and sounds != tuple(_sound(mostly, character, table) for character in word):
            otherwise[word] = sounds
    return Known(variants, mostly, otherwise)


# ── How text is compared ─────────────────────────────────────────────────────


class _Normal(dict[int, str]):
    """A table for `str.translate` that fills itself: one character for one, so that places stay the same."""

    def __init__(self, variants: Callable[[], Mapping[str, str]]) -> None:
        self._variants = variants

    def __missing__(self, code: int) -> str:
        plain = unicodedata.normalize("NFKC", chr(code)).lower()
        if len(plain) != 1 or (ord(plain) > 0xFFFF) != (code > 0xFFFF):  # A script counts what is above as two.
            plain = chr(code)
        self[code] = self._variants().get(plain, plain)
        return self[code]


_TABLE = _Normal(lambda: known().variants)


def normal(text: str) -> str:
    """Text as it is compared: half-width, lower case, simplified, with Chinese digits as digits."""
    return text.translate(_TABLE)


# ── How names are read ───────────────────────────────────────────────────────


def _sound(mostly: Mapping[str, str], character: str, table: _Normal) -> str:
    """How a character is mostly read; letters and digits stand for themselves, what is no part of a word for nothing."""
    plain = character.translate(table)
    sound = mostly.get(character) or mostly.get(plain) or plain
    return sound if WORD.fullmatch(sound) else ""


class _Sounds(dict[str, str]):
    """A character → how it is mostly read."""

    def __missing__(self, character: str) -> str:
        self[character] = _sound(known().mostly, character, _TABLE)
        return self[character]


_SOUNDS = _Sounds()


def by_character(name: str) -> tuple[str, ...]:
    """A name's syllables, each character read as it mostly is; ``assets/search.js`` does the same."""
    return tuple(filter(None, map(_SOUNDS.__getitem__, name)))


def in_context(name: str) -> tuple[str, ...]:
    """A name's syllables, each character read as it is beside the others."""
    bare, words = "".join(filter(_SOUNDS.__getitem__, name)), known().otherwise
    made = list(map(_SOUNDS.__getitem__, bare))
    for length in (2, 3, 4):
        for at in range(len(bare) - length + 1):
            if bare[at : at + length] in words:
                made[at : at + length] = words[bare[at : at + length]]
    return tuple(made)


def readings() -> dict[str, str]:
    """Syllable → the common characters that are mostly read so."""
    made: dict[str, str] = {}
    for character, sound in known().mostly.items():
        made[sound] = made.get(sound, "") + character
    return made
