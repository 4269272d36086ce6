"""All figures by measure, what may be worked out from them, and whether they may be held together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal

from ..book import Book, Card, Commons, FigureCard
from ..model import OWN_SCOPE, Basis, Bound, Figure, Gap, Measure, MeasureKind, PartialDate, PeriodKind, Term
from .compare import differences


@dataclass(frozen=True)
class Derived:
    """A value worked out from others, with the formula in words."""

    label: str
    value: Decimal
    unit: str
    formula: str
    about: bool
    """Whether a number that went into it is itself only about right, or its period was inferred."""


@dataclass(frozen=True, slots=True)
class Line:
    """One figure, whose it is and what follows from it."""

    card: Card
    entry: FigureCard
    _book: Book = field(repr=False, compare=False)

    @property
    def figure(self) -> Figure:
        return self._book.shelf.figure(self.card.id, self.card.figures.index(self.entry))

    @property
    def derived(self) -> tuple[Derived, ...]:
        return derive(self._book, self.card, self.figure)


@dataclass(frozen=True)
class MeasureTable:
    """The figures of one measure.

    ``differences`` says why they may not be ranked or charted together; ``comparable`` says that they may and
    that there is something to compare.
    """

    measure: Measure
    lines: tuple[Line, ...]
    differences: tuple[str, ...]
    comparable: bool
    largest: Decimal
    """The largest value, or 0 where none is known."""


def by_measure(book: Book) -> list[MeasureTable]:
    """Every measure that has figures, in the vocabulary's order; stations before regions."""
    found: dict[str, list[Line]] = {}
    for card in book.cards.values():
        for entry in card.figures:
            found.setdefault(entry.measure, []).append(Line(card, entry, book))
    return [_table(book.commons, term, found[term.id]) for term in book.lexicons["measures"].terms if term.id in found]


def _table(commons: Commons, measure: Term, lines: Sequence[Line]) -> MeasureTable:
    assert isinstance(measure, Measure)
    why = differences(commons, [line.entry for line in lines])
    known = [line.entry.value for line in lines if isinstance(line.entry.value, Decimal)]
    return MeasureTable(measure, tuple(lines), why, not why and len(known) > 1, max(known, default=Decimal()))


def derive(book: Book, card: Card, figure: Figure) -> tuple[Derived, ...]:
    """What may honestly be worked out from one figure: only counts of work, only where period and base are known."""
    measure = book.measure(figure)
    if isinstance(figure.value, Gap) or measure.kind is not MeasureKind.WORK or "%" in figure.unit:
        return ()
    made = []
    years = _years(figure)
    rough = figure.bound is not Bound.EXACT
    inferred = figure.period.basis is Basis.INFERRED
    if years is not None and years > 1:
        formula = f"{_plain(figure.value)} ÷ {_plain(_rounded(years))} 年"
        made.append(Derived("平均每年", _rounded(figure.value / years), f"{figure.unit}/年", formula, rough or inferred))
    # What was done in several years, or in nobody knows how long, says nothing beside the staff of one day.
    if figure.scope != OWN_SCOPE or not _is_of_one_year(figure, years):
        return tuple(made)
    for base_measure, label, per, factor in (("residents", "每万常住人口", "万人", 10_000), ("all-staff", "每名民警辅警", "人", 1)):
        base = _base(book, card, base_measure)
        if base is not None and isinstance(base.value, Decimal):
            formula = f"{_plain(figure.value)} ÷ {_plain(base.value)}" + (f" × {factor}" if factor != 1 else "")
            value = _rounded(figure.value * factor / base.value)
            made.append(Derived(label, value, f"{figure.unit}/{per}", formula, rough or inferred or base.bound is not Bound.EXACT))
    return tuple(made)


def _is_of_one_year(figure: Figure, years: Decimal | None) -> bool:
    return figure.period.kind is PeriodKind.YEARLY or years == 1


def _years(figure: Figure) -> Decimal | None:
    """The length of a period of whole months, in years.

    Less than a year is not scaled up: eleven months are not a year, and one month's count says nothing of twelve.
    """
    period = figure.period
    if period.kind is PeriodKind.YEARLY or not (isinstance(period.start, PartialDate) and isinstance(period.end, PartialDate)):
        return None
    if period.kind is not PeriodKind.SPAN:
        return None
    months = (period.end.last.year - period.start.first.year) * 12 + period.end.last.month - period.start.first.month + 1
    return Decimal(months) / 12


def _base(book: Book, card: Card, measure: str) -> Figure | None:
    """A station's own residents or staff, where exactly one number is known."""
    found = [
        number
        for number, one in enumerate(card.figures)
        if one.measure == measure and one.own and isinstance(one.value, Decimal) and one.value
    ]
    return book.shelf.figure(card.id, found[0]) if len(found) == 1 else None


def _rounded(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.1"), ROUND_HALF_UP)


def _plain(value: Decimal) -> str:
    return f"{value.normalize():f}"
