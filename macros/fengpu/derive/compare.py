"""Instances of one playbook side by side on its axes, with every reason not to read more into it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import chain
from typing import NamedTuple

from ..book import Book, Commons, FigureCard, Instance
from ..model import Axis, Comparable, Figure, Gap, Measure, Method, Playbook
from .cards import figure_card


class Cell(NamedTuple):
    """What one instance says on one axis: words, figures or a gap."""

    instance: Instance
    text: str | None = None
    figures: tuple[Figure, ...] = ()
    gap: Gap | None = None

    @property
    def number(self) -> Decimal | None:
        """The one value to sort by; None where there is none or more than one."""
        values = [figure.value for figure in self.figures if isinstance(figure.value, Decimal)]
        return values[0] if len(values) == 1 else None


@dataclass(frozen=True)
class Row:
    axis: Axis
    cells: tuple[Cell, ...]
    differences: tuple[str, ...] = ()
    """Why the figures of this row may not be held against each other; empty where they may, or where fewer than two instances have any."""

    @property
    def sortable(self) -> bool:
        """Whether ranking the instances by this row would be honest."""
        return not self.differences and sum(cell.number is not None for cell in self.cells) > 1

    @property
    def known(self) -> int:
        return sum(cell.gap is None for cell in self.cells)


@dataclass(frozen=True)
class Comparison:
    playbook: Playbook
    instances: tuple[Instance, ...]
    rows: tuple[Row, ...]


def compare(book: Book, playbook: Playbook, instances: Sequence[Instance] | None = None) -> Comparison:
    """Hold instances against each other on the playbook's axes; by default all of them."""
    chosen = tuple(book.instances[playbook.id] if instances is None else instances)
    opened = [(instance, instance.method, instance.figures) for instance in chosen]
    return Comparison(playbook, chosen, tuple(_row(book, axis, opened) for axis in playbook.axes))


Opened = tuple[Instance, Method, tuple[Figure, ...]]


def _row(book: Book, axis: Axis, instances: Sequence[Opened]) -> Row:
    if not axis.measures:
        return Row(axis, tuple(_said(axis, instance, method) for instance, method, _ in instances))
    measures = {book.term("measures", word).id for word in axis.measures}
    cells = tuple(_counted(book, measures, instance, figures) for instance, _, figures in instances)
    columns = [[figure_card(figure, book.commons) for figure in cell.figures] for cell in cells if cell.figures]
    # The numbers of one instance alone are held against nothing.
    return Row(axis, cells, differences(book.commons, list(chain(*columns))) if len(columns) > 1 else ())


def _said(axis: Axis, instance: Instance, method: Method) -> Cell:
    value = method.axes.get(axis.id, Gap.UNSAID)
    return Cell(instance, gap=value) if isinstance(value, Gap) else Cell(instance, text=value)


def _counted(book: Book, measures: Collection[str], instance: Instance, figures: Iterable[Figure]) -> Cell:
    counted = tuple(figure for figure in figures if book.measure(figure).id in measures)
    return Cell(instance, figures=counted) if counted else Cell(instance, gap=Gap.UNSAID)


# What profiles write where a text does not say how it counted; two such definitions are not one definition.
_UNEXPLAINED = re.compile("(?:未|没有|没)(?:说明|解释|交代|写|分开)|不详")


def unexplained(definition: str | Gap) -> bool:
    """Whether a figure's 口径 is unsaid, or admits that the text leaves it open."""
    return isinstance(definition, Gap) or bool(_UNEXPLAINED.search(definition))


def differences(commons: Commons, figures: Sequence[FigureCard]) -> tuple[str, ...]:
    """Name every reason why figures may not be ranked, added or charted together.

    A reason is its name and, after a colon, what more there is to say of it: 口径不同：有的没有交代清楚.
    """
    if len(figures) < 2:
        return ()
    reasons = []
    measures = {figure.measure: _measure(commons, figure) for figure in figures}
    if len(measures) > 1:
        reasons.append(f"指标不同：{'、'.join(sorted(measure.label for measure in measures.values()))}")
    for measure in measures.values():
        if measure.compare is Comparable.NO:
            whose = f"“{measure.label}”" if len(measures) > 1 else ""
            reasons.append(f"不可比：{whose}{(measure.why or '各所所指不同').rstrip('。')}")
    if any(measure.compare is Comparable.SAME_DEFINITION for measure in measures.values()):
        definitions = {figure.definition for figure in figures}
        unclear = sum(unexplained(definition) for definition in definitions)
        if len(definitions) > 1 or unclear:
            name = "口径不同" if len(definitions) > 1 else "口径不明"
            reasons.append(f"{name}：{'有的' if unclear < len(definitions) else '都'}没有交代清楚" if unclear else name)
    if len({figure.unit for figure in figures}) > 1:
        reasons.append("单位不同")
    if len({figure.own for figure in figures}) > 1:
        reasons.append("范围不同")
    # How large a place is may be compared across years, since the years stand beside the numbers; what was done in a period may not.
    timed = [figure for figure in figures if not (figure.point and measures[figure.measure].compare is Comparable.YES)]
    if len({figure.period for figure in timed}) > 1:
        reasons.append("时期不同")
    elif any(figure.undated for figure in timed):
        reasons.append("时期不详")
    if any(figure.one_sided for figure in figures):
        reasons.append("界限不明：有的只说了上限或下限")
    return tuple(reasons)


def mark(reasons: Sequence[str]) -> str:
    """What stands on figures that may not be held together: the name of the reason, or of no reason where there are several."""
    return reasons[0].partition("：")[0] if len(reasons) == 1 else "不能直接比"


def particulars(reasons: Sequence[str]) -> str:
    """What the `mark` leaves to be said."""
    return reasons[0].partition("：")[2] if len(reasons) == 1 else "；".join(reasons)


def _measure(commons: Commons, figure: FigureCard) -> Measure:
    measure = commons.term("measures", figure.measure)
    assert isinstance(measure, Measure)
    return measure
