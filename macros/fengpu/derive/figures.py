"""All figures by measure, what may be worked out from them, and whether they may be held together."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal

from ..book import Book, Card, Measured, Some
from ..model import OWN_SCOPE, Basis, Bound, Figure, Gap, Measure, MeasureKind, PartialDate, PeriodKind, Term
from .compare import differences

BASES = {"residents": ("每万常住人口", "万人", 10_000), "all-staff": ("每名民警辅警", "人", 1)}
"""The measures of a station by which its other numbers are divided: what that is called, its unit and by how many."""


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

    number: int
    """Which of all figures this is."""
    _all: Lines = field(repr=False, compare=False)

    @property
    def owner(self) -> str:
        """The id of its profile."""
        return self._all.book.cards.names[self._all.owners[self.number]]

    @property
    def place(self) -> int:
        """Where it stands among the figures of its profile."""
        return self._all.places[self.number]

    @property
    def home(self) -> str:
        """What links call the page of its profile."""
        return self._all.book.cards.key(self.owner)

    @property
    def whose(self) -> str:
        """The name of its profile."""
        return self._all.book.methods.profiles[self._all.owners[self.number]]

    @property
    def card(self) -> Card:
        return self._all.book.cards.at(self._all.owners[self.number])

    @property
    def figure(self) -> Figure:
        return self._all.book.shelf.figure(self.owner, self.place)

    @property
    def derived(self) -> tuple[Derived, ...]:
        return derive(self._all.book, self.card, self.figure)


class Lines:
    """All figures, in the order of the cards."""

    def __init__(self, book: Book) -> None:
        self.book = book
        self.owners, self.places = book.figures.owners, book.figures.places

    def at(self, number: int) -> Line:
        return Line(number, self)


@dataclass(frozen=True)
class MeasureTable:
    """The figures of one measure.

    ``differences`` says why they may not be ranked or charted together; ``comparable`` says that they may and
    that there is something to compare.
    """

    measure: Measure
    lines: Some[Line]
    differences: tuple[str, ...]
    comparable: bool
    largest: Decimal
    """The largest value, or 0 where none is known."""

    @property
    def alone(self) -> bool:
        """Whether one profile has all the figures, so that nothing is held against another."""
        owners, numbers = self.lines.whole.owners, self.lines.numbers  # Both only rise.
        return len(numbers) > 1 and owners[numbers[0]] == owners[numbers[-1]]


def by_measure(book: Book) -> list[MeasureTable]:
    """Every measure that has figures, in the vocabulary's order; stations before regions."""
    lines, found = Lines(book), book.figures.measured
    return [_table(book, lines, term, found[term.id]) for term in book.lexicons["measures"].terms if term.id in found]


def _table(book: Book, lines: Lines, measure: Term, found: Measured) -> MeasureTable:
    assert isinstance(measure, Measure)
    why = differences(book.commons, found.telling)
    return MeasureTable(measure, Some(lines, found.numbers), why, not why and found.known > 1, found.largest)


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
    for base_measure, (label, per, factor) in BASES.items():
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
