"""Firefox finds from file:// what Chromium finds, in the same order."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest

from firefox import running

QUERIES = Path(__file__).parent / "queries.tsv"
ASK = """async queries => {
  const found = []
  for (const query of queries) found.push((await fengpu.search(query)).hits.slice(0, 10).map(hit => hit.id))
  return found
}"""


def test_firefox_finds_the_same(site: Path, chromium: Any, tmp_path: Path) -> None:
    with QUERIES.open(encoding="utf-8") as file:
        queries = [row["query"] for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)]
    address = f"{site.as_uri()}/about.html"
    page = chromium.new_page()
    page.goto(address)
    wanted = page.evaluate(ASK, queries)
    page.close()
    try:
        with running(tmp_path / "profile") as firefox:
            firefox.open(address)
            found = firefox.evaluate(ASK, queries)
    except FileNotFoundError as error:
        pytest.fail(str(error), pytrace=False)
    differ = [f"{query}: {own[:3]} instead of {theirs[:3]}" for query, own, theirs in zip(queries, found, wanted, strict=True) if own != theirs]
    assert not differ, "Firefox finds something else than Chromium:\n" + "\n".join(differ)
