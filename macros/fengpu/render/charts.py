"""Charts as SVG in the page: made at build, the same on every machine, readable in print and in the dark."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from functools import cache
from typing import Any

from markupsafe import Markup, escape

from ..derive.figures import Line, MeasureTable
from ..derive.leaf import Leaf
from .words import written

WIDTH = 480
BAR = 34
SCALE = 22
"""The height of the numbers under the bars."""
MARGIN = 24
"""Leather leaves it on all sides; the last number of the scale needs it on the right, above and below it is cut off."""


@cache
def _leather() -> Any:
    """Leather with the page's own colours, so that a chart follows the scheme and the printer; few pages have charts."""
    import leather
    from leather import theme

    theme.background_color = "none"
    theme.title_color = theme.label_color = "currentColor"
    theme.tick_color = theme.zero_color = "var(--fp-line)"
    theme.default_series_colors = ["var(--fp-maple)"]
    theme.title_font_family = theme.tick_font_family = theme.axis_title_font_family = "inherit"
    theme.margin = MARGIN / WIDTH
    theme.tick_font_size = theme.tick_font_char_width = 14  # A Chinese character is as wide as it is high.
    return leather


def bars(table: MeasureTable, leaf: Leaf[Line]) -> Markup | None:
    """Bars for those figures of one measure that stand on a leaf, or None where they may not stand on one axis.

    To screen readers it is one image with a name; the table that stands beside it has its numbers. Each bar is named with
    its number as the text writes it, since 30000余 is more than its bar is long. All leaves have one scale, so that a bar
    on one may be held against a bar on another.
    """
    lines = [(line.whose, line.figure) for line in leaf.items] if table.comparable else []
    known = [(f"{whose} {written(one).striptags()}", one.value) for whose, one in lines if isinstance(one.value, Decimal)]
    if not known:
        return None
    times, seen = Counter(name for name, _ in known), Counter[str]()
    data = []
    for name, value in known:
        seen[name] += 1  # Leather lays bars of one name over each other.
        data.append((float(value), f"{name} {seen[name]}" if times[name] > 1 else name))
    chart = _leather().Chart()
    chart.add_bars(data)
    if leaf.several:
        chart.add_x_scale(0, float(table.largest))
    inner = BAR * len(known) + SCALE
    height = inner + 2 * MARGIN
    svg = chart.to_svg(width=WIDTH, height=height)
    label = escape(f"{table.measure.label}条形图，数字见表")
    ours = f'<svg viewBox="0 {MARGIN} {WIDTH} {inner + 4}" class="fp-chart" role="img" aria-label="{label}"'
    return Markup(svg.replace(f'<svg width="{WIDTH}" height="{height}"', ours, 1))
