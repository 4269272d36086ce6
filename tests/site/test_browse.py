"""What can be leafed through without a script: shelves and long lists, on the real site and on one whose pages hold very little."""

from __future__ import annotations

import re
import shutil
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pytest
from elements import Element, content, squeezed, target
from test_site import dead_links, tell

from fengpu.book import Book
from fengpu.build import assemble
from fengpu.derive import leaf
from fengpu.derive.figures import by_measure
from fengpu.derive.places import Places
from fengpu.model import Gap
from fengpu.plugin import build_site
from fengpu.render import words

LARGEST = 300_000
"""So many bytes an old machine on a slow line can be asked to take at once."""
SMALL = {"ROWS": 5, "COLUMNS": 4, "CITING": 3, "NAMED": 3}
COPIES = 12
COMMUNITIES = """
figures:
  - id: communities
    measure: 社区数
    definition: 不详
    value: {}
    unit: 个
    scope: 本所
    period: {{label: 原文未写, kind: 时点, from: 不适用, to: 2022, basis: 载明}}
    source: gmrb-2022"""
"""A figure that may be charted, since the size of places may be compared whatever the year."""
VOCABULARIES = {"area": "area-types", "honour": "honours", "problem": "problems", "target": "targets", "goal": "goals"}


@dataclass(frozen=True)
class Built:
    site: Path
    book: Book
    rows: int
    """How many entries a page may hold."""

    def page(self, name: str) -> Element:
        return content(self.site / name)


@pytest.fixture(scope="module")
def real(site: Path, book: Book) -> Built:
    return Built(site, book, leaf.ROWS)


@pytest.fixture(scope="module")
def cut(tmp_path_factory: pytest.TempPathFactory, root: Path) -> Built:
    """The real data with one station many times over, on pages so small that every list takes several."""
    folder = tmp_path_factory.mktemp("cut")
    for name in ("data", "docs", "overrides"):
        shutil.copytree(root / name, folder / name)
    shutil.copy(root / "mkdocs.yml", folder)
    station = (root / "data/stations/batou.yml").read_text(encoding="utf-8")
    for number in range(COPIES):
        text = station.replace("id: batou", f"id: batou-{number}", 1).replace("\nchecked:", COMMUNITIES.format(10 + number) + "\nchecked:", 1)
        (folder / f"data/stations/batou-{number}.yml").write_text(text, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        for name, size in SMALL.items():
            patch.setattr(leaf, name, size)
        patch.setenv("SOURCE_DATE_EPOCH", "1767225600")
        build_site(folder / "mkdocs.yml", folder / "site", strict=True)
    return Built(folder / "site", assemble(folder / "data", "data").book, SMALL["ROWS"])


@pytest.fixture(params=["real", "cut"])
def built(request: pytest.FixtureRequest) -> Built:
    return request.getfixturevalue(request.param)


def chain(built: Built, name: str) -> list[str]:
    """The pages of a list in their order, found as a reader finds them: by 下一页."""
    found = [name]
    while further := [one for one in built.page(found[-1]).all("a") if one["rel"] == "next"]:
        found.append(target(built.site, found[-1], further[0]["href"])[0])
        assert len(found) == len(set(found)), f"下一页 goes round in circles: {found}"
    return found


def entries(built: Built, name: str) -> list[tuple[str, Element]]:
    """The entries of a page with the pages that they lead to."""
    items = [item for one in built.page(name).all("ul", "fp-entries") for item in one.children("li")]
    return [(target(built.site, name, item.children("a")[0]["href"])[0], item) for item in items]


def members(book: Book) -> Mapping[str, Mapping[str, list[str]]]:
    """What stands on each shelf, found without the code that is tested: facet → id → pages."""
    found: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))

    def put(facet: str, words: Iterable[str] | Gap, page: str) -> None:
        vocabulary = VOCABULARIES.get(facet)
        said = [words.name.lower()] if isinstance(words, Gap) else [book.term(vocabulary, one).id if vocabulary else one for one in words]
        for one in set(said):
            found[facet][one].append(page)

    for station in book.stations.values():
        page = f"{station.key}/index.html"
        put("province", (book.term("provinces", station.place.province).id,), page)
        put("area", station.area_types, page)
        put("honour", station.honours if isinstance(station.honours, Gap) else [one.title for one in station.honours], page)
    for region in book.regions.values():
        found["province"]["regions"].append(f"{region.key}/index.html")
    for instance in book.every_method():
        method, page = instance.method, f"{instance.key}/index.html"
        for facet in ("problem", "target", "goal"):
            put(facet, getattr(method, f"{facet}s"), page)
        put("playbook", method.playbook if isinstance(method.playbook, Gap) else (method.playbook,), page)
    return found


# ── Shelves ──


def test_the_list_of_shelves_names_every_word_with_its_count(built: Built) -> None:
    """Each facet names all words of its vocabulary in its order, then the gaps that occur; what nothing has says 0 and leads nowhere."""
    page, faults = built.page("browse/index.html"), []
    book, found = built.book, members(built.book)
    heads = [one["id"] for one in page.all("h2")]
    assert sorted(heads) == sorted(["province", "playbook", *VOCABULARIES]), "browse.html names other facets than those of the data."
    for facet, shown in zip(heads, page.all("ul", "fp-terms"), strict=True):
        if facet == "playbook":
            wanted = [(one.id, one.name) for one in book.playbooks.values()]
        else:
            wanted = [(term.id, term.label) for term in book.lexicons[VOCABULARIES.get(facet, "provinces")].terms]
        wanted += [("regions", "全国与地方")] * (facet == "province")
        wanted += [(gap.name.lower(), gap.value) for gap in Gap if gap.name.lower() in found[facet]]
        items = shown.children("li")
        if len(items) != len(wanted):
            faults.append(f"{facet}: {len(items)} words instead of {len(wanted)}")
        for (id, label), item in zip(wanted, items, strict=False):
            count = len(found[facet][id])
            if not item.text.endswith(f"{squeezed(label)}{count}"):
                faults.append(f"{facet}: “{item.text}” instead of {label} {count}")
            ways = [target(built.site, "browse/index.html", one["href"])[0] for one in item.children("a")]
            if ways != [f"browse/{facet}/{id}/index.html"] * bool(count):
                faults.append(f"{facet}: {label} leads to {ways}")
    tell(faults, "browse.html lists something else than the data holds:")


def test_every_member_stands_once_on_its_shelf(built: Built) -> None:
    """The pages of a shelf together hold each of its members once, no page more than it may, and all say how many there are."""
    faults, seen = [], set()
    for facet, shelves in members(built.book).items():
        for id, wanted in shelves.items():
            name = f"browse/{facet}/{id}/index.html"
            names = chain(built, name)
            seen |= set(names)
            shown = [page for one in names for page, _ in entries(built, one)]
            faults += [f"{name}: {one} stands there {times} times" for one, times in (Counter(shown) - Counter(wanted)).items()]
            faults += [f"{name}: {one} is missing" for one in Counter(wanted) - Counter(shown)]
            faults += [f"{one}: {len(entries(built, one))} entries" for one in names if not 0 < len(entries(built, one)) <= built.rows]
            if len(names) != -(-len(wanted) // built.rows):
                faults.append(f"{name}: {len(names)} pages for {len(wanted)}")
            for one in names:
                count = built.page(one).all("h1")[0].all(of="fp-count")[0].text
                if not re.fullmatch(rf"{len(wanted)}(个派出所|个做法|处)", count):
                    faults.append(f"{one}: says {count} of {len(wanted)}")
                heads = sum(int(head.all(of="fp-count")[0].text.removesuffix("，接上页")) for head in built.page(one).all("h2"))
                if heads and len(names) == 1 and heads != len(wanted):
                    faults.append(f"{one}: the headings count {heads} of {len(wanted)}")
    there = {file.relative_to(built.site).as_posix() for file in (built.site / "browse").rglob("*.html")} - {"browse/index.html"}
    faults += [f"{one}: nothing stands there" for one in sorted(there - seen)]
    tell(faults, "The shelves are not what the data says:")


def test_a_shelf_goes_through_the_provinces_in_their_order(built: Built) -> None:
    """Whoever reads the pages of a shelf one after the other meets each province once, in the order of the vocabulary, and regions last."""
    order = [*(term.label for term in built.book.lexicons["provinces"].terms), "全国与地方"]
    faults = []
    for facet, shelves in members(built.book).items():
        for id in shelves if facet not in ("province", "honour") else ():
            met: list[str] = []
            for name in chain(built, f"browse/{facet}/{id}/index.html"):
                for head in built.page(name).all("h2"):
                    count = head.all(of="fp-count")[0].text
                    label = head.text.removesuffix(count)
                    if count.endswith("接上页"):
                        faults += [f"{name}: {label} goes on though it had not begun"] * (met[-1:] != [label])
                    else:
                        met.append(label)
            if [order.index(one) for one in met] != sorted({order.index(one) for one in met}):
                faults.append(f"browse/{facet}/{id}: {met}")
    tell(faults, "These shelves go another way:")


def test_an_entry_says_what_it_is(built: Built) -> None:
    """A station's entry has its place, the number of its methods and its summary; a method's its kind, grade, station and summary."""
    book, faults = built.book, []
    wanted: dict[str, list[str]] = {}
    for station in book.stations.values():
        county = () if isinstance(station.place.county, Gap) else (station.place.county,)
        wanted[f"{station.key}/index.html"] = [station.name, *county, f"{len(station.methods)} 个做法", plain(station.summary)]
    for one in book.every_method():
        grade = one.entry.grade.value
        wanted[f"{one.key}/index.html"] = [one.method.name, one.method.kind.value, grade, one.profile.name, plain(one.method.summary)]
    for facet, ids in (("province", {term.id for term in book.lexicons["provinces"].terms}), ("playbook", set(book.playbooks))):
        for id in members(book)[facet].keys() & ids:
            for name in chain(built, f"browse/{facet}/{id}/index.html"):
                for page, item in entries(built, name):
                    faults += [f"{name}: {page} without “{word}”" for word in wanted[page] if squeezed(word) not in item.text]
    tell(faults, "entries.html says too little:")


def plain(text: str) -> str:
    return str(words.inline(text).striptags())


# ── Long lists ──


def shown(built: Built, names: list[str], table: str) -> list[str]:
    """The pages that the rows of a list's tables lead to, over all of its pages."""
    found = []
    for name in names:
        for one in built.page(name).all("table", table):
            rows = [row for body in one.all("tbody") for row in body.children("tr") if "fp-group" not in row["class"].split()]
            found += [target(built.site, name, row.children("th")[0].all("a")[0]["href"])[0] for row in rows]
    return found


def test_every_instance_stands_once_in_the_comparison(built: Built) -> None:
    faults = []
    for playbook in built.book.playbooks:
        found = []
        for name in chain(built, f"playbooks/{playbook}.html"):
            for table in built.page(name).all("table", "fp-compare"):
                heads = table.all("thead")[0].all("th")[1:]
                found += [target(built.site, name, head.all("a")[0]["href"])[0] for head in heads]
        wanted = [f"{one.key}/index.html" for one in built.book.instances[playbook]]
        if Counter(found) != Counter(wanted):
            faults.append(f"{playbook}: {len(found)} columns for {len(wanted)} methods")
    tell(faults, "The pages of these playbooks together are not all of their methods:")


def test_every_figure_stands_once_on_the_pages_of_its_measure(built: Built) -> None:
    found = Counter[str]()
    wanted = Counter(f"{profile.key}/index.html" for profile, _ in built.book.every_figure())
    for measure in {built.book.measure(figure).id for _, figure in built.book.every_figure()}:
        found += Counter(shown(built, chain(built, f"figures/{measure}/index.html"), "fp-figures"))
    assert found == wanted, "The pages of the measures together do not hold every figure once."


def test_every_method_stands_once_on_the_pages_of_its_problem(built: Built) -> None:
    faults = []
    for term in built.book.lexicons["problems"].terms:
        found = shown(built, chain(built, f"problems/{term.id}/index.html"), "fp-answers")
        if Counter(found) != Counter(members(built.book)["problem"].get(term.id, [])):
            faults.append(f"{term.label}: {len(found)} rows")
    tell(faults, "The pages of these problems together are not what is told against them:")


def test_every_source_is_listed_once_and_names_who_cites_it(built: Built) -> None:
    names = chain(built, "sources/index.html")
    assert Counter(shown(built, names, "fp-sources")) == Counter(f"sources/{one}/index.html" for one in built.book.sources)
    faults = []
    for source, citing in built.book.citing.items():
        names = chain(built, f"sources/{source}/index.html")
        level = "h4" if len(names) > 1 else "h3"
        ways = [target(built.site, name, head.all("a")[0]["href"])[0] for name in names for head in built.page(name).all(level)]
        wanted = [f"{built.book.profile(one).key}/index.html" for one in citing]
        faults += [f"{source}: {ways} instead of {wanted}"] * (Counter(ways) != Counter(wanted))
    tell(faults, "These sources name others than cite them:")


def test_the_matrix_has_every_station_once_and_adds_up(cut: Built) -> None:
    """Where there are too many stations for one table, each province has its own, and a table of the provinces adds up what is in them."""
    book, found, faults = cut.book, [], []
    table = cut.page("matrix.html").all("table", "fp-matrix")[0]
    for row in table.all("tbody")[0].children("tr"):
        name = target(cut.site, "matrix.html", row.all("a")[0]["href"])[0]
        names = chain(cut, name)
        found += shown(cut, names, "fp-matrix")
        for one in names:
            feet = [cell.text for cell in cut.page(one).all("tfoot")[0].all("td")]
            totals = [re.match(r"\d+", cell.text.replace("·", "0"))[0] for cell in row.children("td")]
            faults += [f"{one}: {feet} and not {totals}"] * (feet != totals)
    sums = [cell.text for cell in table.all("tfoot")[0].all("td")]
    wanted = [str(len(book.instances[one])) for one in book.playbooks]
    faults += [f"matrix.html: {sums} and not {wanted}"] * (sums[:-1] != wanted)
    tell(faults, "These tables do not add up:")
    assert Counter(found) == Counter(f"{one.key}/index.html" for one in book.profiles()), "Some stations stand in no table, or in two."


def test_where_stations_are_many_their_list_leads_to_the_provinces(cut: Built) -> None:
    items = [item for one in cut.page("stations/index.html").all("ul", "fp-terms") for item in one.children("li")]
    ways = {target(cut.site, "stations/index.html", link["href"])[0] for item in items for link in item.children("a")}
    wanted = {f"browse/province/{id}/index.html" for id in members(cut.book)["province"]}
    assert ways == wanted, "stations.html must lead to every province that has stations."


def test_where_methods_are_many_a_goal_names_some_and_leads_to_all(cut: Built) -> None:
    page = cut.page("goals.html")
    ways = {target(cut.site, "goals.html", link["href"])[0] for link in page.all("a")}
    for goal, wanted in members(cut.book)["goal"].items():
        if goal in {term.id for term in cut.book.lexicons["goals"].terms}:
            assert len(wanted) > cut.rows, "The test needs more methods under each goal than fit on a page."
            assert f"browse/goal/{goal}/index.html" in ways, f"goals.html does not lead to all methods of {goal}."
    cells = [cell for table in page.all("table") for row in table.all("tbody")[0].children("tr") for cell in row.children("td")]
    assert max(len(cell.all("a")) for cell in cells) == SMALL["NAMED"], "A cell of goals.html names more methods than it may."


def test_nothing_may_be_ranked_on_one_page_of_several(cut: Built) -> None:
    """Whoever sorts one page of a long comparison would take its first for the first of all."""
    found = [chain(cut, f"playbooks/{one}.html") for one in cut.book.playbooks]
    several = [name for names in found if len(names) > 1 for name in names]
    assert several, "The test needs a comparison of several pages."
    tell([name for name in several if any(row["data-sort"] for row in cut.page(name).all("tr"))], "These rows can be sorted:")


def test_charts_on_several_pages_have_one_scale(cut: Built) -> None:
    """A bar is as long for its value on every page of a measure."""
    several, places = 0, Places(cut.book)
    for table in by_measure(cut.book):
        names, ratios = chain(cut, f"figures/{table.measure.id}/index.html"), set()
        lines = places.ordered(table.lines) if len(table.lines) > cut.rows else table.lines
        values = [line.figure.value for line in lines]
        for number, name in enumerate(names):
            known = [value for value in values[number * cut.rows : (number + 1) * cut.rows] if isinstance(value, Decimal)]
            bars = [one for one in cut.page(name).all("rect") if one["fill"] == "var(--fp-maple)"]
            bars.sort(key=lambda one: Decimal(one["y"]))
            assert not bars or len(bars) == len(known), f"{name} has {len(bars)} bars for {len(known)} values."
            ratios |= {round(Decimal(bar["width"]) / value, 3) for bar, value in zip(bars, known, strict=False) if value}
        several += len(names) > 1 and bool(ratios)
        assert len(names) == 1 or len(ratios) <= 1, f"figures/{table.measure.id}: the pages have several scales."
    assert several, "The test needs a chart on several pages."


def test_a_method_names_a_few_like_it(built: Built) -> None:
    """However many others there are, a method's page names a few, of its own province before all others, and leads to the list of all."""
    faults, named = [], SMALL["NAMED"] if built.rows == SMALL["ROWS"] else leaf.NAMED
    book = built.book
    by_page = {f"{one.key}/index.html": one for one in book.every_method()}
    province = {one.id: one.place.province for one in book.stations.values()}
    for name, one in by_page.items():
        if isinstance(one.method.playbook, Gap):
            continue
        heads = [head for head in built.page(name).all("h2") if head["id"] == "others"]
        others = [other for other in book.instances[one.method.playbook] if other.profile.id != one.profile.id]
        if not others:
            faults += [f"{name}: names others where there are none"] * bool(heads)
            continue
        around = heads[0].above
        after = around.inside[around.inside.index(heads[0]) :]
        items = next(item for item in after if isinstance(item, Element) and item.tag == "ul").children("li")
        shown = [by_page[target(built.site, name, item.all("a")[0]["href"])[0]] for item in items]
        refs = {other.ref for other in shown}
        if len(refs) != min(named, len(others)) or not refs <= {other.ref for other in others}:
            faults.append(f"{name}: names {[other.ref for other in shown]}")
        near = [province.get(other.profile.id) == province.get(one.profile.id) for other in shown]
        there = sum(province.get(other.profile.id) == province.get(one.profile.id) for other in others)
        if near != sorted(near, reverse=True) or sum(near) != min(named, there):
            faults.append(f"{name}: not those of its own province first")
        way = f"browse/playbook/{one.method.playbook}/index.html"
        links = [link for link in built.page(name).all("a") if target(built.site, name, link["href"])[0] == way]
        if len(others) > named and not any("的全部做法" in link.text for link in links):
            faults.append(f"{name}: does not lead to all of them")
    tell(faults, "method.html names other methods than it should:")


def test_a_method_leads_to_the_page_on_which_it_is_compared(built: Built) -> None:
    faults = []
    for one in built.book.every_method():
        name = f"{one.key}/index.html"
        if isinstance(one.method.playbook, Gap):
            continue
        button = next(link for link in built.page(name).all("a", "md-button") if "并排比较" in link.text)
        way = target(built.site, name, button["href"])[0]
        heads = built.page(way).all("table", "fp-compare")[0].all("thead")[0].all("th")[1:]
        if name not in [target(built.site, way, head.all("a")[0]["href"])[0] for head in heads]:
            faults.append(f"{name}: leads to {way}")
    tell(faults, "There these methods are compared with nothing:")


# ── Pages ──


def test_every_page_of_a_list_leads_to_the_others(built: Built) -> None:
    """第 n 页，共 m 页 is true, 上一页 undoes 下一页, and the first and the last page are one step away."""
    faults, seen = [], set()
    every = {file.relative_to(built.site).as_posix(): file for file in sorted(built.site.rglob("*.html"))}
    paged = [name for name in every if built.page(name).all("nav", "fp-pager")]
    if built.rows == SMALL["ROWS"]:
        assert len(paged) > 100, "The test needs lists of several pages."
    for first in [name for name in paged if not any(one["rel"] == "prev" for one in built.page(name).all("a"))]:
        names = chain(built, first)
        seen |= set(names)
        for number, name in enumerate(names, 1):
            pager = built.page(name).all("nav", "fp-pager")[0]
            ways = {one.text: target(built.site, name, one["href"])[0] for one in pager.all("a")}
            wanted = {"第一页": names[0], "上一页": names[number - 2]} if number > 1 else {}
            wanted |= {"下一页": names[number], "最后一页": names[-1]} if number < len(names) else {}
            faults += [f"{name}: {ways} and not {wanted}"] * (ways != wanted)
            faults += [f"{name}: {pager.text}"] * (f"第{number}页，共{len(names)}页" not in pager.text)
    faults += [f"{name}: no page leads there" for name in sorted(set(paged) - seen)]
    tell(faults, "Who turns the pages of these lists goes astray:")


def test_a_list_that_fits_on_one_page_says_nothing_of_pages(real: Built) -> None:
    """What is short looks as if there were no pages at all."""
    lengths = {f"browse/{facet}/{id}/index.html": len(found) for facet, ids in members(real.book).items() for id, found in ids.items()}
    lengths |= {f"playbooks/{one}.html": len(found) * leaf.ROWS // leaf.COLUMNS for one, found in real.book.instances.items()}
    faults = [
        name for name, length in lengths.items()
        if length <= leaf.ROWS and (real.page(name).all("nav", "fp-pager") or real.page(name).all("nav", "fp-contents"))
    ]  # fmt: skip
    tell(faults, "These speak of pages though there is only one:")


def test_every_link_between_the_pages_of_long_lists_resolves(cut: Built) -> None:
    tell(dead_links(cut.site), "These addresses lead nowhere:")


def test_no_page_is_too_large(built: Built) -> None:
    sizes = {file.relative_to(built.site).as_posix(): file.stat().st_size for file in built.site.rglob("*.html")}
    tell([f"{name}: {size} bytes" for name, size in sizes.items() if size > LARGEST], "Put less on these pages, see derive/leaf.py:")
