"""The quick search for the glossary's words against the slow one that takes a page apart tag by tag."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from fengpu.model import Entry
from fengpu.render.gloss import Glosser

ENTRIES = [
    Entry(id="a", term="调解", text="说<合>"),
    Entry(id="b", term="人民调解", other_names=("民调",), text="依法"),
    Entry(id="c", term="调解员", text="人"),
    Entry(id="d", term="警&民", text="两方"),
]
TEXTS = st.lists(st.sampled_from(["调解", "人民", "民调", "调解员", "员", "《", "》", "《人民调解法》", "警&amp;民", "，", "x", " ", ">"]), max_size=6).map("".join)
TAGS = st.sampled_from(
    ["<p>", "</p>", "<P>", "<li>", "</li>", "<td title='调解'>", "<b>", "</b>", "<a href='调解'>", "</a>", "</A>", "<h2 id=x>", "</h2>",
     "<svg>", "</svg>", "<svg/>", "<code>", "</code>", "<abbr title=\"人民调解\">", "</abbr>", "<aside>", "<!-- 调解 -->", "<br/>"]
)  # fmt: skip
PAGES = st.lists(TEXTS | TAGS, max_size=40).map("".join)

CLOSED = {"a", "button", "code", "pre", "script", "style", "svg", "abbr", "label", "legend", "select", "textarea"}
FRESH = {"p", "li", "td", "th", "dt", "dd", "blockquote", "h1", "h2", "h3", "h4", "h5", "h6"}


def marked(html: str) -> str:
    """What the page should become, one tag after the other and one place after the other."""
    words = {word.replace("&", "&amp;"): entry for entry in ENTRIES for word in (entry.term, *entry.other_names)}
    every = re.compile("(?=(《[^》<]*》|{}))".format("|".join(sorted(words, key=lambda word: -len(word)))))
    closed, seen, made = 0, set(), []
    for piece in re.split("(<[^>]*>)", html):
        if piece.startswith("<") and piece.endswith(">"):
            name = match[1].lower() if (match := re.match("</?([a-zA-Z0-9]+)", piece)) else ""
            if name in CLOSED and not piece.endswith("/>"):
                closed = max(0, closed + (-1 if piece.startswith("</") else 1))
            elif name in FRESH:
                seen = set()
            made.append(piece)
            continue
        chosen: list[tuple[int, str]] = []
        for found in sorted(every.finditer(piece), key=lambda one: (-len(one[1]), one.start())):
            if not closed and all(found.end(1) <= at or at + len(word) <= found.start() for at, word in chosen):
                chosen.append((found.start(), found[1]))
        end = 0
        for at, word in sorted(chosen):
            made.append(piece[end:at])
            end = at + len(word)
            entry = words.get(word)
            if entry is None or entry.id in seen:
                made.append(word)
            else:
                seen.add(entry.id)
                text = entry.text.replace("<", "&lt;").replace(">", "&gt;")
                made.append(f'<a class="fp-term" href="#{entry.id}" title="{text}">{word}</a>')
        made.append(piece[end:])
    return "".join(made)


@given(PAGES)
def test_no_word_is_missed_or_marked_where_it_should_not_be(html: str) -> None:
    assert Glosser(ENTRIES).mark(html, lambda entry: f"#{entry}") == marked(html)
