"""Several data folders as one: which file comes from which folder, and where they contradict each other.

Stations, regions and sources are each folder's own. What makes them comparable belongs to all, and the first folder alone
decides on it: vocabularies, playbooks, the glossary, and the region that is the whole country. The others may hold copies
of these, so that each can be checked by itself. A copy may lag behind; it may not hold anything more.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count, zip_longest
from pathlib import Path
from typing import Any, NamedTuple

from .model import Gap, Glossary, Playbook, Region, SourceList, Vocabulary
from .problem import At, Problem
from .read import FOLDERS, Item, place, read

Listing = tuple[Path, Sequence[Item], Sequence[Problem]]
"""A data folder, its files, and what was found in listing them."""

_SOURCES = "sources.yml"
_NAMES = ("label", "term", "title", "name")
"""What a thing is called: where this differs under one id, two things are meant."""
_DECIDES = "各处共用的由第一个文件夹定：请那边添上，"


@dataclass(frozen=True, slots=True)
class Part:
    """A file of the merged folder."""

    item: Item
    """The file as it lies in its own folder."""
    target: str
    """Its place in the merged one: ``stations/beijie.yml``."""


def merge(folders: Sequence[Listing]) -> tuple[list[Part], list[Problem]]:
    """Choose the files of one data folder out of several, in the order in which that folder will be read.

    A file that several folders hold alike is taken once; the lists of sources of the later folders become further lists.
    What only all records together can tell, such as one old id of two stations, is left to `fengpu.link`.
    """
    taken: dict[str, Item] = {}
    lists: list[tuple[str, Item]] = []
    problems: list[Problem] = []
    for number, (folder, items, found) in enumerate(folders):
        problems += found
        for item in items:
            target = item.file.relative_to(folder).as_posix()
            if number and target == _SOURCES:
                lists.append((_called(folder), item))
            elif number and _is_shared(item):
                first = f"{folders[0][0].as_posix()}/{target}"
                problems += _against(taken[target], item) if target in taken else [_extra(item, first)]
            elif target in taken:
                problems += _unlike(taken[target], item)
            else:
                taken[target] = item
    for name, item in lists:  # Last, when it is known which names are free.
        if not any(_text(item) == _text(other) for other in taken.values() if other.noun is SourceList):
            taken[_free(name, taken)] = item
    order = [*FOLDERS, ""]
    parts = [Part(taken[target], target) for target in sorted(taken, key=lambda target: (order.index(target.rpartition("/")[0]), target))]
    return parts, list(place(problems, {item.path: item.file for _, items, _ in folders for item in items}))


def _called(folder: Path) -> str:
    """What people call a folder: ``zhejiang`` both for ``zhejiang`` and for ``zhejiang/data``."""
    folder = folder.resolve()
    return folder.parent.name if folder.name == "data" else folder.name


def _free(name: str, taken: Collection[str]) -> str:
    targets = (f"sources/{name}{f'-{number}' if number > 1 else ''}.yml" for number in count(1))
    return next(target for target in targets if target not in taken)


def _is_shared(item: Item) -> bool:
    if item.noun is Region:
        sheet, _ = read(item)
        return sheet is not None and sheet.data.get("province") == Gap.INAPPLICABLE
    return issubclass(item.noun, Vocabulary | Playbook | Glossary)


def _text(item: Item) -> bytes | None:
    """What a file holds, whichever line ends Git gave it, or None where it cannot be opened."""
    try:
        return item.raw().replace(b"\r\n", b"\n")
    except OSError:
        return None


def _unlike(first: Item, other: Item) -> Iterator[Problem]:
    mine, theirs = _text(first), _text(other)
    if theirs is None:
        yield from read(other)[1]
    elif mine is not None and mine != theirs:
        pairs = zip_longest(mine.split(b"\n"), theirs.split(b"\n"))
        line = next(number for number, (one, two) in enumerate(pairs, 1) if one != two)
        message = f"{first.path} 和这个文件同名，内容从第 {line} 行起不一样。"
        remedy = "是同一个，就只留一份，放在管它的文件夹里；不是同一个，就换一个编号和文件名。"
        yield Problem(other.path, "E601", message, remedy, min(line, theirs.count(b"\n") + 1), 1)


def _extra(item: Item, wanted: str) -> Problem:
    return Problem(item.path, "E602", f"没有 {wanted}，这里却有这个文件。", f"{_DECIDES}或者删去这个文件。", 1, 1)


def _against(first: Item, other: Item) -> Iterator[Problem]:
    """Hold a copy of what belongs to all against the first folder's."""
    if _text(first) == _text(other):
        return
    copy, found = read(other)
    yield from found
    original, _ = read(first)
    if copy is None or original is None:
        return
    known = _things(original.data)
    for key, thing in _things(copy.data).items():
        mine = known.get(key)
        if mine is None and len(key) > 1:
            message = f"{first.path} 里没有“{thing.name}”({key[-1]})。"
            yield Problem(other.path, "E602", message, f"{_DECIDES}或者换成那里有的。", at=thing.at)
        elif mine is None or mine.value != thing.value:
            if mine is not None and mine.name != thing.name:
                message = f"这里的“{thing.name}”，在 {first.path} 里同一个编号是“{mine.name}”。"
                yield Problem(other.path, "E603", message, "是同一个，就照那里的写；不是同一个，就换一个编号。", at=thing.name_at)
            else:
                message = f"“{thing.name or key[-1]}”和 {first.path} 里的不一样，用了那里的。"
                yield Problem(other.path, "H601", message, "那里的对，就从那里重新抄一份；这里的对，就请那边改。", at=thing.at)


class _Thing(NamedTuple):
    at: At
    name_at: At
    name: str | None
    value: Any


def _things(data: Mapping[str, Any]) -> dict[tuple[str, ...], _Thing]:
    """What a file says, field by field, and in a list of things with ids thing by thing."""
    made: dict[tuple[str, ...], _Thing] = {}
    for key, value in data.items():
        if isinstance(value, list) and value and all(isinstance(one, dict) and isinstance(one.get("id"), str) for one in value):
            for index, one in enumerate(value):
                field = next((name for name in _NAMES if name in one), "id")
                made[key, one["id"]] = _Thing((key, index), (key, index, field), one[field], one)
        else:
            made[key,] = _Thing((key,), (key,), value if key in _NAMES and "id" in data else None, value)
    return made
