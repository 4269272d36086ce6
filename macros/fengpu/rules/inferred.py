"""What was worked out rather than printed says why."""

from __future__ import annotations

from collections.abc import Iterator

from ..model import Basis, Case, Event, Honour, Period, Place, Record, Source
from .finding import Finding, Walked


def check(record: Record, walked: Walked) -> Iterator[Finding]:
    for at, value in walked.records:
        if isinstance(value, Period | Place | Honour | Case | Event):
            basis, why, field = value.basis, value.why, "why"
        elif isinstance(value, Source):
            basis, why, field = value.date_basis, value.date_why, "date_why"
        else:
            continue
        if basis is Basis.INFERRED and not why:
            basis_field = "date_basis" if isinstance(value, Source) else "basis"
            yield Finding((*at, basis_field), "E304", "写了“推定”，却没有写理由。", f"补上一行 {field}，说明凭什么推定。")
