"""The pages made out of data, written one by one into the site."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from urllib.parse import quote
from xml.sax.saxutils import escape

from ..book import Book
from ..derive.documents import Document, Written, documents
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


def sheaves(renderer: Renderer, pour: Pour) -> Iterator[Sheaf]:
    """Everything that data makes, in a fixed order and nothing rendered yet."""

    def poured(page: Page) -> Callable[[], str]:
        def text() -> str:
            html = str(renderer.content(page))
            return pour(Filled(page, html, headings(html)))

        return text

    for page in pages(renderer.book):
        yield Sheaf(renderer.addresses.file(page.key), poured(page), page)
    for address, make in scripts(renderer):
        yield Sheaf(address, make)
    for old, new in renderer.book.redirects.items():
        yield Sheaf(renderer.addresses.file(old), lambda old=old, new=new: str(renderer.render("redirect.html", old, target=new)))


def search_scripts(renderer: Renderer, written: Iterable[Written]) -> Iterator[tuple[str, str]]:
    """The search index as files; it comes last, since it also holds the hand-written pages, which MkDocs renders."""

    def address(document: Document) -> str:
        page, mark, anchor = document.key.partition("#")
        return quote(renderer.addresses.file(page)) + mark + anchor

    for name, data in search.index(documents(renderer.book, written), renderer.book, address):
        yield f"data/{name}.js", search.script(name, data)


def assets() -> dict[str, Path]:
    """The style sheets and scripts that pages need, in the order of loading: address in the site → file in the package."""
    folder = Path(str(files("fengpu"))) / "assets"
    found = (file for file in folder.iterdir() if file.suffix in {".css", ".js"})
    # fengpu.js makes what the other scripts use.
    return {f"assets/fengpu/{file.name}": file for file in sorted(found, key=lambda file: (file.stem != "fengpu", file.name))}


def write(text: str, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text, encoding="utf-8", newline="\n")


def with_pages(sitemap: str, book: Book, absolute: Callable[[str], str], skip: set[str]) -> str:
    """A sitemap with the pages made out of data; MkDocs lists only those made out of Markdown."""
    rows = "".join(
        f"    <url>\n         <loc>{escape(absolute(page.key))}</loc>\n    </url>\n" for page in pages(book) if page.key not in skip
    )
    return sitemap.replace("</urlset>", f"{rows}</urlset>")


def _alive(process: str) -> bool:
    try:
        os.kill(int(process), 0)
    except (ValueError, ProcessLookupError):
        return False
    except PermissionError:
        pass  # It runs, and belongs to somebody else.
    return True


@contextmanager
def beside(target: Path) -> Iterator[Path]:
    """Give a folder beside ``target`` to work in and clear it away, as well as those of runs that were killed."""
    target.parent.mkdir(parents=True, exist_ok=True)
    for left in target.parent.glob(f"{target.name}.new-*"):
        if not _alive(left.name.removeprefix(f"{target.name}.new-").partition("-")[0]):
            shutil.rmtree(left, ignore_errors=True)
    fresh = Path(tempfile.mkdtemp(prefix=f"{target.name}.new-{os.getpid()}-", dir=target.parent))
    fresh.chmod(0o755)
    try:
        yield fresh
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


@contextmanager
def swapped(target: Path) -> Iterator[Path]:
    """Give a folder to build in and put it in the place of ``target`` only when the build has ended well."""
    with beside(target) as fresh:
        yield fresh
        old = Path(tempfile.mkdtemp(prefix=f"{target.name}.old-", dir=target.parent))
        if target.exists():
            os.replace(target, old / target.name)
        try:
            os.replace(fresh, target)
        except OSError:
            if (old / target.name).exists():
                os.replace(old / target.name, target)
            raise
        finally:
            shutil.rmtree(old, ignore_errors=True)
