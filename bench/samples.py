"""Whether all systems show the same: some pages of every kind, held against ours and against the data."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal, InvalidOperation
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import yaml

from inputs import kind

EACH = 12
"""So many pages of every kind are looked at."""
GAPS = {"不详", "不适用", "无"}
_LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


def chosen(names: Iterable[str], each: int = EACH, seed: int = 1) -> list[str]:
    """Some pages of every kind, always the same for a seed."""
    kinds: dict[str, list[str]] = {}
    for name in sorted(names):
        kinds.setdefault(kind(name), []).append(name)
    return [name for _, some in sorted(kinds.items()) for name in sorted(Random(seed).sample(some, min(each, len(some))))]


def facts(data: Path, name: str) -> list[str]:
    """What the page of a station or method must say, straight from the file that a clerk wrote: names, figures, sources."""
    if kind(name) not in {"stations", "methods"}:
        return []
    _, station_id, *method_id = name.split("/")
    station = _load(data / "stations" / f"{station_id}.yml")
    figures = station.get("figures", [])
    if method_id:
        method = next(one for one in station["methods"] if one["id"] == method_id[0])
        figures = [one for one in figures if one["scope"] == method_id[0]]
        made = [method["name"], method["summary"], station["name"]]
        cited = {method["source"]}
    else:
        made = [station["name"], station["full_name"], station["summary"]]
        made += [one["name"] for one in (*station["methods"], *station.get("people", []))]
        cited = {station["source"]} if "source" in station else set()
    for figure in figures:
        made += [_amount(figure["value"]), figure.get("printed", ""), figure["definition"], figure.get("note", "")]
        cited.add(figure["source"])
    titles = {one["id"]: one["title"] for one in (*station.get("sources", []), *_shared(data))}
    return ["".join(one.split()) for one in (*made, *(titles[one] for one in sorted(cited))) if one and one not in GAPS]


@cache
def _shared(data: Path) -> list[dict[str, Any]]:
    """The sources that no station brings along."""
    found = _load(data / "sources.yml")["sources"]
    assert isinstance(found, list)
    return found


def _load(file: Path) -> Any:
    return yaml.load(file.read_text(encoding="utf-8"), _LOADER)


def _amount(value: str) -> str:
    try:
        return f"{Decimal(value).normalize():f}"
    except InvalidOperation:
        return value


def compared(data: Path, ours: Mapping[str, str], theirs: Mapping[str, str]) -> Iterator[str]:
    """What pages do not say that they must: each is what it says without white space, by its key."""
    for name, text in ours.items():
        other = theirs.get(name)
        if other is None:
            yield f"{name}: there is no such page"
            continue
        missing = [fact for fact in facts(data, name) if fact not in other]
        yield from (f"{name}: does not say {fact}" for fact in missing)
        if other != text and not missing:
            pairs = enumerate(zip(text, other, strict=False))
            at = next((at for at, (one, another) in pairs if one != another), min(len(text), len(other)))
            yield f"{name}: says …{other[max(0, at - 10) : at + 30]}… where ours says …{text[max(0, at - 10) : at + 30]}…"
