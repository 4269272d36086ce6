"""Reads a built page into elements that a test can ask."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}


class Element:
    """One element of a page, with what it stands in."""

    def __init__(self, tag: str, attributes: dict[str, str], above: Element | None = None) -> None:
        self.tag = tag
        self.attributes = attributes
        self.above = above
        self.inside: list[Element | str] = []

    def __iter__(self) -> Iterator[Element]:
        """Itself and all elements in it, in the order of the page."""
        yield self
        for one in self.inside:
            if isinstance(one, Element):
                yield from one

    def __getitem__(self, name: str) -> str:
        return self.attributes.get(name, "")

    @property
    def ancestors(self) -> Iterator[Element]:
        """What it stands in, the nearest first."""
        above = self.above
        while above is not None:
            yield above
            above = above.above

    @property
    def words(self) -> Iterator[tuple[Element, str]]:
        """Every piece of text in it with the element that it stands in directly."""
        for one in self.inside:
            if isinstance(one, str):
                yield self, one
            else:
                yield from one.words

    @property
    def text(self) -> str:
        """Its text without any white space, which Chinese does not need."""
        return squeezed("".join(text for _, text in self.words))

    def all(self, tag: str = "", of: str = "") -> list[Element]:
        """The elements in it with this tag and this class."""
        return [one for one in self if tag in ("", one.tag) and (not of or of in one["class"].split())]

    def children(self, tag: str = "") -> list[Element]:
        return [one for one in self.inside if isinstance(one, Element) and tag in ("", one.tag)]

    def by_id(self, name: str) -> Element | None:
        return next((one for one in self if one["id"] == name), None)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.page = Element("", {})
        self.open = [self.page]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        one = Element(tag, {name: value or "" for name, value in attrs}, self.open[-1])
        self.open[-1].inside.append(one)
        if tag not in VOID:
            self.open.append(one)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        at = next((n for n in range(len(self.open) - 1, 0, -1) if self.open[n].tag == tag), 0)
        if at and tag not in VOID:
            del self.open[at:]

    def handle_data(self, data: str) -> None:
        self.open[-1].inside.append(data)


@cache
def content(file: Path) -> Element:
    """What a page says, without the theme's frame; it is read only once, so a test must not change it."""
    reader = _Reader()
    reader.feed(file.read_text(encoding="utf-8"))
    reader.close()
    return next((one for one in reader.page.all("article")), reader.page)


def squeezed(text: str) -> str:
    return "".join(text.split())


def target(site: Path, page: str, address: str) -> tuple[str, Element | None]:
    """Where a link in a page leads: the path of the page in the site, and the element that its anchor names."""
    parts = urlsplit(address)
    path = posixpath.normpath(posixpath.join(posixpath.dirname(page), unquote(parts.path))) if parts.path else page
    file = site / path
    return path, content(file).by_id(unquote(parts.fragment)) if parts.fragment and file.is_file() else None
