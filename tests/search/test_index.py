"""The pieces of the search index: what they hold, and that a page can load them whatever is in them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fengpu import characters
from fengpu.book import Book
from fengpu.build import assemble
from fengpu.cache import Cache
from fengpu.derive.documents import Document, Written, documents
from fengpu.progress import Stage, Watch, unwatched
from fengpu.publish import search
from fengpu.publish.kept import Kept
from fengpu.shelf import Shelf

PIECE = "fengpu.give("


def given_by(script: str) -> tuple[str, object]:
    """What a script gives to the page, read as JSON."""
    assert script.startswith(PIECE) and script.endswith(")\n")
    return tuple(json.loads(f"[{script[len(PIECE) : -2]}]"))


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("</script><script>alert(1)</script>", "<\\/script>"),
        ("<!--", "<!--"),
        ("line\u2028separator\u2029", "\\u2028"),
        ('quote " and backslash \\', '\\"'),
        ("half a pair \ud800 of two", "?"),
    ],
)
def test_a_script_is_one_statement_whatever_is_in_it(text: str, safe: str) -> None:
    script = search.script("search/t/0", [text])
    assert safe in script
    assert "</" not in script
    assert not {"\u2028", "\u2029"} & set(script)
    assert script.encode().decode() == script
    assert given_by(script) == ("search/t/0", [text.replace("\ud800", "?")])


@settings(deadline=None)
@given(st.text(), st.text())
def test_any_text_comes_through(name: str, text: str) -> None:
    """Names and texts are anything that YAML lets in."""
    document = Document("a", "page", "a", name, (text,), text, text, name, {"city": (text,)})
    stretch = search._Stretch.of(search._stretch(b"", [document], lambda one: "a.html"))
    rows, texts = stretch.page
    assert rows[0][:6] == ["a", "page", name, "a.html", [text], text]
    assert texts == [f"{text} {name}".strip()]
    assert stretch.head.rest[2]["city"] == [[[text]], "#"]
    assert given_by(search.script("search/t/0", texts))[0] == "search/t/0"
    found = (search.put_together([(0, piece.decode())]) for piece in map(stretch.piece, range(search.BUCKETS)) if piece)
    assert sorted(key for some in found for key in some) == sorted(search.keys(document))


def unpacked(steps: str) -> list[int]:
    """Postings as ``assets/search.js`` reads them."""
    found, last, upper = [], 0, 0
    for code in map(ord, steps):
        if code >= 0x5000:
            upper = (code - 0x5000) << 14
            continue
        last += upper + code - 0x23
        upper = 0
        found.append(last)
    return found


class Made(NamedTuple):
    files: dict[str, str]
    fresh: set[str]
    """Those that were written."""


def made(book: Book, site: Path, cache: Cache | None = None, written: Sequence[Written] = (), told: Watch = unwatched) -> Made:
    """The index, put into a site that stands."""
    kept, folder = Kept(cache, site), site.with_name("fresh")
    packet = search.index(book, written, lambda one: one.key, b"", kept, folder, cache, told)
    fresh = {file.relative_to(folder).as_posix() for file in folder.rglob("*.js")}
    folder.mkdir(exist_ok=True)
    kept.publish(folder, [packet])
    return Made({file.relative_to(site).as_posix(): file.read_text(encoding="utf-8") for file in sorted(site.rglob("*.js"))}, fresh)


def pieces(book: Book, tmp_path: Path, **constants: int) -> dict[str, Any]:
    """The whole index, with the sizes of its pieces changed."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in constants.items():
            patch.setattr(search, name, value)
        files = made(book, tmp_path / "site").files
    found = dict(map(given_by, files.values()))
    assert files.keys() == {f"data/{name}.js" for name in found}
    return found


SIZES = {"BLOCK": 8, "STRETCH": 4, "CHUNK": 50, "SHARD_BYTES": 500, "HEAVY_BYTES": 40, "RUNS": 3, "TEXTS": 300}


@pytest.mark.parametrize("sizes", [{}, SIZES], ids=["as it is", "in small pieces"])
def test_every_key_leads_to_its_documents(book: Book, tmp_path: Path, sizes: dict[str, int]) -> None:
    found = pieces(book, tmp_path, **sizes)
    meta = found["search/meta"]
    wanted = defaultdict(list)
    for number, document in enumerate(documents(book)):
        for key, level in search.keys(document).items():
            wanted[key].append(number * search.LEVELS + level)
    heavy = dict(zip(meta["heavy"].split(), range(len(meta["heavy"].split())), strict=True))
    assert bool(heavy) == bool(sizes)
    for key, postings in wanted.items():
        packed = found[f"search/h/{heavy[key]}"] if key in heavy else found[f"search/g/{search.hashed(key) % meta['shards']}"][key]
        assert unpacked(packed) == postings, key
    held = sum(len(one) for name, one in found.items() if name.startswith("search/g/"))
    assert held + len(heavy) == len(wanted)


@pytest.mark.parametrize("sizes", [{"EACH": 50, "FILES": 20}, {"ROOM": 1}], ids=["several processes", "one bucket at a time"])
def test_however_it_is_made_the_index_is_the_same(book: Book, tmp_path: Path, sizes: dict[str, int]) -> None:
    assert pieces(book, tmp_path / "one") == pieces(book, tmp_path / "other", **sizes)


def test_every_row_leads_to_its_text(book: Book, tmp_path: Path) -> None:
    found = pieces(book, tmp_path, **SIZES)
    rows = [row for at in range(len(found)) for row in found.get(f"search/d/{at}", [])]
    wanted = list(documents(book))
    assert [row[0] for row in rows] == [one.id for one in wanted]
    for row, one in zip(rows, wanted, strict=True):
        assert found[f"search/t/{row[-2]}"][row[-1]] == f"{one.lead} {one.text}".strip()[: search.TEXT_LIMIT]


@pytest.mark.parametrize("sizes", [{}, SIZES], ids=["as it is", "in small pieces"])
def test_every_document_has_its_facets(book: Book, tmp_path: Path, sizes: dict[str, int]) -> None:
    found = pieces(book, tmp_path, **sizes)
    meta = found["search/meta"]
    for facet, _, _ in meta["facets"]:
        wanted = [[one.kind] if facet == "kind" else list(one.facets.get(facet, ())) for one in documents(book)]
        if facet in meta["runs"]:
            runs = meta["runs"][facet]
            ends = [*runs["starts"][1:], meta["count"]]
            there = [runs["sets"][of] for start, end, of in zip(runs["starts"], ends, runs["of"], strict=True) for _ in range(start, end)]
        else:
            chunks = [found[f"search/f/{facet}/{at}"] for at in range(-(-meta["count"] // sizes["CHUNK"]))]
            there = [sets[ord(code) - 0x23] for sets, codes in chunks for code in codes]
        assert there == wanted, facet


def test_each_profile_is_opened_once(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    """To open one costs more than to read all that it says; still those of one kind lie together, and methods by playbook."""
    opened: list[str] = []
    closed = Shelf(book.shelf._cache)
    for name in book.cards:
        closed.put(name, book.shelf.key(name))
    own = Shelf._read
    monkeypatch.setattr(Shelf, "_read", lambda self, name: opened.append(name) or own(self, name))
    found = list(documents(replace(book, shelf=closed)))
    assert sorted(opened) == sorted(book.cards)
    kinds = [kind for kind, _ in groupby(one.kind for one in found)]
    assert len(kinds) == len(set(kinds)), f"Kinds lie apart: {kinds}"
    playbooks = [playbook for playbook, _ in groupby(one.facets["playbook"] for one in found if one.kind == "method")]
    assert len(playbooks) == len(set(playbooks)), f"Methods of a playbook lie apart: {playbooks}"


def test_the_clock_runs_until_all_is_made(book: Book, tmp_path: Path) -> None:
    told: list[tuple[Stage, int, int]] = []
    made(book, tmp_path / "site", told=lambda *one: told.append(one))
    count = len(list(documents(book)))
    assert told[-1] == (Stage.SEARCH, count, count)
    assert [done for _, done, _ in told] == sorted(done for _, done, _ in told)


HASHED = """
import sys, hashlib
from pathlib import Path
from fengpu.build import assemble
from fengpu.publish import search
from fengpu.publish.kept import Kept
book, folder = assemble(Path(sys.argv[1]), "data").book, Path(sys.argv[2])
search.index(book, (), lambda one: one.key, b"", Kept(None, folder), folder)
made = hashlib.sha256()
for file in sorted(folder.rglob("*.js")):
    made.update(f"{file.relative_to(folder)} {file.read_text(encoding='utf-8')}".encode())
print(made.hexdigest())
"""


def test_the_order_of_hashing_does_not_show(root: Path, tmp_path: Path) -> None:
    def run(seed: str) -> str:
        command = [sys.executable, "-c", HASHED, root / "data", tmp_path / seed]
        done = subprocess.run(command, env=os.environ | {"PYTHONHASHSEED": seed}, capture_output=True, text=True)
        assert not done.returncode, done.stderr
        return done.stdout

    assert run("1") == run("2")


@pytest.mark.parametrize(
    ("name", "readings"),
    [
        ("老李调解室", {"lao li diao jie shi", "lao li tiao jie shi"}),
        ("西长安街派出所", {"xi zhang an jie pai chu suo", "xi chang an jie pai chu suo"}),
        ("“三调”工作法", {"san diao gong zuo fa"}),
        ("１２１齐步走", {"1 2 1 qi bu zou"}),
    ],
)
def test_a_name_is_read_by_its_characters_and_in_context(name: str, readings: set[str]) -> None:
    assert {" ".join(characters.by_character(name)), " ".join(characters.in_context(name))} == readings


def test_honours_are_facets_by_batch_or_year(book: Book) -> None:
    words = {word for one in documents(book) for word in one.facets.get("honour", ())}
    assert {"全国“枫桥式公安派出所”（第三批）", "集体一等功（2021年）"} <= words


# ── From one build to the next ───────────────────────────────────────────────


def edited(file: str, old: str, new: str) -> Callable[[Path], object]:
    def edit(data: Path) -> None:
        text = (data / file).read_text(encoding="utf-8")
        assert old in text, f"{file} no longer holds {old!r}; let the test change something else."
        (data / file).write_text(text.replace(old, new, 1), encoding="utf-8")

    return edit


def added(data: Path) -> None:
    text = (data / "stations/batou.yml").read_text(encoding="utf-8")
    (data / "stations/another.yml").write_text(text.replace("id: batou\n", "id: another\n", 1).replace("坝头", "另一个"), encoding="utf-8")


HOME = Written("about", "关于", (), "<p>说明</p>")
CHANGES: tuple[tuple[str, Callable[[Path], object], Written], ...] = (
    ("what a method is", edited("stations/batou.yml", "summary: 派出所的调解室", "summary: 换一句话说，派出所的调解室"), HOME),
    ("a station's name", edited("stations/batou.yml", "name: 坝头派出所", "name: 坝头新派出所"), HOME),
    ("where a station lies", edited("stations/batou.yml", "area_types: 不详", "area_types: [农村]"), HOME),
    ("a source of one station", edited("stations/niujie.yml", "    title: ", "    title: 改过的"), HOME),
    ("a source of several", edited("sources.yml", "title: ", "title: 改过的"), HOME),
    ("a word of a vocabulary", edited("vocab/problems.yml", "synonyms: [", "synonyms: [又一个说法, "), HOME),
    ("a playbook's name", edited("playbooks/mediation-room.yml", "name: ", "name: 新"), HOME),
    ("a hand-written page", lambda data: None, replace(HOME, html="<p>别的说明</p>")),
    ("a station more", added, HOME),
    ("a station less", lambda data: (data / "stations/another.yml").unlink(), HOME),
)


@pytest.mark.parametrize("sizes", [{}, SIZES], ids=["as it is", "in small pieces"])
def test_what_is_kept_and_what_is_made_are_a_whole(
    root: Path, tmp_path: Path, sizes: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in sizes.items():
        monkeypatch.setattr(search, name, value)
    data = tmp_path / "data"
    shutil.copytree(root / "data", data)

    def build(cache: Cache | None, written: Written) -> Made:
        found = made(assemble(data, "data", cache=cache).book, tmp_path / ("kept" if cache else "whole"), cache, [written])
        shutil.rmtree(tmp_path / "fresh", ignore_errors=True)
        return found

    before = build(Cache.of(tmp_path), HOME).files
    for what, change, written in CHANGES:
        change(data)
        now, right = build(Cache.of(tmp_path), written), build(None, written)
        assert now.files == right.files, f"Kept or made wrongly after a change of {what}."
        changed = {name for name, text in now.files.items() if before.get(name) != text}
        assert now.fresh == changed, f"Written again as it was after a change of {what}."
        again = build(Cache.of(tmp_path), written)
        assert (again.files, again.fresh) == (now.files, set()), "Nothing has changed."
        before = now.files


@pytest.mark.parametrize(
    ("change", "own"),
    [(edited("stations/batou.yml", "summary: 派出所的调解室", "summary: 换一句话说，派出所的调解室"), "batou"), (added, "another")],
    ids=["changed", "added"],
)
def test_what_happens_to_one_station_leaves_most_stretches(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: Callable[[Path], object], own: str
) -> None:
    monkeypatch.setattr(search, "STRETCH", 8)
    data = tmp_path / "data"
    shutil.copytree(root / "data", data)
    cache = Cache.of(tmp_path)
    made(assemble(data, "data", cache=cache).book, tmp_path / "site", cache)
    change(data)
    cache, again = Cache.of(tmp_path), list[list[str]]()
    joined = search._joined
    monkeypatch.setattr(search, "_joined", lambda marks, rows, *rest: again.append([row[0] for row in rows]) or joined(marks, rows, *rest))
    book = assemble(data, "data", cache=cache).book
    made(book, tmp_path / "site", cache)
    assert any(own in name for names in again for name in names)
    # Where none begins by its name for long, the length of the last one says where the next does.
    assert len(again) <= 2 + len(book.cards[own].methods) + len(book.cards[own].sources), again


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_stretch_is_mended_as_it_would_be_made(book: Book, data: st.DataObject) -> None:
    every = list(documents(book))
    number = data.draw(st.integers(1, 2 * search.STRETCH))
    before, after = ([data.draw(st.sampled_from(every)) for _ in range(number)] for _ in range(2))
    changed = data.draw(st.sets(st.integers(0, number - 1), min_size=1))
    for place in set(range(number)) - changed:
        after[place] = before[place]
    address = lambda one: one.key  # noqa: E731
    old = search._Stretch.of(search._stretch(b"old", before, address))
    assert search._mended(old, b"new", {place: after[place] for place in changed}, address) == search._stretch(b"new", after, address)


def test_of_a_stretch_only_what_has_changed_is_made(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = tmp_path / "data"
    shutil.copytree(root / "data", data)
    cache, again = Cache.of(tmp_path), list[str]()
    made(assemble(data, "data", cache=cache).book, tmp_path / "site", cache)
    edited("stations/batou.yml", "summary: 派出所的调解室", "summary: 换一句话说，派出所的调解室")(data)
    row = search._row
    monkeypatch.setattr(search, "_row", lambda one, address: again.append(one.id) or row(one, address))
    cache = Cache.of(tmp_path)
    book = assemble(data, "data", cache=cache).book
    made(book, tmp_path / "site", cache)
    card = book.cards["batou"]
    assert sorted(again) == sorted(["batou", *(f"sources/{one}" for one, _ in card.sources), *(f"batou/{one.id}" for one in card.methods)])


def test_a_file_that_somebody_has_changed_is_made_anew(root: Path, tmp_path: Path) -> None:
    cache = Cache.of(tmp_path)
    book = assemble(root / "data", "data", cache=cache).book
    right = made(book, tmp_path / "site", cache).files
    for name in ("data/search/meta.js", "data/search/readings.js", "data/search/d/0.js", "data/search/t/0.js", "data/search/g/1.js"):
        (tmp_path / "site" / name).write_text("another", encoding="utf-8")
    assert made(book, tmp_path / "site", Cache.of(tmp_path)).files == right
