"""One file at a time: its shape first, then the rules that need nothing but the file."""

from __future__ import annotations

import re
import unicodedata
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any

from pydantic import ValidationError
from pydantic_core import PydanticCustomError

from . import rules, schema
from .model import PartialDate, Record
from .problem import At, Problem, is_it
from .read import Sheet


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

    def stands_in(self, at: At) -> bool:
        return any(at[:end] in self.stand_ins for end in range(len(at) + 1))


def check(sheet: Sheet) -> tuple[Checked | None, list[Problem]]:
    """Type one sheet and apply the rules of `fengpu.rules` to it."""
    checked, problems = _shape(sheet)
    if checked is not None:
        found = [Problem(checked.path, one.code, one.message, one.remedy, at=one.at) for one in rules.apply(checked.record)]
        problems += [one for one in found if not checked.stands_in(one.at)]
        problems += _file_name(checked)
    return checked, problems


def _file_name(checked: Checked) -> list[Problem]:
    given = getattr(checked.record, "id", checked.stem)
    if given == checked.stem or checked.stands_in(("id",)):
        return []
    remedy = f"把 id 改成 {checked.stem}，或把文件改名为 {given}.yml。"
    return [Problem(checked.path, "E110", f"编号“{given}”和文件名“{checked.stem}.yml”不一致。", remedy, at=("id",))]


# ── Shape ────────────────────────────────────────────────────────────────────


def _shape(sheet: Sheet) -> tuple[Checked | None, list[Problem]]:
    try:
        return Checked(sheet.path, sheet.stem, sheet.noun.model_validate(sheet.data)), []
    except ValidationError as error:
        wrong = error
    problems: list[Problem] = []
    stand_ins: set[At] = set()
    data = deepcopy(sheet.data)
    for _ in range(8):  # A stand-in can bring out what the error above it hid; real files need one or two rounds.
        for one in wrong.errors(include_url=False):
            at: At = one["loc"]
            if at[-1:] == ("[key]",):  # A key that is no id: pydantic points past its value, which stays out of the record.
                at = at[:-1]
                problems.append(replace(_in_chinese(sheet, at, one), on_key=True))
                _replace(data, at, None)
                continue
            if one["type"] != "missing" or not any(at[:end] in stand_ins for end in range(len(at))):
                problems.append(_in_chinese(sheet, at, one))
            _replace(data, at, None if one["type"] == "extra_forbidden" else schema.smallest(sheet.noun, at))
            if one["type"] != "extra_forbidden":
                stand_ins.add(at)
        try:
            return Checked(sheet.path, sheet.stem, sheet.noun.model_validate(data), frozenset(stand_ins)), problems
        except ValidationError as error:
            wrong = error
    return None, problems


def _replace(data: Any, at: At, value: Any) -> None:
    for step in at[:-1]:
        data = data[step]
    if value is None:
        data.pop(at[-1], None)
    else:
        data[at[-1]] = value


def _in_chinese(sheet: Sheet, at: At, error: Any) -> Problem:
    """Say one of pydantic's findings as a clerk would need to hear it."""
    kind, value = error["type"], error["input"]
    node = schema.node_at(sheet.noun, at)
    name = str(at[-1]) if at else ""
    if at and isinstance(at[-1], int):
        label = f"“{schema.node_at(sheet.noun, at[:-1]).get('title', at[-2])}”的第 {at[-1] + 1} 项"
    else:
        label = f"“{node['title']}”({name})" if "title" in node else f"“{name}”" if at else "文件"

    def problem(code: str, message: str, remedy: str, *, on_key: bool = False) -> Problem:
        return Problem(sheet.path, code, message, remedy, at=at, on_key=on_key)

    if kind == "extra_forbidden":
        fields = schema.node_at(sheet.noun, at[:-1]).get("properties", {})
        known = {field["title"]: key for key, field in fields.items() if "title" in field} | {key: key for key in fields}
        return problem("E101", f"没有“{name}”这一项。", is_it(name, known, f"这里可以写：{'、'.join(fields)}。"), on_key=True)
    if kind == "missing":
        return problem("E102", f"缺少{label}。", f"补上一行“{name}: …”。{node.get('description', '')}")
    if value == "" or (isinstance(value, str) and not value.strip()):
        return problem("E109", f"{label}是空的。", f"写上内容，或者删去这一行。{node.get('description', '')}")
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
        remedy = f"写成 {better}；原文的写法可以放在 printed 里。" if better and better != value else "只写阿拉伯数字，例如 476 或 97.5；不知道就写“不详”。"
        return problem("E105", f"{label}不是数字：“{_short(value)}”。", remedy)
    if kind == "partial_date":
        better = _as_date(half)
        if better == half != value:
            return problem("E108", f"{label}用了全角数字“{value}”。", f"写成 {half}。")
        remedy = f"写成 {better}。" if better else "写成 2023、2023-12 或 2023-12-28；不知道就写“不详”。"
        return problem("E106", f"{label}不是日期：“{_short(value)}”。", remedy)
    if kind == "string_pattern_mismatch":
        if "http" in node.get("pattern", ""):
            return problem("E107", f"{label}不是网址：“{_short(value)}”。", "以 http:// 或 https:// 开头，中间没有空格；没有网址就删去这一行。")
        better = re.sub(r"[^a-z0-9]+", "-", half.lower()).strip("-")
        remedy = f"写成 {better}。" if better else "只用小写字母、数字和连字符，例如 laoli。"
        return problem("E107", f"编号“{_short(value)}”的写法不对。", remedy)
    if kind == "string_too_long":
        return problem("E111", f"{label}太长（{len(value)} 字）。", f"最多 {node.get('maxLength', 2000)} 字，用自己的话概括。")
    return problem("E103", f"{label}的写法不对：“{_short(value)}”。", node.get("description", "对照样例文件修改。"))


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


