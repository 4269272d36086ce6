"""What the bench counts with: ranks and quantiles, which page holds what, and how memory is watched."""

from __future__ import annotations

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[1]


def load(name: str) -> ModuleType:
    """A module of ``bench/``, which is no package."""
    spec = spec_from_file_location(f"bench_{name}", ROOT / "bench" / f"{name}.py")
    assert spec and spec.loader
    module = sys.modules[spec.name] = module_from_spec(spec)  # Dataclasses look for their own module there.
    spec.loader.exec_module(module)
    return module


metrics, pages, process, queries = map(load, ("metrics", "pages", "process", "queries"))


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
