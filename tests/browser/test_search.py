"""Searching as a reader does: the box in every header, the page of results, what narrows them, and what a result leads to."""

from __future__ import annotations

import csv
import json
import re
import unicodedata
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from fengpu.book import Book
from fengpu.characters import normal
from fengpu.derive.documents import FACETS, documents
from fengpu.publish.search import hashed, script

PAGE = "search/index.html"
NONE = Path(__file__).parents[1] / "search" / "none.tsv"
BROAD = "调解"
"""A query that finds more than a few pages of results of most kinds."""
Facts = dict[str, dict[str, tuple[str, ...]]]


@pytest.fixture(scope="module")
def facts(book: Book) -> Facts:
    """Document → facet → its words, as Python derives them; what is missing is a hand-written page."""
    return {one.id: {**one.facets, "kind": (one.kind,)} for one in documents(book)}


def words_of(facts: Facts, document: str, facet: str) -> tuple[str, ...]:
    return facts.get(document, {"kind": ("page",)}).get(facet, ())


def query(q: str, **more: Any) -> str:
    return f"{PAGE}?{urlencode({'q': q} | more, doseq=True)}"


def state(page: Page) -> Locator:
    return page.locator("#fp-results [role=status]")


def settled(page: Page) -> Locator:
    """The results, once the page is done with them."""
    expect(state(page)).not_to_be_empty()
    expect(page.locator("#results:not([aria-busy])")).to_be_attached()
    return page.locator("#results > li")


def ids(page: Page) -> list[str]:
    return settled(page).evaluate_all("all => all.map(one => one.dataset.id)")


def every(page: Page) -> list[str]:
    """The ids of all results, page by page."""
    found = ids(page)
    onward = page.get_by_role("navigation", name="分页").get_by_role("button", name="下一页")
    while onward.count() and onward.is_enabled():
        onward.click()
        found += ids(page)
    return found


def told(page: Page) -> int:
    """How many results the page says it has found."""
    settled(page)
    said = re.match(r"找到 (\d+) 条", state(page).inner_text())
    return int(said[1]) if said else 0


def box(page: Page) -> Locator:
    return page.get_by_role("combobox", name="搜索")


def suggestions(page: Page) -> Locator:
    return page.get_by_role("listbox", name="建议").get_by_role("option")


def again(page: Page) -> Locator:
    return page.get_by_role("button", name="再试一次")


# ── What is found ────────────────────────────────────────────────────────────


@pytest.mark.parametrize("row", list(csv.DictReader(NONE.open(encoding="utf-8"), delimiter="\t")), ids=lambda row: row["query"])
def test_what_is_not_there_is_not_found(base: str, opened: Callable, row: dict[str, str]) -> None:
    """A message, ways to browse, and the nearest names where there are any; never some results for want of better ones."""
    with opened(base, query(row["query"])) as page:
        nothing = settled(page)
        expect(nothing).to_have_count(1)
        expect(page.locator("#results > li[data-empty]")).to_contain_text("没有找到")
        expect(state(page)).to_contain_text("没有")
        for name in ("按省份看派出所", "全部打法", "按问题找"):
            expect(nothing.get_by_role("link", name=name)).to_be_visible()
        if row["nearest"]:
            expect(nothing.get_by_role("link", name=row["nearest"], exact=True)).to_be_visible()


def test_ways_to_browse_lead_somewhere(base: str, opened: Callable) -> None:
    """From an empty result each way leads to a page of its own."""
    with opened(base, query("火星基地")) as page:
        for name, heading in {"按省份看派出所": "派出所", "全部打法": "打法", "按问题找": "问题"}.items():
            settled(page).get_by_role("link", name=name).click()
            expect(page.locator("h1")).to_contain_text(heading)
            page.go_back()


def test_the_number_of_results_is_told(base: str, opened: Callable) -> None:
    """A live region says how many there are, and that is how many the pages show, none of them twice."""
    with opened(base, query(BROAD)) as page:
        many = told(page)
        expect(state(page)).to_have_attribute("aria-live", "polite")
        found = every(page)
        assert many == len(found) > 20, "The number told is not that of the results shown."
        assert len(set(found)) == len(found), "A result is shown twice."


def test_pages_are_kept_in_the_address(base: str, opened: Callable) -> None:
    """The second page has an address; going back shows the first, and loading again the same."""
    with opened(base, query(BROAD)) as page:
        first, onward = ids(page), page.get_by_role("button", name="下一页")
        onward.click()
        second = ids(page)
        assert not set(first) & set(second)
        assert ("page", "2") in parse_qsl(urlsplit(page.url).query)
        page.reload()
        assert ids(page) == second
        page.go_back()
        expect(state(page)).to_contain_text("第 1 页")
        assert ids(page) == first


# ── How a result looks and where it leads ────────────────────────────────────


@pytest.mark.parametrize("q", [BROAD, "网格 化解", "監控商戶", "１２１齐步走"])
def test_the_words_are_marked(served: str, opened: Callable, q: str) -> None:
    """The best result has words of the query marked in its title or in the stretch of text beside it."""
    with opened(served + "/", query(q)) as page:
        first = settled(page).first
        expect(first.locator("h3 mark, .fp-snippet mark").first).to_be_visible()
        marks = set("".join(first.locator("mark").all_inner_texts()))
        assert marks & set(q + "监控商户121"), f"Marked, but not asked for: {marks}"


@pytest.mark.parametrize(
    ("q", "document", "why", "marked"),
    [
        ("laoli", "beijie/laoli", "拼音以它开头", "老李"),
        ("zjpcs", "zhujie", "拼音首字母相同", "珠街派出所"),
        ("欠薪", "problems/labour", "别名“欠薪”相同", "劳资"),
    ],
)
def test_why_it_was_found_is_said(base: str, opened: Callable, q: str, document: str, why: str, marked: str) -> None:
    """Where what was typed does not stand in the result, it says why it is there and marks what was meant."""
    with opened(base, query(q)) as page:
        settled(page)
        result = page.locator(f"#results > li[data-id='{document}']")
        expect(result.locator(".fp-heard, .fp-why").first).to_be_visible()
        result.get_by_text("为什么排在这里").click()
        expect(result.get_by_text(why).last).to_be_visible()
        expect(result.locator("h3 mark").first).to_have_text(marked)


@pytest.mark.parametrize("q", [BROAD, "laoli", "欠薪", "北街派出所"])
def test_the_order_is_accounted_for(served: str, opened: Callable, q: str) -> None:
    """Each result's points add up, and whoever is higher has no fewer."""
    with opened(served + "/", query(q)) as page:
        sums = []
        for result in settled(page).all():
            result.get_by_text("为什么排在这里").click()
            parts = result.locator("details li").all_inner_texts()
            points = [float(re.search(r"(-?[\d.]+) 分$", one)[1]) for one in parts]
            whole = float(re.search(r"合计 (-?[\d.]+) 分", result.locator("details").inner_text())[1])
            assert abs(sum(points) - whole) <= 0.06 * (len(points) + 1), f"{parts} are not {whole} together."
            sums.append(whole)
        expect(settled(page).first.get_by_role("link", name="怎样排序")).to_be_visible()
        assert sums == sorted(sums, reverse=True)


@pytest.mark.parametrize("q", ["老李调解室", "劳资纠纷", "监控商户"])
def test_a_result_opens_at_the_words(base: str, opened: Callable, q: str) -> None:
    """The page behind a result has the words marked, and the first of them is in sight."""
    with opened(base, query(q)) as page:
        result = settled(page).first
        document = result.get_attribute("data-id")
        result.locator("h3 a").click()
        expect(page).to_have_url(re.compile(r"[?&]h="))
        first = page.locator("article .fp-found mark").first
        expect(first).to_be_visible()
        expect(first).to_be_in_viewport()
        marks = set(page.locator("article .fp-found mark").all_inner_texts())
        assert any(set(one) <= set(q) for one in marks), f"Marked on the page of {document}, but not asked for: {marks}"


# ── Narrowing ────────────────────────────────────────────────────────────────


def group(page: Page, facet: str) -> Locator:
    """One facet's choices, unfolded."""
    settled(page)
    found = page.locator(f".fp-facets details[data-facet={facet}]")
    if found.get_attribute("open") is None:
        found.locator("summary").click()
    expect(found.locator("label, fieldset p").first).to_be_visible()
    return found


def counts(page: Page, facet: str) -> dict[str, int]:
    """The words that a facet offers, with the numbers beside them."""
    labels = group(page, facet).locator("label")
    return {
        word: int(many)
        for word, many in labels.evaluate_all(
            "all => all.map(one => [one.querySelector('input').value, one.querySelector('span').innerText])"
        )
    }


def choose(page: Page, facet: str, *words: str) -> None:
    for word in words:
        group(page, facet).locator(f"input[value='{word}']").click()
        expect(group(page, facet).locator(f"input[value='{word}']")).to_be_checked()


@pytest.mark.parametrize("facet", FACETS)
def test_a_facet_counts_what_it_leaves(served: str, opened: Callable, facts: Facts, facet: str) -> None:
    """The numbers beside a facet's words are those of Python; choosing one leaves just as many, and all of them have it."""
    with opened(served + "/", query(BROAD)) as page:
        offered = counts(page, facet)
        found = every(page)
        assert offered == Counter(word for one in found for word in words_of(facts, one, facet))
        word = min(offered, key=lambda one: (-offered[one], one))
        page.goto(served + "/" + query(BROAD))
        choose(page, facet, word)
        assert told(page) == offered[word]
        assert sorted(every(page)) == sorted(one for one in found if word in words_of(facts, one, facet))


def test_two_words_of_one_facet_mean_either(base: str, opened: Callable) -> None:
    """A document is of one kind, so that two kinds together have as many as each alone; the choice does not narrow its own numbers."""
    with opened(base, query(BROAD)) as page:
        offered = counts(page, "kind")
        first, second = sorted(offered, key=lambda one: (-offered[one], one))[:2]
        choose(page, "kind", first)
        assert counts(page, "kind") == offered, "Its own choice has narrowed what the facet counts."
        choose(page, "kind", second)
        assert told(page) == offered[first] + offered[second]
        chosen = [value for name, value in parse_qsl(urlsplit(page.url).query) if name == "kind"]
        assert sorted(chosen) == sorted([first, second])


def test_words_of_two_facets_mean_both(base: str, opened: Callable, facts: Facts) -> None:
    """What is left fits both, and the numbers of each are those after the other's choice."""
    with opened(base, query(BROAD)) as page:
        found = every(page)
        page.goto(base + query(BROAD))
        choose(page, "kind", "method")
        assert counts(page, "province") == Counter(
            word for one in found if words_of(facts, one, "kind") == ("method",) for word in words_of(facts, one, "province")
        )
        offered = counts(page, "province")
        province = min(offered, key=lambda one: (-offered[one], one))
        choose(page, "province", province)
        assert told(page) == offered[province]
        for one in every(page):
            assert words_of(facts, one, "kind") == ("method",)
            assert province in words_of(facts, one, "province")


def test_choices_are_kept_in_the_address(base: str, opened: Callable) -> None:
    """Loading again and going back and forth bring back the choices and what they left."""
    with opened(base, query(BROAD)) as page:
        all_of_them = ids(page)
        choose(page, "kind", "method")
        narrowed, said = ids(page), state(page).inner_text()
        page.reload()
        assert ids(page) == narrowed
        expect(group(page, "kind").locator("input[value=method]")).to_be_checked()
        page.go_back()
        expect(page.locator(".fp-facets input:checked")).to_have_count(0)
        assert ids(page) == all_of_them
        page.go_forward()
        expect(state(page)).to_have_text(said)
        expect(group(page, "kind").locator("input[value=method]")).to_be_checked()
        assert ids(page) == narrowed
        group(page, "kind").locator("input[value=method]").click()
        expect(page.locator(".fp-facets input:checked")).to_have_count(0)
        assert ids(page) == all_of_them


def test_a_facet_can_be_chosen_by_keyboard(base: str, opened: Callable) -> None:
    """The space bar chooses, and the focus stays where it was."""
    with opened(base, query(BROAD)) as page:
        group(page, "kind").locator("input[value=station]").focus()
        page.keyboard.press("Space")
        expect(group(page, "kind").locator("input[value=station]")).to_be_checked()
        settled(page)
        expect(page.locator(".fp-facets input[value=station]")).to_be_focused()


@pytest.mark.parametrize(("q", "within"), [(BROAD, "网格"), (BROAD, "laoli"), ("派出所", "浙江"), ("网格", "微信群 矛盾")])
def test_searching_within_the_results_narrows_them(base: str, opened: Callable, q: str, within: str) -> None:
    """Nothing comes that was not there before, the second words stand in the address, and a new search does without them."""
    with opened(base, query(q)) as page:
        before = every(page)
        page.goto(base + query(q))
        settled(page)
        page.get_by_label("在结果中搜索").fill(within)
        page.get_by_role("button", name="缩小").click()
        expect(page).to_have_url(re.compile(r"[?&]in="))
        after = every(page)
        assert ("in", within) in parse_qsl(urlsplit(page.url).query)
        assert 0 < len(after) < len(before)
        assert set(after) <= set(before), f"Not among the results before: {set(after) - set(before)}"
        page.get_by_label("找什么").fill("北街")
        page.get_by_role("button", name="搜索", exact=True).click()
        expect(page.get_by_label("在结果中搜索")).to_have_value("")
        assert dict(parse_qsl(urlsplit(page.url).query)) == {"q": "北街"}


def test_what_narrows_to_nothing_can_be_taken_back(base: str, opened: Callable) -> None:
    """Where nothing is left, one button drops all that narrowed."""
    with opened(base, query(BROAD, kind="method", province="utopia", **{"in": "网格"})) as page:
        expect(settled(page)).to_have_count(1)
        expect(page.locator("#results > li[data-empty]")).to_be_visible()
        page.get_by_role("button", name="不筛选再找").click()
        expect(page.locator("#results > li[data-id]").first).to_be_visible()
        assert parse_qsl(urlsplit(page.url).query) == [("q", BROAD)]


# ── The box in the header ────────────────────────────────────────────────────


def test_the_box_is_a_combobox(base: str, opened: Callable) -> None:
    """It says what it controls, whether that is open, how many there are, and which one is pointed at; arrows go round."""
    with opened(base, "index.html") as page:
        field, listed = box(page), page.get_by_role("listbox", name="建议")
        expect(field).to_have_attribute("aria-expanded", "false")
        expect(field).to_have_attribute("aria-autocomplete", "list")
        expect(listed).to_be_hidden()
        field.press_sequentially("北街")
        expect(listed).to_be_visible()
        expect(field).to_have_attribute("aria-expanded", "true")
        assert page.locator(f"[id='{field.get_attribute('aria-controls')}'][role=listbox]").count() == 1
        expect(page.locator("form.fp-search [role=status][aria-live=polite]")).to_contain_text(f"有 {suggestions(page).count()} 条建议")
        names = suggestions(page).evaluate_all("all => all.map(one => one.id)")
        assert all(names) and len(set(names)) == len(names) > 1, "Each suggestion needs an id of its own."
        assert field.get_attribute("aria-activedescendant") is None, "Nothing is pointed at before an arrow is pressed."
        for key, wanted in [("ArrowDown", [*names, names[0]]), ("ArrowUp", [*reversed(names), names[-1]])]:
            for name in wanted:
                field.press(key)
                expect(field).to_have_attribute("aria-activedescendant", name)
                assert page.locator("form.fp-search [aria-selected=true]").evaluate_all("all => all.map(one => one.id)") == [name]
                expect(page.locator(f"[id='{name}']")).to_be_in_viewport()
        expect(field).to_be_focused()
        field.press("Escape")
        expect(listed).to_be_hidden()
        expect(field).to_have_attribute("aria-expanded", "false")
        assert field.get_attribute("aria-activedescendant") is None
        expect(field).to_have_value("北街")
        field.press("ArrowDown")
        expect(listed).to_be_visible()
        field.press("ArrowUp")
        expect(field).to_have_attribute("aria-activedescendant", names[-1])
        page.keyboard.press("Tab")
        expect(listed).to_be_hidden()


def test_enter_goes_to_what_is_pointed_at(base: str, opened: Callable) -> None:
    with opened(base, "stations/beijie/index.html") as page:
        box(page).fill("老李调解室")
        expect(suggestions(page).first).to_be_visible()
        box(page).press("ArrowDown")
        box(page).press("Enter")
        expect(page.locator("h1")).to_contain_text("老李调解室")
        assert page.url.startswith(f"{base}stations/beijie/laoli/index.html")


def test_enter_alone_leads_to_the_results(base: str, opened: Callable) -> None:
    with opened(base, "stations/beijie/laoli/index.html") as page:
        box(page).fill("老李调解室")
        box(page).press("Enter")
        expect(page.locator("#results > li[data-id='beijie/laoli']")).to_be_visible()
        assert page.url.startswith(f"{base}{PAGE}?q=")
        expect(page.get_by_label("找什么")).to_have_value("老李调解室")
        expect(box(page)).to_have_value("老李调解室")


def test_nothing_typed_leads_nowhere(base: str, opened: Callable) -> None:
    """Enter in an empty box, or in one with only spaces, stays on the page."""
    with opened(base, "about.html") as page:
        page.evaluate("addEventListener('submit', event => document.title = String(event.defaultPrevented))")
        for typed in ("", "   "):
            page.evaluate("document.title = ''")
            box(page).fill(typed)
            box(page).press("Enter")
            expect(page).to_have_title("true")
        assert page.url == f"{base}about.html"


@pytest.mark.parametrize("key", ["/", "Control+k", "Meta+k"])
@pytest.mark.parametrize("address", ["index.html", "stations/beijie/index.html", "figures/area/index.html", PAGE])
def test_a_key_leads_to_the_box(served: str, opened: Callable, address: str, key: str) -> None:
    """From anywhere on a page; the key itself is not typed."""
    with opened(served + "/", address) as page:
        expect(box(page)).not_to_be_focused()
        page.keyboard.press(key)
        expect(box(page)).to_be_focused()
        expect(box(page)).to_have_value("")
        page.keyboard.type("a/b")
        expect(box(page)).to_have_value("a/b")


def test_a_slash_is_typed_where_a_reader_types(served: str, opened: Callable) -> None:
    """In another field the key stays a character, and with a modifier it is another key."""
    with opened(served + "/", PAGE) as page:
        field = page.get_by_label("在结果中搜索")
        field.focus()
        page.keyboard.type("1/2")
        expect(field).to_have_value("1/2")
        expect(field).to_be_focused()
        field.blur()
        for key in ("Control+/", "Alt+/", "Meta+/", "Control+Shift+k", "Control+Alt+k", "k"):
            page.keyboard.press(key)
            expect(box(page)).not_to_be_focused()
        page.keyboard.press("/")
        expect(box(page)).to_be_focused()


def test_nothing_is_asked_for_while_a_word_is_composed(base: str, opened: Callable) -> None:
    """With an input method the letters on the way are no query and Enter only takes the word; then the list comes."""
    pieces = "document.querySelectorAll('script[src*=\"data/search/\"]').length"
    with opened(base, "index.html", before=lambda context: context.clock.install()) as page:
        page.evaluate("window.left = []; addEventListener('submit', event => left.push(!event.defaultPrevented))")
        method = page.context.new_cdp_session(page)
        box(page).focus()
        for typed in ("l", "la", "lao", "laol", "laoli"):
            method.send("Input.imeSetComposition", {"text": typed, "selectionStart": len(typed), "selectionEnd": len(typed)})
            page.clock.run_for(2000)
        expect(box(page)).to_have_value("laoli")
        box(page).press("ArrowDown")
        box(page).press("Enter")
        page.clock.run_for(2000)
        assert page.evaluate(pieces) == 0, "The index is asked for before the word is composed."
        assert not any(page.evaluate("left")), "Enter leaves the page before the word is composed."
        expect(page.get_by_role("listbox", name="建议")).to_be_hidden()
        expect(box(page)).to_have_attribute("aria-expanded", "false")
        method.send("Input.insertText", {"text": "老李"})
        expect(box(page)).to_have_value("老李")
        page.clock.run_for(2000)
        expect(suggestions(page).first).to_contain_text("老李")
        assert page.url == f"{base}index.html"


# ── What goes wrong ──────────────────────────────────────────────────────────


def pieces(page: Page) -> list[str]:
    """One script of each sort that a page has asked for of the index, as the end of its address."""
    found = page.evaluate("performance.getEntriesByType('resource').map(one => one.name).filter(one => one.includes('data/search/'))")
    found = [one[one.index("data/search/") :] for one in found]
    return list({re.sub(r"\d+", "", one): one for one in found}.values())


def cutting(piece: str, answer: str) -> Callable[[BrowserContext], None]:
    def refuse(route: Any) -> None:
        route.abort() if answer == "nothing" else route.fulfill(body="// Nothing here.", content_type="text/javascript")

    return lambda context: context.route(f"**/{piece}", refuse)


@pytest.mark.parametrize("answer", ["nothing", "another page"])
def test_a_piece_that_does_not_arrive_can_be_asked_for_again(served: str, opened: Callable, answer: str) -> None:
    """Whichever piece of the index fails: never an empty list or another one, but a message, and a button that works later."""
    with opened(served + "/", query("老李")) as page:
        whole, wanted = ids(page), pieces(page)
    assert len(whole) > 1 and len(wanted) > 3
    for piece in wanted:
        with opened(served + "/", query("老李"), missing=(piece,), before=cutting(piece, answer)) as page:
            expect(again(page).first).to_be_visible()
            settled(page)
            assert page.locator("[data-empty]").count() == 0, f"Without {piece} it says that there is nothing."
            shown = page.locator("#results > li[data-id]").count()
            assert shown in (0, len(whole)), f"Without {piece} it shows a part of the results."
            page.context.unroute(f"**/{piece}")
            while again(page).count():
                again(page).evaluate_all("all => all.forEach(one => one.click())")  # At once: a list drawn anew takes its buttons away.
                settled(page)
                expect(page.locator("#results > li[data-id]")).to_have_count(len(whole))
            assert ids(page) == whole, f"After {piece} has come the results are not those they should be."


@pytest.mark.parametrize("answer", ["nothing", "another page"])
def test_the_box_says_when_the_index_does_not_arrive(served: str, opened: Callable, answer: str) -> None:
    """In the header too: a message and a button instead of a list, told to a screen reader as well."""
    with opened(served + "/", "index.html") as page:
        box(page).fill("老李")
        expect(suggestions(page).first).to_be_visible()
        whole, wanted = suggestions(page).all_text_contents(), pieces(page)
    for piece in wanted:
        with opened(served + "/", "index.html", missing=(piece,), before=cutting(piece, answer)) as page:
            box(page).fill("老李")
            expect(again(page)).to_be_visible()
            expect(page.locator("form.fp-search [role=status]")).to_contain_text("没有读到")
            expect(suggestions(page)).to_have_count(0)
            page.context.unroute(f"**/{piece}")
            again(page).click()
            expect(suggestions(page)).to_have_text(whole)
            expect(again(page)).to_be_hidden()


MARKUP = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'><svg onload=alert(1)>"
BAD = {
    "a name of JavaScript's among words": ["q=" + quote("老李constructor"), "q=1constructor", "q=__proto__" + quote("老李")],
    "nothing": ["q=", "", "q", "q=%20%20"],
    "10,000 characters": ["q=" + "x" * 10_000, "q=" + quote("调解" * 5_000), f"q={BROAD}&in=" + "y" * 10_000],
    "10,000 in a facet": [f"q={BROAD}&kind=" + "z" * 10_000, f"q={BROAD}" + "&kind=method" * 1_000],
    "control characters": ["q=%00%01%08%1b%7f", "q=%e8%80%81%00%e6%9d%8e", "q=%0d%0a%09"],
    "regex": ["q=.*%2B%3F%5E%24%7B%7D()%7C%5B%5D%5C", "q=(((((", "q=%5B%5E%5D%5C", f"q={BROAD}&in=(%3F%3C%3D"],
    "markup": [f"{name}={quote(MARKUP)}" for name in ("q", "in", "kind", "page", "h")]
    + [f"q={BROAD}&{name}={quote(MARKUP)}" for name in ("in", "kind")],
    "markup among words": [f"q={quote(BROAD + MARKUP)}", f"q={BROAD}&in={quote(BROAD + MARKUP)}"],
    "punctuation": ["q=" + quote("！？，。……、；"), "q=%2F%2F%2F", "q=%22%22"],
    "emoji": ["q=" + quote("😀🍁🚓"), "q=" + quote("老李😀"), f"q={BROAD}&in=" + quote("👮‍♂️")],
    "broken encodings": ["q=%ED%A0%80", "q=%ED%B0%80%ED%A0%80", "q=%FF%FE%80", "q=%", "q=%E8%80", f"q={BROAD}&in=%ED%A0%80&kind=%ED%A0%80"],
    "names of the language": [f"q={word}" for word in ("__proto__", "constructor", "hasOwnProperty", "toString", "prototype")]
    + [f"q={BROAD}&{name}={word}" for name in ("kind", "province", "in", "page") for word in ("__proto__", "constructor")],
    "pages": [
        f"q={BROAD}&page={one}" for one in ("0", "-1", "-999999999999", "999999999999", "1e308", "NaN", "Infinity", "1.5", "0x2", "")
    ],
    "facets": [f"q={BROAD}&{name}=nosuch" for name in FACETS] + [f"q={BROAD}&nosuch=1", f"q={BROAD}&kind=", f"q={BROAD}&q=x&page=2&page=3"],
    "paths": ["q=../../x", "q=data/search/meta", f"q={BROAD}&kind=../../x"],
}


@pytest.mark.parametrize("what", BAD)
def test_bad_addresses_give_a_message(site: Path, opened: Callable, what: str) -> None:
    """Whatever stands in an address, nothing breaks, no markup is made of it, and the page says what it did."""
    message = re.compile(r"^(写上要找的|没有可搜的字|没有找到|找到 [1-9]\d* 条)")
    base = site.as_uri() + "/"
    with opened(base, PAGE) as page:
        inside = page.locator("#fp-results, form.fp-search")
        for bad in BAD[what]:
            page.goto(f"{base}{PAGE}?{bad}")
            expect(state(page), f"?{bad[:80]}").to_have_text(message)
            shown = settled(page)
            found = shown.count() - page.locator("#results > li[data-empty]").count()
            assert page.locator("#results > li[data-id]").count() == found, f"?{bad[:80]} shows something that is no result."
            assert inside.locator("script, img, svg, iframe, [onerror], [onload]").count() == 0, f"?{bad[:80]} makes markup."
        assert page.evaluate("Object.keys(Object.prototype).length") == 0


def test_bad_words_in_the_box_give_a_message(base: str, opened: Callable) -> None:
    """What a reader pastes into the header does no harm either."""
    said = page_status = None
    with opened(base, "about.html") as page:
        page_status = page.locator("form.fp-search [role=status]")
        for bad in (
            MARKUP,
            "！？",
            "😀",
            "__proto__",
            "constructor",
            ".*|^$[(",
            "\u0001\u0008",
            "x" * 10_000,
            BROAD + MARKUP,
            "\u2028\u2029老李",
        ):
            box(page).fill("")
            expect(page_status).to_be_empty()
            box(page).fill(bad)
            expect(page_status).to_have_text(re.compile("有 \\d 条建议|没有建议。$"))
            said = page.locator("form.fp-search").locator("script, img, svg, [onerror], [onload]").count()
            assert said == 0, f"{bad[:40]} makes markup."


@pytest.mark.parametrize(
    "bad", [MARKUP, "x" * 10_000, ".*+?^$[(", "__proto__", "constructor", "😀", "！？", "老李" + MARKUP], ids=lambda bad: bad[:12]
)
def test_bad_words_to_mark_do_no_harm(site: Path, opened: Callable, bad: str) -> None:
    """The page that a result leads to is as it was, but for the words marked."""
    base = site.as_uri() + "/"
    with opened(base, "stations/beijie/laoli/index.html") as page:
        text, markup = page.locator("article").inner_text(), page.locator("article :is(script, img, svg)").count()
        page.goto(f"{base}stations/beijie/laoli/index.html?{urlencode({'h': bad})}")
        page.wait_for_function("fengpu.search('x').then(() => true)")
        assert page.locator("article").inner_text() == text
        assert page.locator("article :is(script, img, svg)").count() == markup


def test_what_is_typed_does_not_leave_the_page(base: str, opened: Callable) -> None:
    """From the first key to the last result nothing is asked for but the site's own pieces of the index, by numbers and names of facets."""
    asked: list[str] = []
    with opened(base, PAGE) as page:
        page.wait_for_load_state("networkidle")
        page.context.on("request", lambda one: asked.append(one.url + (one.post_data or "")))
        box(page).press_sequentially("laoli")
        expect(suggestions(page).first).to_be_visible()
        page.get_by_label("找什么").fill(BROAD)
        page.get_by_role("button", name="搜索", exact=True).click()
        choose(page, "kind", "method")
        page.wait_for_load_state("networkidle")
    # Chromium asks for the icon again whenever the address changes.
    own = re.compile(re.escape(base) + r"(?:data/search/[a-z]+(?:/[a-z0-9-]+)*\.js|assets/favicon\.svg)")
    strange = [one for one in asked if not own.fullmatch(one)]
    assert asked, "The search needs its index: is it still asked for?"
    assert not strange, f"This was asked for while a reader searched: {strange}"


# ── The pieces of the index ──────────────────────────────────────────────────

AWKWARD = {
    "the end of a script": "</script><script>alert(1)</script>",
    "a comment": "<!-- a --> ]]>",
    "line separators": "a\u2028b\u2029c",
    "quotes and strokes": "\"'`\\${x}\n\r\t\0",
    "beyond the first plane": "🍁𠮷",
}


@pytest.mark.parametrize("what", AWKWARD)
def test_a_piece_bears_any_text(chromium: Any, what: str) -> None:
    """Even within a page a piece is one script that gives just what was put into it, and always written alike."""
    data = {AWKWARD[what]: [AWKWARD[what], 1, None]}
    made = script("search/x", data)
    assert made == script("search/x", json.loads(json.dumps(data)))
    assert not re.search("</|\u2028|\u2029", made)
    page = chromium.new_page()
    page.set_content(f"<script>var fengpu = {{give: (...given) => window.given = given}}</script><script>{made}</script>")
    assert page.evaluate("given") == ["search/x", data]
    page.close()


def test_half_a_character_can_be_written() -> None:
    """What no file can hold is replaced."""
    assert script("search/x", "a\ud800b").encode() == b'fengpu.give("search/x","a?b")\n'


# ── Both sides agree ─────────────────────────────────────────────────────────

PLAIN = """async ([texts, keys]) => {
  await fengpu.search.ready()
  return [texts.map(fengpu.search.normal), keys.map(fengpu.search.hashed)]
}"""


def test_the_page_compares_text_as_the_index_does(site: Path, chromium: Any) -> None:
    """Every character is folded alike that Unicode gives to Chinese, to letters and digits in all their widths, and to signs.

    Those that Python does not know yet are left aside: a newer browser may know them.
    """
    codes = [*range(0x20, 0xD800), *range(0xF900, 0x10000), *range(0x1F000, 0x1F700), *range(0x20000, 0x20200)]
    texts = ["".join(map(chr, codes[at : at + 500])) for at in range(0, len(codes), 500)]
    keys = ["调解", "plao", "slao'li", "i老", "𠮷a", "\u0000"]
    page = chromium.new_page()
    page.goto(f"{site.as_uri()}/about.html")
    plain, hashes = page.evaluate(PLAIN, [texts, keys])
    page.close()
    assert hashes == [hashed(key) for key in keys]
    differ = [
        f"U+{ord(own):04X} {own}: {theirs} in the page, {ours} in the index"
        for text, made in zip(texts, plain, strict=True)
        for own, theirs, ours in zip(text, made, normal(text), strict=True)
        if theirs != ours and unicodedata.category(own) != "Cn"
    ]
    assert not differ, "normal() in publish/search.py and assets/search.js differ:\n" + "\n".join(differ)
