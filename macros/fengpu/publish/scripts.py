"""Data that the pages' scripts ask for, as scripts themselves: a page on file:// may load a script, but fetch nothing.

Each file calls ``fengpu.give(name, data)``. A page loads only those that it needs.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from ..book import Card, Instance, Traits
from ..derive.cards import figure_card
from ..derive.compare import compare, unexplained
from ..derive.evidence import answers
from ..model import Figure, Gap, Method, Profile, Region, Station
from ..render.pages import Renderer, field_title
from ..render.words import cell

HERE = "compare/index"
REGIONS = "regions"
"""The name of the list that holds regions, beside the lists of the provinces."""


def scripts(renderer: Renderer) -> Iterator[tuple[str, Any]]:
    """Every data script: its address in the site and a function that makes its text."""
    book = renderer.book
    lists: dict[str, list[Card]] = {}
    areas: dict[str, list[Card]] = {}
    for card in book.cards.values():
        yield f"data/profile/{card.id}.js", lambda name=card.id: _give(f"profile/{name}", _profile(renderer, book.shelf[name]))
        yield f"data/methods/{card.id}.js", lambda name=card.id: _give(f"methods/{name}", _methods(renderer, book.shelf[name]))
        lists.setdefault(card.province or "" if card.traits else REGIONS, []).append(card)
        for area in sorted(card.traits.area_types or {"unknown"}) if card.traits else ():
            areas.setdefault(area, []).append(card)
    for name, cards in lists.items():
        yield f"data/list/{name}.js", lambda name=name, cards=cards: _give(f"list/{name}", [_entry(one) for one in cards])
    for name, cards in areas.items():
        yield f"data/like/{name}.js", lambda name=name, cards=cards: _give(f"like/{name}", [_traits(one) for one in cards])


def _give(name: str, data: Any) -> str:
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), default=_number)
    # A line separator is a line's end to an old browser, even within a string.
    text = text.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
    return f"fengpu.give({json.dumps(name)},{text})\n"


def _number(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    raise TypeError(type(value))


def _entry(card: Card) -> list[Any]:
    return [card.id, card.name, [[method.id, method.name] for method in card.methods]]


def _traits(card: Card) -> dict[str, Any]:
    assert card.traits
    methods = [[method.id, method.name, [] if isinstance(method.problems, Gap) else list(method.problems)] for method in card.methods]
    return {**_plain(card.traits), "name": card.name, "methods": methods}


def _plain(traits: Traits) -> dict[str, Any]:
    return {
        name: sorted(value) if isinstance(value, frozenset) else value
        for name in Traits.__dataclass_fields__
        for value in [getattr(traits, name)]
    }


def _profile(renderer: Renderer, profile: Profile) -> dict[str, Any]:
    made = {"name": profile.name, "link": renderer.addresses.between(HERE, profile.key), "rows": list(_rows(renderer, profile))}
    if profile.id in renderer.traits:
        made["traits"] = _plain(renderer.traits[profile.id])
    return made


def _methods(renderer: Renderer, profile: Profile) -> dict[str, Any]:
    return {
        instance.entry.id: {
            "name": instance.entry.name,
            "link": renderer.addresses.between(HERE, instance.key),
            "rows": list(_method_rows(renderer, instance)),
        }
        for instance in renderer.book.methods_of(profile.id)
    }


# A row is [order, key, label, html] or, where it holds figures, [order, key, label, html, figures].


def _rows(renderer: Renderer, profile: Profile) -> Iterator[list[Any]]:
    book = renderer.book
    show = renderer.snippet
    for order, name in enumerate(("place", "founded", "area_types", "jurisdiction", "staffing", "honours")):
        if isinstance(profile, Station):
            value = getattr(profile, name)
            html = str(cell(value)) if isinstance(value, Gap) else show("fact", HERE, profile=profile, name=name)
        elif name == "place" and isinstance(profile, Region):
            html = str(cell(profile.province if isinstance(profile.province, Gap) else book.term("provinces", profile.province).label))
        else:
            html = str(cell(Gap.INAPPLICABLE))  # A region was not founded and has no staff, whatever the source says.
        yield [order, name, field_title(Station, name), html]
    order_of = renderer.number_of_measure
    groups: dict[str, list[Figure]] = {}
    for figure in profile.figures:
        groups.setdefault(book.measure(figure).id, []).append(figure)
    for measure, figures in groups.items():
        label = book.term("measures", measure).label
        html = show("figures", HERE, profile=profile, figures=figures)
        yield [1000 + order_of[measure], f"measure:{measure}", label, html, _comparable(renderer, figures)]
    for order, playbook in enumerate(book.playbooks.values()):
        methods = [method for method in profile.methods if method.playbook == playbook.id]
        if methods:
            yield [2000 + order, f"playbook:{playbook.id}", playbook.name, show("methods", HERE, profile=profile, methods=methods)]


def _method_rows(renderer: Renderer, instance: Instance) -> Iterator[list[Any]]:
    book, profile, method = renderer.book, instance.profile, instance.method
    show = renderer.snippet
    yield [0, "where", "在哪里", show("where", HERE, profile=profile)]
    for order, name in enumerate(("kind", "summary", "problems", "targets", "goals", "means", "actors", "parts"), 1):
        value = getattr(method, name)
        html = str(cell(value)) if isinstance(value, Gap) else show("field", HERE, method=method, name=name)
        yield [order, name, field_title(Method, name), html]
    order_of = renderer.number_of_measure
    if isinstance(method.playbook, Gap):
        yield [10, "playbook", "所属打法", str(cell(method.playbook))]
    else:
        playbook = book.playbooks[method.playbook]
        yield [10, "playbook", "所属打法", show("playbook", HERE, playbook=playbook)]
        first = 100 + list(book.playbooks).index(playbook.id)  # So that the axes of one playbook stand together.
        for order, row in enumerate(compare(book, playbook, [instance]).rows):
            here = row.cells[0]
            if isinstance(row.axis.measure, Gap):
                html = show("axis", HERE, cell=here) if here.gap is None else str(cell(here.gap))
                yield [first + order / 100, f"axis:{playbook.id}:{row.axis.id}", row.axis.label, html]
            elif here.gap is not None:  # Numbers stand below, by measure, where methods of all playbooks meet.
                measure = book.term("measures", row.axis.measure)
                yield [1000 + order_of[measure.id], f"measure:{measure.id}", measure.label, str(cell(here.gap))]
    for order, answer in enumerate(answers(book, instance)):
        yield [200 + order, answer.question, field_title(Method, answer.question), show("answer", HERE, answer=answer)]
    limits = str(cell(method.limits)) if isinstance(method.limits, Gap) else show("limits", HERE, method=method)
    yield [300, "limits", field_title(Method, "limits"), limits]
    groups: dict[str, list[Figure]] = {}
    for figure in instance.figures:
        groups.setdefault(book.measure(figure).id, []).append(figure)
    for measure, figures in groups.items():
        html = show("figures", HERE, profile=profile, figures=figures)
        yield [1000 + order_of[measure], f"measure:{measure}", book.term("measures", measure).label, html, _comparable(renderer, figures)]
    yield [3000, "source", "谁说的", show("source", HERE, method=method)]


def _comparable(renderer: Renderer, figures: list[Figure]) -> list[Mapping[str, Any]]:
    """What `fengpu.derive.compare.differences` looks at, so that the browser can come to the same reasons."""
    return [
        {
            "measure": entry.measure,
            "label": measure.label,
            "compare": measure.compare.value,
            "why": measure.why or "",
            "definition": str(entry.definition),
            "unexplained": unexplained(entry.definition),
            "unit": entry.unit,
            "own": entry.own,
            "point": entry.point,
            "period": entry.period,
            "undated": entry.undated,
            "one_sided": entry.one_sided,
        }
        for measure, entry in ((renderer.book.measure(figure), figure_card(figure, renderer.book.commons)) for figure in figures)
    ]


