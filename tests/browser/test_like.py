"""Finding the stations most like one's own: the ranking is that of Python, the state is in the address, and nothing leaves the page."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from fengpu.book import Book
from fengpu.derive import similar
from fengpu.model import Gap
from fengpu.render.pages import TRAIT_NAMES

PAGE = "like/index.html"
MOST = 10
NOTHING: dict[str, Any] = dict.fromkeys(similar.WEIGHTS)
# What a reader fills in, as the form names it, and what Python calls it.
FILLED = {
    "mountain, four officers and neighbours": (
        "area=mountain&problem=neighbours&officers=4",
        {"area_types": {"mountain"}, "problems": {"neighbours"}, "officers": Decimal(4)},
    ),
    "everything": (
        "area=town&area=rural&problem=neighbours&problem=enterprise&officers=31&residents=42000&calls=900&province=jiangsu",
        {
            "area_types": {"town", "rural"},
            "problems": {"neighbours", "enterprise"},
            "officers": Decimal(31),
            "residents": Decimal(42000),
            "calls": Decimal(900),
            "province": "jiangsu",
        },
    ),
    "only an area": ("area=main-urban", {"area_types": {"main-urban"}}),
    "only a problem": ("problem=neighbours", {"problems": {"neighbours"}}),
    "no officers at all": ("officers=0", {"officers": Decimal(0)}),
    "only a province": ("province=shanxi", {"province": "shanxi"}),
}


@pytest.fixture(scope="module")
def traits(book: Book) -> dict[str, similar.Traits]:
    return {station.id: similar.traits(book, station) for station in book.stations.values()}


def own(filled: dict[str, Any]) -> similar.Traits:
    """The reader's station, which has no id that another could have."""
    values = {name: frozenset(value) if isinstance(value, set) else value for name, value in (NOTHING | filled).items()}
    return similar.Traits(id="", **values)


def told(one: similar.Near, mine: similar.Traits) -> str:
    """What a card says about where its points come from."""
    gave = "，".join(f"{TRAIT_NAMES[name]} +{points}" for name, points in one.reasons if points) or "没有相同的项目"
    unlike = "、".join(TRAIT_NAMES[name] for name, points in one.reasons if not points)
    missing = "、".join(TRAIT_NAMES[name] for name in one.missing if getattr(mine, name) is not None)
    return gave + f"；不同：{unlike}" * bool(unlike) + f"；不详：{missing}" * bool(missing)


def cards(page: Page) -> list[tuple[str, str, str]]:
    """Which stations are shown, with how many points and why."""
    found = page.locator(".fp-plain > .fp-card")
    return [
        tuple(one)
        for one in found.evaluate_all(
            "all => all.map(one => [one.dataset.id, one.querySelector('strong').innerText, one.querySelector('.fp-fine').innerText])"
        )
    ]


def wanted(mine: similar.Traits, traits: dict[str, similar.Traits]) -> list[tuple[str, str, str]]:
    return [(one.id, f"{one.points} 分", told(one, mine)) for one in similar.neighbours(mine, traits.values(), MOST)]


def state(page: Page) -> Any:
    return page.locator(".md-content [role=status]")


def fill(page: Page, address: str) -> None:
    """Fill the form as a reader would."""
    form = page.locator("#fp-like")
    for name, value in parse_qsl(address):
        field = form.locator(f"[name={name}]")
        if name in ("area", "problem"):
            form.locator(f"[name={name}][value={value}]").check()
        elif name == "province":
            field.select_option(value)
        else:
            field.fill(value)


@pytest.mark.parametrize("filled", FILLED)
def test_the_nearest_are_those_of_python(base: str, opened: Callable, traits: dict[str, similar.Traits], filled: str) -> None:
    """The form ranks as derive.similar does, with points, reasons and what is unknown, and keeps all of it in the address."""
    address, given = FILLED[filled]
    mine = own(given)
    with opened(base, PAGE) as page:
        fill(page, address)
        page.get_by_role("button", name="找相近的所").click()
        near = similar.neighbours(mine, traits.values(), len(traits))
        found = f"列出最相近的 {MOST} 个所" if len(near) > MOST else f"{len(near)} 个所有相同之处"
        used = "、".join(TRAIT_NAMES[name] for name in similar.WEIGHTS if given.get(name) is not None)
        expect(state(page)).to_have_text(f"按{used}比较，{found}。")
        first = cards(page)
        assert first == wanted(mine, traits), "like.js ranks or explains otherwise than derive/similar.py."
        kept = parse_qsl(urlsplit(page.url).query)
        assert sorted(kept) == sorted(parse_qsl(address)), "The address must hold what was filled in and nothing else."
        page.reload()
        expect(state(page)).to_have_text(f"按{used}比较，{found}。")
        assert cards(page) == first, "After loading again the same must be shown."
        shown = page.evaluate("[...new FormData(document.getElementById('fp-like'))].filter(([, value]) => value)")
        assert sorted(map(tuple, shown)) == sorted(parse_qsl(address)), "After loading again the form must hold what was filled in."


def test_methods_against_the_problem_are_offered(base: str, opened: Callable, book: Book) -> None:
    """A card lists just those methods of its station that take on a chosen problem, and each link leads to the method."""
    with opened(base, f"{PAGE}?problem=neighbours") as page:
        card = page.locator(".fp-card[data-id=zhuze]")
        expect(card).to_be_visible()
        methods = [one for one in book.stations["zhuze"].methods if not isinstance(one.problems, Gap) and "邻里纠纷" in one.problems]
        expect(card.locator("li a")).to_have_text([one.name for one in methods])
        card.locator("li a").first.click()
        expect(page).to_have_url(f"{base}stations/zhuze/{methods[0].id}/index.html")
        expect(page.locator("h1")).to_contain_text(methods[0].name)


@pytest.mark.parametrize("station", ["beijie", "zhuze", "xinyi", "zhujie"])
def test_a_station_fills_the_form(base: str, opened: Callable, book: Book, traits: dict[str, similar.Traits], station: str) -> None:
    """The link on a station's page fills the form with what is known of it and shows the same neighbours as that page."""
    mine = traits[station]
    with opened(base, f"stations/{station}/index.html") as page:
        near = page.locator(".fp-near a").all_inner_texts()
        page.get_by_role("link", name="换成我所的情况").click()
        expect(page).to_have_url(f"{base}{PAGE}?like={station}")
        expect(page.locator(".fp-plain > .fp-card").first).to_be_visible()
        assert cards(page) == wanted(mine, traits)
        shown = page.locator(".fp-plain h3 a").all_inner_texts()
        assert shown[: len(near)] == near, "The station's page and the form name other neighbours."
        checked = page.locator("#fp-like :checked[name=area]").evaluate_all("all => all.map(one => one.value)")
        assert set(checked) == set(mine.area_types or ())
        expect(page.locator("#fp-like [name=officers]")).to_have_value("" if mine.officers is None else str(mine.officers))
        expect(page.locator("#fp-like [name=province]")).to_have_value(mine.province)


@pytest.mark.parametrize("given", ["nosuch", "national", "a" * 60])
def test_a_station_that_is_none_is_not_found(base: str, opened: Callable, given: str) -> None:
    """An unknown name, or that of a region, which has no such traits, gives a message."""
    with opened(base, f"{PAGE}?like={given}", missing=(f"data/profile/{given}.js",)) as page:
        expect(state(page)).to_have_text("找不到这个派出所。")
        expect(page.locator(".fp-plain")).to_have_count(0)


def test_a_station_is_picked_on_the_page(base: str, opened: Callable, traits: dict[str, similar.Traits]) -> None:
    """Province, then station: its fields are filled in, the others are ranked, and the address says whom."""
    with opened(base, PAGE) as page:
        provinces, stations = page.locator("#fp-like-list"), page.locator("#fp-like-station")
        expect(stations).to_be_disabled()
        provinces.select_option("shanxi")
        stations.select_option("beijie")
        expect(page.locator(".fp-plain > .fp-card").first).to_be_visible()
        assert urlsplit(page.url).query == "like=beijie"
        assert cards(page) == wanted(traits["beijie"], traits)
        officers = traits["beijie"].officers
        expect(page.locator("[name=officers]")).to_have_value("" if officers is None else str(officers))
        provinces.select_option("")
        expect(stations).to_be_disabled()
        expect(page.locator(".fp-plain > .fp-card").first).to_be_visible()


def test_nothing_filled_in_is_said(base: str, opened: Callable) -> None:
    """An empty form gives a message, also after a search, whose results then go."""
    with opened(base, f"{PAGE}?officers=40") as page:
        expect(page.locator(".fp-plain > .fp-card").first).to_be_visible()
        page.locator("[name=officers]").fill("")
        page.get_by_role("button", name="找相近的所").click()
        expect(state(page)).to_have_text("至少填一项。")
        expect(page.locator(".fp-plain")).to_have_count(0)


@pytest.mark.parametrize(
    "bad",
    [
        "officers=-4",
        "officers=1e9",
        "officers=4.5",
        "officers=99999",
        "officers=NaN&residents=Infinity&calls=0x10",
        "residents=999999999",
        "area=atlantis&problem=nosuch&province=utopia",
        "area=<script>alert(1)</script>&province=\"><img src=x onerror=alert(1)>",
        "problem=" + "x" * 20_000,
        "like=../../x",
        "like=<script>alert(1)</script>",
        "unknown=1",
    ],
    ids=lambda bad: bad[:24],
)
def test_bad_values_in_the_address_are_left_out(served: str, opened: Callable, bad: str) -> None:
    """What the form does not offer is ignored, becomes neither markup nor an error, and does not spoil what is right beside it."""
    with opened(served + "/", f"{PAGE}?{bad}") as page:
        expect(state(page)).to_have_text("至少填一项。")
        assert page.evaluate("[...new FormData(document.getElementById('fp-like'))].filter(([, value]) => value)") == []
        page.goto(f"{served}/{PAGE}?problem=neighbours&{bad}")
        expect(state(page)).to_contain_text("按针对的问题比较")
        expect(page.locator(".fp-card[data-id=zhuze]")).to_be_visible()


@pytest.mark.parametrize("answer", ["nothing", "another page"])
@pytest.mark.parametrize("shard", ["mountain", "town"], ids=["asked for first", "asked for last"])
def test_data_that_does_not_arrive_can_be_asked_for_again(served: str, opened: Callable, answer: str, shard: str) -> None:
    """A part that fails gives a message instead of a wrong ranking, and a button that works once it can be had."""
    address = f"**/data/like/{shard}.js"

    def refuse(route: Any) -> None:
        route.abort() if answer == "nothing" else route.fulfill(body="// Nothing here.", content_type="text/javascript")

    def cut(context: BrowserContext) -> None:
        context.route(address, refuse)

    with opened(served + "/", f"{PAGE}?area=mountain&problem=neighbours", missing=(f"data/like/{shard}.js",), before=cut) as page:
        expect(state(page)).to_have_text("资料没有读全。")
        expect(page.locator(".fp-plain")).to_have_count(0)
        page.context.unroute(address)
        page.get_by_role("button", name="再试一次").click()
        expect(page.locator(".fp-card[data-id=zhujie]")).to_be_visible()
        expect(page.get_by_role("button", name="再试一次")).to_have_count(0)


def test_what_is_filled_in_does_not_leave_the_page(base: str, opened: Callable) -> None:
    """From the first key to the last result nothing is asked for but the site's own data scripts, and never with what was typed."""
    asked: list[str] = []
    with opened(base, PAGE) as page:
        page.wait_for_load_state("networkidle")
        page.context.on("request", lambda one: asked.append(one.url + (one.post_data or "")))
        fill(page, "area=mountain&problem=neighbours&officers=4&residents=12345&calls=678")
        page.get_by_role("button", name="找相近的所").click()
        expect(page.locator(".fp-plain > .fp-card").first).to_be_visible()
        page.wait_for_load_state("networkidle")
    assert asked, "The ranking needs data: is it still asked for?"
    # Chromium asks for the icon again whenever the address changes.
    own = re.compile(re.escape(base) + r"(?:data/like/[a-z-]+\.js|assets/favicon\.svg)")
    strange = [one for one in asked if not own.fullmatch(one)]
    assert not strange, f"This was asked for while a reader filled in the form: {strange}"


def test_the_browser_gives_the_same_points_as_python(served: str, opened: Callable, traits: dict[str, similar.Traits]) -> None:
    """For any two stations like.js gives the points, the reasons in order and the missing fields that derive.similar gives."""
    with opened(served + "/", PAGE) as page:
        answers = page.evaluate(
            """async ids => {
              const traits = await Promise.all(ids.map(async id => (await fengpu.ask("profile/" + id)).traits))
              return traits.map(one => traits.map(other => fengpu.near(one, other)))
            }""",
            list(traits),
        )
    wrong = []
    for one, row in zip(traits.values(), answers, strict=True):
        for other, theirs in zip(traits.values(), row, strict=True):
            ours = similar.near(one, other)
            said = (theirs["points"], tuple(map(tuple, theirs["reasons"])), tuple(theirs["missing"]))
            if said != (ours.points, ours.reasons, ours.missing):
                wrong.append(f"{one.id} and {other.id}: like.js says {said}, derive/similar.py says {ours}")
    assert not wrong, "Make `near` the same in both:\n" + "\n".join(wrong[:10])


NUMBERS = [0, 1, 2, 3, 4, 7, 10, 31, 40, 99, 1000, 12345, 31000, 99_999_999]


def test_the_browser_divides_as_python_does(served: str, opened: Callable) -> None:
    """Whole points are cut off alike for all pairs of many numbers and of many sets of words."""
    words = ["a", "b", "c", "d", "e", "f", "g"]
    sets = [words[:n] for n in range(1, 8)] + [words[n:] for n in range(1, 7)]
    blank = {name: None for name in similar.WEIGHTS}
    made = [blank | {"officers": one, "residents": one, "calls": one} for one in NUMBERS]
    made += [blank | {"area_types": one, "problems": one} for one in sets]
    made += [blank | {"province": "shanxi"}, blank | {"province": "fujian"}, blank]
    with opened(served + "/", PAGE) as page:
        answers = page.evaluate("made => made.map(one => made.map(other => fengpu.near(one, other).reasons))", made)

    def given(one: dict[str, Any]) -> similar.Traits:
        values = {name: frozenset(value) if isinstance(value, list) else value for name, value in one.items()}
        return similar.Traits(id="", **{name: Decimal(value) if isinstance(value, int) else value for name, value in values.items()})

    wrong = [
        f"{one} and {other}: like.js says {theirs}, derive/similar.py says {ours}"
        for one, row in zip(made, answers, strict=True)
        for other, theirs in zip(made, row, strict=True)
        if [tuple(reason) for reason in theirs] != (ours := list(similar.near(given(one), given(other)).reasons))
    ]
    assert not wrong, "Make `points` the same in both:\n" + "\n".join(wrong[:10])
