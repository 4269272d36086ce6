"""A number says what it counts, when, and from where."""

from __future__ import annotations

from collections.abc import Iterator

from ..model import Gap, PartialDate, Period, Profile, Record
from .finding import Finding, Walked


def check(record: Record, walked: Walked) -> Iterator[Finding]:
    for at, value in walked.records:
        if type(value) is Period:
            start, end = value.start, value.end
            if isinstance(start, PartialDate) and isinstance(end, PartialDate) and start.is_after(end):
                yield Finding((*at, "from"), "E302", f"时期颠倒了：从 {start} 到 {end}。", "对调 from 和 to，或者改正年份。")
    if isinstance(record, Profile):
        for index, figure in enumerate(record.figures):
            if isinstance(figure.value, Gap) and figure.change is None:
                remedy = "写上 value；原文只说了升降就写 change；两样都没有，就不要立这一条。"
                yield Finding(("figures", index, "value"), "E301", "这条数据既没有数值也没有变化。", remedy)
