"""What is asked: the queries of trainers with what they should find, and more out of a corpus."""

from __future__ import annotations

import csv
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml
from pypinyin import Style, lazy_pinyin


@dataclass(frozen=True)
class Query:
    kind: str
    text: str
    expected: frozenset[str] = frozenset()


def real(file: Path) -> list[Query]:
    """The queries of a table with the columns class, query, expected."""
    with file.open(encoding="utf-8") as lines:
        rows = csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
        return [Query(row["class"], row["query"], frozenset(row["expected"].split("|"))) for row in rows]


def generated(stations: Path, count: int, seed: int) -> list[Query]:
    """Names of stations and methods out of a folder of YAML, whole, in part and as pinyin; the same for the same seed."""
    chance = random.Random(seed)
    files = sorted(stations.glob("*.yml"))
    made: list[Query] = []
    for file in chance.sample(files, min(count, len(files))):
        station = yaml.load(file.read_text(encoding="utf-8"), yaml.CBaseLoader)
        methods = [method["name"] for method in station.get("methods", ()) if isinstance(method, dict)]
        name = chance.choice([station["name"], *methods])
        made.append(chance.choice(list(_ways(name, chance))))
    return made


def _ways(name: str, chance: random.Random) -> Iterator[Query]:
    yield Query("generated-name", name)
    start = chance.randrange(1, max(2, len(name) - 2))
    yield Query("generated-part", name[start : start + 3])
    yield Query("generated-pinyin", "".join(lazy_pinyin(name)))
    yield Query("generated-initials", "".join(lazy_pinyin(name, Style.FIRST_LETTER)))
