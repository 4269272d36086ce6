"""What a command costs: seconds, work, and the most memory that it and all its children held at once."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

POLL = 0.02
SELDOM = 20
"""To look takes at most one part in so many of the time; a process that holds gigabytes takes long to look through."""
MOST = 2
"""So many seconds at most pass between two looks."""


@dataclass(frozen=True)
class Cost:
    seconds: float
    processor: float
    """Seconds of all processors together, which others at work on the machine hardly change."""
    peak: int
    """Bytes in memory at the worst moment; what several processes share counts once."""
    output: str

    def taken(self) -> dict[str, float]:
        """The cost without what was said."""
        return {"seconds": self.seconds, "processor": self.processor, "peak": self.peak}


class Failed(Exception):
    """A command ended badly; says what it said."""


class OutOfTime(Failed):
    """A command was ended, since it took longer than it was given."""


def run(command: Sequence[str | Path], folder: Path, limit: float = float("inf"), **environment: str) -> Cost:
    """Run a command to its end, or for ``limit`` seconds, while watching its process tree in /proc."""
    started, used = time.perf_counter(), _used()
    with tempfile.TemporaryFile("w+", encoding="utf-8") as output:
        process = subprocess.Popen(
            list(map(str, command)), cwd=folder, env=os.environ | environment, stdout=output, stderr=subprocess.STDOUT
        )
        peak = 0
        with suppress(OSError):  # It may have ended already.
            # Where memory runs out, it is not the bench that has to go.
            Path(f"/proc/{process.pid}/oom_score_adj").write_text("1000")
        try:
            while process.poll() is None:
                looked = time.perf_counter()
                peak = max(peak, _held(process.pid))
                looking = time.perf_counter() - looked
                if time.perf_counter() - started > limit:
                    raise OutOfTime(f"took more than {limit:g} s")
                with suppress(subprocess.TimeoutExpired):
                    process.wait(min(MOST, max(POLL, SELDOM * looking)))
        finally:
            for one in _tree(process.pid) if process.poll() is None else ():
                with suppress(ProcessLookupError):
                    os.kill(one, signal.SIGKILL)
            process.wait()
        seconds = time.perf_counter() - started
        output.seek(0)
        said = output.read()
    if process.returncode == -signal.SIGKILL:
        raise Failed(f"was killed while it held {peak / 1e6:,.0f} MB, as happens where memory runs out")
    if process.returncode:
        raise Failed(f"{' '.join(map(str, command))} ended with {process.returncode}:\n{said}")
    return Cost(seconds, _used() - used, peak, said)


def _used() -> float:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return children.ru_utime + children.ru_stime


def _held(pid: int) -> int:
    """The memory of a tree; of a single process its high-water mark, which no poll can miss."""
    return memory(pid, "VmHWM") if len(_tree(pid)) == 1 else shares(pid)


def shares(pid: int, without: int = 0) -> int:
    """The memory of a tree, what several of its processes share counted once; ``without`` one of them."""
    return sum(memory(one, "Pss", "smaps_rollup") for one in _tree(pid) if one != without)


def _tree(pid: int) -> list[int]:
    found = [pid]
    for one in found:
        try:
            for task in os.listdir(f"/proc/{one}/task"):
                found += map(int, Path(f"/proc/{one}/task/{task}/children").read_text().split())
        except (FileNotFoundError, ProcessLookupError):
            continue  # It ended while we looked.
    return found


def memory(pid: int, field: str = "VmRSS", told_in: str = "status") -> int:
    """A process's resident memory in bytes, or what else the system tells of it; 0 when it is gone."""
    try:
        lines = Path(f"/proc/{pid}/{told_in}").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{field}:")), 0)
