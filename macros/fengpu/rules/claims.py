"""Numbers that need a word of explanation: hints, each silent once a note speaks of what it asks for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from ..model import Bound, Figure, Gap, PeriodKind, Profile, Record, Station
from ..problem import At
from .finding import Finding, Walked

ASKED = {
    "H302": re.compile("分母|全部|全数|都"),
    "H303": re.compile("基数"),
    "H304": re.compile(r"[\d一二三四五六七八九十两几](?:起|件|人|名|次|户|个)"),
    "H306": re.compile("整数|余|约|确"),
    "H307": re.compile("年|时间|日期"),
    "H308": re.compile("何时|哪年|起点|开始|算起|数起|以来"),
}
"""Words by which a note is taken to speak of what a hint asks for; a note on something else leaves it standing."""
TINY = 30
"""Below this count a per cent says little: one case more or less moves it by three points or more."""


def check(record: Record, walked: Walked) -> Iterator[Finding]:
    if isinstance(record, Profile):
        values = {figure.id: figure.value for figure in record.figures}
        for index, figure in enumerate(record.figures):
            at = ("figures", index)
            if figure.total_of:
                yield from _sum(figure, values, at)
            for hint in _figure(figure, at):
                if not _answered(hint.code, figure.note):
                    yield hint
    if isinstance(record, Station) and not isinstance(record.honours, Gap):
        for index, honour in enumerate(record.honours):
            if isinstance(honour.date, Gap) and not _answered("H307", honour.note):
                yield Finding(("honours", index, "date"), "H307", "荣誉没有年份。", "查到年份就补上；查不到，在 note 里写明时间原文没有写。")


def _figure(figure: Figure, at: At) -> Iterator[Finding]:
    value, change = figure.value, figure.change
    percent = figure.unit == "%"
    if percent and value == 100:
        yield Finding((*at, "value"), "H302", "比率正好是100%。", "在 note 里写明分母是多少、什么时间；原文没有交代分母，也写明。")
    if change and isinstance(change.against, str) and "同比" in change.against and isinstance(value, Gap):
        yield Finding((*at, "change"), "H303", "写了同比，没有基数。", "补上 value；原文没有，就在 note 里说明基数不详。")
    if change and change.unit == "%" and isinstance(value, Decimal) and not percent and value < TINY:
        yield Finding((*at, "change"), "H304", f"总数只有 {value}，百分比说明不了多少。", "在 note 里写明升降了几起。")
    if isinstance(value, Decimal) and not percent and figure.bound is Bound.EXACT and value >= 100 and value % 100 == 0:
        yield Finding((*at, "value"), "H306", f"“{value}”是整百的数。", "看原文有没有写“余、约、多”，有就填 bound；没有，就在 note 里写明原文就是整数。")
    if figure.period.kind is PeriodKind.CUMULATIVE and figure.period.start is Gap.UNSAID:
        yield Finding((*at, "period"), "H308", "累计的数没有起点。", "补上 from；原文没有，就在 note 里说明从何时算起不详。")


def _answered(code: str, note: str | None) -> bool:
    return note is not None and bool(ASKED[code].search(note))


def _sum(figure: Figure, values: dict[str, Decimal | Gap], at: At) -> Iterator[Finding]:
    parts = [values.get(part) for part in figure.total_of]
    if all(isinstance(part, Decimal) for part in parts) and isinstance(figure.value, Decimal):
        total = sum(part for part in parts if isinstance(part, Decimal))
        if total != figure.value:
            message = f"各部分相加是 {total}，和总数 {figure.value} 对不上。"
            yield Finding((*at, "total_of"), "H305", message, "核对原文；原文就对不上的，两个数都留下，在 note 里说明。")
