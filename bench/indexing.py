"""`fengpu build` that says at its end what its search index alone took, as a line of JSON.

Run in a process of its own: the memory is that of the whole process while the index is made.
"""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

from fengpu import cli
from fengpu.publish import site
from process import memory

made = site.search_scripts
cost: dict[str, float] = {}


def watched(*given: Any, **named: Any) -> list[Any]:
    """Make the index as ever."""
    pid = os.getpid()
    cost["before"] = memory(pid)
    Path("/proc/self/clear_refs").write_text("5")  # The high-water mark starts anew.
    started, used = time.perf_counter(), time.process_time()
    rows = made(*given, **named)
    cost["seconds"] = time.perf_counter() - started
    cost["processor"] = time.process_time() - used
    cost["peak"] = memory(pid, "VmHWM")
    return rows


site.search_scripts = watched
try:
    cli.main()
finally:
    print(json.dumps(cost))
