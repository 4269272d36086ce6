"""The search as a reader uses it: the box in the header, the page with its facets, and what they do when something is wrong."""

from __future__ import annotations

import re
import shutil
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from fengpu.derive.documents import Document, documents
from fengpu.link import Book
from fengpu.publish import search

WIDE = {"width": 1440, "height": 900}
Open = Callable[..., Any]

# ── The box ──────────────────────────────────────────────────────────────────


def box(page: Page) -> Any:
    return page.get_by_role("combobox", name="搜索")


def options(page: Page) -> Any:
    return page.locator(".fp-search [role=option]")


def test_the_box_is_a_combobox(base: str, opened: Open) -> None:
    with opened(base, "about.html", viewport=WIDE) as page:
        one = box(page)
        for name, value in {"aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": "fp-suggestions"}.items():
            expect(one).to_have_attribute(name, value)
        one.press_sequentially("调解室")
        expect(options(page).first).to_be_visible()
        expect(one).to_have_attribute("aria-expanded", "true")
        expect(page.get_by_role("listbox", name="建议")).to_be_visible()
        expect(page.locator(".fp-search [role=status]")).to_have_text(re.compile(r"有 \d+ 条建议"))
        many = options(page).count()
        chosen = []
        for key in ("ArrowDown", "ArrowDown", "ArrowUp", "ArrowUp", "ArrowDown"):
            one.press(key)
            chosen.append(one.get_attribute("aria-activedescendant"))
            expect(page.locator(".fp-search [aria-selected=true]")).to_have_count(1)
            expect(page.locator(".fp-search [aria-selected=true]")).to_have_attribute("id", str(chosen[-1]))
        assert chosen == [f"fp-option-{at}" for at in (0, 1, 0, many - 1, 0)]
        expect(one).to_be_focused()
        one.press("Escape")
        expect(one).to_have_attribute("aria-expanded", "false")
        expect(page.locator("#fp-suggestions")).to_be_hidden()
        assert one.get_attribute("aria-activedescendant") is None
        expect(one).to_have_value("调解室")
        one.press("ArrowDown")
        expect(options(page).first).to_be_visible()
        one.press("Tab")
        expect(page.locator("#fp-suggestions")).to_be_hidden()


def test_enter_without_a_choice_opens_the_page_of_results(base: str, opened: Open) -> None:
    with opened(base, "about.html", viewport=WIDE) as page:
        box(page).fill("老李")
        box(page).press("Enter")
        expect(page).to_have_url(re.compile(r"search/index\.html\?q="))
        expect(page.locator("#results > li").first).to_have_attribute("data-id", "beijie/laoli")
        expect(page.locator("#fp-q")).to_have_value("老李")
        expect(box(page)).to_have_value("老李")


@pytest.mark.parametrize("key", ["/", "Control+k"])
def test_a_key_leads_to_the_box(base: str, opened: Open, key: str) -> None:
    with opened(base, "about.html", viewport=WIDE) as page:
        page.keyboard.press(key)
        expect(box(page)).to_be_focused()
        box(page).press_sequentially("a/b")
        expect(box(page)).to_have_value("a/b")


COMPOSE = """(input, [type, data, value]) => {
  input.value = value
  input.dispatchEvent(type.startsWith("composition") ? new CompositionEvent(type, {data, bubbles: true})
    : type === "Enter" ? new KeyboardEvent("keydown", {key: "Enter", isComposing: true, bubbles: true, cancelable: true})
    : new InputEvent("input", {data, isComposing: true, bubbles: true}))
}"""


def test_nothing_is_asked_for_while_a_word_is_being_composed(served: str, opened: Open) -> None:
    with opened(served + "/", "about.html", viewport=WIDE) as page:
        asked: list[str] = []
        page.on("request", lambda one: asked.append(one.url))
        one = box(page)
        one.focus()
        for step in (["compositionstart", "", ""], ["input", "l", "l"], ["input", "lao'li", "lao'li"], ["Enter", "", "lao'li"]):
            one.evaluate(COMPOSE, step)
        # Longer than the box waits after a key; what it did not ask for by then it never will.
        page.evaluate("() => new Promise(done => setTimeout(done, 300))")
        assert asked == [], "The box must wait for the end of the composition."
        expect(options(page)).to_have_count(0)
        expect(page).to_have_url(re.compile("about.html$"))
        one.evaluate(COMPOSE, ["compositionend", "老李", "老李"])
        expect(options(page).first).to_contain_text("老李调解室")


# ── The page ─────────────────────────────────────────────────────────────────


def found(page: Page) -> int:
    """How many results the page says there are."""
    status = page.locator("#fp-results [role=status]")
    expect(status).to_have_text(re.compile("找到|没有"))
    expect(page.locator("#results")).not_to_have_attribute("aria-busy", "true")
    told = re.search(r"找到 (\d+) 条", status.inner_text())
    return int(told[1]) if told else 0


def ids(page: Page) -> list[str]:
    return [one.get_attribute("data-id") for one in page.locator("#results > li[data-id]").all()]


def address(**state: str | list[str]) -> str:
    pairs = [(name, word) for name, words in state.items() for word in ([words] if isinstance(words, str) else words)]
    return "search/index.html?" + "&".join(f"{'in' if name == 'within' else name}={quote(word)}" for name, word in pairs)


def having(book: Book, *words: str) -> list[Document]:
    """The documents in which all these words of two characters stand; hand-written pages are not among them."""
    return [one for one in documents(book) if all(search.keys(one).get(search.normal(word)) is not None for word in words)]


def words_of(document: Document, facet: str) -> tuple[str, ...]:
    return (document.kind,) if facet == "kind" else tuple(document.facets.get(facet, ()))


def counted(page: Page, facet: str) -> dict[str, int]:
    details = page.locator(f".fp-facets details[data-facet={facet}]")
    if details.get_attribute("open") is None:
        details.locator("summary").click()
    expect(details.locator("label, p").first).to_be_visible()
    return {one.locator("input").get_attribute("value"): int(one.locator("span").inner_text()) for one in details.locator("label").all()}


FACETED = [
    ("心理", {}),
    ("心理", {"kind": ["method"]}),
    ("心理", {"kind": ["method", "station"]}),
    ("调解", {"province": ["shanxi", "yunnan"], "kind": ["method"]}),
    ("调解", {"problem": ["labour"], "province": ["shanxi"]}),
    ("调解", {"city": ["大同市"], "playbook": ["mediation-room", "multi-mediation"]}),
    ("走访", {"evidence": ["有计数"], "area": ["mountain"]}),
    ("群众", {"honour": ["全国“枫桥式公安派出所”（第三批）"]}),
    ("群众", {"target": ["enterprises"], "goal": ["no-such-goal"]}),
]


@pytest.mark.parametrize(("query", "chosen"), FACETED)
def test_facets_count_what_is_there(site: Path, opened: Open, book: Book, query: str, chosen: dict[str, list[str]]) -> None:
    """Counted again out of the documents: each facet's own choice leaves its own counts as they are."""
    # Of what has not the whole word a few are found too; they are told apart by their kind of match.
    with opened(site.as_uri() + "/", address(q=query, **chosen), viewport=WIDE) as page:
        many = found(page)
        numbers = page.evaluate("async query => Array.from((await fengpu.search(query)).matched)", query)
        rows = page.evaluate("""async ([numbers, size]) => { const ids = []
          for (const at of numbers) ids.push((await fengpu.ask("search/d/" + Math.floor(at / size)))[at % size][0])
          return ids }""", [numbers, search.BLOCK])  # fmt: skip
        known = {one.id: one for one in documents(book)}
        whole = {one.id for one in having(book, query)}
        assert whole <= set(rows), "Everything that has the word must be found."
        matched = [known[one] for one in rows if one in known]
        pages = [one for one in rows if one not in known]
        assert all(one.startswith("pages/") for one in pages)

        def fits(one: Document, but: str = "") -> bool:
            return all(set(words_of(one, facet)) & set(words) for facet, words in chosen.items() if facet != but)

        extra = len(pages) if not chosen or set(chosen) == {"kind"} and "page" in chosen["kind"] else 0
        assert many == sum(map(fits, matched)) + extra
        for facet in ("province", "city", "area", "playbook", "problem", "target", "goal", "evidence", "honour"):
            wanted = Counter(word for one in matched if fits(one, facet) for word in words_of(one, facet))
            wanted.update({word: 0 for word in chosen.get(facet, ())})
            assert counted(page, facet) == dict(wanted), facet


def test_choosing_goes_into_the_address_and_back(base: str, opened: Open) -> None:
    with opened(base, address(q="调解"), viewport=WIDE) as page:
        everything = found(page)
        page.locator(".fp-facets input[name=kind][value=method]").check()
        expect(page).to_have_url(re.compile("kind=method"))
        methods = found(page)
        assert 0 < methods < everything
        expect(page.locator(".fp-facets input[name=kind][value=method]")).to_be_focused()
        page.locator(".fp-facets input[name=kind][value=station]").check()
        expect(page).to_have_url(re.compile("kind=method&kind=station"))
        either = found(page)
        assert either > methods
        page.locator("#fp-in").fill("律师")
        page.locator("#fp-in").press("Enter")
        expect(page).to_have_url(re.compile("in=" + quote("律师")))
        inside = found(page)
        assert 0 < inside < either
        page.reload()
        assert found(page) == inside
        expect(page.locator("#fp-in")).to_have_value("律师")
        for many in (either, methods, everything):
            page.go_back()
            expect(page.locator("#fp-results [role=status]")).to_contain_text(f"找到 {many} 条")
        expect(page.locator(".fp-facets input:checked")).to_have_count(0)


def test_searching_in_results_keeps_what_both_find(base: str, opened: Open, book: Book) -> None:
    with opened(base, address(q="调解", within="律师"), viewport=WIDE) as page:
        many = found(page)
        both = {one.id for one in having(book, "调解", "律师")}
        assert len(both) <= many
        assert set(ids(page)) <= {one.id for one in having(book, "律师")} | {one for one in ids(page) if one.startswith("pages/")} | both


def test_every_page_of_results_shows_others(base: str, opened: Open) -> None:
    with opened(base, address(q="调解"), viewport=WIDE) as page:
        many, seen = found(page), ids(page)
        while page.get_by_role("button", name="下一页").is_enabled():
            before = page.url
            page.get_by_role("button", name="下一页").click()
            page.wait_for_function("before => location.href !== before", arg=before)
            expect(page.locator(f"#results > li[data-id='{seen[-1]}']")).to_have_count(0)
            seen += ids(page)
        assert len(seen) == len(set(seen)) == many


def test_a_result_says_why_it_is_there_and_marks_what_was_meant(base: str, opened: Open) -> None:
    with opened(base, address(q="lltjs"), viewport=WIDE) as page:
        first = page.locator("#results > li").first
        expect(first).to_have_attribute("data-id", "beijie/laoli")
        expect(first).to_have_attribute("data-kind", "method")
        expect(first.locator(".fp-heard")).to_have_text("拼音首字母相同")
        assert "".join(first.locator("h3 mark").all_inner_texts()) == "老李调解室"
        first.locator(".fp-why summary").click()
        reasons = [float(re.search(r"([\d.]+) 分", one)[1]) for one in first.locator(".fp-why li").all_inner_texts()]
        total = float(re.search(r"合计 ([\d.]+) 分", first.locator(".fp-why p").inner_text())[1])
        assert abs(sum(reasons) - total) < 0.2, "The parts must add up to the whole."
    with opened(base, address(q="欠薪"), viewport=WIDE) as page:
        expect(page.locator("#results > li").first).to_have_attribute("data-id", "problems/labour")
        expect(page.locator("#results .fp-snippet mark").first).to_be_visible()


def test_what_is_not_found_leads_on(base: str, opened: Open) -> None:
    with opened(base, address(q="珠穆朗玛峰"), viewport=WIDE) as page:
        expect(page.locator("#fp-results [role=status]")).to_have_text("没有找到。")
        none = page.locator("#results [data-empty]")
        expect(none.get_by_role("link", name="珠街派出所")).to_be_visible()
        none.get_by_role("link", name="按问题找").click()
        expect(page.locator("h1")).to_contain_text("问题")


@pytest.mark.parametrize(("query", "opens"), [("老李调解室", "老李调解室"), ("三调工作法", "三调"), ("laoli", None)])
def test_an_opened_result_shows_the_words(base: str, opened: Open, query: str, opens: str | None) -> None:
    with opened(base, address(q=query), viewport={"width": 1440, "height": 500}) as page:
        page.locator("#results h3 a").first.click()
        expect(page.locator("h1")).to_be_visible()
        if opens:
            expect(page.locator("article mark").first).to_contain_text(opens)
            expect(page.locator("article mark").first).to_be_in_viewport()


# ── When something is wrong ──────────────────────────────────────────────────

BAD = [
    "", " ", "。。。", "😀", "\u200d", "(a+)+$", ".*|^$", "[", "\\", "%", "%E4%B8", "<img src=x onerror=alert(1)>", "</script><b>", "{{7*7}}",
    "__proto__", "constructor", "\u0000\u0001\u2028", "\ud83d", "调解" * 5000, "x" * 10_000, "'" * 500, "𠮷野家", "ﷺ", "i̇İ",
]  # fmt: skip


@pytest.mark.parametrize("text", BAD)
def test_no_text_does_harm(site: Path, opened: Open, text: str) -> None:
    with opened(site.as_uri() + "/", "search/index.html", viewport=WIDE) as page:
        expect(page.locator("#fp-results [role=status]")).not_to_be_empty()
        for one in (page.locator("#fp-q"), box(page)):
            one.evaluate("(one, text) => { one.value = text; one.dispatchEvent(new Event('input', {bubbles: true})) }", text)
            one.press("Enter")
            page.wait_for_load_state()
            expect(page.locator("#fp-results [role=status]")).to_have_text(re.compile("找到|没有|写上"))
            assert page.locator("#results :is(img, script, b), .fp-facets :is(img, script, b)").count() == 0


WICKED = '"><img src=x onerror=alert(1)>'


@pytest.mark.parametrize(
    "state",
    [
        f"q={quote(WICKED)}&in={quote(WICKED)}",
        *(f"q=调解&{name}={quote(WICKED)}" for name in ("kind", "province", "city", "problem", "honour", "page", "in", "h", "other")),
        "q=调解&kind=__proto__&problem=constructor&province=toString",
        "q=调解&" + "&".join(f"kind=k{at}" for at in range(3000)),
        "q=调解&page=-1", "q=调解&page=1e99", "q=调解&page=NaN", "q=调解&page=99999", "q=%", "q=%FF%FE", "q=a&q=b", "q=" + "%00" * 50,
        "?q=调解", "&&&==", "q=调解&in=%F0%9F%98%80",
    ],
)  # fmt: skip
def test_no_address_does_harm(site: Path, opened: Open, state: str) -> None:
    with opened(site.as_uri() + "/", f"search/index.html?{state}", viewport=WIDE) as page:
        expect(page.locator("#fp-results [role=status]")).to_have_text(re.compile("找到|没有|写上"))
        assert page.locator("#fp-results :is(img, script, b)").count() == 0
    with opened(site.as_uri() + "/", f"stations/beijie/laoli/index.html?h={quote(WICKED)}&{state}", viewport=WIDE) as page:
        assert page.locator("article :is(img, script)").count() == 0


@pytest.mark.parametrize("over", ["file", "http"])
def test_a_missing_piece_is_told_and_asked_for_again(
    over: str, site: Path, serve: Callable[[Path], str], opened: Open, tmp_path: Path
) -> None:
    """As when a stick is pulled out, or a connection breaks: never an empty list that looks like an answer."""
    folder = tmp_path / "site"
    shutil.copytree(site, folder)
    base = (folder.as_uri() if over == "file" else serve(folder)) + "/"
    pieces = folder / "data/search"
    missing = tuple(f".js{more}" for more in ("", "?"))
    for gone in ("g", "d", "meta.js"):
        (pieces / gone).rename(pieces / f"{gone}.away")
        with opened(base, address(q="老李调解室"), missing=missing, viewport=WIDE) as page:
            expect(page.locator("#results [data-error]")).to_contain_text("没有读到")
            expect(page.locator("#fp-results [role=status]")).to_have_text("索引没有读全。")
            expect(page.locator("#results [data-empty]")).to_have_count(0)
            box(page).fill("老李")
            expect(page.locator(".fp-search__fault")).to_be_visible()
            (pieces / f"{gone}.away").rename(pieces / gone)
            page.locator(".fp-search__fault button").click()
            expect(options(page).first).to_contain_text("老李调解室")
            box(page).press("Escape")
            page.locator("#results [data-error] button").click()
            expect(page.locator("#results > li").first).to_have_attribute("data-id", "beijie/laoli")
    (pieces / "t").rename(pieces / "t.away")
    with opened(base, address(q="老李调解室"), missing=missing, viewport=WIDE) as page:
        snippet = page.locator("#results > li").first.locator(".fp-snippet")
        expect(snippet).to_contain_text("摘要没有读到。")
        (pieces / "t.away").rename(pieces / "t")
        snippet.locator("button").click()
        expect(snippet.locator("mark").first).to_be_visible()


# ── Both sides agree ─────────────────────────────────────────────────────────

PLAIN = """async ([texts, keys]) => {
  await fengpu.search("一")
  return [texts.map(fengpu.search.normal), keys.map(fengpu.search.hashed)]
}"""


def test_the_page_compares_text_as_the_index_does(site: Path, chromium: Any) -> None:
    """Every character that Unicode gives to Chinese, to letters and digits in all their widths, and to signs."""
    codes = [*range(0x20, 0x3000), *range(0x3000, 0xD800), *range(0xF900, 0x10000), *range(0x1F000, 0x1F700), *range(0x20000, 0x20200)]
    texts = ["".join(map(chr, codes[at : at + 500])) for at in range(0, len(codes), 500)]
    keys = ["调解", "plao", "slao'li", "i老", "𠮷a", "\u0000"]
    page = chromium.new_page()
    page.goto(f"{site.as_uri()}/about.html")
    plain, hashes = page.evaluate(PLAIN, [texts, keys])
    page.close()
    assert hashes == [search.hashed(key) for key in keys]
    differ = [
        f"U+{ord(own):04X} {own}: {theirs} in the page, {ours} in the index"
        for text, made in zip(texts, plain, strict=True)
        for own, theirs, ours in zip(text, made, search.normal(text), strict=True)
        if theirs != ours
    ]
    # A browser and Python may know different versions of Unicode; the characters of words must agree.
    serious = [one for one in differ if re.search(r"[0-9a-z\u3400-\u9fff]", one.partition(":")[2])]
    assert not serious, f"normal() in publish/search.py and assets/search.js differ (Python {sys.version}):\n" + "\n".join(serious)
