"""How values are put into Chinese words and safe markup."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import lru_cache, partial

from markupsafe import Markup

from ..model import Basis, Bound, Change, Control, Figure, Gap, Grade, PartialDate, Period, PeriodKind
from .templates import escaped, harmless, remembering, safe

# What is put in is escaped by hand: Markup.format takes ten times as long, and a page has hundreds of cells.

_GAP_WHY = {
    Gap.UNSAID: ("unsaid", "来源没有说"),
    Gap.INAPPLICABLE: ("inapplicable", "这个问题在这里不成立"),
    Gap.NONE: ("none", "来源说没有"),
}
_SHORT = dict(zip(Grade, ("未说", "说法", "计数", "前后", "对照", "独立"), strict=True))
_GAPS = {gap: safe(f'<span class="fp-gap fp-gap--{name}" title="{why}">{gap.value}</span>') for gap, (name, why) in _GAP_WHY.items()}
UNWRITTEN = "原文未写"
_INLINE = re.compile(r"\*\*(?P<strong>[^*]+)\*\*|\*(?P<em>[^*]+)\*|\[(?P<text>[^\]]+)\]\((?P<url>https?://[^)\s]+)\)")


def inline(text: str) -> Markup:
    """Plain text with at most emphasis and links, escaped."""
    if "*" not in text and "](" not in text:
        return escaped(text)
    made, end = [], 0
    for match in _INLINE.finditer(text):
        made.append(harmless(text[end : match.start()]))
        if match["strong"]:
            made.append(f"<strong>{harmless(match['strong'])}</strong>")
        elif match["em"]:
            made.append(f"<em>{harmless(match['em'])}</em>")
        else:
            made.append(f'<a href="{harmless(match["url"])}" rel="noopener">{harmless(match["text"])}</a>')
        end = match.end()
    return safe("".join([*made, harmless(text[end:])]))


def cell(value: object) -> Markup:
    """A value or, unmistakably, why there is none."""
    if isinstance(value, Gap):
        return _GAPS[value]
    if isinstance(value, PartialDate):
        return _day(value)
    return inline(str(value))


@lru_cache(maxsize=4096)
def _day(date: PartialDate) -> Markup:
    """A date; the same few come again and again."""
    return safe(f'<time datetime="{date}">{date.in_chinese}</time>')


def short(grade: Grade) -> str:
    """A grade in two characters, where a cell has no room for more."""
    return _SHORT[grade]


def number(value: Decimal) -> str:
    return f"{value.normalize():f}"


def spoken(value: Decimal) -> str:
    """A number that was worked out, no more exact than it can be: 12.3, 1234, 377.7万, 1.15亿."""
    for unit, size in (("亿", 10**8), ("万", 10**4)):
        if value >= size:
            return number(round(value / size, 2 if value < 10 * size else 1)) + unit
    return number(round(value, 0 if value >= 100 else 1))


def written(figure: Figure) -> Markup:
    """A figure as Chinese writes it: 约476起, 300余起, 97%以上."""
    if isinstance(figure.value, Gap):
        return cell(figure.value)
    before = {Bound.ABOUT: "约", Bound.UNDER: "不足"}.get(figure.bound, "")
    between = "余" if figure.bound is Bound.OVER else ""
    after = "以上" if figure.bound is Bound.AT_LEAST else ""
    return safe(f'{before}<span class="fp-number">{number(figure.value)}</span>{between}{harmless(figure.unit)}{after}')


def changed(change: Change) -> Markup:
    """A change with what it is measured against: 同比下降17.8%."""
    size = "" if isinstance(change.value, Gap) else number(change.value) + ("" if isinstance(change.unit, Gap) else change.unit)
    against = "" if isinstance(change.against, Gap) else change.against
    made = f"{harmless(against)}{change.direction.value}{harmless(size)}"
    missing = [name for name, value in (("幅度", change.value), ("相比什么", change.against)) if value is Gap.UNSAID]
    if missing:
        made += f' <span class="fp-gap fp-gap--unsaid">{"、".join(missing)}不详</span>'
    return safe(made)


def controlled(control: Control) -> Markup:
    """What stood against a figure: 对照：未推行的三个社区 41，下降2%."""
    said = [number(control.value)] if not isinstance(control.value, Gap) else []
    if control.change is not None:
        said.append(changed(control.change))
    return safe(f"对照：{harmless(control.who)} {'，'.join(said) or _GAPS[Gap.UNSAID]}")


def when(period: Period, *, full: bool = False) -> Markup:
    """A period in the text's own words, and the dates they stand for; in full with why they were inferred."""
    return _in_full(period) if full else _in_short(period)


def _when(period: Period, *, full: bool) -> Markup:
    start, end = period.start, period.end
    known_start, known_end = isinstance(start, PartialDate), isinstance(end, PartialDate)
    if known_start and known_end:
        dates = str(start) if start == end else f"{start} 至 {end}"
    elif known_start:
        dates = f"{start} 起"
    elif known_end:
        dates = str(end) if period.kind is PeriodKind.POINT else f"至 {end}"
    else:
        dates = ""
    said = "" if period.label == UNWRITTEN and dates else period.label
    made = f"{escaped(said)}"
    if dates and dates != said:
        made += f'{" " if said else ""}<span class="fp-dates">{dates}</span>'
    if period.basis is Basis.INFERRED:
        made += f"{inferred(period.why)}"
        if full and period.why:
            made += f'<p class="fp-fine">{harmless(period.why)}</p>'
    return safe(made)


_in_full, _in_short = (remembering(partial(_when, full=full)) for full in (True, False))


def inferred(why: str | None) -> Markup:
    return safe(f' <span class="fp-inferred" title="{harmless(why or "")}">推定</span>')
