"""Who finds what trainers look for: every query to every system, on the same pages."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from playwright.sync_api import Error

import pages
from chromium import ask, chromium, serving, tab
from metrics import hit_at, mrr, rank
from queries import Query
from systems import DEPTH, Fengpu, Material, Pagefind, System

NAMES = 40
"""How many pages are looked for by their names, to see that a system works at all."""
FILE_LIMIT = 10_000


def compare(queries: Sequence[Query], project: Path, work: Path) -> dict[str, Any]:
    """Build everything and ask everything; gives the ranks and what they come to, class by class."""
    systems: list[System] = [Fengpu(project), Material(), Pagefind()]
    site = work / "site"
    for system in systems:
        system.index(site, work)
    found = list(pages.searched(site))
    _all_there(queries, site, found)
    made: dict[str, Any] = {"pages": len(found), "queries": len(queries), "depth": DEPTH, "systems": {}}
    for system in systems:
        ranks, names = _ranks(system, site, queries, found)
        made["systems"][system.name] = {
            "names": names,
            "file": _from_file(system, queries[0].text),
            "classes": {kind: _scores(ranks, of) for kind, of in _classes(queries).items()},
            "ranks": [{"query": query.text, "class": query.kind, "rank": place} for query, place in zip(queries, ranks, strict=True)],
        }
    made["behind"] = _behind(made["systems"])
    return made


def _all_there(queries: Sequence[Query], site: Path, found: Sequence[str]) -> None:
    """Stop when a query expects what no page holds: then no system could be right."""
    there = frozenset().union(*(pages.held(site, address) for address in found))
    if lost := sorted(frozenset().union(*(query.expected for query in queries)) - there):
        raise SystemExit(f"No page holds {', '.join(lost)}: mend tests/search/queries.tsv or entry() in bench/pages.py.")


def _ranks(system: System, site: Path, queries: Sequence[Query], found: Sequence[str]) -> tuple[list[int], float]:
    """The rank of each query's answer, and the share of pages that are found by their own names."""

    def place(text: str, expected: frozenset[str]) -> int:
        _, hits = ask(page, "ask", text)
        return rank([system.means(site, hit) for hit in hits[:DEPTH]], expected)

    with chromium() as browser, serving(system.folder) as served, tab(browser) as page:
        system.open(page, served.url)
        some = found[:: max(1, len(found) // NAMES)]
        names = [place(pages.name(site, address), pages.held(site, address)) for address in some]
        if not any(names):
            raise SystemExit(f"{system.name} finds no page by its name: it does not work, so nothing can be said of it.")
        return [place(query.text, query.expected) for query in queries], hit_at(names, DEPTH)


def _from_file(system: System, query: str) -> str:
    """What comes of one query when the site is opened as a folder: the number of hits, or what went wrong."""
    said: list[str] = []
    with chromium() as browser, tab(browser) as page:
        page.set_default_timeout(FILE_LIMIT)
        page.on("console", lambda one: said.append(one.text) if one.type == "error" else None)
        page.on("pageerror", lambda error: said.append(str(error)))
        try:
            system.open(page, f"{system.folder.as_uri()}/")
            _, hits = ask(page, "ask", query, FILE_LIMIT)
        except Error as error:
            return f"no answer: {[*said, error.message][0].splitlines()[0]}"
    return f"{len(hits)} hits"


def _classes(queries: Sequence[Query]) -> dict[str, list[int]]:
    classes: dict[str, list[int]] = defaultdict(list)
    for number, query in enumerate(queries):
        classes[query.kind].append(number)
    return {**classes, "all": list(range(len(queries)))}


def _scores(ranks: Sequence[int], of: Sequence[int]) -> dict[str, float]:
    own = [ranks[number] for number in of]
    return {"n": len(own), "hit@1": hit_at(own, 1), "hit@3": hit_at(own, 3), "MRR": mrr(own)}


def _behind(systems: dict[str, Any]) -> list[str]:
    """Where a peer does better than we do, or as well."""
    ours = systems["fengpu"]["classes"]
    return [
        f"{kind}: {name} {measure} {scores[measure]:.3f}, ours {ours[kind][measure]:.3f}"
        for name, system in systems.items()
        if name != "fengpu"
        for kind, scores in system["classes"].items()
        for measure in ("hit@1", "hit@3", "MRR")
        if scores[measure] >= ours[kind][measure]
    ]


def table(made: dict[str, Any]) -> str:
    """What `compare` gives, to be read."""
    names = list(made["systems"])
    lines = [
        f"{made['queries']} queries, {made['pages']} pages, the first {made['depth']} results",
        "",
        (" " * 24 + "".join(f"{name:^27}" for name in names)).rstrip(),
        (f"{'class':20}{'n':>4}" + "   hit@1   hit@3     MRR   " * len(names)).rstrip(),
    ]
    for kind, scores in made["systems"][names[0]]["classes"].items():
        cells = (made["systems"][name]["classes"][kind] for name in names)
        row = "".join(f"{one['hit@1']:8.3f}{one['hit@3']:8.3f}{one['MRR']:8.3f}   " for one in cells)
        lines.append(f"{kind:20}{scores['n']:4}{row}".rstrip())
    lines.append("")
    for name, system in made["systems"].items():
        lines.append(f"{name}: finds {system['names']:.0%} of pages by their names; from file://: {system['file']}")
    lines += ["", "Not ahead in:" if made["behind"] else "Ahead of every peer in every class.", *made["behind"]]
    return "\n".join(lines)
