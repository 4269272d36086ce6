"""Our search against its peers: what it finds (no option), and how fast it is (``--stations N``).

    .venv/bin/python bench/search.py [--stations N] [--json]

See bench/README.md for what is measured and how, and bench/RESULTS.md for what came out.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import tempfile
from pathlib import Path

import quality
import queries
import speed
from chromium import chromium
from installed import machine, versions

ROOT = Path(__file__).parents[1]
REAL = ROOT / "tests/search/queries.tsv"


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--stations", type=int, metavar="N", help="measure speed on a corpus of so many stations")
    arguments.add_argument("--rounds", type=int, default=3, help="how often everything is timed, in turn (3)")
    arguments.add_argument("--queries", type=int, metavar="N", help="time only so many of the queries, evenly spread")
    arguments.add_argument("--json", action="store_true", help="print everything as JSON")
    arguments.add_argument("--keep", type=Path, metavar="FOLDER", help="work in this folder, which must not exist, and leave it")
    given = arguments.parse_args()
    if given.keep:
        given.keep.mkdir(parents=True)
    about = {"machine": machine(), "versions": _versions(), "load": [os.getloadavg()[0]]}
    with tempfile.TemporaryDirectory(prefix="fengpu-bench-") as scratch:
        work = (given.keep or Path(scratch)).resolve()
        asked = queries.real(REAL)
        if given.stations:
            made = speed.measure(given.stations, asked, work, given.rounds, given.queries)
        else:
            made = quality.compare(asked, ROOT, work)
    about["load"].append(os.getloadavg()[0])
    if given.json:
        print(json.dumps({**about, **made}, ensure_ascii=False, indent=1))
        return
    print("\n".join(f"{name}: {json.dumps(value, ensure_ascii=False)}" for name, value in about.items()), end="\n\n")
    print((speed if given.stations else quality).table(made))


def _versions() -> dict[str, str]:
    """Who is compared, in what."""
    with chromium() as browser:
        return {"python": platform.python_version(), "chromium": browser.version, **versions(("mkdocs-material", "jieba", "pagefind"))}


if __name__ == "__main__":
    main()
