"""Work shared among processes, where the system lets a process split, and when the collector clears up after it."""

from __future__ import annotations

import gc
import os
import sys
import threading
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess

T = TypeVar("T")

EACH = 200
"""So many files are worth a process of their own."""
MOST = 4
"""Each process grows by what it touches of the book."""
_sharing = 1
"""Among so many processes is shared what this one does at present."""


@contextmanager
def sweeping() -> Iterator[Callable[[], object]]:
    """Turn the collector off and give what sweeps up the circles made since the last time.

    Left to itself it goes again and again through all that is known, of which nothing can be cleared away.
    """
    was = gc.isenabled()
    gc.disable()
    try:
        yield lambda: gc.collect(0)
    finally:
        if was:
            gc.enable()


def clear() -> None:
    """Clear away all circles, those too that the collector was told to pass over."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()


def _may_split() -> bool:
    """Whether others can start with all that this process knows.

    Windows has no fork, macOS has one that its own libraries don't survive, and a process of several threads, as a
    preview is, may not be split.
    """
    return sys.platform.startswith("linux") and threading.active_count() == 1


def worth(files: int, each: int = EACH) -> int:
    """How many processes should share the making of so many files, of which ``each`` is worth one.

    One of several that share already has only its part of the processors.
    """
    if not _may_split():
        return 1
    return max(1, min(len(os.sched_getaffinity(0)) // _sharing, MOST, files // each))


def shared(work: Callable[[int, int], T], hands: int) -> list[T]:
    """Do ``work(number, hands)`` for every number below ``hands`` at once; 0 is done in this process.

    What it gives back must fit through a pipe. An exception in any of them ends all of them and is raised here.
    """
    global _sharing
    if hands == 1:
        return [work(0, 1)]
    gc.collect()
    # Else the collector writes into every object, and no page of memory stays shared. Nor is it thawed afterwards: the
    # next one to split would have the collector go through all of it once more.
    gc.freeze()
    ears: list[Connection] = []
    others = []
    _sharing *= hands
    try:
        for number in range(1, hands):
            others.append(_begun(work, number, hands, ears))
        return [work(0, hands), *map(_told, ears)]
    finally:
        _sharing //= hands
        for other in others:
            other.terminate()
            other.join()


def ahead(work: Callable[[], T]) -> Callable[[], T]:
    """Begin with ``work()`` in a process of its own, where there can be one, and give what waits for what it gives back.

    What it loads takes no memory of this process, which goes on meanwhile. An exception in it is raised where it is waited for.
    """
    if not _may_split():
        return work
    ears: list[Connection] = []
    other = _begun(lambda number, hands: work(), 1, 2, ears, daemon=True)  # Nobody may ever ask what it gives back.

    def told() -> T:
        try:
            return _told(*ears)
        finally:
            other.join()

    return told


def _begun(work: Callable[[int, int], T], number: int, hands: int, ears: list[Connection], *, daemon: bool = False) -> BaseProcess:
    """Begin with ``work(number, hands)`` in another process, and add to the ``ears`` the one that hears of it."""
    from multiprocessing import get_context

    fork = get_context("fork")
    ear, mouth = fork.Pipe(duplex=False)
    ears.append(ear)
    other = fork.Process(target=_work, args=(work, number, hands, mouth, ears), daemon=daemon)
    other.start()
    mouth.close()
    return other


def _work(work: Callable[[int, int], T], number: int, hands: int, mouth: Connection, ears: Sequence[Connection]) -> None:
    for ear in ears:
        ear.close()  # Else whoever talks to one that is gone would wait for ever.
    with suppress(BrokenPipeError):
        try:
            mouth.send((work(number, hands), None))
        except BrokenPipeError:
            raise
        except BaseException:
            mouth.send((None, traceback.format_exc()))


def _told(ear: Connection) -> T:
    try:
        made, failure = ear.recv()
    except EOFError:
        failure = "It ended without a word."
    if failure:
        raise RuntimeError(f"A process that made a part of the files failed.\n\n{failure}")
    return made
