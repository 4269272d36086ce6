"""The pages made out of data, written one by one into the site."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from itertools import chain
from pathlib import Path
from typing import Any
from urllib.parse import quote
from xml.sax.saxutils import escape

from ..book import Card, Some
from ..cache import Cache
from ..derive.documents import Document, Written
from ..hands import sweeping
from ..progress import Stage, Watch, unwatched
from ..render.pages import Heading, Page, Renderer, headings, other_pages, pages, pages_of, pages_of_sources
from . import search
from .kept import Kept, Row
from .scripts import asked_together, other_scripts, scripts_of
from .trace import Traces

BATCH = 64
"""So many files in a row are made by one process: a station's come together, since it lies open then."""


@dataclass(frozen=True, slots=True)
class Sheaf:
    """One output file that is not hand-written: where it goes and how its text is made when it is wanted."""

    file: str
    """Relative to the site, with ``/``."""
    text: Callable[[], str]
    about: Any = None
    """What it is made of: a page, or for scripts the cards that they tell of."""

    @property
    def page(self) -> Page | None:
        return self.about if isinstance(self.about, Page) else None


@dataclass(frozen=True, slots=True)
class Filled:
    """A page's content, ready to be poured into the theme's shell."""

    page: Page
    html: str
    toc: list[Heading]


Pour = Callable[[Filled], str]
"""The theme's shell: content in, whole HTML page out."""


def sheaves(renderer: Renderer, pour: Pour, step: Callable[[Stage], None] = lambda stage: None) -> Iterator[Sheaf]:
    """Everything that data makes, in a fixed order and nothing rendered yet; ``step`` is told what has been done for each."""
    book = renderer.book

    def page(one: Page) -> Sheaf:
        def text() -> str:
            html = str(renderer.content(one))
            step(Stage.RENDER)
            whole = pour(Filled(one, html, headings(html)))
            step(Stage.SHELL)
            return whole

        return Sheaf(renderer.addresses.file(one.key), text, one)

    def script(address: str, make: Callable[[], str], about: Card | Some[Card]) -> Sheaf:
        def text() -> str:
            made = make()
            step(Stage.SCRIPTS)
            return made

        return Sheaf(address, text, (address, about))

    known, together = set(book.commons.sources), asked_together(book)
    for card in book.cards.values():
        # All that is made of one profile, while it lies open.
        own = [name for name, _ in card.sources if name not in known]
        known.update(own)
        yield from map(page, chain(pages_of(book, card), pages_of_sources(renderer.lists, own)))
        yield from (script(*one) for one in scripts_of(renderer, card, together))
    yield from map(page, chain(other_pages(renderer.lists), pages_of_sources(renderer.lists, book.commons.sources)))
    yield from (script(*one) for one in other_scripts(renderer))
    for old, new in book.redirects.items():
        yield Sheaf(
            renderer.addresses.file(old), lambda old=old, new=new: str(renderer.render("redirect.html", old, target=new)), ("redirect", new)
        )


def put(
    renderer: Renderer,
    pour: Pour,
    folder: Path,
    skip: Collection[str],
    ground: bytes,
    kept: Kept,
    total: Mapping[Stage, int],
    *,
    number: int = 0,
    hands: int = 1,
    watch: Watch = unwatched,
) -> list[Row]:
    """Write what data makes, except for the files in ``skip`` and those that stand as they should, into a folder.

    Of several ``hands`` this is one; ``total`` is what all of them have to do. What comes back is known of all its files.
    """
    done = Counter[Stage]()
    watch = unwatched if number else watch

    def step(stage: Stage) -> None:
        done[stage] += hands  # The others are about as far.
        watch(stage, min(done[stage], total[stage]), total[stage])

    parent = os.getppid()
    traces, rows = Traces(renderer, ground, kept), []
    wanted = (sheaf for sheaf in sheaves(renderer, pour, step) if sheaf.file not in skip)
    with sweeping() as sweep:
        for place, sheaf in enumerate(wanted):
            if place // BATCH % hands == number:
                rows.append(kept.made(sheaf.file, traces.of(sheaf.about), sheaf.text, folder))
                step(Stage.WRITE)
                if number and os.getppid() != parent:
                    break  # The build was killed.
            if place % BATCH == 0:
                sweep()
    for stage, whole in total.items():
        if done[stage] != whole:
            watch(stage, whole, whole)
    return rows + traces.rows


def stages(sheaf: Sheaf) -> tuple[Stage, ...]:
    """What has to be done for a file."""
    if sheaf.page:
        return Stage.RENDER, Stage.SHELL, Stage.WRITE
    return (Stage.SCRIPTS, Stage.WRITE) if sheaf.file.endswith(".js") else (Stage.WRITE,)


def search_scripts(
    renderer: Renderer, written: Iterable[Written], folder: Path, kept: Kept, cache: Cache | None = None, watch: Watch = unwatched
) -> list[Row]:
    """Write the search index as `put` does pages; it comes last, since it also holds the hand-written pages, which MkDocs renders."""

    def address(document: Document) -> str:
        page, mark, anchor = document.key.partition("#")
        return quote(renderer.addresses.file(page)) + mark + anchor

    ground = b"%d" % renderer.addresses.directories
    return search.index(renderer.book, written, address, ground, kept, folder, cache, watch)


def assets() -> dict[str, Path]:
    """The style sheets and scripts that pages need, in the order of loading: address in the site → file in the package."""
    folder = Path(str(files("fengpu"))) / "assets"
    found = (file for file in folder.iterdir() if file.suffix in {".css", ".js"})
    # fengpu.js makes what the other scripts use.
    return {f"assets/fengpu/{file.name}": file for file in sorted(found, key=lambda file: (file.stem != "fengpu", file.name))}


def with_pages(sitemap: str, renderer: Renderer, absolute: Callable[[str], str], skip: set[str]) -> str:
    """A sitemap with the pages made out of data; MkDocs lists only those made out of Markdown."""
    rows = "".join(
        f"    <url>\n         <loc>{escape(absolute(page.key))}</loc>\n    </url>\n"
        for page in pages(renderer.book, renderer.lists)
        if page.key not in skip
    )
    return sitemap.replace("</urlset>", f"{rows}</urlset>")
