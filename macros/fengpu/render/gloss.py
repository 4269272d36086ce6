"""Explains the words of the glossary wherever they appear in a page."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from markupsafe import escape

from ..model import Entry

# Where a link would be wrong, or would explain a name by a part of it.
_CLOSED = {"a", "button", "code", "pre", "script", "style", "svg", "abbr", "label", "select", "textarea", *(f"h{n}" for n in range(1, 7))}
# Where a reader starts anew, so that a word is explained again.
_FRESH = {"p", "li", "td", "dd", "blockquote"}
_TAG = re.compile(r"(<[^>]*>)")
_NAME = re.compile(r"</?([a-zA-Z0-9]+)")


class Glosser:
    """Marks the first appearance of each word in each paragraph, cell or item."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._entries = {str(escape(word)): entry for entry in entries for word in (entry.term, *entry.other_names)}
        longest_first = sorted(self._entries, key=lambda word: (-len(word), word))
        self._words = re.compile("|".join(map(re.escape, longest_first))) if longest_first else None

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
            elif not closed:
                piece = self._words.sub(lambda match: self._explained(match[0], seen, link), piece)
            made.append(piece)
        return "".join(made)

    def _explained(self, word: str, seen: set[str], link: Callable[[str], str]) -> str:
        entry = self._entries[word]
        if entry.id in seen:
            return word
        seen.add(entry.id)
        return f'<a class="fp-term" href="{link(entry.id)}" title="{escape(entry.text)}">{word}</a>'
