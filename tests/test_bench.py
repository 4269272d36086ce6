"""What the bench counts with: ranks, medians and ratios, which page holds what and says what, and how memory is watched."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections import Counter
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from select import POLLIN, poll
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
sys.path.append(str(ROOT / "bench"))  # Where its modules find one another.


def load(name: str) -> ModuleType:
    """A module of ``bench/``, which is no package."""
    spec = spec_from_file_location(f"bench_{name}", ROOT / "bench" / f"{name}.py")
    assert spec and spec.loader
    module = sys.modules[spec.name] = module_from_spec(spec)  # Dataclasses look for their own module there.
    spec.loader.exec_module(module)
    return module


metrics, pages, process, queries = map(load, ("metrics", "pages", "process", "queries"))
builders, inputs, peers, samples = map(load, ("builders", "inputs", "peers", "samples"))


@pytest.mark.parametrize(
    ("hits", "expected", "rank"),
    [
        (["a", "b"], {"b"}, 2),
        (["a", "b"], {"b", "a"}, 1),  # Any of what is expected will do, and the first counts.
        (["a", "b"], {"c"}, 0),
        ([], {"a"}, 0),
    ],
)
def test_a_rank_is_the_place_of_the_first_right_hit(hits: list[str], expected: set[str], rank: int) -> None:
    assert metrics.rank([{hit} for hit in hits], expected) == rank


def test_a_hit_may_stand_for_several_ids() -> None:
    assert metrics.rank([{"pages/about"}, {"pages/glossary", "glossary/five-elders"}], {"glossary/five-elders"}) == 2


def test_hits_and_reciprocal_ranks() -> None:
    ranks = [1, 1, 2, 4, 0]
    assert [metrics.hit_at(ranks, depth) for depth in (1, 3, 4)] == pytest.approx([0.4, 0.6, 0.8])
    assert metrics.mrr(ranks) == pytest.approx((1 + 1 + 1 / 2 + 1 / 4) / 5)


@pytest.mark.parametrize(
    ("count", "share", "value"),
    [(100, 0.95, 95), (20, 0.95, 19), (19, 0.95, 19), (1, 0.95, 1), (100, 0.07, 7), (10, 1.0, 10), (10, 0.0, 1)],
)
def test_a_quantile_is_one_of_the_values(count: int, share: float, value: int) -> None:
    assert metrics.quantile(reversed(range(1, count + 1)), share) == value


@pytest.mark.parametrize(
    ("address", "entry"),
    [
        ("stations/beijie/index.html", "beijie"),
        ("stations/beijie/laoli/index.html", "beijie/laoli"),
        ("regions/gansu/index.html", "gansu"),
        ("playbooks/visits.html", "playbooks/visits"),
        ("figures/cameras/index.html", "figures/cameras"),
        ("about.html", "pages/about"),
        ("like/index.html", "pages/like/index"),
        ("compare/index.html", "pages/compare/index"),
        ("compare/beijie.laoli~zhuze.laochen/index.html", None),
        ("stations/index.html", None),
        ("search/index.html", None),
        ("index.html", None),
    ],
)
def test_an_address_tells_what_its_page_is_about(address: str, entry: str | None) -> None:
    assert pages.entry(address) == entry


def test_every_expected_answer_is_on_a_page_that_the_peers_are_given(site: Path) -> None:
    held = frozenset().union(*(pages.held(site, address) for address in pages.searched(site)))
    wanted = frozenset().union(*(query.expected for query in queries.real(ROOT / "tests/search/queries.tsv")))
    assert not wanted - held, "Teach entry() in bench/pages.py the addresses of these, or mend queries.tsv."


def test_the_peers_are_given_the_article_without_our_buttons(site: Path) -> None:
    page = "stations/beijie/laoli/index.html"
    article = pages.article(site, page)
    assert pages.name(site, page) == "老李调解室"
    assert "<h1" in article and "fp-notes" in article, "The article is cut short."
    assert "md-content__button" not in article and "md-footer" not in article


def test_the_same_seed_asks_the_same() -> None:
    asked = [queries.generated(ROOT / "data/stations", 10, seed) for seed in (1, 1, 2)]
    assert len(asked[0]) == 10 and all(query.text for query in asked[0])
    assert asked[0] == asked[1] != asked[2]


def test_memory_is_that_of_the_whole_tree(tmp_path: Path) -> None:
    hold = "held = b'x' * 60_000_000"
    child = f"import sys; {hold}; print(flush=True); sys.stdin.read()"
    # The parent ends when it has seen the child hold its share for a few polls.
    parent = f"""import subprocess, sys, time
{hold}
child = subprocess.Popen([sys.executable, "-c", {child!r}], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
child.stdout.readline()
time.sleep({10 * process.POLL})
child.communicate()"""
    assert process.run([sys.executable, "-c", parent], tmp_path).peak > 120_000_000


def test_a_command_that_fails_says_what_it_said(tmp_path: Path) -> None:
    with pytest.raises(process.Failed, match="no such corpus"):
        process.run([sys.executable, "-c", "raise SystemExit('no such corpus')"], tmp_path)


def test_a_command_that_takes_too_long_is_ended_with_its_children(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "alive")
    ear = os.open(tmp_path / "alive", os.O_RDONLY | os.O_NONBLOCK)
    child = "import time; mouth = open('alive', 'w'); mouth.write('here'); mouth.flush(); time.sleep(600)"
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
    with pytest.raises(process.OutOfTime, match="took more than 5 s"):
        process.run([sys.executable, "-c", parent], tmp_path, limit=5)
    assert os.read(ear, 4) == b"here"
    waiting = poll()
    waiting.register(ear, POLLIN)
    assert waiting.poll(60_000) and os.read(ear, 1) == b"", "Its child goes on."  # The pipe ends with who holds it.
    os.close(ear)


def test_a_command_that_is_killed_is_told_from_one_that_fails(tmp_path: Path) -> None:
    with pytest.raises(process.Failed, match=r"was killed while it held .* MB, as happens where memory runs out"):
        process.run([sys.executable, "-c", "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"], tmp_path)


# ── Our whole build against others ───────────────────────────────────────────


@pytest.mark.parametrize(
    ("address", "key", "kind"),
    [
        ("index.html", "index", "single pages"),
        ("about.html", "about", "single pages"),
        ("about/index.html", "about", "single pages"),
        ("404.html", "404", "404"),
        ("stations/index.html", "stations", "single pages"),
        ("stations/beijie/index.html", "stations/beijie", "stations"),
        ("stations/beijie/laoli/index.html", "stations/beijie/laoli", "methods"),
        ("regions/gansu/households/index.html", "regions/gansu/households", "regions"),
        ("playbooks/visits.html", "playbooks/visits", "playbooks"),
    ],
)
def test_a_page_has_one_key_wherever_a_generator_puts_it(address: str, key: str, kind: str) -> None:
    assert (inputs.key(address), inputs.kind(inputs.key(address))) == (key, kind)


def test_markup_that_shows_nothing_is_spared_to_others() -> None:
    html = '<div class="a"><h2 id="b">甲 <span>1</span></h2><script>c()</script>\n<p><a class="d" href="e.html" title="f">乙</a></p></div>'
    assert inputs.bare(html) == '<h2>甲 1</h2>\n<p><a href="e.html">乙</a></p>'


def row(system: str, work: str, *costs: tuple[float, float, int], **more: object) -> object:
    return peers.Row(system, work, [peers.Cost(*cost, "") for cost in costs], **more)


@pytest.fixture
def rows() -> list[object]:
    """What three rounds might have measured: ours is the median of its own, not the mean."""
    return [
        row("fengpu", "pages", (2.0, 3.0, 90_000_000), (3.0, 3.5, 100_000_000), (40.0, 9.0, 95_000_000), pages=10, size=50_000),
        row("hugo", "pages", (6.0, 7.0, 500_000_000), pages=9, size=9_000),
        row("fengpu", "whole", (4.0, 5.0, 100_000_000), pages=10, size=50_000),
        row("hugo+pagefind", "whole", (8.0, 8.0, 400_000_000), pages=9, size=9_000),
        row("mkdocs", "whole", (9.0, 9.0, 9_000_000), failure="was killed\nand said more"),
    ]


def test_rows_are_medians_and_a_failure_says_why(rows: list[Any]) -> None:
    assert rows[0].told() == {"system": "fengpu", "work": "pages", "wall_s": 3.0, "cpu_s": 3.5, "peak_mb": 95.0, "pages": 10}
    failed = rows[-1].told()
    assert failed.pop("failure") == "was killed\nand said more"
    assert failed == {"system": "mkdocs", "work": "whole", "wall_s": None, "cpu_s": None, "peak_mb": None, "pages": None}


def test_the_table_tells_which_part_of_a_peers_cost_ours_is(rows: list[Any]) -> None:
    _, ours, hugo, _, both, failed = peers.table(rows).splitlines()
    assert ours.split() == ["fengpu", "pages", "3.00", "3.50", "95", "10", "5.0", "[2.0,", "3.0,", "40.0]"]
    assert hugo.split() == ["hugo", "pages", "6.00", "7.00", "500", "9", "1.0", "0.50", "0.50", "0.19", "[6.0]"]
    assert both.split()[7:10] == ["0.50", "0.62", "0.25"]
    assert failed.split() == ["mkdocs", "whole", "was", "killed"]


def test_goals_are_told_beside_what_was_reached(rows: list[Any]) -> None:
    told = peers.goals(rows, 40_000).splitlines()
    assert told[:3] == [
        "pages, of hugo's wall: 0.50, goal ≤ 0.5: reached",
        "pages, of hugo's memory: 0.19, goal ≤ 0.2: reached",
        "whole, of hugo+pagefind's wall: 0.50, goal ≤ 0.4: missed",
    ]
    assert told[-1] == "whole, peak MB: 100, goal ≤ 600: reached"
    assert "hugo: not measured" in peers.goals(rows[:1], 300)


def test_who_has_other_pages_is_told() -> None:
    kinds = {"fengpu": Counter(stations=3, **{"404": 1}), "hugo": Counter(stations=3), "mkdocs": Counter(stations=3, **{"404": 1})}
    assert peers.differences(kinds).splitlines() == ["pages of each kind: stations 3, 404 1", "hugo: -1 404", "mkdocs: the same"]


class Pretended(builders.Builder):
    """Builds nothing, and fails where its name says so."""

    ran: list[str] = []

    def build(self, work: Path, limit: float) -> object:
        self.ran.append(self.system)
        if self.system == "broken":
            raise peers.process.Failed("no memory left")
        return peers.Cost(1.0, 1.0, 1, "")


def test_all_take_turns_and_one_that_fails_stops_nobody(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(peers, "check", lambda builder, given: (Counter(stations=2), 10))
    monkeypatch.setattr(Pretended, "ran", [])
    pretended = [Pretended(name, "whole", name, "site", "index", list) for name in ("a", "broken", "b")]
    made, kinds = peers.measure(pretended, peers.Given(tmp_path, frozenset(), {}), 3, 9.0, keep=False)
    assert Pretended.ran == ["a", "broken", "b", "b", "a", "a", "b"]
    assert [(one.system, len(one.costs), one.pages, one.failure) for one in made] == [
        ("a", 3, 2, ""),
        ("broken", 0, 0, "no memory left"),
        ("b", 3, 2, ""),
    ]
    assert list(kinds) == ["a", "b"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--stations", "3"), "14 or more"),
        (("--stations", "14", "--systems", "hugo+pagefnd"), "did you mean hugo+pagefind?"),
        (("--stations", "14", "--rounds", "0"), "--rounds: at least 1"),
        (("--stations", "14", "--limit", "-1"), "--limit: more than 0"),
        (("--stations", "14", "--keep", "."), "exists already"),
    ],
)
def test_what_cannot_be_done_is_said_at_once(options: tuple[str, ...], said: str) -> None:
    made = subprocess.run([sys.executable, ROOT / "bench/peers.py", *options], capture_output=True, encoding="utf-8")
    assert (made.returncode, made.stdout) == (2, "")
    assert said in made.stderr


def written(folder: Path, **pages: str) -> None:
    for name, text in pages.items():
        inputs.put(folder / f"{name}.html", f'<article class="md-content__inner"><p>{text}</p></article>')


@pytest.mark.parametrize(
    ("work", "made", "said"),
    [
        ("pages", {"about": "甲 乙", "terms": "丙"}, ""),
        ("pages", {"about": "甲 乙"}, "lacks 1 of 2 pages: terms"),
        ("pages", {"about": "甲", "terms": "丙"}, "about: says …甲… where ours says …甲乙…"),
        ("whole", {"about": "甲乙", "terms": "丙"}, "index is not there"),
        ("pages", {"about": "甲乙", "terms": "丙", "index/1": ""}, "index is there"),
    ],
)
def test_what_is_not_the_same_work_is_not_compared(work: str, made: dict[str, str], said: str, tmp_path: Path) -> None:
    written(tmp_path / "peer/site", **made)
    builder = Pretended("peer", work, "peer", "site", "index", list)
    given = peers.Given(tmp_path, frozenset({"about", "terms"}), {"about": "甲乙"})
    if said:
        with pytest.raises(peers.Unequal, match=said):
            peers.check(builder, given)
    else:
        kinds, size = peers.check(builder, given)
        assert kinds == {"single pages": 2} and size > 0


@pytest.fixture(scope="module")
def shown(site: Path) -> dict[str, str]:
    """What every page of our site says."""
    found = {inputs.key(address): (site / address).read_text(encoding="utf-8") for address in inputs.addresses(site)}
    return {name: builders.said(page) for name, page in found.items() if name != "404" and builders.speaks(page)}


def test_our_own_pages_say_what_the_data_say(shown: dict[str, str]) -> None:
    looked_at = {name: shown[name] for name in samples.chosen(shown)}
    assert {inputs.kind(name) for name in looked_at} == {inputs.kind(name) for name in shown}
    assert {"北街派出所", "40"} <= set(samples.facts(ROOT / "data", "stations/beijie")), "Its name and its figures are looked for."
    assert not list(samples.compared(ROOT / "data", looked_at, looked_at))


def test_a_page_that_says_something_else_is_found(shown: dict[str, str]) -> None:
    ours = {name: shown[name] for name in ("stations/beijie", "about", "goals")}
    theirs = {"stations/beijie": ours["stations/beijie"].replace("北街派出所", "南街派出所"), "about": ours["about"][:-20]}
    wrong = list(samples.compared(ROOT / "data", ours, theirs))
    assert "stations/beijie: does not say 北街派出所" in wrong
    assert "goals: there is no such page" in wrong
    assert any(one.startswith("about: says …") for one in wrong)


def test_others_are_given_every_page(site: Path, shown: dict[str, str], tmp_path: Path) -> None:
    assert inputs.write(ROOT / "data", site, tmp_path) == len(shown)
    docs = tmp_path / "markdown/docs"
    assert {inputs.key(file.relative_to(docs).with_suffix(".html").as_posix()) for file in docs.rglob("*.md")} == shown.keys()
    texts = set()
    for file in (tmp_path / "hugo/content").rglob("*.html"):
        head, _, content = file.read_text(encoding="utf-8").partition("\n")
        name = json.loads(head).get("url", "/index/").strip("/")
        texts.add(name)
        assert builders.said(f'<article class="md-content__inner">{content}</article>') == shown[name], f"bench/inputs.py gives {name} another text."
    assert texts == {name for name in shown if inputs.kind(name) not in {"stations", "methods"}}
    layout = (tmp_path / "hugo/layouts/baseof.html").read_text(encoding="utf-8")
    assert '{{ block "main" . }}' in layout and "{{ .Title }} - {{ site.Title }}" in layout and "{{ .Params.summary }}" in layout
    assert 'href="../' not in layout and 'src="../' not in layout, "These lead astray from a page in another folder."
    assert "md-header" in layout and "md-footer" in layout and not re.search("北街|beijie", layout), "It is the shell of all pages."
