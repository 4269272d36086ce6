"""How good the evidence is, apart from what it finds.

The five questions are those of EMMIE (Johnson, Tilley and Bowers, 2015): effect, mechanism, moderators,
implementation and economic cost.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from ..link import Book, Instance
from ..model import Gap, MeasureKind, SourceKind

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
        return _RANKS[self]


_RANKS = {grade: rank for rank, grade in enumerate(Grade)}


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
        grade = effect_grade(book, instance) if question == "effect" else _told(finding, speaker)
        made.append(Answer(question, finding, grade, None if grade is Grade.NOTHING else speaker))
    return tuple(made)


def effect_grade(book: Book, instance: Instance) -> Grade:
    """The grade of what is said about effect: first who says it, then the numbers on work and results behind it."""
    finding, speaker = instance.method.effect, book.sources[instance.method.source].kind
    figures = [figure for figure in instance.figures if book.measure(figure).kind is not MeasureKind.SIZE]
    if figures and speaker is not SourceKind.INDEPENDENT:
        return Grade.BEFORE_AFTER if any(figure.change is not None for figure in figures) else Grade.COUNT
    return Grade.INDEPENDENT if figures else _told(finding, speaker)


def _told(finding: str | Gap, speaker: SourceKind) -> Grade:
    if isinstance(finding, Gap):
        return Grade.NOTHING
    return Grade.INDEPENDENT if speaker is SourceKind.INDEPENDENT else Grade.CLAIM

