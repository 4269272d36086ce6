"""Explains the words of the glossary wherever they appear in a page."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from markupsafe import escape

from ..model import Entry

# Where a link would be wrong, or would explain a name by a part of it.
_CLOSED = ("a", "button", "code", "pre", "script", "style", "svg", "abbr", "label", "select", "textarea", *(f"h{n}" for n in range(1, 7)))
# Where a reader starts anew, so that a word is explained again.
_FRESH = ("p", "li", "td", "dd", "blockquote")


def _tag(names: Iterable[str], slash: str) -> re.Pattern[str]:
    # Both cases are spelt out, since the engine is slow to ignore them.
    either = "|".join(re.sub("[a-z]", lambda one: f"[{one[0]}{one[0].upper()}]", name) for name in names)
    return re.compile(f"<{slash}(?:{either})(?![a-zA-Z0-9])[^>]*>")


_EDGE, _START = _tag(_CLOSED, "(/?)"), _tag(_FRESH, "/?")


class Glosser:
    """Marks the first appearance of each word in each paragraph, cell or item."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._entries = {str(escape(word)): entry for entry in entries for word in (entry.term, *entry.other_names)}
        self._titles = {entry.id: escape(entry.text) for entry in self._entries.values()}
        longest_first = sorted(self._entries, key=lambda word: (-len(word), word))
        words = "|".join(map(re.escape, longest_first))
        self._words = re.compile(words) if words else None

    def mark(self, html: str, link: Callable[[str], str]) -> str:
        """Make links to the glossary out of its words; ``link`` leads to an entry by its id."""
        if self._words is None or not self._words.search(html):
            return html
        made: list[str] = []
        told: dict[str, int] = {}
        done = 0
        closed = _closed(html)
        start, end = next(closed)
        for found in self._words.finditer(html):
            here = found.start()
            while here >= end:
                start, end = next(closed)
            if here > start or html.rfind("<", 0, here) > html.rfind(">", 0, here):
                continue  # In a closed element, or in an attribute.
            word = found[0]
            entry = self._entries[word].id
            if entry not in told or _START.search(html, told[entry], here):
                made.append(f'{html[done:here]}<a class="fp-term" href="{link(entry)}" title="{self._titles[entry]}">{word}</a>')
                done = found.end()
            told[entry] = here
        return "".join([*made, html[done:]])


def _closed(html: str) -> Iterator[tuple[int, int]]:
    """From where to where nothing is marked; the last lies behind the text."""
    depth = start = 0
    for edge in _EDGE.finditer(html):
        if edge[0].endswith("/>"):
            continue
        if edge[1]:
            depth -= 1
            if depth == 0:
                yield start, edge.end()
            depth = max(0, depth)
        else:
            start = start if depth else edge.start()
            depth += 1
    yield start if depth else len(html), len(html) + 1
