"""The corpus that is measured with: valid, the same every time, and the same pages with the same facts for all."""

from __future__ import annotations

import html
import json
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest
import yaml

from fengpu.build import Outcome, assemble
from fengpu.model import Gap, Region
from fengpu.problem import errors
from fengpu.render.pages import Addresses, Renderer, pages
from fengpu.render.words import UNWRITTEN

ROOT = Path(__file__).parents[1]
CORPUS = ROOT / "bench/corpus.py"
STATIONS = 60


def made(out: Path, *options: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, CORPUS, *map(str, options), out], capture_output=True, encoding="utf-8")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project of sixty stations in ``project`` and its pages for others in ``peers``."""
    folder = tmp_path_factory.mktemp("corpus")
    process = made(folder / "project", "--stations", str(STATIONS), "--pages", folder / "peers")
    assert process.returncode == 0, process.stderr
    return folder


@pytest.fixture(scope="module")
def outcome(folder: Path) -> Outcome:
    return assemble(folder / "project/data", "data")


@pytest.fixture(scope="module")
def corpus() -> ModuleType:
    """The generator as a module."""
    spec = spec_from_file_location("corpus", CORPUS)
    assert spec and spec.loader
    module = sys.modules["corpus"] = module_from_spec(spec)  # Dataclasses look their module up by its name.
    spec.loader.exec_module(module)
    return module


def invented(outcome: Outcome) -> list[str]:
    real = {file.stem for file in (ROOT / "data/stations").glob("*.yml")}
    return [name for name in outcome.book.stations if name not in real]


# ── Data ─────────────────────────────────────────────────────────────────────


def test_it_passes_the_check(outcome: Outcome) -> None:
    assert len(outcome.book.stations) == STATIONS
    assert not errors(outcome.problems), "\n".join(map(str, errors(outcome.problems)))


def test_hints_stay_as_rare_as_in_careful_work(corpus: ModuleType, tmp_path: Path) -> None:
    corpus.write(300, "1", tmp_path / "project")
    hints = Counter(problem.code for problem in assemble(tmp_path / "project/data", "data").problems)
    assert sum(hints.values()) < 300 * 0.05, f"Give the figures the notes that these hints ask for: {hints}"


def test_it_covers_what_a_profile_can_hold(corpus: ModuleType) -> None:
    """Every field that the real profiles use is used somewhere, else a slow or broken one would go unseen."""

    def keys(data: object, at: str = "") -> set[str]:
        if isinstance(data, dict):
            below = (keys(value, at if at.endswith("/axes") else f"{at}/{key}") for key, value in data.items())
        elif isinstance(data, list):
            below = (keys(value, at) for value in data)
        else:
            below = iter(())
        return {at}.union(*below)

    real = [file.read_text(encoding="utf-8") for file in (ROOT / "data/stations").glob("*.yml")]
    there, here = (
        set().union(*(keys(yaml.load(text, yaml.CBaseLoader)) for text in texts))
        for texts in (real, [text for _, text in corpus.Corpus("1").stations(250)])
    )
    assert there <= here, f"Write these fields in corpus.py: {sorted(there - here)}"


def test_the_same_number_and_seed_give_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    assert made(tmp_path / "again", "--stations", str(STATIONS)).returncode == 0
    assert contents(tmp_path / "again") == contents(folder / "project")


def test_a_smaller_number_gives_a_part_of_a_larger(folder: Path, tmp_path: Path) -> None:
    assert made(tmp_path / "smaller", "--stations", "25").returncode == 0
    smaller, larger = contents(tmp_path / "smaller/data"), contents(folder / "project/data")
    assert len(larger) - len(smaller) == STATIONS - 25
    assert smaller.items() <= larger.items()


def contents(folder: Path) -> dict[str, bytes]:
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def test_another_seed_gives_other_stations(corpus: ModuleType) -> None:
    one, other = ({name for name, _ in corpus.Corpus(seed).stations(50)} for seed in ("1", "2"))
    assert not one & other


def test_ids_are_unique_and_names_are_not(corpus: ModuleType) -> None:
    gazetteer = corpus.Corpus("1").gazetteer
    places = [gazetteer.place(number) for number in range(20_000)]
    assert len({place.id for place in places}) == len(places)
    names = Counter(place.station for place in places)
    assert names["城关派出所"] > 100
    assert len({place.province for place in places}) >= 31


def test_a_folder_with_something_else_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data/mine.yml").write_text("id: mine\n", encoding="utf-8")
    process = made(tmp_path, "--stations", "20")
    assert process.returncode == 2
    assert "holds something else" in process.stderr
    assert [file.name for file in tmp_path.rglob("*") if file.is_file()] == ["mine.yml"]


ODD = [
    "",
    "不详",
    "100%",
    "%",
    "- 一",
    "甲: 乙",
    "甲 # 乙",
    "“甲”",
    "a\"b'c\\",
    "[甲]",
    "甲, 乙",
    "{甲}",
    "*甲*",
    "  两头  ",
    "！甲",
    "次/月",
]


@pytest.mark.parametrize("text", ODD)
def test_a_value_is_read_back_as_it_was_written(corpus: ModuleType, text: str) -> None:
    assert yaml.load(f"a: {corpus.scalar(text)}", yaml.CBaseLoader) == {"a": text}
    assert yaml.load(f"a: {corpus.flow([text, text])}", yaml.CBaseLoader) == {"a": [text, text]}
    assert yaml.load(corpus.inline({"a": text}), yaml.CBaseLoader) == {"a": text}


# ── Pages for others ─────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def ours(outcome: Outcome) -> dict[str, str]:
    """Our own pages of stations and methods, as text without white space."""
    renderer = Renderer(outcome.book, Addresses(directories=False))
    found = (page for page in pages(outcome.book) if page.template in {"station.html", "method.html"})
    return {page.key: bare(renderer.content(page)) for page in found if not page.key.startswith(f"{Region.folder}/")}


@pytest.fixture(scope="module")
def in_markdown(folder: Path) -> dict[str, str]:
    files = (folder / "peers/markdown/docs").rglob("*.md")
    found = {key_of(file, folder / "peers/markdown/docs"): re.sub(r"\\(.)", r"\1", file.read_text(encoding="utf-8")) for file in files}
    del found["index"]
    return {key.removesuffix("/index"): bare(text) for key, text in found.items()}


@pytest.fixture(scope="module")
def in_hugo(folder: Path) -> dict[str, str]:
    content = folder / "peers/hugo/content"
    given = {key_of(file, content): json.loads(file.read_text(encoding="utf-8")) for file in content.rglob("*.md")}
    return {key: bare(" ".join(values(facts))) for key, facts in given.items()}


def key_of(file: Path, folder: Path) -> str:
    return file.relative_to(folder).with_suffix("").as_posix()


def bare(text: str) -> str:
    return re.sub(r"\s", "", html.unescape(re.sub(r"<[^>]*>", "", text)))


def values(facts: object) -> list[str]:
    below = facts.values() if isinstance(facts, dict) else facts if isinstance(facts, list) else ()
    return [facts] if isinstance(facts, str) else [text for one in below for text in values(one)]


def test_others_have_the_same_pages(ours: dict[str, str], in_markdown: dict[str, str], in_hugo: dict[str, str]) -> None:
    assert ours.keys() == in_markdown.keys() == in_hugo.keys()


def test_others_have_the_same_facts(outcome: Outcome, ours: dict[str, str], in_markdown: dict[str, str], in_hugo: dict[str, str]) -> None:
    missing = []
    for key, facts in told(outcome):
        for name, found in {"ours": ours, "markdown": in_markdown, "hugo": in_hugo}.items():
            missing += [f"{name} {key}: {fact}" for fact in facts if bare(fact) not in found[key]]
    assert not missing, "Say these in bench/facts.py as our pages do:\n" + "\n".join(missing[:20])


def told(outcome: Outcome) -> list[tuple[str, list[str]]]:
    """Facts straight from the records: what each page must say in some form."""
    made = []
    for station in outcome.book.stations.values():
        facts = {method.id: [method.name, method.kind.value, method.summary, method.note] for method in station.methods}
        own = [station.full_name, station.summary, station.note, station.jurisdiction, station.staffing]
        own += [one.about for one in station.people] + [one.text for one in station.events]
        for method in station.methods:
            own += [method.name, method.summary]
            said = facts[method.id]
            said += [method.effect, method.mechanism, method.moderators, method.implementation, method.cost, *method.axes.values()]
            said += [text for one in method.parts for text in (one.name, one.text)]
            said += () if isinstance(method.actors, Gap) else [one.does for one in method.actors]
            said += () if isinstance(method.steps, Gap) else method.steps
            said += () if isinstance(method.limits, Gap) else [one.text for one in method.limits]
        for figure in station.figures:
            amount = None if isinstance(figure.value, Gap) else f"{figure.value.normalize():f}"
            label = None if figure.period.label == UNWRITTEN else figure.period.label
            for place in (own, facts.get(figure.scope, [])):
                place += [amount, figure.printed, figure.definition, figure.note, label]
        for case in station.cases:
            for place in (own, *(facts[method] for method in case.methods)):
                place.append(case.text)
        made += [(station.key, own), *((f"{station.key}/{method}", said) for method, said in facts.items())]
    return [(key, [fact for fact in facts if isinstance(fact, str) and not isinstance(fact, Gap)]) for key, facts in made]


HUGO = shutil.which("hugo", path=f"{ROOT / 'bench/.venv/bin'}:{os.environ.get('PATH', '')}")


@pytest.mark.skipif(not HUGO, reason="Hugo is one of the requirements of bench/, not of the tests")
def test_the_layouts_of_hugo_set_every_fact(folder: Path, in_hugo: dict[str, str]) -> None:
    hugo = folder / "peers/hugo"
    # The bench gives it the shell of our pages, which says nothing of a page but what is in its block.
    (hugo / "layouts/baseof.html").write_text('<!doctype html><main>{{ block "main" . }}{{ end }}</main>', encoding="utf-8")
    subprocess.run([str(HUGO), "--quiet", "--panicOnWarning"], cwd=hugo, check=True)
    for file in (hugo / "content").rglob("*.md"):
        page = bare((hugo / "public" / key_of(file, hugo / "content") / "index.html").read_text(encoding="utf-8"))
        params = json.loads(file.read_text(encoding="utf-8"))["params"]
        missing = [fact for fact in values(shown(params)) if bare(fact) not in page]
        assert not missing, f"Set these in bench/layouts/hugo: {missing}"


def shown(facts: object) -> object:
    """What of a page's front matter a reader should see: all but what makes addresses."""
    if isinstance(facts, dict):
        return {name: shown(one) for name, one in facts.items() if name not in {"slug", "station"}}
    return [shown(one) for one in facts] if isinstance(facts, list) else facts
