"""What trainers type, and whether they find it: ``queries.tsv`` in a real browser, from file:// and over http."""

from __future__ import annotations

import csv
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

QUERIES = Path(__file__).parent / "queries.tsv"
HIT_1, HIT_3 = 0.90, 0.97
"""The shares below which something broke; the goals are 0.95 and 0.99."""
ASK = """async queries => {
  const found = []
  for (const query of queries) found.push((await fengpu.search(query)).hits.slice(0, 20).map(one => one.id))
  return found
}"""


@pytest.fixture(params=["file", "http"])
def found(request: pytest.FixtureRequest, site: Path, served: str, chromium: Any) -> list[tuple[dict[str, str], int]]:
    """Every query with the rank of what it should find, 0 where it is not among the first twenty."""
    rows = list(csv.DictReader(QUERIES.open(encoding="utf-8"), delimiter="\t", quoting=csv.QUOTE_NONE))
    page = chromium.new_page()
    page.goto(f"{site.as_uri() if request.param == 'file' else served}/about.html")
    answers = page.evaluate(ASK, [row["query"] for row in rows])
    page.close()
    ranks = [next((rank for rank, one in enumerate(ids, 1) if one in row["expected"].split("|")), 0) for row, ids in zip(rows, answers, strict=True)]
    return list(zip(rows, ranks, strict=True))


def test_queries_find_what_they_should(found: list[tuple[dict[str, str], int]]) -> None:
    classes = defaultdict(list)
    for row, rank in found:
        classes[row["class"]].append(rank)
    print(f"\n{'class':22}{'n':>4}{'hit@1':>8}{'hit@3':>8}{'MRR':>8}")
    for name, ranks in {**classes, "all": [rank for _, rank in found]}.items():
        first, third = sum(rank == 1 for rank in ranks), sum(0 < rank <= 3 for rank in ranks)
        print(f"{name:22}{len(ranks):4}{first / len(ranks):8.3f}{third / len(ranks):8.3f}{sum(1 / rank for rank in ranks if rank) / len(ranks):8.3f}")
    ranks = [rank for _, rank in found]
    worst = [f"{row['query']} → {row['expected']}, rank {rank or 'none'}" for row, rank in found if not rank or rank > int(row["max_rank"])]
    message = "Search got worse; look at look() in assets/search.js. Not found where they should be:\n" + "\n".join(worst)
    assert sum(rank == 1 for rank in ranks) / len(ranks) >= HIT_1, message
    assert sum(0 < rank <= 3 for rank in ranks) / len(ranks) >= HIT_3, message
