"""How far a playbook's evidence has come: computed from its instances, typed nowhere."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from ..book import Book
from ..model import Grade, PartialDate, Playbook

VALID_YEARS = 2
"""How long after its oldest check a status holds."""


class Level(StrEnum):
    """How much a trainer may lean on a playbook; the rules stand in `level`."""

    EMPTY = "待收录"
    SINGLE = "孤例"
    SEVERAL = "多例"
    COUNTED = "多例有数"
    MEASURED = "有前后数据"
    COMPARED = "有对照数据"
    EVALUATED = "有独立评估"


@dataclass(frozen=True)
class Status:
    """A playbook's standing, with what would move it up and until when it holds."""

    level: Level
    instances: int
    profiles: int
    best: Grade
    last_checked: PartialDate | None
    expires: PartialDate | None
    """Two years after the oldest check among its instances; from the data, never from the clock."""
    missing: str


def status(book: Book, playbook: Playbook) -> Status:
    """Work out one playbook's status."""
    instances = book.instances[playbook.id]
    grades = [book.methods.grades[number] for number in instances.numbers]
    best = book.methods.best(instances.numbers)
    owners = set(instances.owners)
    counted = len({owner for owner, grade in zip(instances.owners, grades, strict=True) if grade >= Grade.COUNT.rank})
    profiles = len(owners)
    checked = sorted({book.checked[owner] for owner in owners})
    level, missing = _level(profiles, counted, best)
    expires = PartialDate(checked[0].year + VALID_YEARS, checked[0].month) if checked else None
    return Status(level, len(instances), profiles, best, checked[-1] if checked else None, expires, missing)


def _level(profiles: int, counted: int, best: Grade) -> tuple[Level, str]:
    if not profiles:
        return Level.EMPTY, "收录第一个做法。"
    if best is Grade.INDEPENDENT:
        return Level.EVALUATED, "已到最高一级；到期前重新核对。"
    if profiles == 1:
        return Level.SINGLE, "收录另一个所的同类做法。"
    if counted < 2:
        return Level.SEVERAL, f"至少两个所写出工作量或结果的数字，现在有 {counted} 个。"
    if best.rank < Grade.BEFORE_AFTER.rank:
        return Level.COUNTED, "至少一个所给出前后对比，并写明跟什么比。"
    if best.rank < Grade.COMPARED.rank:
        return Level.MEASURED, "至少一个所拿没有这样做的一方作对照，并写出对方的数字。"
    return Level.COMPARED, "由所外的人作独立评估。"
