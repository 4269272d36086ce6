"""With a cache, in several processes or without either, a data folder comes to the same."""

from __future__ import annotations

import os
import pickle
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fengpu import build, drawer, prints
from fengpu.book import Book
from fengpu.build import OUTCOME, assemble, findings
from fengpu.cache import FOLDER, Cache
from fengpu.prints import Prints, print_of_file
from fengpu.problem import Problem
from fengpu.read import items, taken

BASE = Path(__file__).parent / "cases" / "base" / "data"
OTHERS = ("beicun", "dongli", "nanqiao", "xiguan")
FORKS = sys.platform.startswith("linux")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A folder of some stations: one with an error, one with a hint, one that is no YAML."""
    folder = tmp_path / "data"
    shutil.copytree(BASE, folder)
    text = (folder / "stations/anli.yml").read_text(encoding="utf-8")
    for name in OTHERS:
        (folder / f"stations/{name}.yml").write_text(text.replace("anli", name), encoding="utf-8")
    change(folder / "stations/dongli.yml", "playbook: mediation-room", "playbook: mediaton-room")
    change(folder / "stations/nanqiao.yml", "value: 476\n", "value: 500\n")
    (folder / "stations/xiguan.yml").write_text("id: [xiguan\n", encoding="utf-8")
    return folder


def change(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text, f"{old!r} is not in {file}"
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


def told(problems: list[Problem]) -> list[str]:
    return [repr(problem) for problem in problems]


def printed(book: Book) -> list[Any]:
    """All that a book holds, so that 1.0 is not 1.00."""
    return [
        [repr((card[:-1], card.turned()._replace(traits=None))) for card in book.cards.values()],
        [card.traits for card in book.cards.values()],
        [profile.model_dump_json() for profile in book.profiles()],
        [list(one.items()) for one in (book.owners, book.redirects, book.citing)],
        [(name, [one.ref for one in some]) for name, some in book.instances.items()],
        repr(book.commons),
    ]


def everything(data: Path, cache: Callable[[], Cache | None]) -> list[Any]:
    """What check says, and what a build starts from."""
    problems, files = findings(data, "data", cache=cache())
    outcome = assemble(data, "data", cache=cache())
    return [told(problems), files, told(outcome.problems), outcome.files, *printed(outcome.book)]


def without_cache(data: Path) -> list[Any]:
    return everything(data, lambda: None)


def with_cache(data: Path) -> list[Any]:
    return everything(data, lambda: Cache.of(data.parent))


def rename(data: Path) -> None:
    (data / "stations/beicun.yml").rename(data / "stations/beicun-2.yml")


def rename_rightly(data: Path) -> None:
    change(data / "stations/beicun.yml", "id: beicun", "id: aocun")
    (data / "stations/beicun.yml").rename(data / "stations/aocun.yml")


def swap(data: Path) -> None:
    """Let two files change places, so that each keeps its times and its size."""
    one, other, third = (data / f"stations/{name}" for name in ("beicun.yml", "nanqiao.yml", "third"))
    one.rename(third)
    other.rename(one)
    third.rename(other)


def keep_time(data: Path) -> None:
    """Change a file as some programs do, with its old time put back."""
    file = data / "stations/beicun.yml"
    before = file.stat()
    change(file, "value: 476", "value: 477")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))


CHANGES: dict[str, Callable[[Path], object]] = {
    "nothing": lambda data: None,
    "a figure": lambda data: change(data / "stations/beicun.yml", "value: 476", "value: 476.0"),
    "a comment": lambda data: change(data / "stations/beicun.yml", "id: ", "# 一行注释\nid: "),
    "an error more": lambda data: change(data / "stations/beicun.yml", "kind: 工作室", "kind: 房间"),
    "an error less": lambda data: change(data / "stations/dongli.yml", "mediaton", "mediation"),
    "a file becomes YAML": lambda data: shutil.copy(data / "stations/anli.yml", data / "stations/xiguan.yml"),
    "an old id": lambda data: change(data / "stations/beicun.yml", "aliases: [old-beicun]", "aliases: [older-beicun]"),
    "an old id that is taken": lambda data: change(data / "stations/beicun.yml", "aliases: [old-beicun]", "aliases: [anli]"),
    "a source of its own": lambda data: change(data / "stations/beicun.yml", "section: 导语", "section: 结尾"),
    "a shared source": lambda data: change(data / "sources.yml", "date: ", "date: 1999 #"),
    "a vocabulary": lambda data: change(data / "vocab/problems.yml", "label: 邻里纠纷", "label: 邻里争吵"),
    "a vocabulary that cannot be read": lambda data: (data / "vocab/problems.yml").write_text("title: [", encoding="utf-8"),
    "a vocabulary is gone": lambda data: (data / "vocab/roles.yml").unlink(),
    "a playbook": lambda data: change(data / "playbooks/mediation-room.yml", "id: leader", "id: head"),
    "a file is gone": lambda data: (data / "stations/beicun.yml").unlink(),
    "a file more": lambda data: shutil.copy(data / "stations/anli.yml", data / "stations/zhonglou.yml"),
    "a file that is not read": lambda data: (data / "stations/notes.txt").write_text("", encoding="utf-8"),
    "a folder of regions": lambda data: (data / "regions").mkdir(),
    "another name": rename,
    "another name and id": rename_rightly,
    "two files change places": swap,
    "a change with the old time": keep_time,
    "touched": lambda data: (data / "stations/beicun.yml").touch(),
}


@pytest.mark.parametrize("slack", [prints._SLACK, 0], ids=["read again", "known by its times"])
@pytest.mark.parametrize("name", CHANGES)
def test_a_change_of_any_kind_is_noticed(data: Path, name: str, slack: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without slack all files are taken for known that are older than the run, though they were written a moment ago."""
    monkeypatch.setattr(prints, "_SLACK", slack)
    original = data.parent / "original"
    shutil.copytree(data, original)
    before = without_cache(data)
    assert with_cache(data) == before
    CHANGES[name](data)
    after = without_cache(data)
    assert with_cache(data) == after, "After a change."
    assert with_cache(data) == after, "And once more."
    shutil.rmtree(data)
    shutil.copytree(original, data)
    assert with_cache(data) == before, "After it was taken back."


def test_the_changes_change_something(data: Path, tmp_path: Path) -> None:
    """Else the test above could not fail."""
    before = without_cache(data)
    for name, make in CHANGES.items():
        copy = tmp_path / "copies" / name / "data"
        shutil.copytree(data, copy)
        make(copy)
        same = without_cache(copy) == before
        assert same == (name in {"nothing", "a comment", "touched", "a folder of regions"}), name


def test_a_file_that_is_changed_at_once_is_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However quickly one content of a size follows another, and however coarse the clock is."""
    monkeypatch.setattr(prints, "_SLACK", 0)
    file = tmp_path / "data/stations/anli.yml"
    file.parent.mkdir(parents=True)
    for turn in range(300):
        file.write_text(f"id: {turn:05}\n", encoding="utf-8")
        cache = Cache.of(tmp_path)
        listed, _ = items(tmp_path / "data", "data")
        known = Prints(cache, listed)
        made = print_of_file(taken(listed[0]))
        assert known.known[0] in (None, made), "A change went unnoticed."
        known.keep([made])
        cache.save()


def test_known_files_are_not_opened(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prints, "_SLACK", 0)
    first = findings(data, "data", cache=Cache.of(data.parent))
    monkeypatch.setattr("fengpu.read.Item.raw", lambda item: pytest.fail(f"{item.path} was opened."))
    assert findings(data, "data", cache=Cache.of(data.parent)) == first


def test_of_many_files_one_is_checked(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assemble(data, "data", cache=Cache.of(data.parent))
    change(data / "stations/beicun.yml", "value: 476", "value: 477")
    seen = []
    monkeypatch.setattr(build, "check", lambda sheet, check=build.check: seen.append(sheet.path) or check(sheet))
    assemble(data, "data", cache=Cache.of(data.parent))
    assert [path for path in seen if "/stations/" in path] == ["data/stations/beicun.yml"]


@pytest.mark.parametrize("first", [findings, assemble])
@pytest.mark.parametrize("second", [findings, assemble])
def test_check_and_build_use_one_cache(data: Path, first: Callable[..., Any], second: Callable[..., Any]) -> None:
    """A check leaves no profiles behind, and a build must not miss them."""
    expected = without_cache(data)
    for step in (first, second):
        step(data, "data", cache=Cache.of(data.parent))
    assert with_cache(data) == expected


def test_a_build_does_not_take_what_a_check_left(data: Path) -> None:
    """Not even where the profile, which a check does without, is still there from an earlier build."""
    expected = without_cache(data)
    assemble(data, "data", cache=Cache.of(data.parent))
    for old, new in (("value: 476", "value: 477"), ("value: 477", "value: 476")):
        change(data / "stations/beicun.yml", old, new)
        findings(data, "data", cache=Cache.of(data.parent))
    assert with_cache(data) == expected


def test_a_draft_does_not_stay(data: Path, tmp_path: Path) -> None:
    draft = tmp_path / "draft.yml"
    shutil.copy(data / "stations/dongli.yml", draft)
    before = findings(data, "data", cache=Cache.of(tmp_path))
    for cache in (None, Cache.of(tmp_path), Cache.of(tmp_path)):
        with_draft, files = findings(data, "data", [draft], cache=cache)
        assert files == before[1] + 1
        assert any(problem.path == draft.as_posix() for problem in with_draft)
    assert findings(data, "data", cache=Cache.of(tmp_path)) == before


@pytest.mark.skipif(not FORKS, reason="Elsewhere there is one process.")
@pytest.mark.parametrize("hands", [2, 3])
@pytest.mark.parametrize("kept", [True, False], ids=["with a cache", "without"])
def test_several_processes_come_to_the_same(data: Path, hands: int, kept: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = without_cache(data)
    monkeypatch.setattr(build.hands, "worth", lambda files, each: hands)
    for _ in range(2):
        assert (with_cache if kept else without_cache)(data) == expected
    change(data / "stations/beicun.yml", "value: 476", "value: 477")
    several = (with_cache if kept else without_cache)(data)
    monkeypatch.undo()
    assert several == without_cache(data) != expected


@pytest.mark.parametrize("harm", ["cut", "flip", "garbage", "gone"])
@pytest.mark.parametrize("at", range(0, 100, 9))
@pytest.mark.parametrize("pattern", ["index", "*.pack"])
def test_a_broken_cache_is_made_again(data: Path, pattern: str, at: int, harm: str) -> None:
    expected = with_cache(data)
    for file in (data.parent / FOLDER).glob(pattern):
        whole = file.read_bytes()
        place = len(whole) * at // 100
        rest = {"cut": b"", "flip": bytes([whole[place] ^ 64]) + whole[place + 1 :], "garbage": os.urandom(len(whole) - place), "gone": None}[harm]
        file.unlink()
        if rest is not None:
            file.write_bytes(whole[:place] + rest)
    assert with_cache(data) == expected
    assert with_cache(data) == expected


class Evil:
    def __reduce__(self) -> tuple[object, ...]:
        return os.system, ("touch evil",)


@pytest.mark.parametrize(
    "strange",
    [pickle.dumps([Evil()]), pickle.dumps(["no entry"]), pickle.dumps({}), b"", b"nonsense"],
    ids=["a command", "no entry", "no list", "nothing", "nonsense"],
)
def test_a_forged_drawer_is_not_opened(data: Path, strange: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With all checksums right, as only who may write here could do it."""
    monkeypatch.chdir(tmp_path)
    expected = with_cache(data)
    cache = Cache.of(tmp_path)
    forged = 0
    for number in range(drawer.DRAWERS):
        if names := drawer.keys(cache.get(drawer.KIND, drawer.key_of(number))):
            cache.put(drawer.KIND, drawer.key_of(number), len(names).to_bytes(4, "little") + b"".join(names) + strange)
            forged += 1
    cache.prune(OUTCOME)
    cache.save()
    assert forged
    assert with_cache(data) == expected
    assert not (tmp_path / "evil").exists()


@pytest.mark.parametrize("strange", [b"", b"[1]", b'[["data",[]]]', b"\xff"])
def test_an_outcome_of_another_shape_is_not_believed(data: Path, strange: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prints, "_SLACK", 0)
    expected = with_cache(data)
    cache = Cache.of(data.parent)
    for key in list(cache._rows[OUTCOME]):
        cache.put(OUTCOME, key, strange)
    cache.save()
    assert with_cache(data) == expected


def test_a_folder_that_cannot_be_written_is_no_error(data: Path) -> None:
    (data.parent / FOLDER.parts[0]).write_text("in the way")
    assert with_cache(data) == without_cache(data)


def test_what_is_said_is_the_same_to_the_byte(data: Path, start: Callable[..., subprocess.Popen[str]]) -> None:
    """Of several commands at once on one cache, of one alone, and of one without a cache."""

    def said(*options: str, at_once: int = 1) -> set[str]:
        running = [start(data.parent, "fengpu", "check", *options) for _ in range(at_once)]
        return {process.communicate()[0] for process in running}

    for form in ("text", "json", "github"):
        without = said("--no-cache", "--format", form)
        assert len(without) == 1
        shutil.rmtree(data.parent / ".cache", ignore_errors=True)
        assert said("--format", form, at_once=4) == without
        assert said("--format", form) == without
    shutil.rmtree(data.parent / ".cache")
    said("--no-cache")
    assert not (data.parent / ".cache").exists()


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    problems, files = findings(tmp_path / "data", "data", cache=Cache.of(tmp_path))
    assert ([problem.code for problem in problems], files) == (["E001"], 0)
    assert told(assemble(tmp_path / "data", "data").problems) == told(problems)


def test_a_site_is_the_same_to_the_byte(project: Callable[..., Path], build: Callable[..., Path], run: Callable[..., Any]) -> None:
    """Built with nothing kept, with all kept, and without a cache, by an option or by the settings."""

    def files(site: Path) -> dict[str, bytes]:
        return {file.relative_to(site).as_posix(): file.read_bytes() for file in site.rglob("*") if file.is_file()}

    here = project()
    first = files(build(here, "first"))
    assert (here / FOLDER / "index").is_file()
    assert files(build(here, "second")) == first
    shutil.rmtree(here / ".cache")
    assert run(here, "fengpu", "build", "--no-cache", "--site", "third").returncode == 0
    assert not (here / ".cache").exists()
    assert files(here / "third") == first
    config = here / "mkdocs.yml"
    change(config, "  - fengpu\n", "  - fengpu: {cache: false}\n")
    assert files(build(here, "fourth")) == first
    assert not (here / ".cache").exists()
