"""How far the work is and where the time goes, in Chinese, for the person at the door and for nobody else."""

from __future__ import annotations

import sys
import time
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from .progress import Stage

LONG = 1.0
"""What takes fewer seconds needs no word."""
OFTEN = 0.1
_BAR = 20
_CLEAR = "\r\x1b[K"
# They take turns with other stages, item by item or batch by batch, which have the bar; each is over with one of those.
_BESIDE = {Stage.READ: Stage.CHECK, Stage.SHELL: Stage.RENDER, Stage.WRITE: Stage.SCRIPTS, Stage.MKDOCS: Stage.REST}


@dataclass(slots=True)
class _Spent:
    begun: float
    seconds: float = 0.0
    done: int = 0
    total: int = 0
    memory: int | None = None
    """The most that the process had had when the stage was last looked at."""
    over: bool = False


def peak_memory() -> int | None:
    """The most memory that this process has had, in MiB, or None where the system does not say."""
    try:
        import resource
    except ImportError:  # Windows has no such module.
        return None
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // (2**20 if sys.platform == "darwin" else 2**10)


class Gauge:
    """A `fengpu.progress.Watch` that says what it is told.

    In a terminal (``live``) that is a line drawn over and over, from the first second on; elsewhere a line for each stage
    of counted things that took over a second, at its end.
    """

    def __init__(
        self,
        say: Callable[[str], object],
        *,
        live: bool,
        clock: Callable[[], float] = time.perf_counter,
        memory: Callable[[], int | None] = peak_memory,
    ) -> None:
        self._say, self._live, self._clock, self._memory = say, live, clock, memory
        self._start = self._last = clock()
        self._next = self._start + LONG
        self._spent: dict[Stage, _Spent] = {}
        self._leading = Stage.START
        self._drawn = False

    def __call__(self, stage: Stage, done: int, total: int) -> None:
        now = self._clock()
        spent = self._spent.get(stage)
        if spent is None:
            spent = self._spent[stage] = _Spent(self._last)
        spent.seconds += now - self._last
        spent.done, spent.total = done, total
        self._last = now
        if stage is not self._leading and stage not in _BESIDE:
            self._end(self._leading)
            self._leading = stage
        if now >= self._next:
            self._next = now + OFTEN
            self._draw(now)

    def clear(self) -> None:
        """Take the bar away, so that something else can be said."""
        if self._drawn:
            self._say(_CLEAR)
            self._drawn = False

    def close(self) -> None:
        """Say what is left to be said."""
        self(Stage.REST, 0, 0)
        self._end(*Stage)
        self.clear()

    def table(self) -> str:
        """Every stage with its time, its items and the most memory until its end."""
        rows = [("步骤", "秒", "数量", "每个（毫秒）", "内存峰值（MB）")]
        for stage in Stage:
            if spent := self._spent.get(stage):
                count, each = (f"{spent.done:,}", f"{1000 * spent.seconds / spent.done:,.3f}") if spent.done else ("", "")
                rows.append((stage.value, f"{spent.seconds:,.2f}", count, each, _mebibytes(spent.memory)))
        rows.append(("共计", f"{self._last - self._start:,.2f}", "", "", _mebibytes(self._memory())))
        widths = [max(map(_width, column)) for column in zip(*rows, strict=True)]
        return "".join("  ".join(map(_padded, row, widths, (True, *[False] * len(widths)))).rstrip() + "\n" for row in rows)

    def _end(self, *stages: Stage) -> None:
        """Note that these stages are over, and those beside them."""
        for stage, spent in self._spent.items():
            if spent.over or _BESIDE.get(stage, stage) not in stages:
                continue
            spent.over, spent.memory = True, self._memory()
            if not self._live and spent.done and spent.seconds > LONG:
                self._say(f"{stage.value}：{spent.done:,} 个，{spent.seconds:,.1f} 秒\n")

    def _draw(self, now: float) -> None:
        spent = self._spent.get(self._leading)
        if not self._live or spent is None or spent.done >= spent.total:
            self.clear()
            return
        share = spent.done / spent.total
        rate = spent.done / (now - spent.begun)
        left = (spent.total - spent.done) / rate if rate else 0
        bar = "#" * int(share * _BAR)
        self._say(
            f"{_CLEAR}{self._leading.value} [{bar:-<{_BAR}}] {spent.done:,}/{spent.total:,} {share:.0%}"
            f" 每秒 {rate:,.{0 if rate >= 10 else 1}f} 还要 {_clock_face(left)}"
        )
        self._drawn = True


def _clock_face(seconds: float) -> str:
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def _mebibytes(number: int | None) -> str:
    return "不详" if number is None else f"{number:,}"


def _width(text: str) -> int:
    """How many columns of a terminal a text takes: a Chinese character takes two."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def _padded(text: str, width: int, left: bool) -> str:
    space = " " * (width - _width(text))
    return text + space if left else space + text
