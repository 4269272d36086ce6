"""`fengpu build` that says at its end what its search index alone took, as a line of JSON.

Run in a process of its own: the memory is all that it and the processes that help it hold while the index is made.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from fengpu import cli
from fengpu.publish import site
from process import memory

made = site.search_scripts
cost: dict[str, float] = {}


def watched(*given: Any, **named: Any) -> Any:
    """Make the index as ever."""
    pid = os.getpid()
    cost["before"] = memory(pid, "Pss", "smaps_rollup")
    watcher = [sys.executable, str(Path(__file__).with_name("watching.py")), str(pid)]
    with subprocess.Popen(watcher, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as watching:
        started, used = time.perf_counter(), _used()
        index = made(*given, **named)
        cost["seconds"] = time.perf_counter() - started
        cost["processor"] = _used() - used
        cost["peak"] = int(watching.communicate()[0])
    return index


def _used() -> float:
    """Seconds of processors that this process and those that helped it have used."""
    return sum(one.ru_utime + one.ru_stime for one in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)))


site.search_scripts = watched
try:
    cli.main()
finally:
    print(json.dumps(cost))
