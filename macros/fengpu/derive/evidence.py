"""How good the evidence is, apart from what it finds.

The five questions are those of EMMIE (Johnson, Tilley and Bowers, 2015): effect, mechanism, moderators,
implementation and economic cost.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple

from ..book import Book, Commons, Instance
from ..model import Change, Figure, Gap, Grade, MeasureKind, Method, SourceKind

QUESTIONS = ("effect", "mechanism", "moderators", "implementation", "cost")


class Answer(NamedTuple):
    """One of the five questions about one method."""

    question: str
    finding: str | Gap
    grade: Grade
    said_by: SourceKind | None


def answers(book: Book, instance: Instance) -> tuple[Answer, ...]:
    """Answer the five questions, keeping what is found apart from how well it is known."""
    method = instance.method
    speaker = book.sources[method.source].kind
    made = []
    for question in QUESTIONS:
        finding = getattr(method, question)
        grade = instance.entry.grade if question == "effect" else _told(finding, speaker)
        made.append(Answer(question, finding, grade, None if grade is Grade.NOTHING else speaker))
    return tuple(made)


def grade(commons: Commons, speaker: SourceKind, method: Method, figures: Iterable[Figure]) -> Grade:
    """The grade of what is said about effect: first who says it, then the numbers on work and results behind it.

    ``figures`` are the method's own.
    """
    telling = [figure for figure in figures if commons.measure(figure).kind is not MeasureKind.SIZE]
    if not telling or speaker is SourceKind.INDEPENDENT:
        return Grade.INDEPENDENT if telling else _told(method.effect, speaker)
    return max((_shown(figure) for figure in telling), key=lambda grade: grade.rank)


def _shown(figure: Figure) -> Grade:
    """What one number on work or results shows; a rise without its size, or against nobody knows what, is only a word."""
    control, change = figure.control, figure.change
    if control is not None and (isinstance(control.value, Decimal) or _measured(control.change)):
        return Grade.COMPARED
    if _measured(change):
        return Grade.BEFORE_AFTER
    return Grade.COUNT if isinstance(figure.value, Decimal) else Grade.CLAIM


def _measured(change: Change | None) -> bool:
    return change is not None and isinstance(change.value, Decimal) and change.against is not Gap.UNSAID


def _told(finding: str | Gap, speaker: SourceKind) -> Grade:
    if isinstance(finding, Gap):
        return Grade.NOTHING
    return Grade.INDEPENDENT if speaker is SourceKind.INDEPENDENT else Grade.CLAIM
