"""Data that the pages' scripts ask for, as scripts themselves: a page on file:// may load a script, but fetch nothing.

Each file calls ``fengpu.give(name, data)``. A page loads only those that it needs.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from ..derive.compare import compare, unexplained
from ..derive.evidence import answers
from ..derive.similar import Traits
from ..link import Instance
from ..model import OWN_SCOPE, Figure, Gap, Method, Profile, Region, Station
from ..render.pages import Renderer, field_title
from ..render.words import cell

HERE = "compare/index"
REGIONS = "regions"
"""The name of the list that holds regions, beside the lists of the provinces."""


def scripts(renderer: Renderer) -> Iterator[tuple[str, Any]]:
    """Every data script: its address in the site and a function that makes its text."""
    book = renderer.book
    lists: dict[str, list[Profile]] = {}
    for profile in book.profiles():
        yield f"data/profile/{profile.id}.js", lambda profile=profile: _give(f"profile/{profile.id}", _profile(renderer, profile))
        yield f"data/methods/{profile.id}.js", lambda profile=profile: _give(f"methods/{profile.id}", _methods(renderer, profile))
        lists.setdefault(_list_of(renderer, profile), []).append(profile)
    for name, profiles in lists.items():
        yield f"data/list/{name}.js", lambda name=name, profiles=profiles: _give(f"list/{name}", [_entry(one) for one in profiles])
    areas: dict[str, list[Station]] = {}
    for station in book.stations.values():
        for area in sorted(renderer.traits[station.id].area_types or {"unknown"}):
            areas.setdefault(area, []).append(station)
    for name, stations in areas.items():
        yield f"data/like/{name}.js", lambda name=name, stations=stations: _give(f"like/{name}", [_traits(renderer, one) for one in stations])


def _give(name: str, data: Any) -> str:
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), default=_number)
    # A line separator is a line's end to an old browser, even within a string.
    text = text.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
    return f"fengpu.give({json.dumps(name)},{text})\n"


def _number(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    raise TypeError(type(value))


def _list_of(renderer: Renderer, profile: Profile) -> str:
    return renderer.traits[profile.id].province or "" if profile.id in renderer.traits else REGIONS


def _entry(profile: Profile) -> list[Any]:
    return [profile.id, profile.name, [[method.id, method.name] for method in profile.methods]]


def _traits(renderer: Renderer, station: Station) -> dict[str, Any]:
    book = renderer.book
    return {
        **_plain(renderer.traits[station.id]),
        "name": station.name,
        "methods": [
            [method.id, method.name, [] if isinstance(method.problems, Gap) else [book.term("problems", word).id for word in method.problems]]
            for method in station.methods
        ],
    }


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
        method.id: {
            "name": method.name,
            "link": renderer.addresses.between(HERE, f"{profile.key}/{method.id}"),
            "rows": list(_method_rows(renderer, Instance(profile, method))),
        }
        for method in profile.methods
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
    book, (profile, method) = renderer.book, instance
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
            "measure": (measure := renderer.book.measure(figure)).id,
            "label": measure.label,
            "compare": measure.compare.value,
            "why": measure.why or "",
            "definition": str(figure.definition),
            "unexplained": unexplained(figure),
            "unit": figure.unit,
            "own": figure.scope == OWN_SCOPE,
            "point": figure.period.kind.value == "时点",
            "period": f"{figure.period.kind.value} {figure.period.start} {figure.period.end}",
        }
        for figure in figures
    ]


