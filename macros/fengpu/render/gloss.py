"""Explains the words of the glossary wherever they appear in a page."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from markupsafe import escape

from ..model import Entry

# Where a link would be wrong.
_CLOSED = {"a", "button", "code", "pre", "script", "style", "svg", "abbr", "label", "legend", "select", "textarea"}
# Where a reader starts anew, so that a word is explained again.
_FRESH = {"p", "li", "td", "th", "dt", "dd", "blockquote", *(f"h{n}" for n in range(1, 7))}
_TITLE = "《[^》<]*》"
"""A title is one name, whatever words it is made of: 《人民调解法》."""
_TAG = re.compile(r"(<[^>]*>)")
_NAME = re.compile(r"</?([a-zA-Z0-9]+)")


class Glosser:
    """Marks the first appearance of each word in each paragraph, heading, cell or item.

    Where two words overlap, the longer one is meant: 人民调解员 is no 人民调解 with something behind it.
    """

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._entries = {str(escape(word)): entry for entry in entries for word in (entry.term, *entry.other_names)}
        words = "|".join(map(re.escape, sorted(self._entries, key=lambda word: (-len(word), word))))
        self._words = re.compile(words) if words else None
        # Looked ahead for, so that a word is found that begins inside of another.
        self._every = re.compile(f"(?=({_TITLE}|{words}))")

    def mark(self, html: str, link: Callable[[str], str]) -> str:
        """Make links to the glossary out of its words; ``link`` leads to an entry by its id."""
        if self._words is None or not self._words.search(html):
            return html
        closed, seen, made = 0, set(), []
        for piece in _TAG.split(html):
            if piece.startswith("<"):
                name = match[1].lower() if (match := _NAME.match(piece)) else ""
                if name in _CLOSED and not piece.endswith("/>"):
                    closed = max(0, closed + (-1 if piece.startswith("</") else 1))
                elif name in _FRESH:
                    seen = set()
            elif not closed and self._words.search(piece):
                piece = self._explained(piece, seen, link)
            made.append(piece)
        return "".join(made)

    def _explained(self, text: str, seen: set[str], link: Callable[[str], str]) -> str:
        made, end = [], 0
        for start, word in self._longest(text):
            made.append(text[end:start])
            end = start + len(word)
            entry = self._entries.get(word)
            if entry is None or entry.id in seen:
                made.append(word)
            else:
                seen.add(entry.id)
                made.append(f'<a class="fp-term" href="{link(entry.id)}" title="{escape(entry.text)}">{word}</a>')
        return "".join([*made, text[end:]])

    def _longest(self, text: str) -> list[tuple[int, str]]:
        """The words and titles of a text and where they begin; none overlaps another."""
        chosen: list[tuple[int, str]] = []
        for found in sorted(self._every.finditer(text), key=lambda one: (-len(one[1]), one.start())):
            start, end = found.span(1)
            if all(end <= other or other + len(word) <= start for other, word in chosen):
                chosen.append((start, found[1]))
        return sorted(chosen)
