"""YAML text to plain strings that can tell where they stand."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from .model import VOCABULARIES, Glossary, Playbook, Record, Region, SourceList, Station
from .plain import plain
from .problem import At, Problem, is_it
from .slips import KNOWN, as_written, mend

MAX_BYTES = 512 * 1024
MAX_DEPTH = 12
_USUAL = 64 * 1024
# YAML joins wrapped lines with a space, which Chinese does not write.
_WRAP = re.compile(r"(?<=[\u3000-\u303f\u3400-\u9fff\uff00-\uffef]) (?=[\u3000-\u303f\u3400-\u9fff\uff00-\uffef])")
Plain = dict[str, Any] | list[Any] | str
"""What YAML becomes here: strings, lists and mappings, never a number, date or truth value."""


class Unread(str):
    """Stands for a value that was refused; nothing more is to be said about it."""


_Loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


FOLDERS: dict[str, type[Record] | None] = {
    "vocab": None,
    "playbooks": Playbook,
    "regions": Region,
    "stations": Station,
    "sources": SourceList,
}
"""What the files of each folder hold; in ``vocab`` that depends on the file."""
FILES: dict[str, type[Record]] = {"sources": SourceList, "glossary": Glossary}
"""The files at the top of the data folder; more lists of sources may lie in the folder ``sources``."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One file as it was written: strings only, nothing interpreted."""

    path: str
    """As shown to people: ``data/stations/beijie.yml``."""
    noun: type[Record]
    data: dict[str, Any]

    @property
    def stem(self) -> str:
        return self.path.rsplit("/", 1)[-1].removesuffix(".yml")


class Item(NamedTuple):
    """A file that will become a sheet."""

    where: str
    """As the system finds it."""
    path: str
    """As it is shown."""
    noun: type[Record]

    @property
    def file(self) -> Path:
        return Path(self.where)

    def raw(self) -> bytes:
        with open(self.where, "rb", buffering=0) as stream:
            raw = stream.read(_USUAL)  # To get room for the largest takes longer than to read most.
            # One byte more than allowed is enough to know that it is too large.
            return raw + stream.read(MAX_BYTES + 1 - _USUAL) if len(raw) == _USUAL else raw


def items(data: Path, shown: str) -> tuple[list[Item], list[Problem]]:
    """List the files of a data folder in a fixed order; ``shown`` stands for the folder in paths."""
    if not data.is_dir():
        return [], [Problem(shown, "E001", "没有这个文件夹。", "在项目的顶层运行，或用 --data 指明数据文件夹。", 1, 1)]
    found: list[Item] = []
    problems = list(_strangers(data, shown))
    for folder, noun in FOLDERS.items():
        for file in _inside(data / folder):
            path = f"{shown}/{folder}/{file.name}"
            stem, dot, ending = file.name.rpartition(".")
            kind = noun or VOCABULARIES.get(stem)
            if (dot, ending) != (".", "yml") or not file.is_file():
                stem = _bare(file.name)
                remedy = f"改名为 {stem}.yml。" if stem != file.name and file.is_file() else "移到别处。"
                problems.append(Problem(path, "E012", f"{folder} 里只放后缀是 .yml 的文件，这一个不会被读取。", remedy, 1, 1))
            elif kind is None:
                names = "、".join(VOCABULARIES)
                problems.append(Problem(path, "E012", f"没有名叫“{stem}”的词表，这个文件不会被读取。", f"词表只有：{names}。", 1, 1))
            else:
                found.append(Item(file.path, path, kind))
    found += [
        Item(str(data / f"{name}.yml"), f"{shown}/{name}.yml", noun) for name, noun in FILES.items() if (data / f"{name}.yml").is_file()
    ]
    return found, problems


def _inside(folder: Path) -> list[os.DirEntry[str]]:
    """What lies in a folder, in the order of names, which is the same on every system; nothing where there is none."""
    try:
        with os.scandir(folder) as found:
            return sorted((entry for entry in found if not entry.name.startswith(".")), key=lambda entry: entry.name)
    except OSError:
        return []


def _strangers(data: Path, shown: str) -> Iterator[Problem]:
    """What lies at the top of the data folder and is never read."""
    names = "、".join([*(f"{name}.yml" for name in FILES), *FOLDERS])
    folders, files = {"schema", *FOLDERS}, {f"{name}.yml" for name in FILES}
    for path in sorted(data.iterdir()):
        stem = _bare(path.name)
        if path.name in (folders if path.is_dir() else files) or path.name.startswith(".") or stem.lower().startswith("readme"):
            continue
        if path.is_dir():
            remedy = is_it(path.name, list(FOLDERS), "移到别处。")
        elif stem.lower() in FILES:
            remedy = f"改名为 {stem.lower()}.yml。"
        else:
            remedy = "资料放进 stations 等文件夹，别的移到别处。" if stem != path.name else "移到别处。"
        yield Problem(f"{shown}/{path.name}", "E012", f"{shown} 里只放 {names}，这一个不会被读取。", remedy, 1, 1)


def _bare(name: str) -> str:
    """A file's name without the endings that are typed or added for .yml."""
    return re.sub(r"(\.(ya?ml|txt))+$", "", name, flags=re.IGNORECASE)


def read(item: Item, raw: bytes | OSError | None = None) -> tuple[Sheet | None, list[Problem]]:
    """Read one file, or what `taken` took out of it; a file that is beyond reading gives no sheet."""
    if raw is None:
        raw = taken(item)
    if isinstance(raw, OSError):
        return None, [Problem(item.path, "E001", f"文件打不开（{raw.strerror}）。", "检查文件还在不在、有没有读取权限。", 1, 1)]
    data, problems = parse(raw, item.path)
    return (Sheet(item.path, item.noun, data) if data is not None else None), problems


def taken(item: Item) -> bytes | OSError:
    """What a file holds, or why it cannot be opened."""
    try:
        return item.raw()
    except OSError as error:
        return error


def parse(raw: bytes, path: str) -> tuple[dict[str, Any] | None, list[Problem]]:
    """Turn bytes into nested strings, mending slips of the keyboard so that the rest can be checked too."""
    text, problems = _decode(raw, path)
    if text is None:
        return None, problems
    if (data := plain(text)) is not None:
        return data, problems
    mended, slips = mend(text, path)
    problems += slips
    try:
        data, refused = _events(mended, path)
    except _Refusal as refusal:
        return None, [*problems, *as_written([refusal.problem], text, mended)]
    problems += as_written(refused, text, mended)
    if data is None or data == "":
        return None, [*problems, Problem(path, "E003", "文件是空的。", "照着 docs/contribute/station.example.yml 填写。", 1, 1)]
    if not isinstance(data, dict):
        remedy = "第一层每行写成“名称: 内容”，冒号是半角的，后面空一格。"
        return None, [*problems, Problem(path, "E008", "整个文件应该是一组“名称: 内容”。", remedy, 1, 1)]
    return data, problems


def place(problems: Iterable[Problem], texts: dict[str, Path]) -> Iterator[Problem]:
    """Give each finding that knows only *which* value is meant the line and column where it stands.

    Only files with findings are read again: keeping positions for the good ones would cost memory for nothing.
    """
    for path, group in groupby(sorted(problems, key=lambda one: one.path), key=lambda one: one.path):
        found = list(group)
        unplaced = path in texts and any(not problem.line for problem in found)
        yield from placed(found, texts[path].read_bytes()[: MAX_BYTES + 1] if unplaced else b"")


def placed(problems: Iterable[Problem], raw: bytes) -> Iterator[Problem]:
    """Give the findings of one file their lines and columns."""
    found = list(problems)
    yield from (problem for problem in found if problem.line)
    unplaced = [problem for problem in found if not problem.line]
    if not unplaced:
        return
    places: dict[At, tuple[int, int]] = {}
    keys: dict[At, tuple[int, int]] = {}
    path = unplaced[0].path
    text = _decode(raw, path)[0] or ""
    mended, _ = mend(text, path)
    with suppress(_Refusal):  # What stood before the refusal has its place.
        _events(mended, path, places, keys)
    yield from as_written((problem.placed(*_nearest_place(problem, places, keys)) for problem in unplaced), text, mended)


def _nearest_place(problem: Problem, places: dict[At, tuple[int, int]], keys: dict[At, tuple[int, int]]) -> tuple[int, int]:
    if problem.on_key and problem.at in keys:
        return keys[problem.at]
    for end in range(len(problem.at), -1, -1):  # A missing field is shown at what it is missing from.
        if problem.at[:end] in places:
            return places[problem.at[:end]]
    return (1, 1)


# ── Bytes ────────────────────────────────────────────────────────────────────


def _decode(raw: bytes, path: str) -> tuple[str | None, list[Problem]]:
    if len(raw) > MAX_BYTES:
        return None, [
            Problem(path, "E006", f"文件超过 {MAX_BYTES // 1024} KB。", "一个文件只写一个所；长文章放在来源里，不要整篇贴进来。", 1, 1)
        ]
    save = "用记事本打开，选“另存为”，编码选“UTF-8”。"
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            return _unified(raw.decode("utf-16")), [Problem(path, "E002", "文件是 UTF-16 编码（记事本里叫 Unicode）。", save, 1, 1)]
        except UnicodeDecodeError:
            return None, [Problem(path, "E002", "文件不是 UTF-8 编码。", save, 1, 1)]
    problems = []
    if raw.startswith(b"\xef\xbb\xbf"):
        raw = raw[3:]
        problems.append(
            Problem(path, "E004", "文件开头有看不见的 BOM 标记。", "另存时编码选“UTF-8”，不要选“带有 BOM 的 UTF-8”。", 1, 1)
        )
    try:
        return _unified(raw.decode("utf-8")), problems
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        try:
            text = raw.decode("gb18030")
        except UnicodeDecodeError:
            return None, [*problems, Problem(path, "E002", "文件不是 UTF-8 编码，也不像 GBK。", save, line, 1)]
        remedy = save + "命令行：iconv -f GB18030 -t UTF-8 旧文件 > 新文件。"
        return _unified(text), [*problems, Problem(path, "E002", "文件是 GBK 编码，不是 UTF-8。", remedy, line, 1)]


def _unified(text: str) -> str:
    """The text with one kind of line end, so that everybody counts the same lines."""
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


# ── Events ───────────────────────────────────────────────────────────────────


class _Refusal(Exception):
    """Parsing cannot go on."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


def _events(
    text: str,
    path: str,
    places: dict[At, tuple[int, int]] | None = None,
    keys: dict[At, tuple[int, int]] | None = None,
) -> tuple[Plain | None, list[Problem]]:
    """Build plain data straight from the parser's events.

    No constructor and no resolver takes part, so nothing is guessed, nothing is expanded, and a second key
    cannot hide the first. It is also the quickest way through PyYAML: half the time of composing nodes.
    With ``places`` and ``keys`` it also notes where each value and each key starts.
    """
    problems: list[Problem] = []
    root: Plain | None = None
    holder: Any = None
    key: str | None = None
    key_mark: Any = None
    above: list[tuple[Any, str | None]] = []
    at: list[str | int] = []
    documents = 0

    def refuse(mark: Any, code: str, message: str, remedy: str) -> Problem:
        return Problem(path, code, message, remedy, mark.line + 1, mark.column + 1)

    loader = _Loader(text)
    try:
        while (event := loader.get_event()) is not None:
            kind = type(event)
            if kind is ScalarEvent:
                value: Any = event.value
                if " " in value and event.style != "|" and event.end_mark.line > event.start_mark.line:
                    value = _WRAP.sub("", value)
                if event.tag is not None or event.anchor is not None:
                    problems.append(_no_magic(event, refuse))
                if type(holder) is dict and key is None:
                    key, key_mark = value, event.start_mark
                    if key in holder:
                        remedy = "留下一条；要写多条时写成列表。"
                        problems.append(refuse(key_mark, "E009", f"“{key}”写了两次，后一条会盖掉前一条。", remedy))
                    continue
            elif kind is MappingStartEvent or kind is SequenceStartEvent:
                if event.tag is not None or event.anchor is not None:
                    problems.append(_no_magic(event, refuse))
                if type(holder) is dict and key is None:
                    raise _Refusal(refuse(event.start_mark, "E008", "名称的位置上不能是列表或一组内容。", "名称只写一个词。"))
                value = {} if kind is MappingStartEvent else []
            elif kind is MappingEndEvent or kind is SequenceEndEvent:
                holder, key = above.pop()
                if above:
                    at.pop()
                key = None
                continue
            elif kind is AliasEvent:
                problems.append(_no_magic(event, refuse))
                value = Unread()
                if type(holder) is dict and key is None:
                    key, key_mark = f"*{event.anchor}", event.start_mark
                    continue
            else:
                if kind is DocumentStartEvent:
                    documents += 1
                    if documents > 1:
                        remedy = "删去“---”，一个文件只写一份。"
                        raise _Refusal(refuse(event.start_mark, "E008", "文件里有第二份文档。", remedy))
                continue
            step: str | int | None = None
            if type(holder) is list:
                step = len(holder)
                holder.append(value)
            elif holder is not None:
                step = key
                holder[key] = value
            else:
                root = value
            if places is not None:
                here = (*at, step) if step is not None else ()
                places.setdefault(here, (event.start_mark.line + 1, event.start_mark.column + 1))
                if keys is not None and type(holder) is dict:
                    keys.setdefault(here, (key_mark.line + 1, key_mark.column + 1))
            if isinstance(value, str):
                key = None
            else:
                above.append((holder, key))
                if step is not None:
                    at.append(step)
                if len(above) > MAX_DEPTH:
                    remedy = f"最多 {MAX_DEPTH} 层；检查括号和缩进。"
                    raise _Refusal(refuse(event.start_mark, "E006", "套得太深。", remedy))
                holder, key = value, None
    except yaml.MarkedYAMLError as error:
        raise _Refusal(_syntax(error, path, text)) from None
    finally:
        loader.dispose()
    return root, problems


def _no_magic(event: Any, refuse: Any) -> Problem:
    if event.__class__ is AliasEvent or event.anchor is not None:
        remedy = "把内容直接写出来；值要以 & 或 * 开头时，整个放进双引号。"
        return refuse(event.start_mark, "E010", "这里不用锚点（&）和引用（*）。", remedy)
    return refuse(event.start_mark, "E011", "这里不用标签（!）。", "删去感叹号和后面的词；值要以 ! 开头时，整个放进双引号。")


_SYNTAX = (
    ("mapping values are not allowed", "这里多了一个冒号，或者缩进没有对齐。", "值里有“: ”时把整个值放进双引号；否则和上一行对齐。"),
    ("could not find expected ':'", "这一行附近缺少冒号。", "写成“名称: 内容”，冒号半角，后面空一格。"),
    ("did not find expected key", "缩进没有对齐。", "同一层的名称要从同一列开始，只用空格。"),
    ("did not find expected '-' indicator", "列表没有对齐，或者短横后面少一个空格。", "短横从同一列开始，后面空一格；名称和上一行的名称对齐。"),
    ("alphabetic or numeric character", "值不能以 & 或 * 开头。", "把整个值放进双引号。"),
    ("expected whitespace or line break", "值不能以半角的 ! 开头。", "把整个值放进双引号，或者改用全角的！。"),
    ("tab character", "这里的空白是制表符（Tab 键）。", "换成空格。"),
    ("block sequence entries are not allowed", "列表的短横不能写在这里。", "把短横写到下一行，缩进两格。"),
    ("did not find expected ',' or ']'", "方括号没有配对，或者两项之间少了半角逗号。", "写成 [甲, 乙]。"),
    ("did not find expected ',' or '}'", "花括号没有配对，或者两项之间少了半角逗号。", "写成 {名称: 内容, 名称: 内容}。"),
    ("found unexpected end of stream", "引号没有配对。", "给这个值补上后一个半角引号。"),
    ("found unknown escape", "双引号里的反斜杠不成转义。", "把反斜杠写两遍，或改用单引号。"),
    ("cannot start any token", "这里的字符不能放在值的开头。", "把整个值放进双引号；若是制表符，换成空格。"),
    ("found undefined tag handle", "这里不用标签（!）。", "值要以 ! 开头时，整个放进双引号。"),
)


def _open_quote(text: str, before: int) -> tuple[int, int] | None:
    """The first value up to a line whose quote is never closed on its own line, nor on a line that only goes on with it."""
    lines = text.split("\n")
    for number, row in enumerate(lines[:before], 1):
        match = re.match(r"""^[ ]*(?:- )*(?:[\w-]+: +)?(?P<quote>["'])""", row)
        if match and row.count(match["quote"]) % 2 and number < len(lines) and re.match(rf"[ ]*(?:- |(?:{KNOWN}):)", lines[number]):
            return number, match.start("quote") + 1
    return None


def _syntax(error: yaml.MarkedYAMLError, path: str, text: str) -> Problem:
    mark = error.problem_mark or error.context_mark
    said = error.problem or ""
    message, remedy = next(((m, r) for start, m, r in _SYNTAX if start in said), ("这里的写法读不懂。", "对照上下几行的缩进、冒号、引号和括号。"))
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    # What was opened is where the reader must look, not the line on which the parser gave up.
    if error.context_mark and error.context_mark.line + 1 < line and any(part in said for part in ("end of stream", "expected ':'", "expected ',' or")):
        line, column = error.context_mark.line + 1, error.context_mark.column + 1
    if opened := _open_quote(text, line):
        line, column = opened
        message, remedy = "引号没有配对。", "给这个值补上后一个半角引号。"
    return Problem(path, "E008", message, remedy, min(line, text.count("\n") + 1), column)
