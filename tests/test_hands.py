"""Work shared among processes comes together, and none outlives the others."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import time
import weakref
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from fengpu import hands
from fengpu.hands import EACH, ahead, clear, shared, sweeping, worth

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Elsewhere there is one process.")


@pytest.mark.parametrize("hands", [1, 2, 3])
def test_everybody_does_a_part(hands: int) -> None:
    made = shared(lambda number, hands: (number, hands, os.getpid()), hands)
    assert [one[:2] for one in made] == [(number, hands) for number in range(hands)]
    assert len({one[2] for one in made}) == hands, "Each part is done by a process of its own."
    assert made[0][2] == os.getpid()


def test_a_failure_elsewhere_is_raised_here() -> None:
    def work(number: int, hands: int) -> None:
        if number:
            raise ValueError("坏了")

    with pytest.raises(RuntimeError, match="坏了"):
        shared(work, 2)


def test_what_is_done_ahead_leaves_nothing_here(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded: list[int] = []
    monkeypatch.setattr(hands, "_may_split", lambda: True)  # Other tests leave threads behind.

    def work() -> tuple[int, int]:
        loaded.append(1)
        return len(loaded), os.getpid()

    told = ahead(work)
    made, where = told()
    assert made == 1
    assert where != os.getpid(), "It should be done by a process of its own."
    assert not loaded


def test_a_process_of_several_threads_does_it_itself() -> None:
    with ThreadPoolExecutor(1) as pool:
        pool.submit(int).result()
        assert ahead(os.getpid)() == os.getpid()


def test_this_process_goes_on_meanwhile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hands, "_may_split", lambda: True)

    def work() -> str:
        while not (tmp_path / "gone on").exists():
            time.sleep(0.01)
        return "达"

    told = ahead(work)
    (tmp_path / "gone on").touch()
    assert told() == "达"


def test_a_failure_ahead_is_raised_where_it_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hands, "_may_split", lambda: True)
    told = ahead(lambda: 1 // 0)
    with pytest.raises(RuntimeError, match="ZeroDivisionError"):
        told()


def test_a_process_that_is_gone_is_missed() -> None:
    with pytest.raises(RuntimeError, match="without a word"):
        shared(lambda number, hands: os._exit(0) if number else None, 2)


def test_a_failure_here_ends_the_others(tmp_path: Path) -> None:
    born = tmp_path / "born"

    def work(number: int, hands: int) -> None:
        if number:
            born.write_text(str(os.getpid()))
            time.sleep(600)
        while not born.is_file() or not born.read_text():
            time.sleep(0.01)
        raise ValueError("坏了")

    with pytest.raises(ValueError, match="坏了"):
        shared(work, 2)
    with pytest.raises(ProcessLookupError):
        os.kill(int(born.read_text()), 0)


def test_circles_last_until_they_are_swept_up() -> None:
    class Circle:
        def __init__(self) -> None:
            self.itself = self

    with sweeping() as sweep:
        assert not gc.isenabled(), "Else it goes through all that is known."
        left = weakref.ref(Circle())
        sweep()
        assert left() is None, "What each batch leaves would pile up."
    assert gc.isenabled()


KILLED = """
import os, signal, sys, time
from pathlib import Path
from fengpu.hands import EACH, shared

def work(number, hands):
    born, first = Path(sys.argv[1]), os.getppid()
    if number:
        born.with_suffix(".new").write_text(str(os.getpid()))
        born.with_suffix(".new").rename(born)
        while os.getppid() == first:
            time.sleep(0.01)
        return "x" * 10_000_000
    while not born.is_file():
        time.sleep(0.01)
    os.kill(os.getpid(), signal.SIGKILL)

shared(work, 2)
"""


def test_nobody_waits_for_one_that_was_killed(tmp_path: Path) -> None:
    born = tmp_path / "born"
    subprocess.run([sys.executable, "-c", KILLED, born], check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    end = time.monotonic() + 20
    with pytest.raises(ProcessLookupError):
        while time.monotonic() < end:
            os.kill(int(born.read_text()), 0)
            time.sleep(0.02)


def test_a_small_site_is_made_by_one_process() -> None:
    assert worth(2 * EACH - 1) == 1


def test_who_shares_already_has_only_a_part_of_the_processors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hands, "_may_split", lambda: True)
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: set(range(4)))
    most = EACH * 100
    assert worth(most) == 4
    assert shared(lambda number, hands: worth(most), 2) == [2, 2]
    with pytest.raises(RuntimeError):
        shared(lambda number, hands: 1 // (1 - number), 2)
    assert worth(most) == 4


def test_circles_that_were_passed_over_are_cleared_away() -> None:
    class Circle:
        pass

    one = Circle()
    one.itself = one  # type: ignore[attr-defined]
    gone = weakref.ref(one)
    gc.freeze()
    del one
    gc.collect()
    assert gone() is not None, "The collector goes through what is frozen, so this tests nothing."
    clear()
    assert gone() is None
