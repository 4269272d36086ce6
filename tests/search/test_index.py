"""The pieces of the search index: what they hold, and that a page can load them whatever is in them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import defaultdict
from itertools import groupby
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fengpu.derive.documents import Document, documents
from fengpu.link import Book
from fengpu.progress import Stage
from fengpu.publish import search
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
    pieces, packed = search._batch((0, [(document, "a.html")]))
    for piece, data in pieces:
        script = search.script(piece, data)
        assert given_by(script)[0] == piece
    assert len(packed.keys) == len(packed.ends) == len(set(packed.keys))


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


def pieces(book: Book, **constants: int) -> dict[str, object]:
    """The whole index, with the sizes of its pieces changed."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in constants.items():
            patch.setattr(search, name, value)
        return {name: given_by(search.script(name, data))[1] for name, data in search.index(documents(book), book, lambda one: one.key)}


SIZES = {"BLOCK": 8, "CHUNK": 50, "SHARD_BYTES": 500, "HEAVY_BYTES": 40, "RUNS": 3, "TEXTS": 300}


@pytest.mark.parametrize("sizes", [{}, SIZES], ids=["as it is", "in small pieces"])
def test_every_key_leads_to_its_documents(book: Book, sizes: dict[str, int]) -> None:
    found = pieces(book, **sizes)
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


def test_batches_packed_by_several_processes_are_as_packed_by_one(book: Book) -> None:
    """Names and numbers of the text chunks aside, which tell the batches."""
    whole, parted = pieces(book), pieces(book, BATCH=64)

    def without_texts(found: dict[str, object]) -> dict[str, object]:
        kept = {name: one for name, one in found.items() if not name.startswith("search/t/")}
        return {name: [row[:-2] for row in one] if name.startswith("search/d/") else one for name, one in kept.items()}

    assert without_texts(whole) == without_texts(parted)


def test_every_row_leads_to_its_text(book: Book) -> None:
    found = pieces(book, **SIZES)
    rows = [row for at in range(len(found)) for row in found.get(f"search/d/{at}", [])]
    made = list(documents(book))
    assert [row[0] for row in rows] == [one.id for one in made]
    for row, one in zip(rows, made, strict=True):
        assert found[f"search/t/{row[-2]}"][row[-1]] == f"{one.lead} {one.text}".strip()[: search.TEXT_LIMIT]


@pytest.mark.parametrize("sizes", [{}, SIZES], ids=["as it is", "in small pieces"])
def test_every_document_has_its_facets(book: Book, sizes: dict[str, int]) -> None:
    found = pieces(book, **sizes)
    meta = found["search/meta"]
    for facet, _, _ in meta["facets"]:
        wanted = [[one.kind] if facet == "kind" else list(one.facets.get(facet, ())) for one in documents(book)]
        if facet in meta["runs"]:
            runs = meta["runs"][facet]
            ends = [*runs["starts"][1:], meta["count"]]
            made = [runs["sets"][of] for start, end, of in zip(runs["starts"], ends, runs["of"], strict=True) for _ in range(start, end)]
        else:
            chunks = [found[f"search/f/{facet}/{at}"] for at in range(-(-meta["count"] // sizes["CHUNK"]))]
            made = [sets[ord(code) - 0x23] for sets, codes in chunks for code in codes]
        assert made == wanted, facet


def test_each_profile_is_opened_once(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    """To open one costs more than to read all that it says; still those of one kind lie together, and methods by playbook."""
    opened: list[str] = []
    own = Shelf.__getitem__
    monkeypatch.setattr(Shelf, "__getitem__", lambda self, name: opened.append(name) or own(self, name))
    made = list(documents(book))
    turns = [name for name, _ in groupby(opened)]
    assert sorted(turns) == sorted(book.cards)
    kinds = [kind for kind, _ in groupby(one.kind for one in made)]
    assert len(kinds) == len(set(kinds)), f"Kinds lie apart: {kinds}"
    playbooks = [playbook for playbook, _ in groupby(one.facets["playbook"] for one in made if one.kind == "method")]
    assert len(playbooks) == len(set(playbooks)), f"Methods of a playbook lie apart: {playbooks}"


def test_the_clock_runs_until_the_last_piece(book: Book) -> None:
    """What comes after the documents takes time too, and is told."""
    told: list[object] = []
    for name, _ in search.index(documents(book), book, lambda one: one.key, lambda *one: told.append(one)):
        told.append(name)
    count = len(list(documents(book)))
    assert told[-2:] == ["search/meta", (Stage.SEARCH, count, count)]


HASHED = """
import sys, hashlib
from pathlib import Path
from fengpu.build import assemble
from fengpu.derive.documents import documents
from fengpu.publish import search
book = assemble(Path(sys.argv[1]), "data").book
made = hashlib.sha256()
for name, data in search.index(documents(book), book, lambda one: one.key):
    made.update(f"{name} {search.script(name, data)}".encode())
print(made.hexdigest())
"""


def test_the_order_of_hashing_does_not_show(root: Path) -> None:
    def run(seed: str) -> str:
        command = [sys.executable, "-c", HASHED, root / "data"]
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
    assert {" ".join(search._by_character(name)), " ".join(search._in_context(name))} == readings


def test_honours_are_facets_by_batch_or_year(book: Book) -> None:
    words = {word for one in documents(book) for word in one.facets.get("honour", ())}
    assert {"全国“枫桥式公安派出所”（第三批）", "集体一等功（2021年）"} <= words
