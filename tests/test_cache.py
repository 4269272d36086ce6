"""A cache gives back what was put there or nothing, whatever befell its files."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

from fengpu import cache as module
from fengpu.cache import FEW, FOLDER, INDEX, KEY, Cache, print_of

FORKS = sys.platform.startswith("linux")
ENTRIES = {(kind, number.to_bytes(KEY, "big")): bytes([number + 1]) * (number * 37 % 500) for kind in ("one", "other") for number in range(40)}


def filled(folder: Path) -> None:
    cache = Cache.of(folder)
    for (kind, key), value in ENTRIES.items():
        cache.put(kind, key, value)
    cache.save()


def held(folder: Path) -> dict[tuple[str, bytes], bytes]:
    cache = Cache.of(folder)
    return {row: value for row in ENTRIES if (value := cache.get(*row)) is not None}


def test_what_was_put_is_there_in_the_next_run(tmp_path: Path) -> None:
    filled(tmp_path)
    assert held(tmp_path) == ENTRIES
    assert Cache.of(tmp_path).get("one", b"?" * KEY) is None
    assert Cache.of(tmp_path).get("neither", next(iter(ENTRIES))[1]) is None
    assert (tmp_path / FOLDER / "CACHEDIR.TAG").read_bytes().startswith(b"Signature: 8a477f597d28d172789f06886806bc55")


def test_what_was_not_saved_is_not(tmp_path: Path) -> None:
    cache = Cache.of(tmp_path)
    cache.put("one", b"1" * KEY, b"value")
    assert cache.get("one", b"1" * KEY) == b"value"
    assert Cache.of(tmp_path).get("one", b"1" * KEY) is None


def test_without_a_folder_it_lasts_as_long_as_the_run() -> None:
    cache = Cache()
    cache.put("one", b"1" * KEY, b"value")
    cache.save()
    assert cache.get("one", b"1" * KEY) == b"value"


def test_a_run_that_changes_nothing_writes_nothing(tmp_path: Path) -> None:
    filled(tmp_path)
    before = {file: file.stat().st_mtime_ns for file in (tmp_path / FOLDER).iterdir()}
    cache = Cache.of(tmp_path)
    for row in ENTRIES:
        cache.get(*row)
    cache.prune("one")
    cache.save()
    assert {file: file.stat().st_mtime_ns for file in (tmp_path / FOLDER).iterdir()} == before


def test_pruning_leaves_what_was_asked_for_and_other_kinds(tmp_path: Path) -> None:
    filled(tmp_path)
    cache = Cache.of(tmp_path)
    wanted = [row for row in ENTRIES if row[0] == "one"][::9]
    for row in wanted:
        cache.get(*row)
    cache.prune("one")
    cache.save()
    assert held(tmp_path) == {row: value for row, value in ENTRIES.items() if row[0] == "other" or row in wanted}


def test_packs_stay_few_and_small(tmp_path: Path) -> None:
    """Whatever is replaced again and again, the cache does not grow without end."""
    filled(tmp_path)
    alone = sum(file.stat().st_size for file in (tmp_path / FOLDER).iterdir())
    for turn in range(5 * FEW):
        cache = Cache.of(tmp_path)
        for row in list(ENTRIES)[turn % 7 :: 7]:
            cache.put(*row, ENTRIES[row])
        cache.save()
    assert held(tmp_path) == ENTRIES
    assert len(list((tmp_path / FOLDER).glob("*.pack"))) <= FEW + 1
    assert sum(file.stat().st_size for file in (tmp_path / FOLDER).iterdir()) < 3 * alone


@pytest.mark.parametrize("at", range(0, 1000, 13))
@pytest.mark.parametrize("harm", ["cut", "flip", "garbage"])
@pytest.mark.parametrize("pattern", [INDEX, "*.pack"])
def test_what_is_broken_is_not_there(tmp_path: Path, pattern: str, harm: str, at: int) -> None:
    """``at`` is a place in thousandths of the file."""
    filled(tmp_path)
    file = next((tmp_path / FOLDER).glob(pattern))
    whole = file.read_bytes()
    place = len(whole) * at // 1000
    if harm == "cut":
        broken = whole[:place]
    elif harm == "flip":
        broken = whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :]
    else:
        broken = whole[:place] + bytes(len(whole) - place)
    file.write_bytes(broken)
    found = held(tmp_path)
    assert found.items() <= ENTRIES.items()
    assert (len(found) < len(ENTRIES)) or broken == whole, "The harm was not noticed."
    filled(tmp_path)
    assert held(tmp_path) == ENTRIES, "It must be made again."


@pytest.mark.parametrize("name", [INDEX, "*.pack", "*"])
def test_what_is_gone_is_not_there(tmp_path: Path, name: str) -> None:
    filled(tmp_path)
    for file in (tmp_path / FOLDER).glob(name):
        file.unlink()
    assert held(tmp_path) == {}


def test_entries_of_other_code_are_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    filled(tmp_path)
    monkeypatch.setattr(module, "made_by", lambda: print_of(b"other", size=module.PRINT))
    assert held(tmp_path) == {}


def test_code_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = tmp_path / "fengpu"
    shutil.copytree(Path(module.__file__).parent, copy, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(module, "__file__", str(copy / "cache.py"))
    before = module.made_by()
    with (copy / "rules" / "numbers.py").open("a", encoding="utf-8") as file:
        file.write("# Another line.\n")
    assert module.made_by() != before


def test_entries_of_somebody_else_are_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    filled(tmp_path)
    if not hasattr(os, "geteuid"):
        pytest.skip("Here files have no owner.")
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    assert held(tmp_path) == {}


@pytest.mark.parametrize("where", [FOLDER.parts[0], FOLDER])
def test_where_nothing_can_be_kept_nothing_is(tmp_path: Path, where: str | Path) -> None:
    """A file stands where the folder should be: that stops even a user whom no permission stops."""
    (tmp_path / where).parent.mkdir(exist_ok=True)
    (tmp_path / where).write_text("in the way")
    filled(tmp_path)
    assert held(tmp_path) == {}


def test_of_two_runs_at_once_the_later_index_holds(tmp_path: Path) -> None:
    one, other = Cache.of(tmp_path), Cache.of(tmp_path)
    one.put("one", b"1" * KEY, b"first")
    other.put("one", b"2" * KEY, b"second")
    one.save()
    other.save()
    after = Cache.of(tmp_path)
    assert [after.get("one", key * KEY) for key in (b"1", b"2")] in ([None, b"second"], [b"first", None])
    assert [one.get("one", b"1" * KEY), other.get("one", b"2" * KEY)] == [b"first", b"second"], "What is open stays open."


def test_what_another_run_has_cleared_away_is_kept_all_the_same(tmp_path: Path) -> None:
    """Of two runs at once the one that ends last keeps all of its own, though the other has an index meanwhile that knows nothing of it."""
    one, other = Cache.of(tmp_path), Cache.of(tmp_path)
    one.put("one", b"1" * KEY, b"first")
    one.save()
    other.put("one", b"2" * KEY, b"second")
    other.save()
    one.put("one", b"3" * KEY, b"third")
    one.save()
    after = Cache.of(tmp_path)
    assert [after.get("one", key * KEY) for key in (b"1", b"3")] == [b"first", b"third"]


@pytest.mark.skipif(not FORKS, reason="Elsewhere there is one process.")
@pytest.mark.parametrize("hands", [1, 2, 3])
def test_what_other_processes_put_is_known_here(tmp_path: Path, hands: int) -> None:
    cache = Cache.of(tmp_path)
    cache.put("one", b"0" * KEY, b"before")

    def work(number: int, hands: int) -> int:
        for row in list(ENTRIES)[number::hands]:
            cache.put(*row, ENTRIES[row])
        return number

    assert cache.shared(work, hands) == list(range(hands))
    assert {row: cache.get(*row) for row in ENTRIES} == ENTRIES
    cache.save()
    assert held(tmp_path) == ENTRIES
    assert Cache.of(tmp_path).get("one", b"0" * KEY) == b"before"


@pytest.mark.skipif(not FORKS, reason="Elsewhere there is one process.")
def test_what_other_processes_asked_for_is_not_pruned(tmp_path: Path) -> None:
    filled(tmp_path)
    cache = Cache.of(tmp_path)
    rows = list(ENTRIES)
    cache.shared(lambda number, hands: [cache.get(*row) for row in rows[number::hands]], 2)
    cache.prune("one")
    cache.prune("other")
    cache.save()
    assert held(tmp_path) == ENTRIES


@pytest.mark.skipif(not FORKS, reason="Elsewhere there is one process.")
def test_what_is_shared_is_pruned_and_saved_when_all_have_ended(tmp_path: Path) -> None:
    """One of several knows neither what the others asked for nor what they put."""
    filled(tmp_path)
    cache = Cache.of(tmp_path)
    used, other, left = list(ENTRIES)[:3]
    kinds = {kind for kind, _ in ENTRIES}

    def work(number: int, hands: int) -> list[int]:
        cache.get(*(used, other)[number])
        cache.put("new", b"%d" % number * KEY, b"put by one of two")
        for kind in kinds:
            cache.prune(kind)
        cache.save()
        return cache.shared(lambda number, hands: hands, 2)

    before = (tmp_path / FOLDER / INDEX).read_bytes()
    assert cache.shared(work, 2) == [[1], [1]], "A process that has a share in the work let others have one in its own."
    assert (tmp_path / FOLDER / INDEX).read_bytes() == before, "It was saved while the work went on."
    cache.save()
    after = Cache.of(tmp_path)
    assert [after.get(*row) for row in (used, other, left)] == [ENTRIES[used], ENTRIES[other], None]
    assert [after.get("new", b"%d" % number * KEY) for number in range(2)] == [b"put by one of two"] * 2
