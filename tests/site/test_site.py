"""The site that the real data makes: what is in it, where its links lead, and that nothing in data is taken for HTML."""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit
from xml.etree import ElementTree

import pytest
import yaml

from fengpu.book import Book
from fengpu.derive import leaf
from fengpu.derive.lists import Lists
from fengpu.model import Figure, Gap
from fengpu.publish import site as publish
from fengpu.render.pages import Addresses, Renderer
from fengpu.render.pages import pages as made_of_data

HOME = "https://github.com/fengpu/fengpu"
SITEMAPS = "http://www.sitemaps.org/schemas/sitemap/0.9"
OUTGOING = re.compile(r"https://(github\.com/fengpu/|squidfunk\.github\.io/mkdocs-material/)")
ADDRESSES = {"href", "src", "srcset", "action", "formaction", "poster", "data", "xlink:href"}
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}


class Element:
    """One element of a page."""

    def __init__(self, tag: str, attributes: dict[str, str]) -> None:
        self.tag = tag
        self.attributes = attributes
        self.inside: list[Element | str] = []

    def __iter__(self) -> Iterator[Element]:
        """Itself and all elements in it, in the order of the page."""
        yield self
        for one in self.inside:
            if isinstance(one, Element):
                yield from one

    @property
    def text(self) -> str:
        return " ".join(self._words().split())

    def _words(self) -> str:
        return "".join(one if isinstance(one, str) else one._words() for one in self.inside)

    def all(self, tag: str = "", of: str = "") -> list[Element]:
        """The elements in it with this tag and this class."""
        return [one for one in self if tag in ("", one.tag) and (not of or of in one.attributes.get("class", "").split())]

    def by_id(self, name: str) -> Element | None:
        return next((one for one in self if one.attributes.get("id") == name), None)

    @property
    def addresses(self) -> list[tuple[Element, str]]:
        """Every address in it with the element that names it."""
        found = [(one, value) for one in self for name, value in one.attributes.items() if name in ADDRESSES]
        found += [
            (one, one.attributes["content"].partition("url=")[2])
            for one in self.all("meta")
            if one.attributes.get("http-equiv") == "refresh"
        ]
        return found

    @property
    def ids(self) -> set[str]:
        return {value for one in self for name, value in one.attributes.items() if name in ("id", "name")}


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.page = Element("", {})
        self.open = [self.page]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        one = Element(tag, {name: value or "" for name, value in attrs})
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
def read(file: Path) -> Element:
    """Read a page; it is read only once, so a test must not change it."""
    reader = _Reader()
    reader.feed(file.read_text(encoding="utf-8"))
    reader.close()
    return reader.page


def pages(site: Path) -> dict[str, Element]:
    """Every page of a site by its path."""
    return {file.relative_to(site).as_posix(): read(file) for file in sorted(site.rglob("*.html"))}


def files(folder: Path) -> dict[str, bytes]:
    """Every file of a folder with its bytes."""
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file()}


def is_redirect(page: Element) -> bool:
    return any(one.attributes.get("http-equiv") == "refresh" for one in page.all("meta"))


def tell(faults: list[str], what: str) -> None:
    """Fail with every fault, or at least with the first thirty."""
    if faults:
        more = f"\n… and {len(faults) - 30} more" if len(faults) > 30 else ""
        pytest.fail(f"{what}\n" + "\n".join(faults[:30]) + more, pytrace=False)


def generated(book: Book) -> dict[str, str | None]:
    """Where each page made out of data lies, and the file that its pencil opens, if there is one; only shelves take several pages yet."""
    found: dict[str, str | None] = {}
    for profile in book.profiles():
        file = f"data/{profile.key}.yml"
        found[f"{profile.key}/index.html"] = file
        found |= {f"{profile.key}/{method.id}/index.html": file for method in profile.methods}
        found |= {f"sources/{source.id}/index.html": file for source in profile.sources}
    for playbook in book.playbooks.values():
        for pair in playbook.pairs:
            found[f"compare/{'~'.join(ref.replace('/', '.') for ref in pair)}/index.html"] = f"data/playbooks/{playbook.id}.yml"
    told = {book.measure(figure).id for _, figure in book.every_figure()}
    found |= {f"figures/{measure}/index.html": "data/vocab/measures.yml" for measure in told}
    found |= {f"problems/{term.id}/index.html": "data/vocab/problems.yml" for term in book.lexicons["problems"].terms}
    for facet in Lists(book).facets.values():
        for shelf in facet.shelves.values():
            pages = range(1, -(-shelf.total // leaf.ROWS) + 1)
            found |= {f"{shelf.key}{f'/{number}' if number > 1 else ''}/index.html": shelf.origin for number in pages}
    return {f"sources/{source}/index.html": "data/sources.yml" for source in book.sources} | found


def dead_links(site: Path) -> list[str]:
    """Every address inside a site that leads to no file or to no element, as ``page: address``."""
    every = pages(site)
    dead = []
    for name, page in every.items():
        for _, address in page.addresses:
            parts = urlsplit(address)
            if parts.scheme or parts.netloc:
                continue
            path = unquote(parts.path)
            folder = "" if name == "404.html" else posixpath.dirname(name)
            # The page for a wrong address is shown at any depth, so it alone counts from the top.
            target = posixpath.normpath(posixpath.join(folder, path.lstrip("/") if name == "404.html" else path)) if path else name
            if not (site / target).is_file():
                dead.append(f"{name}: {address}")
            elif parts.fragment and target in every and unquote(parts.fragment) not in every[target].ids:
                dead.append(f"{name}: {address} (no such id)")
    return dead


# ── What is there ────────────────────────────────────────────────────────────


def test_every_record_has_its_page_and_nothing_else_is_there(site: Path, book: Book, root: Path) -> None:
    wanted = set(generated(book)) | {f"playbooks/{playbook}.html" for playbook in book.playbooks}
    wanted |= {f"{old}.html" if old.startswith("playbooks/") else f"{old}/index.html" for old in book.redirects}
    wanted |= {file.relative_to(root / "docs").with_suffix(".html").as_posix() for file in (root / "docs").rglob("*.md")}
    there = {name for name in pages(site) if name != "404.html"}
    tell(sorted(wanted - there), "These pages are missing from the site:")
    tell(sorted(there - wanted), "These pages are in the site, though nothing was written for them:")


def test_every_playbook_has_its_hand_written_page(book: Book, root: Path) -> None:
    missing = [f"docs/playbooks/{one}.md" for one in book.playbooks if not (root / f"docs/playbooks/{one}.md").is_file()]
    tell(missing, "Write these pages; until then their playbooks have only a table:")


def test_the_home_page_counts_what_is_in_the_book(site: Path, book: Book) -> None:
    shown = {}
    for item in read(site / "index.html").all("ul", of="fp-counts")[0].all("li"):
        number = item.all("strong")[0].text
        shown[item.text.removeprefix(number).strip()] = int(number)
    assert shown == {
        "派出所": len(book.stations),
        "做法": sum(len(profile.methods) for profile in book.profiles()),
        "打法": len(book.playbooks),
        "数据": sum(len(profile.figures) for profile in book.profiles()),
        "来源": len(book.sources),
    }, "The counts on the home page are not those of the data: look at the macro `counts`."


# ── Where links lead ─────────────────────────────────────────────────────────


def test_every_link_inside_the_site_resolves(site: Path) -> None:
    tell(dead_links(site), "These addresses lead nowhere; a folder counts as nowhere, since it does not open from file://:")


def test_no_link_inside_the_site_is_absolute(site: Path) -> None:
    faults = [
        f"{name}: {address}"
        for name, page in pages(site).items()
        for _, address in page.addresses
        if name != "404.html" and address.startswith("/") and not address.startswith("//")
    ]
    tell(faults, "These addresses work only at the top of a server; make them relative:")


def test_only_known_links_leave_the_site(site: Path, book: Book) -> None:
    of_sources = {source.url for source in book.sources.values() if source.url}
    faults = [
        f"{name}: <{one.tag}> {address}"
        for name, page in pages(site).items()
        for one, address in page.addresses
        if (urlsplit(address).scheme or urlsplit(address).netloc)
        and not (one.tag == "a" and (OUTGOING.match(address) or address in of_sources))
    ]
    tell(faults, "Only <a href> may leave the site, and only to the repository, the theme and the sources:")


def test_no_style_sheet_asks_another_host(site: Path) -> None:
    outside = re.compile(r"url\(\s*[\"']?(?:https?:)?//|@import", re.IGNORECASE)
    tell([str(file.relative_to(site)) for file in site.rglob("*.css") if outside.search(file.read_text(encoding="utf-8"))],
         "These style sheets load something from elsewhere; put it into the package:")  # fmt: skip


# ── The same every time ──────────────────────────────────────────────────────


def test_two_builds_are_byte_identical(site: Path, project: Callable[..., Path], build: Callable[..., Path]) -> None:
    # Another folder, another order of hashing and another time zone: none of them may show.
    folder = project(whole=True)
    first, second = files(site), files(build(folder, "public", PYTHONHASHSEED="2", TZ="Asia/Shanghai"))
    tell(sorted(first.keys() ^ second.keys()), "These files are only in one of two builds:")
    tell([name for name in first if first[name] != second[name]], "These files differ between two builds:")
    assert {"data/search/meta.js", "sitemap.xml.gz"} <= first.keys(), "Name here what took the place of the search index."


# ── The pencil and the sitemap ───────────────────────────────────────────────


def test_the_pencil_opens_the_file_that_was_written_by_hand(site: Path, book: Book, root: Path) -> None:
    wanted = generated(book)
    wanted |= {file.relative_to(root / "docs").with_suffix(".html").as_posix(): file.relative_to(root).as_posix()
               for file in (root / "docs").rglob("*.md")}  # fmt: skip
    faults = []
    for name, file in wanted.items():
        pencils = [one.attributes["href"] for one in read(site / name).all("a") if one.attributes.get("rel") == "edit"]
        if pencils != ([f"{HOME}/edit/main/{file}"] if file else []):
            faults.append(f"{name}: {pencils}, not {HOME}/edit/main/{file}")
    tell(faults, "These pencils open something else:")


@pytest.mark.parametrize("over", [-1, 0, 1])
def test_a_sitemap_that_is_too_long_is_cut(book: Book, monkeypatch: pytest.MonkeyPatch, over: int) -> None:
    renderer = Renderer(book, Addresses(directories=False))
    keys = [page.key for page in made_of_data(book, renderer.lists)]
    skipped, own = set(keys[3 : 4 + len(keys) % 4]), "https://example.org/own.html"
    wanted = [own, *(f"https://example.org/{renderer.addresses.url(key)}" for key in keys if key not in skipped)]
    first = f'<?xml version="1.0"?>\n<urlset xmlns="{SITEMAPS}">\n    <url><loc>{own}</loc></url>\n</urlset>'
    most = len(wanted) // 4 + over
    monkeypatch.setattr(publish, "LISTED", most)
    made = dict(publish.sitemaps(first, renderer, "https://example.org/{}".format, skipped))
    index = ElementTree.fromstring(made.pop(publish.SITEMAP))
    assert [one.text for one in index.iterfind("{*}sitemap/{*}loc")] == [f"https://example.org/{name}" for name in made]
    listed = [[one.text for one in ElementTree.fromstring(text).iterfind("{*}url/{*}loc")] for text in made.values()]
    assert [one for some in listed for one in some] == wanted
    assert {len(some) for some in listed[:-1]} == {most} and 0 < len(listed[-1]) <= most, "With none over, the last one is full."
    monkeypatch.setattr(publish, "LISTED", len(wanted))
    [(name, whole)] = publish.sitemaps(first, renderer, "https://example.org/{}".format, skipped)
    assert (name, whole.count("<loc>")) == (publish.SITEMAP, len(wanted)), "One sitemap can hold them all."


def test_the_sitemap_lists_every_page(project: Callable[..., Path], build: Callable[..., Path]) -> None:
    folder = project(site_url="https://example.org/fengpu/")
    built = build(folder)
    listed = [one.text or "" for one in ElementTree.parse(built / "sitemap.xml").findall(".//{*}loc")]
    every = {name: page for name, page in pages(built).items() if name != "404.html" and not is_redirect(page)}
    wanted = {name: f"https://example.org/fengpu/{name}" for name in every}
    assert sorted(listed) == sorted(wanted.values()), "sitemap.xml does not list each page once: look at `sitemaps`."
    for name, page in every.items():
        canonical = [one.attributes["href"] for one in page.all("link") if one.attributes.get("rel") == "canonical"]
        assert canonical == [wanted[name]], f"{name} does not name its own address as canonical."


# ── Every page ───────────────────────────────────────────────────────────────


def test_every_page_has_one_heading_a_title_a_description_and_its_language(site: Path) -> None:
    faults = []
    for name, page in pages(site).items():
        if is_redirect(page):
            continue
        headings = [one.text for one in page.all("h1")]
        titles = [one.text for one in page.all("title") if one.text]
        said = [one.attributes.get("content", "") for one in page.all("meta") if one.attributes.get("name") == "description"]
        languages = [one.attributes.get("lang") for one in page.all("html")]
        if len(headings) != 1 or not headings[0]:
            faults.append(f"{name}: <h1> {headings}")
        if len(titles) != 1:
            faults.append(f"{name}: <title> {titles}")
        if len(said) != 1 or not said[0].strip():
            faults.append(f"{name}: description {said}")
        if languages != ["zh"]:
            faults.append(f"{name}: lang {languages}")
        ids = Counter(one.attributes["id"] for one in page if "id" in one.attributes)
        if max(ids.values()) > 1:
            faults.append(f"{name}: ids given more than once {[one for one, times in ids.items() if times > 1]}")
    tell(faults, "These pages lack what every page has:")


def test_every_figure_stands_on_its_page(site: Path, book: Book) -> None:
    faults = []
    for profile in book.profiles():
        name = f"{profile.key}/index.html"
        page = read(site / name)
        for figure in profile.figures:
            row = page.by_id(f"figure-{figure.id}")
            if row is None:
                faults.append(f"{name}: no row for {figure.id}")
                continue
            faults += [f"{name}#figure-{figure.id}: no {one} in “{row.text}”" for one in said_of(figure) if one not in row.text]
            notes = [page.by_id(address[1:]) for _, address in row.addresses if address.startswith("#note-")]
            way = f"../../sources/{figure.source}/index.html"
            if not any(way in [address for _, address in note.addresses] for note in notes if note):
                faults.append(f"{name}#figure-{figure.id}: no note that leads to {way}")
    tell(faults, "These figures are not shown in full:")


def said_of(figure: Figure) -> list[str]:
    """What a reader must find in the row of a figure."""
    words = [figure.value.value] if isinstance(figure.value, Gap) else [plain(figure.value), figure.unit]
    period = figure.period
    dates = [str(date) for date in (period.start, period.end) if not isinstance(date, Gap)]
    # A period that the text does not word is shown by its dates alone.
    words += dates if period.label == "原文未写" and dates else [period.label, *dates]
    if figure.change:
        words += [figure.change.direction.value] + ([] if isinstance(figure.change.value, Gap) else [plain(figure.change.value)])
    return [*words, period.kind.value]


def plain(number: Decimal) -> str:
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


# ── Data is text ─────────────────────────────────────────────────────────────


def test_markup_in_a_text_field_is_shown_and_not_obeyed(project: Callable[..., Path], build: Callable[..., Path]) -> None:
    folder = project()
    change(folder / "data/stations/beijie.yml", summary="<script>alert(1)</script> & *重* [x](javascript:alert(1)) [y](https://example.org)")
    built = build(folder)
    shown = "<script>alert(1)</script> & 重 [x](javascript:alert(1)) y"
    for name, of in (("stations/beijie/index.html", "fp-lead"), ("stations/index.html", "fp-card")):
        page = read(built / name)
        place = next(one for one in page.all(of=of) if "alert" in one.text)
        assert shown in place.text, f"{name} does not show the summary as it was written."
        assert [one.text for one in place.all("em")] == ["重"], f"{name} does not make *重* emphatic."
        links = [(one.text, one.attributes["href"]) for one in place.all("a") if urlsplit(one.attributes["href"]).scheme]
        assert links == [("y", "https://example.org")], f"{name} makes links of {links}."
        assert not [one for one in page.all("script") if "alert(1)" in one.text], f"{name} would run a script out of the data."


def test_no_text_field_can_break_out_of_its_place(project: Callable[..., Path], build: Callable[..., Path]) -> None:
    """Every free text of a station and of what it refers to closes whatever could hold it, and then opens an element."""
    folder = project()
    hostile = "\"'></title></script></textarea></style>--><x-broke-out>&lt;x-broke-out&gt;"
    for file in [*folder.glob("data/stations/*.yml"), *folder.glob("data/playbooks/*.yml"), folder / "data/sources.yml"]:
        data = yaml.load(file.read_text(encoding="utf-8"), yaml.BaseLoader)
        file.write_text(yaml.safe_dump(poisoned(data, hostile), allow_unicode=True, sort_keys=False), encoding="utf-8")
    built = build(folder)
    # Where the text stands, by the line of the page's shell that holds it, and one page on which it does so.
    places: dict[str, str] = {}
    for file in sorted(built.rglob("*.html")):
        lines = [line.strip() for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
        for above, line in zip(["", *lines], lines, strict=False):
            if "<x-broke-out" in line:
                before = re.sub(r"[\d“”\u4e00-\u9fff].*", "…", line.partition("<x-broke-out")[0])
                places.setdefault(f"{above} {before}" if before == "…" else before, file.relative_to(built).as_posix())
    found = [f"{place}    for example in {page}" for place, page in sorted(places.items())]
    tell(found, "Text out of data/ became markup; escape it where it is put into the theme's shell:")


FREE = {
    "about", "against", "answers", "ask", "batch", "by", "city", "date_why", "definition", "does", "effect", "full_name", "implementation",
    "jurisdiction", "label", "mechanism", "moderators", "name", "note", "other_names", "printed", "publisher", "role", "section",
    "staffing", "steps", "subtitle", "summary", "text", "title", "town", "why", "work",
}  # fmt: skip
"""The fields that hold free text; what else there is are ids, dates, numbers and words of vocabularies."""
GAPS = {"不详", "不适用", "无"}


def poisoned(value: object, hostile: str, name: str = "") -> object:
    """The same data with a hostile end on every free text; words of vocabularies stay, or nothing would resolve."""
    if isinstance(value, dict):
        # The role of an actor and the title of an honour are words of a vocabulary.
        words = {name for name, beside in (("role", "name"), ("title", "publisher")) if beside not in value}
        names = {key: "text" if name == "axes" else key * (key not in words) for key in value}
        return {key: poisoned(one, hostile, names[key]) for key, one in value.items()}
    if isinstance(value, list):
        return [poisoned(one, hostile, "" if isinstance(one, dict) else name) for one in value]
    return f"{value}{hostile}" if name in FREE and value not in GAPS else value


def change(file: Path, **fields: str) -> None:
    """Replace fields of the first level of a YAML file."""
    text = file.read_text(encoding="utf-8")
    for name, value in fields.items():
        text, times = re.subn(rf"^{name}:.*$", lambda _, line=f"{name}: '{value}'": line, text, flags=re.MULTILINE)
        assert times == 1, f"{file.name} has {times} lines that start with {name}:, so the test cannot change it."
    file.write_text(text, encoding="utf-8")
