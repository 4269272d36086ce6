"""How good the evidence is, apart from what it finds.

The five questions are those of EMMIE (Johnson, Tilley and Bowers, 2015): effect, mechanism, moderators,
implementation and economic cost.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from ..link import Book, Instance
from ..model import Figure, Gap, SourceKind

QUESTIONS = ("effect", "mechanism", "moderators", "implementation", "cost")


class Grade(StrEnum):
    """From nothing said to evaluated by others; a later one is better evidence, not a better result."""

    NOTHING = "没有说"
    CLAIM = "只有说法"
    COUNT = "有计数"
    BEFORE_AFTER = "有前后变化"
    INDEPENDENT = "独立评估"

    @property
    def rank(self) -> int:
        return list(Grade).index(self)


@dataclass(frozen=True)
class Answer:
    """One of the five questions about one method."""

    question: str
    finding: str | Gap
    grade: Grade
    said_by: SourceKind | None


def answers(book: Book, instance: Instance) -> tuple[Answer, ...]:
    """Answer the five questions, keeping what is found apart from how well it is known."""
    speaker = book.sources[instance.method.source].kind
    made = []
    for question in QUESTIONS:
        finding = getattr(instance.method, question)
        grade = grade_of(instance.figures, speaker, finding) if question == "effect" else _told(finding, speaker)
        made.append(Answer(question, finding, grade, None if grade is Grade.NOTHING else speaker))
    return tuple(made)


def grade_of(figures: Iterable[Figure], speaker: SourceKind, finding: str | Gap) -> Grade:
    """The grade of a finding about effect: the figures behind it decide, then who says it."""
    figures = list(figures)
    if speaker is SourceKind.INDEPENDENT and (figures or not isinstance(finding, Gap)):
        return Grade.INDEPENDENT
    if any(figure.change is not None for figure in figures):
        return Grade.BEFORE_AFTER
    if figures:
        return Grade.COUNT
    return _told(finding, speaker)


def _told(finding: str | Gap, speaker: SourceKind) -> Grade:
    if isinstance(finding, Gap):
        return Grade.NOTHING
    return Grade.INDEPENDENT if speaker is SourceKind.INDEPENDENT else Grade.CLAIM


def effect_grade(book: Book, instance: Instance) -> Grade:
    return answers(book, instance)[0].grade
