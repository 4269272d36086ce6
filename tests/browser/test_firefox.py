"""The search in the other browser: every query of ``queries.tsv`` in Firefox, from a folder on the disk."""

from __future__ import annotations

import csv
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from marionette import Marionette, firefox

QUERIES = Path(__file__).parents[1] / "search" / "queries.tsv"
HIT_1, HIT_3 = 0.90, 0.97
"""As in ``tests/search/test_queries.py``."""
ASK = """async queries => {
  const {fengpu} = window.wrappedJSObject || window, found = []
  for (const query of queries) found.push(Array.from((await fengpu.search(query)).hits, one => one.id).slice(0, 20))
  return found
}"""


@pytest.fixture(scope="module")
def fox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Marionette]:
    """A Firefox; only on a machine of one's own may it be missing."""
    program = shutil.which("firefox-esr") or shutil.which("firefox")
    if program is None:
        missing = pytest.fail if os.environ.get("CI") else pytest.skip
        missing("There is no Firefox: run `sh tests/browser/install.sh`.")
    with firefox(program, tmp_path_factory.mktemp("firefox")) as driven:
        yield driven


def test_queries_find_the_same_in_firefox(fox: Marionette, site: Path) -> None:
    """Firefox finds what the queries should find as often as Chromium must."""
    rows = list(csv.DictReader(QUERIES.open(encoding="utf-8"), delimiter="\t", quoting=csv.QUOTE_NONE))
    fox.open(f"{site.as_uri()}/search/index.html")
    answers = fox.ask(ASK, [row["query"] for row in rows])
    assert isinstance(answers, list), f"The search fails in Firefox: {answers}"
    ranks = [
        next((rank for rank, one in enumerate(ids, 1) if one in row["expected"].split("|")), 0)
        for row, ids in zip(rows, answers, strict=True)
    ]
    worst = [
        f"{row['query']} → {row['expected']}, rank {rank or 'none'}"
        for row, rank in zip(rows, ranks, strict=True)
        if not 0 < rank <= int(row["max_rank"])
    ]
    message = "Search finds less in Firefox; does Chromium find it? Not found where they should be:\n" + "\n".join(worst)
    assert sum(rank == 1 for rank in ranks) / len(ranks) >= HIT_1, message
    assert sum(0 < rank <= 3 for rank in ranks) / len(ranks) >= HIT_3, message


def test_the_search_page_shows_results_in_firefox(fox: Marionette, site: Path) -> None:
    """The page itself works there: the first result is the right one, with its words marked."""
    fox.open(f"{site.as_uri()}/search/index.html?q=laoli")
    shown = """async () => {
      const results = document.getElementById("results")
      while (!results.querySelector("li")) await new Promise(later => new MutationObserver(later).observe(results, { childList: true }))
      const first = results.querySelector("li")
      return [first.dataset.id, first.querySelector("h3 mark").textContent]
    }"""
    assert fox.ask(shown) == ["beijie/laoli", "老李"]
