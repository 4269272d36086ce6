"""The pages made out of data, written one by one into the site."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from importlib.resources import files
from itertools import count
from pathlib import Path
from urllib.parse import quote
from xml.sax.saxutils import escape

from ..book import Book
from ..derive.documents import Document, Written, documents
from ..progress import Stage, Watch, unwatched
from ..render.pages import Heading, Page, Renderer, headings, pages
from . import search
from .scripts import scripts


@dataclass(frozen=True)
class Sheaf:
    """One output file that is not hand-written: where it goes and how its text is made when it is wanted."""

    file: str
    """Relative to the site, with ``/``."""
    text: Callable[[], str]
    page: Page | None = None


@dataclass(frozen=True)
class Filled:
    """A page's content, ready to be poured into the theme's shell."""

    page: Page
    html: str
    toc: list[Heading]


Pour = Callable[[Filled], str]
"""The theme's shell: content in, whole HTML page out."""


def sheaves(renderer: Renderer, pour: Pour, watch: Watch = unwatched) -> Iterator[Sheaf]:
    """Everything that data makes, in a fixed order and nothing rendered yet."""
    every_page, every_script = list(pages(renderer.book)), list(scripts(renderer))

    rendered, given = count(1), count(1)  # Not all of them need be wanted.

    def poured(page: Page) -> Callable[[], str]:
        def text() -> str:
            number = next(rendered)
            html = str(renderer.content(page))
            watch(Stage.RENDER, number, len(every_page))
            whole = pour(Filled(page, html, headings(html)))
            watch(Stage.SHELL, number, len(every_page))
            return whole

        return text

    def told(make: Callable[[], str]) -> Callable[[], str]:
        def text() -> str:
            script = make()
            watch(Stage.SCRIPTS, next(given), len(every_script))
            return script

        return text

    for page in every_page:
        yield Sheaf(renderer.addresses.file(page.key), poured(page), page)
    for address, make in every_script:
        yield Sheaf(address, told(make))
    for old, new in renderer.book.redirects.items():
        yield Sheaf(renderer.addresses.file(old), lambda old=old, new=new: str(renderer.render("redirect.html", old, target=new)))


def search_scripts(renderer: Renderer, written: Iterable[Written], watch: Watch = unwatched) -> Iterator[tuple[str, str]]:
    """The search index as files; it comes last, since it also holds the hand-written pages, which MkDocs renders."""

    def address(document: Document) -> str:
        page, mark, anchor = document.key.partition("#")
        return quote(renderer.addresses.file(page)) + mark + anchor

    for name, data in search.index(documents(renderer.book, written), renderer.book, address, watch):
        yield f"data/{name}.js", search.script(name, data)


def assets() -> dict[str, Path]:
    """The style sheets and scripts that pages need, in the order of loading: address in the site → file in the package."""
    folder = Path(str(files("fengpu"))) / "assets"
    found = (file for file in folder.iterdir() if file.suffix in {".css", ".js"})
    # fengpu.js makes what the other scripts use.
    return {f"assets/fengpu/{file.name}": file for file in sorted(found, key=lambda file: (file.stem != "fengpu", file.name))}


def with_pages(sitemap: str, book: Book, absolute: Callable[[str], str], skip: set[str]) -> str:
    """A sitemap with the pages made out of data; MkDocs lists only those made out of Markdown."""
    rows = "".join(
        f"    <url>\n         <loc>{escape(absolute(page.key))}</loc>\n    </url>\n" for page in pages(book) if page.key not in skip
    )
    return sitemap.replace("</urlset>", f"{rows}</urlset>")
