"""One file at a time: its shape first, then the rules that need nothing but the file."""

from __future__ import annotations

import re
import unicodedata
from copy import deepcopy
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from pydantic import ValidationError
from pydantic_core import PydanticCustomError

from . import rules, schema
from .model import Gap, PartialDate, Playbook, Record, Station
from .problem import At, Problem, is_it
from .read import Sheet, Unread
from .rules.finding import Walked


@dataclass(frozen=True, slots=True)
class Checked:
    """A file's record.

    Where the file was wrong, a small valid value stands in, so that everything else in it can still be
    checked in the same run; ``stand_ins`` names those places, and nothing is reported about them twice.
    """

    path: str
    stem: str
    record: Record
    stand_ins: frozenset[At] = frozenset()
    walked: Walked = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "walked", Walked(self.record))

    def stands_in(self, at: At) -> bool:
        return any(at[:end] in self.stand_ins for end in range(len(at) + 1))

    @property
    def unsure(self) -> set[str]:
        """What other files cannot be held to: the file's stem where a word of its own is a stand-in, else ``stem/field``."""
        fields = {next((step for step in reversed(at) if isinstance(step, str)), "") for at in self.stand_ins}
        name = called(self.path)
        return {name if field in {"id", "label", "axes", "terms"} else f"{name}/{field}" for field in fields}


def called(path: str) -> str:
    """What other files call that which stands in a file: its stem, or ``sources`` for every list of sources."""
    folder, _, name = path.rpartition("/")
    return "sources" if folder.rpartition("/")[2] == "sources" else name.removesuffix(".yml")


def check(sheet: Sheet) -> tuple[Checked | None, list[Problem]]:
    """Type one sheet and apply the rules of `fengpu.rules` to it."""
    checked, problems = _shape(sheet)
    if checked is not None:
        found = [Problem(checked.path, one.code, one.message, one.remedy, at=one.at) for one in rules.apply(checked.record, checked.walked)]
        problems += [one for one in found if not checked.stands_in(one.at)]
        problems += _file_name(checked)
    return checked, problems


def _file_name(checked: Checked) -> list[Problem]:
    given = getattr(checked.record, "id", checked.stem)
    if given == checked.stem or checked.stands_in(("id",)):
        return []
    rename = f"把文件改名为 {given}.yml。"
    remedy = f"把 id 改成 {checked.stem}，或{rename}" if re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", checked.stem) else rename
    return [Problem(checked.path, "E110", f"编号“{given}”和文件名“{checked.stem}.yml”不一致。", remedy, at=("id",))]


# ── Shape ────────────────────────────────────────────────────────────────────


def _shape(sheet: Sheet) -> tuple[Checked | None, list[Problem]]:
    try:
        checked = Checked(sheet.path, sheet.stem, sheet.noun.model_validate(sheet.data))
    except ValidationError:
        return _with_stand_ins(sheet)
    # Where a gap may stand, it has become a Gap.
    return (checked, []) if _GAPS.isdisjoint(checked.walked.words) else _with_stand_ins(sheet)


def _with_stand_ins(sheet: Sheet) -> tuple[Checked | None, list[Problem]]:
    problems: list[Problem] = []
    stand_ins: set[At] = set()
    data = sheet.data
    if misplaced := [at for at in _gaps(sheet.data) if _is_misplaced(sheet.noun, _pattern(at))]:
        data = deepcopy(data)
        for at in misplaced:
            problems.append(_no_gap(sheet, at))
            _replace(data, at, schema.smallest(sheet.noun, at))
            stand_ins.add(at)
    for _ in range(8):  # A stand-in can bring out what the error above it hid; real files need one or two rounds.
        try:
            return Checked(sheet.path, sheet.stem, sheet.noun.model_validate(data), frozenset(stand_ins)), problems
        except ValidationError as error:
            wrong = error
        data = deepcopy(data) if data is sheet.data else data
        for one in wrong.errors(include_url=False):
            at: At = one["loc"]
            if at[-1:] == ("[key]",):  # A key that is no id: pydantic points past its value, which stays out of the record.
                problems.append(_no_name(sheet, at[:-1], one))
                _replace(data, at[:-1], None)
                continue
            if one["type"] == "extra_forbidden":
                problems.append(_in_chinese(sheet, at, one))
                _replace(data, at, None)
                continue
            follows = one["type"] == "missing" and any(at[:end] in stand_ins for end in range(len(at)))
            if not follows and not isinstance(one["input"], Unread):
                problems.append(_in_chinese(sheet, at, one))
            _replace(data, at, schema.smallest(sheet.noun, at))
            stand_ins.add(at)
    return None, problems


def _replace(data: Any, at: At, value: Any) -> None:
    for step in at[:-1]:
        data = data[step]
    if value is None:
        data.pop(at[-1], None)
    else:
        data[at[-1]] = value


# ── Gaps ─────────────────────────────────────────────────────────────────────


_GAPS = frozenset(gap.value for gap in Gap)


def _gaps(data: Any) -> list[At]:
    """Where a file says 不详, 不适用 or 无."""
    found: list[At] = []
    ahead: list[tuple[At, Any]] = [((), data)]
    while ahead:
        at, value = ahead.pop()
        for step, inner in value.items() if isinstance(value, dict) else enumerate(value):
            if not isinstance(inner, str):
                ahead.append(((*at, step), inner))
            elif inner in _GAPS:
                found.append((*at, step))
    return found


def _pattern(at: At) -> At:
    """A place with all items of a list taken for one, since what may stand there is the same."""
    return tuple(0 if isinstance(step, int) else step for step in at)


def _declared(noun: type[Record], at: At) -> schema.Node:
    """A place's schema as declared, with the gap among its alternatives; empty for a place that no noun has."""
    around = schema.node_at(noun, at[:-1])
    if isinstance(at[-1], int):
        return around.get("items", {})
    return around.get("properties", {}).get(at[-1]) or around.get("additionalProperties") or {}


def _may_be_gap(noun: type[Record], at: At) -> bool:
    return bool(at) and "enum" in _declared(noun, at).get("anyOf", [{}])[0]


def _is_required(noun: type[Record], at: At) -> bool:
    return bool(at) and at[-1] in schema.node_at(noun, at[:-1]).get("required", ())


@cache
def _is_misplaced(noun: type[Record], at: At) -> bool:
    """Whether a gap at this place would be taken for a value; an option that does not exist is another matter."""
    return bool(_declared(noun, at)) and not _may_be_gap(noun, at) and "enum" not in schema.node_at(noun, at)


def _no_gap(sheet: Sheet, at: At) -> Problem:
    around: Any = sheet.data
    for step in at[:-1]:
        around = around[step]
    word = around[at[-1]]
    message = f"{_label(sheet.noun, at)}不能写“{word}”。"
    if isinstance(at[-1], int):
        whole = at[:-1]
        if len(around) > 1:
            remedy = "删去这一项。"
        elif _may_be_gap(sheet.noun, whole):
            remedy = f"不用方括号和短横，直接写成 {whole[-1]}: {word}。"
        else:
            remedy = _must(sheet.noun, whole) or f"没有内容就删去 {whole[-1]}。"
    else:
        remedy = _must(sheet.noun, at) or "没有内容就删去这一行。"
    return Problem(sheet.path, "E113", message, remedy, at=at)


def _must(noun: type[Record], at: At) -> str:
    """What to write in a field that cannot be left out; nothing for another."""
    return f"这一项必须写。{schema.node_at(noun, at).get('description', '')}" if _is_required(noun, at) else ""


# ── In Chinese ───────────────────────────────────────────────────────────────


def _label(noun: type[Record], at: At) -> str:
    """What a place is called: “概要”(summary), “做法”的第 2 项."""
    if not at:
        return "文件"
    if isinstance(at[-1], int):
        return f"“{schema.node_at(noun, at[:-1]).get('title', at[-2])}”的第 {at[-1] + 1} 项"
    title = schema.node_at(noun, at).get("title")
    return f"“{title}”({at[-1]})" if title else f"“{at[-1]}”"


def _in_chinese(sheet: Sheet, at: At, error: Any) -> Problem:
    """Say one of pydantic's findings as a clerk would need to hear it."""
    kind, value = error["type"], error["input"]
    node = schema.node_at(sheet.noun, at)
    name = str(at[-1]) if at else ""
    label = _label(sheet.noun, at)
    or_gap = "不知道就写“不详”" if _may_be_gap(sheet.noun, at) else ""

    def problem(code: str, message: str, remedy: str, *, on_key: bool = False) -> Problem:
        return Problem(sheet.path, code, message, remedy, at=at, on_key=on_key)

    if kind == "extra_forbidden":
        return problem("E101", f"没有“{name}”这一项。", _where_it_belongs(sheet.noun, at), on_key=True)
    if kind == "missing":
        return problem("E102", f"缺少{label}。", f"补上一行“{name}: …”。{node.get('description', '')}")
    if value == "" or (isinstance(value, str) and not value.strip()):
        drop = "" if _is_required(sheet.noun, at) else "，或者删去这一项" if isinstance(at[-1], int) else "，或者删去这一行"
        return problem("E109", f"{label}是空的。", f"写上内容{or_gap and '，' + or_gap}{drop}。{node.get('description', '')}")
    if kind == "too_short":
        return problem("E109", f"{label}至少要有一项。", node.get("description", "补上一项。"))
    if kind in {"tuple_type", "list_type"}:
        return problem("E103", f"{label}要写成列表。", "一项一行，前面加“- ”；几个词也可以写成 [甲, 乙]。")
    if kind in {"model_type", "dict_type", "model_attributes_type"}:
        inner = "、".join(node.get("properties", ())) or "名称"
        return problem("E103", f"{label}要写成一组“名称: 内容”。", f"换行缩进，里面可以写：{inner}。")
    if not isinstance(value, str):
        return problem("E103", f"{label}只能是一个值，不能是列表或一组内容。", "写成一行：名称: 内容。")
    if "enum" in node:
        words = [str(word) for word in node["enum"]]
        return problem("E104", f"{label}没有“{value}”这个选项。", f"{is_it(value, words, '')}可以写：{'、'.join(words)}。")
    half = unicodedata.normalize("NFKC", value).strip()
    if kind in {"plain_number", "decimal_parsing", "int_parsing", "int_from_float", "greater_than_equal", "less_than_equal"}:
        better = _as_number(half)
        if better == half != value:
            return problem("E108", f"{label}用了全角数字“{value}”。", f"写成 {half}。")
        if "minimum" in node:
            return problem("E105", f"{label}不能是“{_short(value)}”。", f"写 {node['minimum']} 到 {node['maximum']} 的整数。")
        only = f"只写阿拉伯数字，例如 476 或 97.5{or_gap and '；' + or_gap}。"
        remedy = f"写成 {better}；原文的写法可以放在 printed 里。" if better and better != value else only
        return problem("E105", f"{label}不是数字：“{_short(value)}”。", remedy)
    if kind == "partial_date":
        better = _as_date(half)
        if better == half != value:
            return problem("E108", f"{label}用了全角数字“{value}”。", f"写成 {half}。")
        remedy = f"写成 {better}。" if better else f"写成 2023、2023-12 或 2023-12-28{or_gap and '；' + or_gap}。"
        return problem("E106", f"{label}不是日期：“{_short(value)}”。", remedy)
    if kind == "string_pattern_mismatch":
        if "http" in node.get("pattern", ""):
            remedy = "以 http:// 或 https:// 开头，中间没有空格；没有网址就删去这一行。"
            return problem("E107", f"{label}不是网址：“{_short(value)}”。", remedy)
        better = re.sub(r"[^a-z0-9]+", "-", half.lower()).strip("-")
        remedy = f"写成 {better}。" if better else "只用小写字母、数字和连字符，例如 laoli。"
        return problem("E107", f"编号“{_short(value)}”的写法不对。", remedy)
    if kind == "string_too_long":
        most = node.get("maxLength", 0)
        shorten = "用自己的话概括" if most > 500 else "换一个短的"
        return problem("E111", f"{label}太长（{len(value)} 字）。", f"最多 {most} 字，{shorten}。")
    return problem("E103", f"{label}的写法不对：“{_short(value)}”。", node.get("description", "对照样例文件修改。"))


def _no_name(sheet: Sheet, at: At, error: Any) -> Problem:
    if not str(at[-1]).strip():
        return Problem(sheet.path, "E109", "冒号前面没有名称。", "写上名称，或者删去这一行。", at=at, on_key=True)
    return replace(_in_chinese(sheet, at, error), on_key=True)


_WHOLE: dict[type[Record], str] = {Station: "派出所", Playbook: "打法"}


def _where_it_belongs(noun: type[Record], at: At) -> str:
    """The remedy for a field that does not exist here: the level that has it, or the field that may be meant."""
    name, here = str(at[-1]), at[:-1]
    for end in range(len(here) - 1, -1, -1):
        if key := _spellings(noun, at[:end]).get(name):
            meant = "" if key == name else f"写成 {key}，"
            if end == 0:
                return f"这是{_WHOLE.get(noun, '整个文件')}一级的项，{meant}往左移到最外层。"
            owner = at[: end - 1] if isinstance(at[end - 1], int) else at[:end]
            return f"这是“{schema.node_at(noun, owner).get('title')}”一级的项，{meant}往左移，和那一条别的名称对齐。"
    fields = schema.node_at(noun, here).get("properties", {})
    inside = [field for field in fields if name in _spellings(noun, (*here, field)) or name in _spellings(noun, (*here, field, 0))]
    if len(inside) == 1 and name not in _spellings(noun, here):
        return f"这一项写在 {inside[0]} 里面，往右缩进。"
    return is_it(name, _spellings(noun, here), f"这里可以写：{'、'.join(fields)}。")


def _spellings(noun: type[Record], at: At) -> dict[str, str]:
    """The fields of the record at a place, by name and by Chinese title."""
    fields = schema.node_at(noun, at).get("properties", {})
    return {field["title"]: key for key, field in fields.items() if "title" in field} | {key: key for key in fields}


def _short(value: str) -> str:
    return value if len(value) <= 30 else value[:30] + "…"


_SCALE = {"": 1, "百": 100, "千": 1000, "万": 10_000, "亿": 100_000_000}


def _as_number(text: str) -> str | None:
    """The plain number that a Chinese way of writing means: ``1.4万余人`` is 14000."""
    match = re.fullmatch(r"[^\d.+-]{0,3}?(\d[\d,]*(?:\.\d{1,4})?)(百|千|万|亿)?\s*[^\d成折分]{0,4}", text)
    if not match:
        return None
    # Sound for the few decimals that people write; anything longer is left to them.
    number = round(float(match[1].replace(",", "")) * _SCALE[match[2] or ""], 4)
    return f"{number:.4f}".rstrip("0").rstrip(".")


def _as_date(text: str) -> str | None:
    match = re.fullmatch(r"(\d{4})\s*[年./-]?\s*(?:(\d{1,2})\s*[月./-]?\s*(?:(\d{1,2})\s*[日号]?)?)?", text)
    if not match:
        return None
    made = "-".join([match[1], *(f"{int(part):02}" for part in match.groups()[1:] if part)])
    try:
        return str(PartialDate.parse(made))
    except PydanticCustomError:
        return None


