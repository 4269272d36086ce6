"""The site in a real browser, from a server and from a folder: a walk through it, and what every kind of page must bear."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from fengpu.book import Book

KINDS = {
    "home": "index.html",
    "stations": "stations/index.html",
    "station": "stations/beijie/index.html",
    "method": "stations/beijie/laoli/index.html",
    "playbooks": "playbooks/index.html",
    "playbook": "playbooks/mediation-room.html",
    "sources": "sources/index.html",
    "source": "sources/beijie-2023/index.html",
    "region": "regions/national/index.html",
    "measures": "figures/index.html",
    "measure": "figures/area/index.html",
    "problems": "problems/index.html",
    "problem": "problems/neighbours/index.html",
    "pair": "compare/beijie.laoli~zhuze.laochen/index.html",
    "compare": "compare/index.html",
    "like": "like/index.html",
    "matrix": "matrix.html",
    "goals": "goals.html",
    "evidence": "evidence.html",
    "glossary": "glossary.html",
    "search": "search/index.html?q=laoli",
    "about": "about.html",
    "offline": "offline.html",
    "contribute": "contribute/index.html",
}
WIDTHS = (360, 768, 1440)
PAPER = 718
"""A4 upright between margins of 10 mm, in CSS pixels."""
CONTRAST = 4.5
TEXT = (
    "p", "li", "td", "th", "dt", "dd", "a", "h1", "h2", "h3", "h4", "caption", ".fp-gap", ".fp-fine", ".fp-inferred", ".fp-cite",
    ".fp-grade", ".fp-incomparable", ".fp-lead", ".fp-kind", ".fp-printed", ".fp-change", ".fp-dates", ".fp-section", ".fp-count",
    ".fp-question", ".fp-counts strong",
)  # fmt: skip

Open = Callable[..., AbstractContextManager[Page]]


@pytest.fixture(params=["http", "file"])
def base(request: pytest.FixtureRequest, site: Path) -> str:
    """Where the site is found: on a server, or as a folder that somebody unpacked."""
    return request.getfixturevalue("served") + "/" if request.param == "http" else site.as_uri() + "/"


@pytest.fixture
def opened(chromium: Browser) -> Open:
    """Opens a page and fails, when it is closed, if anything went wrong on it or it asked anybody else for anything."""

    @contextmanager
    def opened(base: str, address: str, **options: Any) -> Iterator[Page]:
        faults: list[str] = []
        context = chromium.new_context(locale="zh-CN", **options)
        try:
            page = context.new_page()
            page.on("console", lambda message: faults.append(f"console: {message.text}") if message.type == "error" else None)
            page.on("pageerror", lambda error: faults.append(f"script: {error}"))
            # What is broken off because the reader went on is no fault.
            page.on("requestfailed", lambda one: None if one.failure == "net::ERR_ABORTED" else faults.append(f"{one.failure}: {one.url}"))
            page.on("response", lambda one: faults.append(f"{one.status}: {one.url}") if one.status >= 400 else None)
            page.on("request", lambda one: None if one.url.startswith((base, "data:", "blob:")) else faults.append(f"asked: {one.url}"))
            page.goto(base + address)
            yield page
            tell(faults, f"On the way through {base} this went wrong:")
        finally:
            context.close()

    return opened


def tell(faults: list[str], what: str) -> None:
    if faults:
        pytest.fail("\n".join([what, *dict.fromkeys(faults)]), pytrace=False)


def test_a_walk_from_the_front_page_to_a_source(base: str, opened: Open) -> None:
    with opened(base, "index.html", viewport={"width": 1440, "height": 900}) as page:
        tabs, content, heading = page.locator(".md-tabs"), page.locator(".md-content"), page.locator("h1")

        def arrived(title: str, tab: str) -> None:
            expect(heading).to_contain_text(title)
            expect(tabs.locator(".md-tabs__item--active")).to_have_text(tab)
            assert page.url.startswith(base)

        arrived("枫谱", "首页")
        tabs.get_by_role("link", name="派出所", exact=True).click()
        arrived("派出所", "派出所")
        content.get_by_role("link", name="北街派出所", exact=True).click()
        arrived("北街派出所", "派出所")
        content.locator(".fp-card").get_by_role("link", name="老李调解室", exact=True).click()
        arrived("老李调解室", "派出所")
        content.locator(".fp-facts").get_by_role("link", name="调解室", exact=True).click()
        arrived("调解室", "打法")
        content.locator(".fp-compare thead").get_by_role("link", name="老李调解室", exact=True).click()
        arrived("老李调解室", "派出所")
        content.locator(".fp-facts").get_by_role("link", name="迎“枫”起航铸铁军").click()
        arrived("迎“枫”起航铸铁军", "依据")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_page_fits_and_can_be_read(base: str, opened: Open, kind: str, scheme: str) -> None:
    faults = []
    with opened(base, KINDS[kind], viewport={"width": WIDTHS[0], "height": 800}, color_scheme=scheme) as page:
        shown = page.locator("body").get_attribute("data-md-color-scheme")
        assert shown == {"light": "default", "dark": "slate"}[scheme], f"A reader who asked for {scheme} gets {shown}."
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 800})
            wide, sticking_out = page.evaluate(STICKING_OUT)
            if wide > width:
                faults.append(f"{width} px: the page is {wide} px wide because of {sticking_out}")
            if not page.locator("h1").first.is_visible():
                faults.append(f"{width} px: no heading to be seen")
            faults += [f"{width} px: {one}" for one in page.evaluate(FAINT, {"selectors": TEXT, "wanted": CONTRAST})]
    tell(faults, f"{KINDS[kind]}, {scheme}; mend fengpu.css:")


STICKING_OUT = """() => {
  const width = document.documentElement.scrollWidth
  const out = [...document.querySelectorAll(".md-container *")].filter(one => one.getBoundingClientRect().right > innerWidth
    && !one.closest(".fp-scroll, pre, .md-nav, .md-search"))
  return [width, out.slice(0, 3).map(one => `<${one.localName} class="${one.className}">`).join(", ")]
}"""

# Colours are laid over each other as the browser does, down to the first background that nothing shines through.
FAINT = """({selectors, wanted}) => {
  const colour = text => {
    const found = text.match(/^rgba?\\(([\\d.]+), ([\\d.]+), ([\\d.]+)(?:, ([\\d.]+))?\\)$/)
    if (!found) throw new Error(`the test cannot read the colour ${text}`)
    return [+found[1], +found[2], +found[3], found[4] === undefined ? 1 : +found[4]]
  }
  const over = (top, bottom) => [0, 1, 2].map(n => top[n] * top[3] + bottom[n] * (1 - top[3])).concat(1)
  const light = one => [0, 1, 2].map(n => one[n] / 255).map(part => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
    .reduce((sum, part, n) => sum + part * [0.2126, 0.7152, 0.0722][n], 0)
  const seen = new Map()
  const ground = one => {
    if (!one) return {paint: [255, 255, 255, 1], opacity: 1}
    if (!seen.has(one)) {
      const style = getComputedStyle(one), own = colour(style.backgroundColor), below = ground(one.parentElement)
      seen.set(one, {paint: over(own, below.paint), opacity: below.opacity * style.opacity})
    }
    return seen.get(one)
  }
  const faint = new Set()
  for (const one of document.querySelectorAll(selectors.map(name => `.md-content ${name}`).join(","))) {
    const words = [...one.childNodes].filter(node => node.nodeType === 3).map(node => node.data.trim()).join("")
    if (!words || !one.checkVisibility({opacityProperty: true, visibilityProperty: true})) continue
    const {paint, opacity} = ground(one)
    const ink = colour(getComputedStyle(one).color)
    const written = over([ink[0], ink[1], ink[2], ink[3] * opacity], paint)
    const [high, low] = [light(written), light(paint)].sort((a, b) => b - a)
    const ratio = (high + 0.05) / (low + 0.05)
    const hex = parts => "#" + parts.slice(0, 3).map(part => Math.round(part).toString(16).padStart(2, "0")).join("")
    if (ratio < wanted) faint.add(`<${one.localName} class="${one.className}"> ${hex(written)} on ${hex(paint)}: ${ratio.toFixed(2)}`)
  }
  return [...faint]
}"""


def test_nothing_is_missing_without_javascript(base: str, opened: Open, book: Book) -> None:
    faults = []

    def missing(address: str, wanted: list[str]) -> None:
        with opened(base, address, java_script_enabled=False) as page:
            text = page.locator(".md-content").inner_text()  # Only what can be seen.
            faults.extend(f"{address}: {one}" for one in wanted if one not in text)

    missing("stations/index.html", [station.name for station in book.stations.values()])
    station = book.stations["beijie"]
    missing("stations/beijie/index.html", [method.name for method in station.methods])
    with opened(base, "stations/beijie/index.html", java_script_enabled=False) as page:
        rows = page.locator(".fp-figures tbody tr")
        if sum(row.is_visible() for row in rows.all()) != len(station.figures):
            faults.append(f"stations/beijie/index.html: not all {len(station.figures)} figures")
    playbook, instances = book.playbooks["mediation-room"], book.instances["mediation-room"]
    missing("playbooks/mediation-room.html", [*(axis.label for axis in playbook.axes), *(one.method.name for one in instances)])
    with opened(base, "playbooks/mediation-room.html", java_script_enabled=False) as page:
        cells = page.locator(".fp-compare tbody td")
        wanted = (len(playbook.axes) + 2) * len(instances)  # Two rows more: the evidence and the source.
        if sum(cell.is_visible() and bool(cell.inner_text().strip()) for cell in cells.all()) != wanted:
            faults.append(f"playbooks/mediation-room.html: not all {wanted} cells")
    tell(faults, "Without JavaScript these are not to be seen:")


def test_the_search_finds_a_method_by_its_name(base: str, opened: Open) -> None:
    with opened(base, "about.html", viewport={"width": 1440, "height": 900}) as page:
        page.keyboard.press("/")
        query = page.locator(".fp-search input")
        expect(query).to_be_focused()
        query.press_sequentially("老李调解室")
        expect(page.locator(".fp-search [role=option]").first).to_contain_text("老李调解室")
        query.press("ArrowDown")
        expect(query).to_have_attribute("aria-activedescendant", "fp-option-0")
        query.press("Enter")
        expect(page.locator("h1")).to_contain_text("老李调解室")
        expect(page.locator("article mark").first).to_be_in_viewport()


def test_the_search_page_keeps_its_state_in_the_address(base: str, opened: Open) -> None:
    with opened(base, "search/index.html?q=调解室", viewport={"width": 1440, "height": 900}) as page:
        expect(page.locator("#results > li").first).to_be_visible()
        all_of_them = page.locator("#results > li").count()
        page.locator(".fp-facets input[name=kind][value=method]").check()
        expect(page).to_have_url(re.compile("kind=method"))
        expect(page.locator("#results > li[data-kind=playbook]")).to_have_count(0)
        assert 0 < page.locator("#results > li[data-kind=method]").count() <= all_of_them
        page.reload()
        expect(page.locator(".fp-facets input[name=kind][value=method]")).to_be_checked()
        expect(page.locator("#results > li[data-id='beijie/laoli']")).to_be_visible()


@pytest.mark.parametrize("query", ["<img src=x onerror=alert(1)>", "。。。", "😀", "(a+)+$", "\u0000\u2028", "x" * 10_000, "火星基地燕窝"])
def test_a_strange_query_does_no_harm(base: str, opened: Open, query: str) -> None:
    with opened(base, "search/index.html", viewport={"width": 1440, "height": 900}) as page:
        box = page.locator("#fp-q")
        box.fill(query)
        box.press("Enter")
        expect(page.locator("#results [data-empty], #results > li[data-id]").first).to_be_visible()
        assert page.locator("#results img, #results script").count() == 0


SCROLLED = """() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(
  () => done(document.activeElement.scrollLeft > 0))))"""


@pytest.mark.parametrize("kind", KINDS)
def test_every_scrollable_table_can_be_reached_by_keyboard(served: str, opened: Open, kind: str) -> None:
    faults = []
    with opened(served + "/", KINDS[kind], viewport={"width": WIDTHS[0], "height": 800}) as page:
        for number, box in enumerate(page.locator(".fp-scroll").all()):
            if not box.evaluate("one => one.scrollWidth > one.clientWidth"):
                continue
            place = f"table {number + 1} ({box.locator('table').get_attribute('class')})"
            # Chromium alone lets a reader tab to whatever scrolls; elsewhere it takes the attribute, and a name to be told.
            if box.get_attribute("tabindex") != "0":
                faults.append(f'{place}: no tabindex="0"')
            elif not box.get_attribute("aria-label") or box.get_attribute("role") != "region":
                faults.append(f'{place}: no role="region" with an aria-label')
            else:
                box.focus()
                for _ in range(60):  # A key that comes while the page is still being laid out scrolls nothing.
                    page.keyboard.press("ArrowRight")
                    if page.evaluate(SCROLLED):
                        break
                else:
                    faults.append(f"{place}: the arrow key does not scroll it")
    tell(faults, f"{KINDS[kind]}: who has only a keyboard cannot see all of it:")


def test_a_printed_comparison_is_not_cut_off(site: Path, opened: Open, book: Book) -> None:
    faults = []
    base = site.as_uri() + "/"
    with opened(base, "index.html", viewport={"width": PAPER, "height": 1000}) as page:
        page.emulate_media(media="print")
        for playbook in book.playbooks:
            page.goto(f"{base}playbooks/{playbook}.html")
            for box in page.locator(".fp-scroll").all():
                hidden, right = box.evaluate(
                    """one => [getComputedStyle(one).overflowX !== "visible" && one.scrollWidth > one.clientWidth,
                               one.querySelector("table").getBoundingClientRect().right]"""
                )
                if hidden:
                    faults.append(f"playbooks/{playbook}.html: part of the table can only be scrolled to")
                elif right > PAPER:
                    faults.append(f"playbooks/{playbook}.html: the table ends {right - PAPER:.0f} px beyond the paper")
    tell(faults, "On paper nobody can scroll; mend `@media print` in fengpu.css:")
