"""What data makes, written file by file into the site: pages, scripts, the search index and the sitemap."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from html import escape
from importlib.resources import files
from itertools import chain, islice, pairwise
from operator import itemgetter
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

from ..book import Card, Some
from ..cache import Cache
from ..characters import known
from ..derive.documents import Document, Written
from ..derive.leaf import Leaf
from ..hands import shared, sweeping, worth
from ..progress import Stage, Watch, unwatched
from ..render.pages import (
    Heading,
    Page,
    Renderer,
    headings,
    number_of_pages,
    pages,
    pages_of,
    pages_of_lists,
    pages_of_measure,
    pages_of_playbook,
    pages_of_problem,
    pages_of_sources,
    pair_key,
)
from . import search
from .kept import Kept, Packet, Row, folded
from .scripts import OF_EACH, Together, asked_together, other_scripts, scripts_of
from .trace import LISTS, REDIRECTS, SCRIPTS, Traces

BATCH = 128
"""So many files are made between two sweeps; the theme's templates leave circles, our own leave none."""
_DEEP = {"browse": 2, "matrix": 1, "sources": 2}
"""Behind these folders lists of all profiles have so many words in their addresses; with fewer they are written by hand."""
SITEMAP = "sitemap.xml"
LISTED = 50_000
"""So many addresses a sitemap may have: https://www.sitemaps.org/protocol.html"""
_ENTRY = "    <url>\n         <loc>{}</loc>\n    </url>\n"
T = TypeVar("T")


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


class Sheaves:
    """Everything that data makes, by name and nothing rendered yet; ``step`` is told what has been done for each file.

    Under one name go the files that are made of the same things: under ``stations/beijie`` all pages and scripts of this
    profile and the sources that stand with it, under ``figures/residents`` those of a measure, and so on.
    """

    def __init__(self, renderer: Renderer, pour: Pour, step: Callable[[Stage], None] = lambda stage: None) -> None:
        self._renderer, self._book, self._lists = renderer, renderer.book, renderer.lists
        self._pour, self._step = pour, step
        book = self._book
        several = (
            *(f"playbooks/{one}" for one in book.playbooks),
            *(f"figures/{one.id}" for one in book.lexicons["measures"].terms if book.telling[f"figures/{one.id}"]),
            *(f"problems/{one.id}" for one in book.lexicons["problems"].terms),
            LISTS,
            *(f"sources/{one}" for one in book.commons.sources),
            SCRIPTS,
            REDIRECTS,
        )
        self.names = dict.fromkeys(chain(map(book.cards.key, book.cards), several))
        """In a fixed order: what is made of one profile comes together, while it lies open."""

    def __iter__(self) -> Iterator[Sheaf]:
        return chain.from_iterable(map(self.of, self.names))

    def of(self, name: str) -> Iterator[Sheaf]:
        """The files that go by a name."""
        folder, _, word = name.partition("/")
        book, lists = self._book, self._lists
        if name == SCRIPTS:
            return (self._script(*one) for one in other_scripts(self._renderer))
        if name == REDIRECTS:
            return map(self._redirect, book.redirects)
        if name == LISTS:
            return map(self._page, pages_of_lists(lists))
        if folder == "playbooks":
            return map(self._page, pages_of_playbook(lists, book.playbooks[word]))
        if folder == "figures":
            return map(self._page, pages_of_measure(lists, word))
        if folder == "problems":
            return map(self._page, pages_of_problem(lists, book.term("problems", word)))
        if folder == "sources":
            return map(self._page, pages_of_sources(lists, [word]))
        card = book.cards[word]
        own = (source for source, _ in card.sources if book.owners.get(source) == word)
        pages = map(self._page, chain(pages_of(book, card), pages_of_sources(lists, own)))
        return chain(pages, (self._script(*one) for one in scripts_of(self._renderer, card, self._together)))

    def dealt(self, names: Iterable[str], hands: int) -> list[list[tuple[str, int]]]:
        """The files of several names that each of some processes makes: the name and which of its files it is.

        Long lists go by the place of what each page tells of first: what one page has opened the next finds open.
        """
        found = [(self._place(sheaf.page), name, number) for name in names for number, sheaf in enumerate(self.of(name))]
        rest, placed = ([one for one in found if (one[0] is not None) is long] for long in (False, True))
        placed.sort(key=itemgetter(0))
        ends = [len(placed) * number // hands for number in range(hands + 1)]
        parts = (rest[number::hands] + placed[start:end] for number, (start, end) in enumerate(pairwise(ends)))
        return [[(name, number) for _, name, number in part] for part in parts]

    def some(self, dealt: Sequence[tuple[str, int]]) -> Iterator[tuple[str, Sheaf]]:
        """The files that were dealt, in this order; what one page has put together goes with it."""
        asked = set(dealt)
        ahead = {
            one: sheaf
            for name in dict.fromkeys(name for name, _ in dealt)
            for number, sheaf in enumerate(self.of(name))
            if (one := (name, number)) in asked
        }
        return ((one[0], ahead.pop(one)) for one in dealt)

    def _place(self, page: Page | None) -> int | None:
        leaf = next((part for part in page.subject if isinstance(part, Leaf)), None) if page else None
        first = leaf.sections[0].items if leaf and leaf.several else ()
        return self._lists.places.rank[next(first.owners)] if isinstance(first, Some) else None

    def amount(self, profiles: Collection[str]) -> Counter[Stage]:
        """How much is to be done for the files of some profiles, told without making any."""
        made, scripts = number_of_pages(self._book, profiles), len(OF_EACH) * len(profiles)
        return Counter({Stage.RENDER: made, Stage.SHELL: made, Stage.SCRIPTS: scripts, Stage.WRITE: made + scripts})

    def find(self, address: str) -> Sheaf | None:
        """The file that lies at an address."""
        name = self.name_of(address)
        if name == LISTS:
            return self._listed.get(address)
        return next((sheaf for sheaf in self.of(name) if sheaf.file == address), None) if name in self.names else None

    def __contains__(self, address: object) -> bool:
        return isinstance(address, str) and self.find(address) is not None

    def name_of(self, address: str) -> str:
        """The only name under which there can be a file at an address."""
        key = address.removesuffix("/index.html").removesuffix(".html")
        folder, *rest = key.split("/")
        if key in self._book.redirects:
            return REDIRECTS
        if len(rest) >= _DEEP.get(folder, 9) and (folder != "sources" or rest[0] == "index"):
            return LISTS
        if folder == "data" and len(rest) == 2:
            name = rest[1].removesuffix(".js")
            return self._book.cards.key(name) if name in self._book.cards and rest[0] in OF_EACH else SCRIPTS
        if folder == "compare":
            return next((f"playbooks/{one.id}" for one in self._book.playbooks.values() if key in map(pair_key, one.pairs)), "")
        if folder == "sources" and rest and rest[0] not in self._book.commons.sources:
            return self._book.cards.key(self._book.owners[rest[0]]) if rest[0] in self._book.owners else ""
        return "/".join((folder, *rest[:1]))

    @cached_property
    def _listed(self) -> Mapping[str, Sheaf]:
        return {sheaf.file: sheaf for sheaf in self.of(LISTS)}

    @cached_property
    def _together(self) -> Together:
        return asked_together(self._book)

    def _page(self, page: Page) -> Sheaf:
        def text() -> str:
            html = str(self._renderer.content(page))
            self._step(Stage.RENDER)
            whole = self._pour(Filled(page, html, headings(html)))
            self._step(Stage.SHELL)
            return whole

        return Sheaf(self._renderer.addresses.file(page.key), text, page)

    def _script(self, address: str, make: Callable[[], str], about: Card | Some[Card]) -> Sheaf:
        def text() -> str:
            made = make()
            self._step(Stage.SCRIPTS)
            return made

        return Sheaf(address, text, (address, about))

    def _redirect(self, old: str) -> Sheaf:
        new = self._book.redirects[old]
        text = lambda: str(self._renderer.render("redirect.html", old, target=new))  # noqa: E731
        return Sheaf(self._renderer.addresses.file(old), text, ("redirect", new))


def make(
    renderer: Renderer,
    pour: Pour,
    written: Iterable[Written],
    folder: Path,
    skip: Collection[str],
    traces: Traces,
    kept: Kept,
    cache: Cache | None,
    end: Callable[[], T],
    watch: Watch = unwatched,
) -> tuple[list[Packet], list[T]]:
    """Do `search_scripts` and then `put`, or both at once where there is little to do and neither is worth several processes."""

    def share(number: int, hands: int) -> tuple[list[Packet], list[T]]:
        packets, ended = list[Packet](), list[T]()
        told = unwatched if number else watch
        # The index takes the most memory, so it comes before there is anything of pages.
        if number == hands - 1:
            packet = search_scripts(renderer, written, folder, kept, cache, told)
            packets.append(packet._replace(rows=bytes(packet.rows)))
            told(Stage.MKDOCS, 0, 0)
        if number == 0:
            more, ended = put(renderer, pour, folder, skip, traces, kept, end, watch)
            packets += more
        return packets, ended

    many = worth(2, 1) if traces.few else 1
    if many > 1:
        known()  # Nobody but this process can wait for it.
    made = (cache or Cache()).shared(share, many)
    if many > 1:
        watch(Stage.SEARCH, 0, 0)  # The rest of it was waited for.
    return [packet for packets, _ in made for packet in packets], [one for _, ended in made for one in ended]


def put(
    renderer: Renderer,
    pour: Pour,
    folder: Path,
    skip: Collection[str],
    traces: Traces,
    kept: Kept,
    end: Callable[[], T],
    watch: Watch = unwatched,
) -> tuple[list[Packet], list[T]]:
    """Write what data makes, except for the files in ``skip`` and those that stand as they should, into a folder.

    What comes back is known of all its files, and what ``end`` gives at the end of each process that has a share in it.
    """
    mark_of: Callable[[str], bytes] = traces.mark if kept.lasting else lambda name: b""
    packets, alone, several = list[Packet](), dict[str, str](), list[str]()
    if kept.lasting:
        packets.append(traces.everybody)
    every = Sheaves(renderer, pour)
    for name in every.names:
        if kept and traces.settled(name) and (packet := kept.standing(name, traces.mark(name))):
            packets.append(packet)
        elif profile := traces.profile(name):
            alone[name] = profile
        else:
            several.append(name)
    total = every.amount(set(alone.values()))
    total.update(chain.from_iterable(stages(sheaf) for name in several for sheaf in every.of(name) if sheaf.file not in skip))
    for sheaf in (every.find(file) for file in skip if every.name_of(file) in alone):
        total.subtract(stages(sheaf) if sheaf else ())

    dealt = every.dealt(several, many := worth(total[Stage.WRITE]))

    def share(number: int, hands: int) -> tuple[list[Packet], T]:
        done, parent, made = Counter[Stage](), os.getppid(), []

        def step(stage: Stage) -> None:
            done[stage] += hands  # The others are about as far.
            if not number:
                watch(stage, min(done[stage], total[stage]), total[stage])

        def row(sheaf: Sheaf, before: Mapping[str, Row]) -> Row:
            known = before.get(sheaf.file)
            trace = traces.of(sheaf.about, known.trace if known else b"") if kept.lasting else b""
            if known and traces.agree(sheaf.about, known.trace, trace):
                known = known._replace(trace=trace)
            found = kept.made(known, sheaf.file, trace, sheaf.text, folder)
            step(Stage.WRITE)
            if done[Stage.WRITE] % BATCH < hands:
                sweep()
                if number and os.getppid() != parent:
                    raise BrokenPipeError  # The build was killed.
            return found

        sheaves = Sheaves(renderer, pour, step)
        with sweeping() as sweep:
            for name in list(alone)[number::hands]:  # A profile lies open for all its files.
                mark = mark_of(name)
                if kept and not traces.settled(name) and (packet := kept.standing(name, mark)):
                    made.append(packet._replace(rows=bytes(packet.rows)))
                    continue
                before = kept.rows(name)
                made.append(Packet(name, mark, folded(row(one, before) for one in sheaves.of(name) if one.file not in skip)))
            rows: dict[str, list[Row]] = {name: [] for name in several}
            known = {name: kept.rows(name) for name in several}
            for name, sheaf in sheaves.some(dealt[number]):
                if sheaf.file not in skip:
                    rows[name].append(row(sheaf, known[name]))
            made += (Packet(name, mark_of(name), folded(some)) for name, some in rows.items())
        for stage in done if not number else ():
            watch(stage, total[stage], total[stage])  # The rest of it stood as it should.
        return made, end()

    found = shared(share, many)
    parts: dict[str, list[Packet]] = {}
    for packet in chain.from_iterable(made for made, _ in found):
        parts.setdefault(packet.name, []).append(packet)
    packets += (some[0]._replace(rows=b"".join(one.rows for one in some)) for some in parts.values())
    return packets, [ended for _, ended in found]


def stages(sheaf: Sheaf) -> tuple[Stage, ...]:
    """What has to be done for a file."""
    if sheaf.page:
        return Stage.RENDER, Stage.SHELL, Stage.WRITE
    return (Stage.SCRIPTS, Stage.WRITE) if sheaf.file.endswith(".js") else (Stage.WRITE,)


def search_scripts(
    renderer: Renderer, written: Iterable[Written], folder: Path, kept: Kept, cache: Cache | None = None, watch: Watch = unwatched
) -> Packet:
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


def sitemaps(sitemap: str, renderer: Renderer, absolute: Callable[[str], str], skip: Collection[str]) -> Iterator[tuple[str, str]]:
    """The sitemap with the pages made out of data, of which MkDocs knows nothing: its address and text.

    Where it would be too long it is cut into several, and what lies under its own address names these. ``absolute`` gives
    the whole address of a file of the site.
    """
    start, end, rest = sitemap.partition("</urlset>")
    if not end:  # It is the theme's own, and no sitemap.
        yield SITEMAP, sitemap
        return
    file = renderer.addresses.url
    keys = (page.key for page in pages(renderer.book, renderer.lists) if page.key not in skip)
    rows = (_ENTRY.format(escape(absolute(file(key)), quote=False)) for key in keys)
    made = start + "".join(islice(rows, max(0, LISTED - start.count("<loc>"))))
    one = next(rows, None)
    if one is None:
        yield SITEMAP, made + end + rest
        return
    names = []
    opening = start[: start.index(">", start.index("<urlset")) + 1] + "\n"
    while made:
        names.append(f"sitemap-{len(names) + 1}.xml")
        yield names[-1], made + end + rest
        made = opening + one + "".join(islice(rows, LISTED - 1)) if one else ""
        one = next(rows, None)
    parts = "".join(f"    <sitemap>\n         <loc>{escape(absolute(name), quote=False)}</loc>\n    </sitemap>\n" for name in names)
    yield SITEMAP, f"{opening.replace('<urlset', '<sitemapindex')}{parts}</sitemapindex>{rest}"
