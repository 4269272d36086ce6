"""The most memory that a process and its children held, from now until nobody listens any more.

    python watching.py PID
"""

from __future__ import annotations

import os
import select
import sys
import time

from process import MOST, POLL, SELDOM, shares

pid, peak, wait = int(sys.argv[1]), 0, POLL
while not select.select([sys.stdin], [], [], wait)[0]:
    looked = time.perf_counter()
    peak = max(peak, shares(pid, without=os.getpid()))
    wait = min(MOST, max(POLL, SELDOM * (time.perf_counter() - looked)))
print(peak)
