"""Our whole build against other site generators that build the same pages.

    .venv/bin/python bench/peers.py --stations N [--json] [--rounds R] [--systems a,b,…] [--keep FOLDER]

See bench/README.md for what is measured and how, and bench/RESULTS.md for what came out.
"""

from __future__ import annotations

import argparse
import difflib
import json
import os
import platform
import shlex
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import inputs
import process
import samples
from builders import BUILDERS, SYSTEMS, Builder, said, speaks
from installed import ENVIRONMENT, HERE, machine, peers, versions
from process import Cost

REAL = len(list((HERE.parent / "data/stations").glob("*.yml")))
SEED = 1
LIMIT = 4 * 3600.0
PEAK = 600, 40_000
"""So many MB our build may hold at so many stations."""


class Goal(NamedTuple):
    """What part of a peer's time and memory ours may take for the same work."""

    wall: float
    peak: float


GOALS = {"hugo": Goal(0.5, 0.2), "hugo+pagefind": Goal(0.4, 0.1)}


@dataclass
class Row:
    """All rounds of one system doing one piece of work."""

    system: str
    work: str
    costs: list[Cost] = field(default_factory=list)
    pages: int = 0
    size: int = 0
    """Bytes of all pages."""
    failure: str = ""
    """Why there is no more to tell; what was measured before it does not count."""

    def median(self, what: str) -> float:
        return float(median(getattr(cost, what) for cost in self.costs))

    def told(self) -> dict[str, Any]:
        """The row as JSON."""
        made: dict[str, Any] = {"system": self.system, "work": self.work}
        if self.failure:
            return made | {"wall_s": None, "cpu_s": None, "peak_mb": None, "pages": None, "failure": self.failure}
        wall, processor, peak = (self.median(what) for what in ("seconds", "processor", "peak"))
        return made | {"wall_s": round(wall, 3), "cpu_s": round(processor, 3), "peak_mb": round(peak / 1e6, 1), "pages": self.pages}


class Unequal(Exception):
    """A system does not show what ours shows, so that its times would mean nothing."""


# ── What is built ────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Given:
    """What all systems are given, and how their pages are to come out."""

    work: Path
    names: frozenset[str]
    """The keys of all pages that have something to say."""
    looked_at: Mapping[str, str]
    """What some of our pages say, by their keys."""

    @property
    def data(self) -> Path:
        return self.work / "project/data"


def prepare(stations: int, work: Path) -> Given:
    """Write a corpus and, out of it and our site, the same pages for the others; nothing of this is timed."""
    _tell(f"corpus of {stations} stations")
    project, site = work / "project", work / "project/site"
    process.run([sys.executable, HERE / "corpus.py", "--stations", stations, "--seed", SEED, project], HERE)
    _tell("our site, whose lists the others are given")
    process.run([sys.executable, "-m", "fengpu", "build", "--quiet", "--site", "site"], project, **ENVIRONMENT)
    _tell("the same pages for the others")
    wrote = process.run([sys.executable, HERE / "inputs.py", project / "data", site, work], work, **ENVIRONMENT)
    _tell(f"{wrote.output.strip()} pages in {wrote.seconds:.0f} s with {wrote.peak / 1e6:.0f} MB")
    addresses = {inputs.key(one): one for one in inputs.addresses(site)}
    names = frozenset(name for name, address in addresses.items() if name != "404" and speaks(_read(site / address)))
    if len(names) != int(wrote.output):
        raise Unequal(f"The others were given {wrote.output.strip()} pages instead of {len(names)}: mend bench/inputs.py.")
    looked_at = {name: said(_read(site / addresses[name])) for name in samples.chosen(names)}
    if wrong := list(samples.compared(project / "data", looked_at, looked_at)):
        raise Unequal("\n".join(["Our own pages do not say what the data say, or bench/samples.py is wrong:", *wrong[:20]]))
    shutil.rmtree(site)
    return Given(work, names, looked_at)


def check(builder: Builder, given: Given) -> tuple[Counter[str], int]:
    """Count the pages that a system made, kind by kind, and their bytes.

    All must be there, a search index only where it is a part of the work, and the samples must say the same.
    """
    site = given.work / builder.project / builder.site
    found = {inputs.key(address): site / address for address in inputs.addresses(site)}
    if missing := sorted(given.names - found.keys()):
        raise Unequal(f"{builder.system} lacks {len(missing)} of {len(given.names)} pages: {', '.join(missing[:5])} …")
    if (site / builder.index).exists() != (builder.work == "whole"):
        raise Unequal(f"{builder.system} was to do {builder.work}, but {builder.index} is {'not ' * (builder.work == 'whole')}there.")
    theirs = {name: said(_read(found[name])) for name in given.looked_at}
    if wrong := list(samples.compared(given.data, given.looked_at, theirs)):
        raise Unequal("\n".join([f"{builder.system} does not show what ours shows, in {len(wrong)} places:", *wrong[:20]]))
    return Counter(map(inputs.kind, found)), sum(file.stat().st_size for file in found.values())


def _read(file: Path) -> str:
    return file.read_text(encoding="utf-8")


# ── Rounds ───────────────────────────────────────────────────────────────────


Kinds = Mapping[str, Counter[str]]
"""How many pages of each kind each system made."""


def measure(builders: Sequence[Builder], given: Given, rounds: int, limit: float, *, keep: bool) -> tuple[list[Row], Kinds]:
    """Build with each in turn, every other round backwards; gives a row for each, and the pages of each by their kinds."""
    rows = {builder: Row(builder.system, builder.work) for builder in builders}
    kinds: dict[str, Counter[str]] = {}
    for turn in range(rounds):
        for builder in builders if turn % 2 == 0 else reversed(builders):
            row = rows[builder]
            if row.failure:
                continue
            _tell(f"{builder.system}, {builder.work}, round {turn + 1} of {rounds}")
            builder.clear(given.work)
            os.sync()  # Else it would pay for what the one before it wrote.
            try:
                row.costs.append(builder.build(given.work, limit))
            except process.Failed as failed:
                row.failure = str(failed)
                _tell(f"{builder.system}: {failed}")
                continue
            if builder.system not in kinds or not row.pages:
                kinds[builder.system], row.size = check(builder, given)
                row.pages = kinds[builder.system].total()
            if not keep or turn + 1 < rounds:
                builder.clear(given.work)
    return list(rows.values()), kinds


def _tell(what: str) -> None:
    print(what, file=sys.stderr, flush=True)


# ── To be read ───────────────────────────────────────────────────────────────


def table(rows: Sequence[Row]) -> str:
    """The medians, and what part of each peer's ours takes for the same work."""
    ours = {row.work: row for row in rows if row.system == "fengpu" and not row.failure}
    head = f"{'system':15}{'work':7}{'wall s':>9}{'CPU s':>9}{'peak MB':>9}{'pages':>9}{'kB each':>9}"
    lines = [f"{head}   ours is, of its wall     CPU    peak   seconds of every round"]
    for row in rows:
        start = f"{row.system:15}{row.work:7}"
        if row.failure:
            lines.append(f"{start}  {row.failure.splitlines()[0]}")
            continue
        wall, processor, peak = (row.median(what) for what in ("seconds", "processor", "peak"))
        start += f"{wall:9.2f}{processor:9.2f}{peak / 1e6:9.0f}{row.pages:9}{row.size / max(1, row.pages) / 1e3:9.1f}"
        parts = " " * 40
        if (mine := ours.get(row.work)) and mine is not row:
            parts = f"{'':16}{_part(mine, row, 'seconds'):8.2f}{_part(mine, row, 'processor'):8.2f}{_part(mine, row, 'peak'):8.2f}"
        lines.append(f"{start}   {parts}   {[round(cost.seconds, 2) for cost in row.costs]}")
    return "\n".join(lines)


def goals(rows: Sequence[Row], stations: int) -> str:
    """What we mean to reach beside what was reached."""
    by_name = {(row.system, row.work): row for row in rows if not row.failure}
    lines = []
    for system, goal in GOALS.items():
        theirs = next((row for (name, _), row in by_name.items() if name == system), None)
        ours = theirs and by_name.get(("fengpu", theirs.work))
        if theirs is None or ours is None:
            lines.append(f"{system}: not measured")
            continue
        for what, name, most in (("seconds", "wall", goal.wall), ("peak", "memory", goal.peak)):
            lines.append(f"{ours.work}, of {system}'s {name}: {_against(_part(ours, theirs, what), most, '.2f')}")
    most, at = PEAK
    for (system, work), row in by_name.items():
        if system == "fengpu":
            where = "" if stations == at else f" (the goal is for {at:,} stations)"
            lines.append(f"{work}, peak MB: {_against(row.median('peak') / 1e6, most, '.0f')}{where}")
    return "\n".join(lines)


def _part(ours: Row, theirs: Row, what: str) -> float:
    """Ours divided by theirs."""
    return ours.median(what) / (theirs.median(what) or float("nan"))


def _against(value: float, most: float, form: str) -> str:
    return f"{value:{form}}, goal ≤ {most:g}: {'reached' if value <= most else 'missed'}"


def differences(kinds: Kinds) -> str:
    """How many pages of each kind there are, and who has more or fewer."""
    if not kinds:
        return ""
    first, *others = kinds
    lines = ["pages of each kind: " + ", ".join(f"{kind} {count}" for kind, count in kinds[first].most_common())]
    for one in others:
        unlike = {kind: kinds[one][kind] - kinds[first][kind] for kind in {*kinds[one], *kinds[first]}}
        found = ", ".join(f"{count:+} {kind}" for kind, count in sorted(unlike.items()) if count)
        lines.append(f"{one}: {found or 'the same'}")
    return "\n".join(lines)


# ── The command ──────────────────────────────────────────────────────────────


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--stations", type=int, required=True, metavar="N", help=f"how many stations, the {REAL} real ones among them")
    parser.add_argument("--rounds", type=int, default=3, metavar="R", help="how often everything is built, in turn (3)")
    parser.add_argument("--systems", default=",".join(SYSTEMS), metavar="A,B,…", help=f"only these of {', '.join(SYSTEMS)}")
    parser.add_argument("--limit", type=float, default=LIMIT, metavar="SECONDS", help=f"how long one build may take ({LIMIT:.0f})")
    parser.add_argument("--json", action="store_true", help="print the medians as JSON")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="work in this folder, which must not exist, and leave it")
    given = parser.parse_args()
    systems = list(dict.fromkeys(one.strip() for one in given.systems.split(",")))
    if given.stations < REAL:
        parser.error(f"--stations: the {REAL} real stations are always among them, so ask for {REAL} or more.")
    if given.rounds < 1:
        parser.error("--rounds: at least 1.")
    if not given.limit > 0:
        parser.error("--limit: more than 0 seconds.")
    for name in systems:
        if name not in SYSTEMS:
            near = difflib.get_close_matches(name, SYSTEMS, 1)
            parser.error(f"--systems: there is no “{name}”{f', did you mean {near[0]}?' if near else '.'} All: {','.join(SYSTEMS)}")
    if given.keep and given.keep.exists():
        parser.error(f"--keep: {given.keep} exists already; name a folder that does not.")
    builders = [builder for builder in BUILDERS if builder.system in systems]
    if any(builder.packages for builder in builders):
        peers()
    if given.keep:
        given.keep.mkdir(parents=True)
    load = [os.getloadavg()[0]]
    with tempfile.TemporaryDirectory(prefix="fengpu-bench-") as scratch:
        work = (given.keep or Path(scratch)).resolve()
        try:
            rows, kinds = measure(builders, prepare(given.stations, work), given.rounds, given.limit, keep=bool(given.keep))
        except (Unequal, process.Failed) as wrong:
            sys.exit(f"Nothing was compared. {wrong}")
    load.append(os.getloadavg()[0])
    if given.json:
        print(json.dumps({"stations": given.stations, "rows": [row.told() for row in rows]}, ensure_ascii=False))
        return
    pinned = versions(dict.fromkeys(name for builder in builders for name in builder.packages))
    about = {
        "command": f"bench/peers.py {shlex.join(sys.argv[1:])}",
        "machine": machine(),
        "versions": ", ".join(f"{name} {version}" for name, version in {"python": platform.python_version(), **pinned}.items()),
        "load": f"{load[0]:.1f} before, {load[1]:.1f} after",
    }
    print("\n".join(f"{name}: {value}" for name, value in about.items()), end="\n\n")
    title = f"{given.stations} stations, medians of {given.rounds} rounds"
    print(title, table(rows), goals(rows, given.stations), differences(kinds), sep="\n\n")


if __name__ == "__main__":
    main()
