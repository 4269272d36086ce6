"""Choosing stations and methods and putting them side by side, from a server and from a folder, with and without scripts."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from html import unescape
from itertools import chain, combinations
from pathlib import Path
from typing import Any

import pytest
import yaml
from playwright.sync_api import BrowserContext, Page, expect
from test_cases import CASES

import fengpu
from fengpu.book import Book, FigureCard
from fengpu.derive.cards import figure_card
from fengpu.derive.compare import differences
from fengpu.derive.figures import by_measure
from fengpu.derive.problems import index
from fengpu.model import Figure
from fengpu.render.pages import Addresses, pair_key

PAGE = "compare/index.html"
PAPER, LANDSCAPE = 718, 1047
"""A4 upright and on its side between margins of 10 mm, in CSS pixels."""
SIX = ("beijie", "zhuze", "xinyi", "zhujie", "niujie", "shangxi")
DATA = re.compile(r"/data/(?:profile|methods|list)/[a-z0-9-]+\.js$")
NOT_FOUND = "找不到或者没有读到："


def data(site: Path, name: str) -> Any:
    """What a data script gives."""
    text = (site / "data" / f"{name}.js").read_text(encoding="utf-8")
    return json.loads(text[text.index(",") + 1 : text.rindex(")")])


def plain(html: str) -> str:
    return "".join(unescape(re.sub(r"<[^>]*>", "", html)).split())


def cards(book: Book, figures: Iterable[Figure]) -> list[FigureCard]:
    return [figure_card(figure, book.commons) for figure in figures]


def refusal(reasons: Sequence[str]) -> str:
    """What is said of numbers that may not be held together: the one reason by its name, or that they may not and all reasons."""
    return reasons[0].replace("：", "", 1) if len(reasons) == 1 else f"不能直接比{'；'.join(reasons)}"


def state(page: Page) -> Any:
    return page.locator("#fp-compare > [role=status]")


def tray(page: Page) -> Any:
    return page.locator(".fp-tray")


def pick(page: Page, address: str) -> None:
    page.goto(address)
    page.locator(".fp-pick").click()


# ── The choice ──


@pytest.mark.parametrize(
    "refs", [["stations/beijie", "stations/zhuze"], ["stations/beijie/laoli", "stations/zhuze/laochen"]], ids=["stations", "methods"]
)
def test_a_choice_is_kept_from_page_to_page_and_leads_to_the_comparison(base: str, opened: Callable, book: Book, refs: list[str]) -> None:
    """What is picked on two pages stands in the tray of both, can be taken away, and opens side by side."""
    first, second = [ref.removeprefix("stations/") for ref in refs]
    name, other = [book.method(ref).method.name if "/" in ref else book.stations[ref].name for ref in (first, second)]
    with opened(base, f"{refs[0]}/index.html") as page:
        button, said = page.locator(".fp-pick"), page.locator(".fp-tray__said")
        expect(button).to_have_text("比较")
        expect(button).to_have_attribute("aria-pressed", "false")
        expect(said, "A live region must be there before it speaks.").to_be_attached()
        expect(said).to_have_attribute("aria-live", "polite")
        button.click()
        expect(button).to_have_attribute("aria-pressed", "true")
        expect(said).to_have_text(f"已选“{name}”，共 1 个。")
        expect(tray(page)).to_contain_text("再选一个就可以比较")
        button.click()
        expect(button).to_have_attribute("aria-pressed", "false")
        expect(said, "That the last one was taken away must be said too.").to_have_text(f"已移出“{name}”。")
        expect(said).to_be_visible()
        expect(tray(page).get_by_role("button"), "An empty tray has nothing to press.").to_have_count(0)
        button.click()

        page.goto(f"{base}{refs[1]}/index.html")
        expect(button).to_have_attribute("aria-pressed", "false")
        expect(tray(page)).to_contain_text(name)
        button.click()
        expect(said).to_have_text(f"已选“{other}”，共 2 个。")
        page.reload()
        expect(button).to_have_attribute("aria-pressed", "true")

        tray(page).get_by_role("button", name=f"移出{other}").click()
        expect(button).to_have_attribute("aria-pressed", "false")
        expect(tray(page).get_by_role("link", name="并排比较")).to_have_count(0)
        button.click()
        tray(page).get_by_role("link", name="并排比较").click()
        expect(page).to_have_url(f"{base}{PAGE}?s={first},{second}")
        expect(page.locator("#fp-compare thead a")).to_have_text([name, other])

        page.goto(f"{base}{refs[0]}/index.html")
        tray(page).get_by_role("button", name="清空").click()
        expect(said).to_have_text("已清空。")
        expect(button).to_have_attribute("aria-pressed", "false")
        page.reload()
        expect(tray(page).get_by_text(name)).to_have_count(0)


def test_a_station_and_a_method_are_not_chosen_together(base: str, opened: Callable) -> None:
    """A method is refused beside a station, with the reason, and the choice stays as it was."""
    with opened(base, "stations/beijie/index.html") as page:
        page.locator(".fp-pick").click()
        pick(page, f"{base}stations/zhuze/laochen/index.html")
        expect(page.locator(".fp-tray__said")).to_have_text("派出所和做法不能放在一张表里，请先清空。")
        expect(page.locator(".fp-pick")).to_have_attribute("aria-pressed", "false")
        expect(page.locator(".fp-tray__one")).to_have_count(1)


def test_no_more_than_five_are_chosen(base: str, opened: Callable) -> None:
    """A sixth station is refused and five stay chosen."""
    with opened(base, "index.html") as page:
        for station in SIX:
            pick(page, f"{base}stations/{station}/index.html")
        expect(page.locator(".fp-tray__said")).to_have_text("最多并排 5 个。")
        expect(page.locator(".fp-pick")).to_have_attribute("aria-pressed", "false")
        expect(page.locator(".fp-tray__one")).to_have_count(5)


@pytest.mark.parametrize("kept", ['"', "null", "7", '[{"ref":"<img src=x onerror=alert(1)>","name":"x"}]', '[{"ref":"beijie"},null,3]'])
def test_what_another_program_left_in_the_storage_does_no_harm(served: str, opened: Callable, kept: str) -> None:
    """A choice that is not ours counts as none, and a new one can be made."""
    with opened(served + "/", "stations/beijie/index.html") as page:
        page.evaluate("kept => localStorage.setItem('fengpu-compare', kept)", kept)
        page.reload()
        expect(page.locator(".fp-tray__one")).to_have_count(0)
        page.locator(".fp-pick").click()
        expect(page.locator(".fp-tray__one")).to_have_text(["北街派出所×"])


def test_the_tray_does_not_hide_the_end_of_the_page(served: str, opened: Callable) -> None:
    """With the tray open a reader can still scroll the foot of the page out from under it."""
    with opened(served + "/", "stations/beijie/index.html", viewport={"width": 360, "height": 700}) as page:
        page.locator(".fp-pick").click()
        page.keyboard.press("End")
        page.wait_for_function("scrollY + innerHeight >= document.documentElement.scrollHeight - 1")
        foot, bar = page.locator(".md-footer").bounding_box(), tray(page).bounding_box()
        assert foot["y"] + foot["height"] <= bar["y"] + 1, "The tray lies over the footer: see drawTray in compare.js."


# ── The table ──

COMBINATIONS = [
    ["beijie", "zhuze", "xinyi"],
    ["zhujie", "national", "xichanganjie"],
    ["beijie/laoli", "zhuze/laochen"],
    ["beijie/xiaogu", "xinyi/jing-wang-1234", "beijie/fengqiao-experience"],
]


REF = re.compile(r"\[(\d+)\]")


@pytest.mark.parametrize("refs", COMBINATIONS, ids="+".join)
def test_the_table_shows_every_row_of_every_column(base: str, opened: Callable, site: Path, refs: list[str]) -> None:
    """Each row of each data script stands in the table under its own label, and every other cell says why it is empty.

    References are numbered through the table, and each leads to the place that its own column means.
    """
    columns, notes = [], []
    for ref in refs:
        profile, _, method = ref.partition("/")
        found = data(site, f"methods/{profile}" if method else f"profile/{profile}")
        columns.append(found["methods"][method] if method else found)
        notes.append([plain(note) for note in found["notes"]])
    with opened(base, f"{PAGE}?s={','.join(refs)}") as page:
        expect(page.locator("#fp-compare thead a")).to_have_text([one["name"] for one in columns])
        links = page.locator("#fp-compare thead a").evaluate_all("all => all.map(one => one.href)")
        assert links == [f"{base}stations/{ref}/index.html".replace("stations/national", "regions/national") for ref in refs]
        shown = page.locator("#fp-compare tbody tr").evaluate_all(
            """rows => rows.map(row => {
              const [head, ...cells] = row.cells
              head.querySelectorAll(".fp-incomparable, .fp-incomparable + .fp-fine, .fp-sort").forEach(one => one.remove())
              return [head, ...cells].map(one => one.textContent.replace(/\\s+/g, ""))
            })"""
        )
        listed = ["".join(one.split()) for one in page.locator("#fp-compare .fp-notes li").all_text_contents()]
    keys = {row[1]: (row[0], plain(row[2])) for one in columns for row in one["rows"]}
    in_order = sorted(keys, key=lambda key: (keys[key][0], key))
    assert [row[0] for row in shown] == [keys[key][1] for key in in_order], "compare.js leaves rows out or mixes up their order."
    lost, cited = [], []
    for number, one in enumerate(columns):
        wanted = {row[1]: plain(row[3]) for row in one["rows"]}
        for key, row in zip(in_order, shown, strict=True):
            gap = "不适用" if key.startswith("axis:") else "没有收录" if key.startswith("playbook:") else "不详"
            text = wanted.get(key, gap)
            if REF.sub("[]", row[number + 1]) != REF.sub("[]", text):
                lost.append(f"{one['name']}, {row[0]}: “{row[number + 1]}” instead of “{text}”")
            for theirs, ours in zip(REF.findall(row[number + 1]), REF.findall(text), strict=False):
                cited.append(int(theirs))
                if listed[int(theirs) - 1] != notes[number][int(ours) - 1]:
                    lost.append(f"{one['name']}, {row[0]}: [{theirs}] leads to {listed[int(theirs) - 1]}")
    assert not lost, "compare.js shows other cells than the data scripts hold:\n" + "\n".join(lost)
    assert set(cited) == set(range(1, len(listed) + 1)), "Every note below the table is cited in it, and none is missing."


def test_a_row_of_numbers_says_why_they_may_not_be_compared(base: str, opened: Callable, book: Book) -> None:
    """Beside each measure stand exactly the reasons that Python finds for the figures of its row, and a button where there are none.

    The numbers of one station alone are held against nothing.
    """
    refused, sortable = [], []
    stations = [book.stations[one] for one in ("beijie", "zhuze", "xinyi", "zhujie")]
    for term in book.lexicons["measures"].terms:
        columns = [[figure for figure in one.figures if book.measure(figure) == term] for one in stations]
        reasons = differences(book.commons, cards(book, chain(*columns))) if sum(map(bool, columns)) > 1 else ()
        known = [[one for one in column if isinstance(one.value, Decimal)] for column in columns]
        if reasons:
            refused.append(f"{term.label}{refusal(reasons)}")
        elif sum(len(column) == 1 for column in known) > 1:
            sortable.append(f"{term.label}按此排列")
    with opened(base, f"{PAGE}?s={','.join(one.id for one in stations)}") as page:
        rows = page.locator("#fp-compare tbody tr")
        expect(rows.first).to_be_visible()
        assert rows.locator("th", has=page.locator(".fp-incomparable")).all_text_contents() == refused
        assert rows.locator("th", has=page.locator(".fp-sort")).all_text_contents() == sortable
    assert refused, "No row is refused any more, so this proved nothing."
    assert sortable, "No row may be ranked any more, so this proved nothing."


def test_columns_that_were_chosen_are_sorted_where_that_is_honest(base: str, opened: Callable) -> None:
    """A row that may be ranked puts whole columns in order, those without a number last."""
    with opened(base, f"{PAGE}?s=zhuze,zhujie,beijie") as page:
        head, row = page.locator("#fp-compare thead a"), page.locator("#fp-compare tbody tr", has_text="社区民警人数").first
        button = row.get_by_role("button")
        expect(head).to_have_text(["竹箦派出所", "珠街派出所", "北街派出所"])
        button.click()
        expect(button).to_have_text("从多到少")
        expect(head).to_have_text(["北街派出所", "珠街派出所", "竹箦派出所"])
        expect(row.locator("td").nth(0)).to_contain_text("7名")
        expect(row.locator("td").nth(1)).to_contain_text("5名")
        button.click()
        expect(head).to_have_text(["珠街派出所", "北街派出所", "竹箦派出所"])


def test_a_reference_leads_to_its_note_and_leaves_the_table_alone(base: str, opened: Callable) -> None:
    """Following [n] marks the note that names the article, and the table is not made anew under the reader's eyes."""
    with opened(base, f"{PAGE}?s=beijie,zhuze") as page:
        ref = page.locator("#fp-compare td .fp-ref").last
        page.evaluate("() => { document.querySelector('#fp-compare table').dataset.same = 'yes' }")
        ref.click()
        note = page.locator("#fp-compare .fp-notes li:target")
        expect(note).to_contain_text("《")
        expect(note.locator("a").first).to_have_attribute("href", re.compile("sources/"))
        expect(page.locator("#fp-compare table")).to_have_attribute("data-same", "yes")


def test_a_row_of_several_measures_shows_every_number(base: str, opened: Callable) -> None:
    """Two methods that count their people by other words stand in one row: both numbers, of what, and why they may not be compared."""
    with opened(base, f"{PAGE}?s=xinyi/yong-an-yi-jing,zhuze/village-patrol") as page:
        row = page.locator("#fp-compare tbody tr", has_text="指标不同")
        expect(row).to_have_count(1)
        expect(row.locator("td").nth(0)).to_contain_text("义警与志愿者人数 165名")
        expect(row.locator("td").nth(1)).to_contain_text("巡防队员人数 100余名")


def test_words_are_explained_in_the_table_too(base: str, opened: Callable) -> None:
    """A word of the glossary in a cell leads to its entry."""
    with opened(base, f"{PAGE}?s=xinyi/yong-an-yi-jing,beijie/yangfeng") as page:
        word = page.locator("#fp-compare td .fp-term", has_text="义警").first
        expect(word).to_have_attribute("title", re.compile("."))
        word.click()
        expect(page.locator(".fp-glossary > div:target dt")).to_contain_text("义警")


def test_a_region_is_chosen_like_a_station(base: str, opened: Callable) -> None:
    """A region's page has the button, and its column stands beside that of a station."""
    with opened(base, "regions/national/index.html") as page:
        page.locator(".fp-pick").click()
        pick(page, f"{base}stations/beijie/index.html")
        tray(page).get_by_role("link", name="并排比较").click()
        expect(page.locator("#fp-compare thead a")).to_have_text(["全国", "北街派出所"])


def test_a_method_without_a_number_is_not_said_to_lack_the_question(served: str, opened: Callable) -> None:
    """Of two methods of one playbook, one with and one without its number, both stand in one row: the number and 不详."""
    with opened(served + "/", f"{PAGE}?s=beijie/laoli,zhuze/laochen") as page:
        row = page.locator("#fp-compare tbody tr", has_text="调解矛盾纠纷")
        expect(row).to_have_count(1)
        expect(row.locator("td").nth(0)).to_have_text("不详")
        expect(row.locator("td").nth(1)).to_contain_text("300余起")
        expect(page.locator("#fp-compare td", has_text="不适用"), "Both are of one playbook, so no axis is 不适用.").to_have_count(0)


# ── State in the address ──


def test_the_choice_stands_in_the_address(base: str, opened: Callable) -> None:
    """Dropping, going back and forward, and loading again show what the address says."""
    with opened(base, f"{PAGE}?s=beijie,zhuze,xinyi") as page:
        head = page.locator("#fp-compare thead a")
        three, two = ["北街派出所", "竹箦派出所", "新义派出所"], ["北街派出所", "新义派出所"]
        expect(head).to_have_text(three)
        expect(state(page)).to_contain_text("3 个并排")
        page.get_by_role("button", name="去掉竹箦派出所").click()
        expect(head).to_have_text(two)
        expect(page).to_have_url(f"{base}{PAGE}?s=beijie,xinyi")
        page.go_back()
        expect(head).to_have_text(three)
        page.go_forward()
        expect(head).to_have_text(two)
        page.reload()
        expect(head).to_have_text(two)
        page.get_by_role("button", name="去掉北街派出所").click()
        expect(state(page)).to_have_text("再选一个就可以比较。")
        page.get_by_role("button", name="去掉新义派出所").click()
        expect(state(page)).to_have_text("还没有选。")
        expect(page).to_have_url(f"{base}{PAGE}")


def test_the_last_one_can_be_dropped_where_the_address_names_no_file(served: str, opened: Callable) -> None:
    """At compare/?s=… the choice is emptied as it is at compare/index.html?s=…."""
    with opened(served + "/", "compare/?s=beijie") as page:
        page.get_by_role("button", name="去掉北街派出所").click()
        expect(state(page)).to_have_text("还没有选。")
        expect(page).to_have_url(f"{served}/compare/")


def test_one_is_added_by_province_station_and_method(base: str, opened: Callable) -> None:
    """The three selects lead to any station, region or method, say what is missing, and refuse what is there already."""
    with opened(base, PAGE) as page:
        form = page.locator("#fp-compare form")
        province, profile, method = (form.get_by_label(name) for name in ("省份", "派出所", "做法"))
        add = form.get_by_role("button", name="加入")
        head = page.locator("#fp-compare thead a")
        expect(state(page)).to_have_text("还没有选。")
        expect(profile).to_be_disabled()
        expect(method).to_be_disabled()
        add.click()
        expect(state(page)).to_have_text("先选一个派出所。")
        province.select_option(label="山西省")
        profile.select_option(label="北街派出所")
        add.click()
        expect(head).to_have_text(["北街派出所"])
        add.click()
        expect(state(page)).to_have_text("已经在表里了。")
        province.select_option(label="江苏省")
        expect(method, "Another province means that no station is chosen yet.").to_be_disabled()
        profile.select_option(label="竹箦派出所")
        add.click()
        expect(page).to_have_url(f"{base}{PAGE}?s=beijie,zhuze")
        expect(head).to_have_text(["北街派出所", "竹箦派出所"])
        province.select_option(label="全国与地方")
        profile.select_option(label="全国")
        add.click()
        expect(head).to_have_text(["北街派出所", "竹箦派出所", "全国"])

        page.goto(f"{base}{PAGE}?s=zhuze/laochen")
        province.select_option(label="山西省")
        profile.select_option(label="北街派出所")
        method.select_option(label="老李调解室")
        add.click()
        expect(page).to_have_url(f"{base}{PAGE}?s=zhuze/laochen,beijie/laoli")
        expect(head).to_have_text(["老陈调解室", "老李调解室"])

        page.goto(f"{base}{PAGE}?s={','.join(SIX[1:])}")
        province.select_option(label="山西省")
        profile.select_option(label="北街派出所")
        add.click()
        expect(state(page)).to_have_text("最多并排 5 个。")
        expect(head).to_have_count(5)


def test_a_shared_address_shows_the_same_to_somebody_else(base: str, opened: Callable) -> None:
    """An address opened by a reader who never chose anything shows the table of the one who sent it."""
    with opened(base, "stations/beijie/index.html") as page:
        page.locator(".fp-pick").click()
        pick(page, f"{base}stations/zhuze/index.html")
        tray(page).get_by_role("link", name="并排比较").click()
        table = page.locator("#fp-compare table")
        expect(table).to_be_visible()
        sent, seen = page.url, table.inner_text()
    with opened(base, sent.removeprefix(base)) as page:
        expect(page.locator("#fp-compare table")).to_be_visible()
        assert page.locator("#fp-compare table").inner_text() == seen
        expect(page.locator(".fp-tray__one"), "The reader's own choice is not touched.").to_have_count(0)


# What the address may hold, what is said to it and how many columns there are.
ODD = {
    "an unknown station": ("nosuch,beijie", NOT_FOUND + "nosuch。", 1),
    "an unknown method": ("beijie/nosuch,beijie/laoli,zhuze/laochen", NOT_FOUND + "beijie/nosuch。", 2),
    "a method of an unknown station": ("nosuch/laoli", NOT_FOUND + "nosuch/laoli。", 0),
    "what every object has": ("beijie/constructor", NOT_FOUND + "beijie/constructor。", 0),
    "more than five": (",".join(SIX), "最多并排 5 个，后面的没有列出。", 5),
    "one twice": ("beijie,beijie,zhuze", "重复的只列一次。", 2),
    "a station and a method": ("beijie,zhuze/laochen", "派出所和做法不能放在一张表里，请去掉一类。", 0),
    "markup": ("<script>alert(1)</script>", "网址里有 1 处认不出来，没有用。还没有选。", 0),
    "markup beside a station": ("beijie,<img src=x onerror=alert(1)>", "网址里有 1 处认不出来，没有用。", 1),
    "a way out of the folder": ("../../x", "网址里有 1 处认不出来，没有用。还没有选。", 0),
    "an encoded way out": ("..%2f..%2fx,beijie%2f..%2f..%2fx,%2e%2e", "网址里有 3 处认不出来", 0),
    "another site": ("//example.org/x,https://example.org", "网址里有 2 处认不出来", 0),
    "half an escape": ("%,%E5%8C,%00", "网址里有 3 处认不出来", 0),
    "a prototype": ("__proto__,beijie", "网址里有 1 处认不出来", 1),
    "a very long name": ("a" * 20_000, "网址里有 1 处认不出来", 0),
    "very many names": (",".join(f"x{n}" for n in range(2000)) + ",beijie", "最多并排 5 个，后面的没有列出。", 0),
    "only commas": ("," * 500, "还没有选。", 0),
    "nothing": ("", "还没有选。", 0),
}


@pytest.mark.parametrize("odd", ODD)
def test_an_odd_address_gives_a_message(base: str, opened: Callable, odd: str) -> None:
    """Whatever stands in the address, it is answered in words, asks for nothing but data, and becomes neither markup nor an error."""
    given, message, columns = ODD[odd]
    asked: list[str] = []
    lost = re.findall(r"\b(?:nosuch|x\d)\b", given)
    missing = tuple(f"data/{kind}/{name}.js" for name in lost for kind in ("profile", "methods"))

    def watch(context: BrowserContext) -> None:
        context.on("request", lambda one: asked.append(one.url) if "/data/" in one.url else None)

    with opened(base, f"{PAGE}?s={given}", missing=missing, before=watch) as page:
        expect(state(page)).to_contain_text(message)
        expect(page.locator("#fp-compare thead a")).to_have_count(columns)
        assert page.locator("#fp-compare").locator("script, img, iframe").count() == 0
    assert not [one for one in asked if not DATA.search(one)], f"The address made the page ask for something else: {asked}"


def test_what_cannot_be_shown_can_be_taken_out_of_the_address(base: str, opened: Callable) -> None:
    """Unknown names, and one of two kinds that do not mix, are dropped by a button, without typing in the address."""
    with opened(base, f"{PAGE}?s=beijie,nosuch,zhuze/laochen", missing=("data/profile/nosuch.js",)) as page:
        expect(state(page)).to_contain_text("请去掉一类")
        page.get_by_role("button", name="去掉老陈调解室").click()
        page.get_by_role("button", name="去掉nosuch").click()
        expect(page).to_have_url(f"{base}{PAGE}?s=beijie")
        expect(page.locator("#fp-compare thead a")).to_have_text(["北街派出所"])


# ── When something does not arrive ──


@pytest.mark.parametrize("answer", ["nothing", "another page"])
def test_data_that_does_not_arrive_can_be_asked_for_again(served: str, opened: Callable, answer: str) -> None:
    """A script that fails, or gives nothing, leaves the other columns, a message and a button that works once it can be had."""
    address = "**/data/profile/zhuze.js"

    def refuse(route: Any) -> None:
        route.abort() if answer == "nothing" else route.fulfill(body="// Nothing here.", content_type="text/javascript")

    def cut(context: BrowserContext) -> None:
        context.route(address, refuse)

    with opened(served + "/", f"{PAGE}?s=beijie,zhuze", missing=("data/profile/zhuze.js",), before=cut) as page:
        expect(state(page)).to_contain_text(NOT_FOUND + "zhuze。")
        expect(page.locator("#fp-compare thead a")).to_have_text(["北街派出所"])
        page.get_by_role("button", name="再试一次").click()
        expect(page.locator("#fp-compare thead a")).to_have_text(["北街派出所"])
        page.context.unroute(address)
        page.get_by_role("button", name="再试一次").click()
        expect(page.locator("#fp-compare thead a")).to_have_text(["北街派出所", "竹箦派出所"])
        expect(page.get_by_role("button", name="再试一次")).to_have_count(0)


def test_a_list_that_does_not_arrive_can_be_asked_for_again(served: str, opened: Callable) -> None:
    """A province whose list fails gives a message, and works when it is chosen again."""
    address = "**/data/list/shanxi.js"
    before = lambda context: context.route(address, lambda route: route.abort())  # noqa: E731
    with opened(served + "/", PAGE, missing=("data/list/shanxi.js",), before=before) as page:
        province, profile = page.get_by_label("省份"), page.locator("#fp-compare").get_by_label("派出所")
        province.select_option(label="山西省")
        expect(state(page)).to_have_text("名单没有读到，请再选一次。")
        expect(profile).to_be_disabled()
        page.context.unroute(address)
        province.select_option(label="省份…")
        province.select_option(label="山西省")
        expect(profile).to_be_enabled()


# ── On paper ──


PRINTED = {
    "five stations": (list(SIX[:5]), 15),
    "four methods": (["beijie/laoli", "zhuze/laochen", "guanqian/su-ayi", "batou/jianglitang"], 4),
    "three methods": (["beijie/laoli", "zhuze/laochen", "xinyi/jing-wang-1234"], 5),
}


@pytest.mark.parametrize("which", PRINTED)
def test_a_printed_comparison_has_all_columns_and_no_buttons(base: str, opened: Callable, which: str) -> None:
    """On paper the controls are gone, neither the table nor a cell goes over its edge, and not many sheets are needed."""
    refs, most = PRINTED[which]
    with opened(base, f"stations/{refs[0]}/index.html", viewport={"width": PAPER, "height": 1000}) as page:
        page.locator(".fp-pick").click()
        page.goto(f"{base}{PAGE}?s={','.join(refs)}")
        expect(page.locator("#fp-compare thead a")).to_have_count(len(refs))
        page.emulate_media(media="print")
        for control in (".fp-tray", "#fp-compare form", ".fp-drop", ".fp-pick", ".fp-sort", "#pairs", "#pairs + ul"):
            for one in page.locator(control).all():
                expect(one, f"On paper nobody can press {control}: hide it in `@media print`.").to_be_hidden()
        on_paper(page, "#fp-compare .fp-scroll")
        expect(page.locator("#fp-compare .fp-notes li").first, "On paper the numbers need their articles.").to_be_visible()
        if len(refs) > 3:  # Each cell says whose it is.
            said = page.locator("#fp-compare td").evaluate_all("all => all.map(one => getComputedStyle(one, '::before').content)")
            names = page.locator("#fp-compare thead a").all_text_contents()
            assert said == [f'"{name}  "' for _ in range(len(said) // len(names)) for name in names]
        sheets = len(re.findall(rb"/Type\s*/Page\b", page.pdf(format="A4")))
        assert sheets <= most, f"{which} need {sheets} sheets of A4: mend `@media print` in fengpu.css."


def on_paper(page: Page, box: str) -> None:
    """Fail where a table or a cell goes over the edge of the paper, whose width the window has."""
    hidden, right, cut = page.locator(box).evaluate(
        """one => {
          const cut = [...one.querySelectorAll("td, th")].filter(cell => cell.scrollWidth > cell.clientWidth + 1 && cell.clientWidth)
          const right = one.querySelector("table").getBoundingClientRect().right
          return [getComputedStyle(one).overflowX, right, cut.map(cell => cell.innerText)]
        }"""
    )
    assert hidden == "visible", "On paper nobody can scroll: mend `@media print` in fengpu.css."
    assert right <= page.viewport_size["width"], f"The table ends at {right:.0f} px, beyond the paper: mend `@media print` in fengpu.css."
    assert not cut, f"These cells are wider than their column: {cut}"


@pytest.mark.parametrize("width", [PAPER, LANDSCAPE], ids=["upright", "landscape"])
@pytest.mark.parametrize("address", ["matrix.html", "playbooks/volunteer-patrol.html", "playbooks/mediation-room.html"])
def test_what_is_wide_fits_on_paper(site: Path, opened: Callable, address: str, width: int) -> None:
    """The matrix and the comparisons of playbooks lose no column on A4."""
    with opened(site.as_uri() + "/", address, viewport={"width": width, "height": 1000}) as page:
        page.emulate_media(media="print")
        on_paper(page, ".fp-scroll")


# ── On the screen ──


@pytest.mark.parametrize("width", [1920, 1280, 768, 360])
@pytest.mark.parametrize("address", ["problems/disputes/index.html", "evidence.html"])
def test_a_table_shows_its_last_column(site: Path, opened: Callable, address: str, width: int) -> None:
    """The column that matters most, 证据 or 要升一级还缺, is seen without scrolling; on a small screen only where there is room."""
    with opened(site.as_uri() + "/", address, viewport={"width": width, "height": 900}) as page:
        boxes = page.locator(".fp-scroll").all()
        assert boxes
        for box in boxes if width >= 1280 or "problems" in address else ():
            over = box.evaluate("one => one.scrollWidth - one.clientWidth")
            assert over <= 0, f"At {width} the table is {over} px wider than its column."
        assert page.evaluate("document.documentElement.scrollWidth") <= width


# ── The browser and Python agree ──


def test_the_browser_finds_the_same_reasons_as_python(served: str, opened: Callable, book: Book) -> None:
    """For any two figures, and for the figures of any two profiles on one measure, compare.js gives what derive.compare gives."""
    figures: list[Figure] = []
    rows: dict[tuple[str, str], list[int]] = {}
    for profile in book.profiles():
        groups: dict[str, list[Figure]] = {}
        for figure in profile.figures:
            groups.setdefault(book.measure(figure).id, []).append(figure)
        for measure, found in groups.items():
            rows[profile.id, measure] = list(range(len(figures), len(figures) + len(found)))
            figures += found
    asked = [list(pair) for pair in combinations(range(len(figures)), 2)]
    asked += [rows[one] + rows[other] for one, other in combinations(rows, 2) if one[1] == other[1]]
    for measure in {measure for _, measure in rows}:
        asked.append([index for (_, name), found in rows.items() if name == measure for index in found])
    asked += [[], [0]]
    with opened(served + "/", PAGE) as page:
        measures, answers = page.evaluate(
            """async ({profiles, asked}) => {
              const figures = []
              for (const id of profiles) for (const row of (await fengpu.ask("profile/" + id)).rows) figures.push(...(row[4] || []))
              return [figures.map(one => one.measure), asked.map(list => fengpu.differences(list.map(index => figures[index])))]
            }""",
            {"profiles": [one.id for one in book.profiles()], "asked": asked},
        )
    assert measures == [book.measure(one).id for one in figures], "The data scripts hold other figures than the book."
    wrong = [
        f"{[figures[index].id for index in indices]}: compare.js says {theirs}, derive/compare.py says {ours}"
        for indices, theirs in zip(asked, answers, strict=True)
        if theirs != (ours := list(differences(book.commons, cards(book, (figures[index] for index in indices)))))
    ]
    assert not wrong, f"{len(wrong)} of {len(asked)} differ; make `differences` the same in both:\n" + "\n".join(wrong[:10])


# ── Columns in order ──

STATION = """
id: {id}
name: {id}派出所
full_name: 示例县公安局{id}派出所
place: {{province: 山西省, city: 不详}}
area_types: [老城区]
summary: 对照用的派出所。
source: report-2024
methods:
  - id: room
    name: {id}调解室
    kind: 工作室
    playbook: mediation-room
    summary: 由一人主持的调解场所。
    problems: [邻里纠纷]
    axes: {{leader: {id}主持}}
    source: report-2024
    section: 导语
figures: {figures}
checked: 2025-03-01
"""
# Alike in everything but the value, so that they may be ranked; the numbers of cases told differ in what was counted.
VALUES = {"jia": 120, "yi": None, "bing": 476, "ding": 0}


@pytest.fixture
def ranked(project: Callable[..., Path], build: Callable[..., Path]) -> str:
    """Where the playbook's page of a small project lies in which one row may be ranked and another may not."""
    folder = project()
    shutil.rmtree(folder / "data")
    shutil.copytree(CASES / "base" / "data", folder / "data")
    (folder / "data/stations/anli.yml").unlink()
    for page in (folder / "docs/playbooks").glob("[!im]*.md"):
        page.unlink()
    for page in (folder / "docs/playbooks").glob("m*.md"):
        if page.stem != "mediation-room":
            page.unlink()
    measure = {"id": "told", "label": "讲述案例", "group": "调解", "units": ["起"], "compare": "同口径才可比"}
    axis = {"id": "told", "label": "案例", "ask": "讲了几件。", "measures": ["讲述案例"]}
    for name, key, more in (("vocab/measures", "terms", measure), ("playbooks/mediation-room", "axes", axis)):
        file = folder / f"data/{name}.yml"
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
        content[key].append(more)
        file.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    period = {"label": "去年", "kind": "时段", "from": "2023-01", "to": "2023-12", "basis": "载明"}
    for station, value in VALUES.items():
        same = {"unit": "起", "scope": "room", "period": period, "source": "report-2024"}
        figures = [{"id": "told", "measure": "讲述案例", "definition": f"{station}的算法。", "value": 3, **same}]
        if value is not None:
            figures.append({"id": "mediated", "measure": "调解矛盾纠纷", "definition": "只算签了协议的。", "value": value, **same})
        text = STATION.format(id=station, figures=json.dumps(figures, ensure_ascii=False))
        (folder / f"data/stations/{station}.yml").write_text(text, encoding="utf-8")
    # The package that is tested builds the site, also where another one is installed.
    site = build(folder, PYTHONPATH=str(Path(fengpu.__file__).resolve().parents[1]))
    return f"{site.as_uri()}/playbooks/mediation-room.html"


def test_columns_are_sorted_only_by_a_row_that_may_be_ranked(ranked: str, opened: Callable) -> None:
    """One button puts whole columns down, up and back, what is not known last; a row that may not be ranked has reasons in its place."""
    base, _, address = ranked.rpartition("playbooks/")
    with opened(base, f"playbooks/{address}") as page:
        table = page.locator("table.fp-compare")
        button = table.get_by_role("button")
        expect(button, "Only the row of comparable numbers may be sorted by.").to_have_count(1)
        expect(table.locator("tr", has=page.locator(".fp-sort"))).to_contain_text("调解量")
        unlike = table.locator("tr", has=page.locator(".fp-incomparable"))
        expect(unlike).to_have_count(1)
        expect(unlike.locator("th"), "One reason is named in the place of the general word.").to_have_text("案例口径不同")

        def columns() -> list[list[str]]:
            rows = table.locator("tr").evaluate_all("all => all.map(row => [...row.cells].slice(1).map(cell => cell.innerText))")
            return [list(column) for column in zip(*rows, strict=True)]

        def order(column: list[list[str]]) -> list[str]:
            return [re.match("[a-z]+", one[0])[0] for one in column]

        original = columns()
        assert order(original) == sorted(VALUES), "The columns start in the order of the files."
        by_name = dict(zip(order(original), original, strict=True))
        for text, pressed, wanted in (
            ("从多到少", "true", ["bing", "jia", "ding", "yi"]),
            ("从少到多", "true", ["ding", "jia", "bing", "yi"]),
            ("按此排列", "false", sorted(VALUES)),
            ("从多到少", "true", ["bing", "jia", "ding", "yi"]),
        ):
            button.click()
            expect(button).to_have_text(text)
            expect(button).to_have_attribute("aria-pressed", pressed)
            shown = columns()
            assert order(shown) == wanted, f"After “{text}”, with what is not known at the end."
            assert shown == [by_name[name] for name in wanted], "A column must move as a whole, its head too."
        expect(table.locator("tr > :first-child").first).to_have_text("对照项")


# ── Without scripts ──


def test_every_pair_is_complete_without_javascript(base: str, opened: Callable, book: Book) -> None:
    """The pages of methods side by side show all their axes, methods and cells to whom runs no script, and the list names them all."""
    pairs = [(playbook, pair) for playbook in book.playbooks.values() for pair in playbook.pairs]
    addresses, faults = Addresses(directories=False), []
    with opened(base, PAGE, java_script_enabled=False) as page:
        links = page.locator(".md-content a").evaluate_all("all => all.map(one => decodeURI(one.href))")
        for playbook, pair in pairs:
            address = base + addresses.file(pair_key(pair))
            if address not in links:
                faults.append(f"{PAGE} does not lead to {pair}")
            page.goto(address)
            text = page.locator(".md-content").inner_text()
            instances = [book.method(ref) for ref in pair]
            wanted = [name for one in instances for name in (one.method.name, one.profile.name)] + [axis.label for axis in playbook.axes]
            faults += [f"{pair}: no {one}" for one in wanted if one not in text]
            filled = page.locator(".fp-compare tbody td").evaluate_all("all => all.filter(one => one.innerText.trim()).length")
            cells = (len(playbook.axes) + 2) * len(pair)  # Two rows more: the evidence and the source.
            if filled != cells:
                faults.append(f"{pair}: {filled} of {cells} cells")
    assert not faults, "Without JavaScript this cannot be seen:\n" + "\n".join(faults)


def test_the_derived_lists_are_complete_without_javascript(site: Path, opened: Callable, book: Book) -> None:
    """Measures, problems, matrix, goals and glossary are all to be seen by whom runs no script.

    What stands on each page of a measure or a problem is tested in tests/site; one of each shape is looked at here.
    """
    used = {book.measure(figure).id: book.measure(figure).label for _, figure in book.every_figure()}
    methods = [one.method for one in book.every_method()]
    filed = [one.name for one in methods if isinstance(one.goals, tuple)]
    wanted = {
        "figures/index.html": list(used.values()),
        "problems/index.html": [term.label for term in book.lexicons["problems"].terms],
        "matrix.html": [*(one.name for one in book.profiles()), *(one.name for one in book.playbooks.values())],
        "goals.html": [*(term.label for term in book.lexicons["goals"].terms), *filed],
        "glossary.html": [word for one in book.entries for word in (one.term, *one.other_names, one.text)],
        "evidence.html": [one.name for one in book.playbooks.values()],
    }
    tables = {table.measure.id: table for table in by_measure(book)}
    derives = {measure: any(line.derived for line in table.lines) for measure, table in tables.items()}
    shapes = {(table.comparable, bool(table.differences), derives[measure]): measure for measure, table in tables.items()}
    for measure in shapes.values():
        lines = [(line.card.name, str(line.figure.definition)) for line in tables[measure].lines]
        wanted[f"figures/{measure}/index.html"] = [used[measure], *(text for line in lines for text in line)]
    for problem, instances in index(book, "problems", "problems").items():
        if problem == "neighbours" or not instances:
            wanted[f"problems/{problem}/index.html"] = [book.term("problems", problem).label, *(one.method.name for one in instances)]
    faults = []
    with opened(site.as_uri() + "/", "index.html", java_script_enabled=False) as page:
        for address, words in wanted.items():
            page.goto(f"{site.as_uri()}/{address}")
            text = "".join(page.locator(".md-content").inner_text().split())
            faults += [f"{address}: {one}" for one in words if "".join(one.replace("*", "").split()) not in text]
    assert not faults, "Without JavaScript this cannot be seen:\n" + "\n".join(faults)
