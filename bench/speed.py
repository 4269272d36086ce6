"""How fast and how large: our index and Pagefind's over the same pages of a made-up country."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from playwright.sync_api import Page

import process
from chromium import Served, ask, chromium, held, serving, tab
from installed import HERE
from metrics import quantile
from queries import Query, generated
from systems import Fengpu, Pagefind, System

SEED = 1
GENERATED = 110
"""So many queries out of the corpus join the real ones."""
COLD = 20
"""So many readers come anew."""
SLOW = (1, 6)
"""How many times slower the processor is made: as it is, and as an old PC's."""
PASSES = ("cold", "whole", "whole_again", "alone", "alone_again")
"""What is timed: a reader who comes anew; each query shown, and shown once more; only searched, and searched once more."""


def measure(stations: int, asked: Sequence[Query], work: Path, rounds: int, limit: int | None) -> dict[str, Any]:
    """Build a corpus and both indexes and time everything, round by round, in turn."""
    corpus, site = work / "corpus", work / "site"
    _tell(f"corpus of {stations} stations")
    process.run([sys.executable, HERE / "corpus.py", "--stations", stations, "--seed", SEED, corpus], HERE)
    queries = [*asked, *generated(corpus / "data/stations", GENERATED, SEED)]
    queries = queries[:: max(1, len(queries) // limit)][:limit] if limit else queries
    pagefind = Pagefind()
    systems: list[System] = [Fengpu(corpus), pagefind]
    made: dict[str, Any] = {"stations": stations, "queries": len(queries), "rounds": rounds, "failed": {}, "index": {}, "tabs": []}
    costs: dict[str, list[dict[str, float]]] = {system.name: [] for system in systems}
    for turn in range(rounds):
        for system in list(systems):
            folder = work / f"round-{turn}"
            folder.mkdir(exist_ok=True)
            _tell(f"index of {system.name}, round {turn + 1}")
            try:
                costs[system.name].append(system.index(site, folder))
            except process.Failed as failure:
                made["failed"][system.name] = str(failure)
                systems.remove(system)
    made["pages"] = sum(1 for page in pagefind.folder.rglob("*.html") if page.name != pagefind.start)
    for system in systems:
        made["index"][system.name] = {**_medians(costs[system.name]), **_size(system)}
    rows: dict[tuple[str, str, int], list[dict[str, Any]]] = {}
    for turn in range(rounds):
        for system in systems if turn % 2 == 0 else reversed(systems):
            for origin in ("http", "file") if system.from_file else ("http",):
                for slowdown in SLOW:
                    _tell(f"{system.name} from {origin}, {slowdown}×, round {turn + 1}")
                    rows.setdefault((system.name, origin, slowdown), []).append(_timed(system, origin, slowdown, queries))
    for (name, origin, slowdown), turns in rows.items():
        made["tabs"].append({"system": name, "origin": origin, "slowdown": slowdown, **_over(turns)})
    return made


def _tell(what: str) -> None:
    print(what, file=sys.stderr)


# ── The index ────────────────────────────────────────────────────────────────


def _medians(costs: Sequence[dict[str, float]]) -> dict[str, Any]:
    return {name: median(cost[name] for cost in costs) for name in costs[0]} | {"every": [round(cost["seconds"], 2) for cost in costs]}


def _size(system: System) -> dict[str, int]:
    """The files of an index on disk; Pagefind's scripts are among them."""
    files = [file for file in (system.folder / system.store).rglob("*") if file.is_file()]
    return {"files": len(files), "bytes": sum(file.stat().st_size for file in files)}


# ── The tab ──────────────────────────────────────────────────────────────────


def _timed(system: System, origin: str, slowdown: int, queries: Sequence[Query]) -> dict[str, Any]:
    """All queries once and again in one tab, shown and only searched; and some readers who come anew."""
    made: dict[str, Any] = {}
    with serving(system.folder) as served:
        base = served.url if origin == "http" else f"{system.folder.as_uri()}/"
        with chromium() as browser, tab(browser, slowdown) as page:
            system.open(page, base, slowdown)
            made["before"] = held(browser, page)
            served.taken()
            made["whole"], found, made["loaded"] = _pass(system, page, "whole", queries, served)
            made["whole_again"], *_ = _pass(system, page, "whole", queries, served)
            made["after"] = held(browser, page)
            made["answered"] = sum(1 for one in found if one)
        with chromium() as browser, tab(browser, slowdown) as page:
            system.open(page, base, slowdown)
            made["alone"], *_ = _pass(system, page, "alone", queries, served)
            made["alone_again"], *_ = _pass(system, page, "alone", queries, served)
        made["cold"], made["first"] = [], []
        with chromium() as browser:
            for query in queries[:: max(1, len(queries) // COLD)][:COLD]:
                served.taken()
                with tab(browser, slowdown) as page:
                    made["cold"].append(system.cold(page, base, query.text, slowdown))
                made["first"].append(_loaded(system, served))
    return made


Loaded = dict[str, int]
"""Folder or file → bytes as gzip makes them; ``all`` is their sum."""


def _pass(system: System, page: Page, how: str, queries: Sequence[Query], served: Served) -> tuple[list[float], list[int], list[Loaded]]:
    """For each query the milliseconds, how much it found, and what had to be loaded for it."""
    times: list[float] = []
    found: list[int] = []
    loaded: list[Loaded] = []
    for query in queries:
        milliseconds, number = ask(page, how, query.text)
        times.append(milliseconds)
        found.append(number)
        loaded.append(_loaded(system, served))
    return times, found, loaded


def _loaded(system: System, served: Served) -> Loaded:
    """What search has loaded over http since the last time, without the page itself."""
    made = {"all": 0}
    for name, size in served.taken().items():
        if name.startswith(system.parts):
            made["all"] += size
            # A folder of many pieces is one thing, and a file beside it is another.
            folder = name.rpartition("/")[0]
            part = name if folder in (system.store, "assets/fengpu") else folder
            made[part] = made.get(part, 0) + size
    return made


def _over(turns: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Of each query the median of its rounds, and of those the median and the 95th percentile."""
    made: dict[str, Any] = {"answered": turns[0]["answered"]}
    for name in PASSES:
        made[name] = _spread([median(turn[name][at] for turn in turns) for at in range(len(turns[0][name]))])
    for name in ("first", "loaded"):  # Every round loads the same.
        parts = sorted({part for one in turns[0][name] for part in one})
        made[name] = {part: _spread([one.get(part, 0) for one in turns[0][name]]) for part in parts}
    for name in ("before", "after"):
        made[name] = {what: median(turn[name][what] for turn in turns) for what in turns[0][name]}
    return made


def _spread(values: Iterable[float]) -> dict[str, float]:
    values = list(values)
    return {"median": median(values), "p95": quantile(values, 0.95)}


# ── To be read ───────────────────────────────────────────────────────────────


def table(made: dict[str, Any]) -> str:
    """What `measure` gives, to be read."""
    lines = [f"{made['stations']} stations, {made['pages']} pages, {made['queries']} queries, medians of {made['rounds']} rounds", ""]
    lines.append(f"{'index':10}{'seconds':>9}{'of CPU':>9}{'peak MB':>9}{'files':>8}{'MB':>8}   seconds of every round")
    for name, one in made["index"].items():
        size = f"{_mega(one['peak']):9.0f}{one['files']:8}{_mega(one['bytes']):8.2f}"
        lines.append(f"{name:10}{one['seconds']:9.2f}{one['processor']:9.2f}{size}   {one['every']}")
    lines += [f"{name:10} {why}" for name, why in made["failed"].items()]
    ours = made["index"]["fengpu"]
    whole = f"{ours['build_seconds']:.1f} s and {_mega(ours['build_peak']):.0f} MB"
    lines += [f"fengpu held {_mega(ours['before']):.0f} MB before; its whole build, index included, took {whole}.", ""]
    lines.append(f"{'ms: median / p95':22}" + "".join(f"{name.replace('_', ' '):>17}" for name in PASSES))
    for one in made["tabs"]:
        place = f"{one['system']:10}{one['origin']:5}{one['slowdown']}×"
        lines.append(f"{place:22}" + "".join(f"{one[name]['median']:9.1f} /{one[name]['p95']:6.1f}" for name in PASSES))
    lines += ["", f"{'':22}{'first kB (gzip)':>17}{'per query kB':>17}{'heap MB':>17}{'own MB':>17}{'answered':>10}"]
    for one in made["tabs"]:
        if one["slowdown"] == 1:
            place = f"{one['system']:10}{one['origin']:5}"
            lines.append(f"{place:22}{_loads(one)}{_holds(one, 'heap')}{_holds(one, 'own')}{one['answered']:10}")
    for one in made["tabs"]:
        if one["slowdown"] == 1 and one["origin"] == "http":
            parts = (f"{part} {size['median'] / 1e3:.1f}" for part, size in one["first"].items() if part != "all")
            lines.append(f"{one['system']}, kB before the first result: {', '.join(parts)}")
    return "\n".join(lines)


def _mega(size: float) -> float:
    return size / 1e6


def _loads(one: dict[str, Any]) -> str:
    if one["origin"] != "http":
        return " " * 34  # The same files, and nobody who counts them.
    return "".join(f"{one[name]['all']['median'] / 1e3:9.1f} /{one[name]['all']['p95'] / 1e3:6.1f}" for name in ("first", "loaded"))


def _holds(one: dict[str, Any], what: str) -> str:
    return f"{_mega(one['before'][what]):9.1f} →{_mega(one['after'][what]):6.1f}"
