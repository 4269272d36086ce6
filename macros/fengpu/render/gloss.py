"""Explains the words of the glossary wherever they appear in a page."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from itertools import groupby

from markupsafe import escape

from ..model import Entry


def _either(words: Iterable[str]) -> str:
    """A pattern for all of these words, longer ones first; it is slow to try many, so those that begin alike stand together."""
    ordered = sorted(words, key=lambda word: (word[0], -len(word), word))
    alike = ((first, [re.escape(word[1:]) for word in some]) for first, some in groupby(ordered, lambda word: word[0]))
    return "|".join(f"{re.escape(first)}(?:{'|'.join(rest)})" for first, rest in alike)


def _tags(names: Iterable[str], slash: str, end: str = ">") -> re.Pattern[str]:
    # Both cases are spelt out, since the engine is slow to ignore them; it is quickest to pass over what begins otherwise.
    either = re.sub(r"[a-z](?!\(\?:)", lambda one: f"[{one[0]}{one[0].upper()}]", _either((*names, *map(str.capitalize, names))))
    return re.compile(f"<{slash}(?:{either})(?![a-zA-Z0-9])[^>]*{end}")


# Where a link would be wrong; an element that ends where it begins holds no words.
_CLOSED = _tags(
    ("a", "button", "code", "pre", "script", "style", "svg", "abbr", "label", "legend", "select", "textarea"), "(/?)", end="(?<!/)>"
)
# Where a reader starts anew, so that a word is explained again.
_FRESH = _tags(("p", "li", "td", "th", "dt", "dd", "blockquote", *(f"h{n}" for n in range(1, 7))), "/?")
_TITLE = "《[^》<]*》"
"""A title is one name, whatever words it is made of: 《人民调解法》."""
TEXTS = 1024
"""So many texts are remembered: what a profile's own page says stands on those of its methods and in its scripts as well."""


class Glosser:
    """Marks the first appearance of each word in each paragraph, heading, cell or item.

    Where two words overlap, the longer one is meant: 人民调解员 is no 人民调解 with something behind it.
    """

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._entries = {str(escape(word)): entry for entry in entries for word in (entry.term, *entry.other_names)}
        self._texts = {entry.id: escape(entry.text) for entry in self._entries.values()}
        # No group around them: only then the engine looks for all first characters at once.
        words = _either(self._entries)
        self._words = re.compile(words) if words else None
        self._names = re.compile(f"{_TITLE}|{words}")
        self._entries_in = lru_cache(TEXTS)(self._looked_up)

    def mark(self, html: str, link: Callable[[str], str]) -> str:
        """Make links to the glossary out of its words; ``link`` leads to an entry by its id."""
        if self._words is None or not self._words.search(html):
            return html
        made: list[str] = []
        told: dict[str, int] = {}
        done = here = seen = depth = 0
        while found := self._words.search(html, here):
            here = found.start()
            start = _start(html, here)
            if start > here:  # In an attribute.
                here = start
                continue
            depth = _depth(html, seen, start, depth)
            seen = start
            here = _end(html, here)
            if not depth:
                made += html[done:start], self._explained(html, start, here, told, link)
                done = here
        return "".join([*made, html[done:]])

    def _explained(self, html: str, start: int, end: int, told: dict[str, int], link: Callable[[str], str]) -> str:
        """A stretch of text without tags; ``told`` is where each entry was last met."""
        text, made, done = html[start:end], [], 0
        for at, word, entry in self._entries_in(text):
            if entry not in told or _FRESH.search(html, told[entry], start):
                made.append(f'{text[done:at]}<a class="fp-term" href="{link(entry)}" title="{self._texts[entry]}">{word}</a>')
                done = at + len(word)
            told[entry] = start
        return "".join([*made, text[done:]])

    def _looked_up(self, text: str) -> list[tuple[int, str, str]]:
        """Where words to be explained begin in a text, they, and the ids of their entries; none overlaps another or is in a title."""
        found, here = [], 0
        while name := self._names.search(text, here):
            found.append((name.start(), name[0]))
            here = name.start() + 1  # A longer one may begin inside of it.
        chosen: list[tuple[int, str]] = []
        for start, word in sorted(found, key=lambda one: (-len(one[1]), one[0])):
            if all(start + len(word) <= other or other + len(name) <= start for other, name in chosen):
                chosen.append((start, word))
        return [(start, word, self._entries[word].id) for start, word in sorted(chosen) if word in self._entries]


def _depth(html: str, start: int, end: int, depth: int) -> int:
    """In how many of the elements where nothing is marked the ``end`` lies, given in how many the ``start`` does."""
    for closing in _CLOSED.findall(html, start, end):
        depth = max(0, depth - 1) if closing else depth + 1
    return depth


def _start(html: str, here: int) -> int:
    """Where a text begins: behind the last tag, which ends further on where ``here`` lies in it."""
    tag = html.rfind("<", 0, here)
    while tag >= 0:
        if end := html.find(">", tag) + 1:
            return end
        tag = html.rfind("<", 0, tag)
    return 0


def _end(html: str, here: int) -> int:
    """Where a text ends: at the next tag."""
    tag = html.find("<", here)
    return tag if tag >= 0 and html.find(">", tag) >= 0 else len(html)
