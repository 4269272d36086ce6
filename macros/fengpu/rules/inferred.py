"""What was worked out rather than printed says why."""

from __future__ import annotations

from collections.abc import Iterator

from ..model import Basis, Case, Event, Honour, Period, Place, Record, Source
from .finding import Finding, Walked

_FIELDS = dict.fromkeys((Period, Place, Honour, Case, Event), ("basis", "why")) | {Source: ("date_basis", "date_why")}
"""The fields for the basis and the reason."""


def check(record: Record, walked: Walked) -> Iterator[Finding]:
    for at, value in walked.records:
        if fields := _FIELDS.get(type(value)):
            basis, why = fields
            if getattr(value, basis) is Basis.INFERRED and not getattr(value, why):
                yield Finding((*at, basis), "E304", "写了“推定”，却没有写理由。", f"补上一行 {why}，说明凭什么推定。")
