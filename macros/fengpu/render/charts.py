"""Charts as SVG in the page: made at build, the same on every machine, readable in print and in the dark."""

from __future__ import annotations

from decimal import Decimal

import leather
from leather import theme
from markupsafe import Markup, escape

from ..derive.figures import MeasureTable

WIDTH = 640
BAR = 34
MARGIN = 96

# The page's own colours, so that a chart follows the scheme and the printer.
theme.background_color = "none"
theme.title_color = theme.label_color = "currentColor"
theme.tick_color = theme.zero_color = "var(--fp-line)"
theme.default_series_colors = ["var(--fp-maple)"]
theme.title_font_family = theme.tick_font_family = theme.axis_title_font_family = "inherit"
theme.tick_font_size = 13


def bars(table: MeasureTable) -> Markup | None:
    """Bars for the figures of one measure, or None where they may not stand on one axis.

    The table that stands beside it says the same in words, so the picture itself is hidden from screen readers.
    """
    if not table.comparable:
        return None
    known = [(line.profile.name, line.figure.value) for line in table.lines if isinstance(line.figure.value, Decimal)]
    chart = leather.Chart()
    # Leather draws the last bar on top.
    chart.add_bars([(float(value), name) for name, value in reversed(known)])
    height = MARGIN + BAR * len(known)
    svg = chart.to_svg(width=WIDTH, height=height)
    size = f'width="{WIDTH}" height="{height}"'
    label = escape(f"{table.measure.label}条形图，数字见表")
    return Markup(svg.replace(f"<svg {size}", f'<svg viewBox="0 0 {WIDTH} {height}" class="fp-chart" role="img" aria-label="{label}"', 1))
