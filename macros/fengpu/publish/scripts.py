"""Data that the pages' scripts ask for, as scripts themselves: a page on file:// may load a script, but fetch nothing.

Each file calls ``fengpu.give(name, data)``. A page loads only those that it needs.
"""

from __future__ import annotations

import json
from array import array
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache, partial
from typing import Any

from ..book import Book, Card, FigureCard, Instance, Some, Traits
from ..derive.compare import unexplained
from ..model import Figure, Gap, Method, Profile, Region, Station
from ..render.pages import Renderer, field_title
from ..render.templates import harmless
from ..render.words import cell

HERE = "compare/index"
OF_EACH = ("profile", "methods")
"""The folders in which each profile has a script."""
REGIONS = "regions"
"""The name of the list that holds regions, beside the lists of the provinces."""

Show = Callable[..., str]
"""What fills a macro of ``_partials/snippets.html``."""
Together = Mapping[str, tuple[str, ...]]
"""A measure → all those that one axis of a playbook asks for together, so that their numbers share a row."""


def scripts_of(renderer: Renderer, card: Card, together: Together) -> Iterator[tuple[str, Callable[[], str], Card]]:
    """The data scripts of one profile: their addresses in the site, functions that make their texts, and whom they are about."""
    name, shelf = card.id, renderer.book.shelf
    yield f"data/profile/{name}.js", lambda: _give(f"profile/{name}", _profile(renderer, shelf[name])), card
    yield f"data/methods/{name}.js", lambda: _give(f"methods/{name}", _methods(renderer, shelf[name], together)), card


def other_scripts(renderer: Renderer) -> Iterator[tuple[str, Callable[[], str], Some[Card]]]:
    """The data scripts that list profiles."""
    book, cards = renderer.book, renderer.book.cards
    numbers = array("I", (cards.number(traits.id) for traits in book.census))
    lists: dict[str, array[int]] = defaultdict(lambda: array("I"))
    areas: dict[str, array[int]] = defaultdict(lambda: array("I"))
    for place, traits in enumerate(book.census):
        lists[traits.province or ""].append(numbers[place])
        for area in sorted(traits.area_types or {"unknown"}):
            areas[area].append(place)
    if regions := set(range(len(cards))).difference(numbers):
        lists[REGIONS].extend(sorted(regions))
    for name, found in lists.items():
        yield f"data/list/{name}.js", partial(_give_all, f"list/{name}", partial(_entry, book), found), Some(cards, found)
    for name, found in areas.items():
        about = Some(cards, (numbers[place] for place in found))
        yield f"data/like/{name}.js", partial(_give_all, f"like/{name}", partial(_traits, book), found), about


def _give(name: str, data: Any) -> str:
    return _given(name, _json(data))


def _give_all(name: str, tell: Callable[[int], Any], numbers: Iterable[int]) -> str:
    """Give a list that is too long to lie open as a whole."""
    return _given(name, f"[{','.join(_json(tell(number)) for number in numbers)}]")


def _given(name: str, text: str) -> str:
    return f"fengpu.give({json.dumps(name)},{text})\n"


@lru_cache(maxsize=4096)
def _number(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    raise TypeError(type(value))


_encoded = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":"), default=_number).encode


def _json(data: Any) -> str:
    # A line separator is a line's end to an old browser, even within a string.
    return _encoded(data).replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _entry(book: Book, card: int) -> list[Any]:
    name, methods = book.cards.names[card], book.methods
    return [name, methods.profiles[card], [[methods.ids[number], methods.names[number]] for number in methods.of(name)]]


def _traits(book: Book, place: int) -> dict[str, Any]:
    traits, methods, problems = book.census[place], book.methods, book.said["problems"]
    told = [
        [methods.ids[number], methods.names[number], [] if isinstance(said := problems[number], Gap) else list(said)]
        for number in methods.of(traits.id)
    ]
    return {**_plain(traits), "name": methods.profiles[book.cards.number(traits.id)], "methods": told}


def _plain(traits: Traits) -> dict[str, Any]:
    return {name: sorted(value) if isinstance(value, frozenset) else value for name, value in traits._asdict().items()}


def _profile(renderer: Renderer, profile: Profile) -> dict[str, Any]:
    honours = profile.honours if isinstance(profile, Station) and not isinstance(profile.honours, Gap) else ()
    show, notes = renderer.snippets(HERE, (profile, *honours, *profile.figures))
    made = {
        "name": profile.name,
        "link": renderer.addresses.between(HERE, profile.key),
        "rows": _explained(renderer, _rows(renderer, profile, show)),
        "notes": notes,
    }
    if traits := renderer.book.cards[profile.id].traits:
        made["traits"] = _plain(traits)
    return made


def _methods(renderer: Renderer, profile: Profile, together: Together) -> dict[str, Any]:
    limits = (limit for method in profile.methods if not isinstance(method.limits, Gap) for limit in method.limits)
    show, notes = renderer.snippets(HERE, (*profile.methods, *profile.figures, *limits))
    made = {
        instance.entry.id: {
            "name": instance.entry.name,
            "link": renderer.addresses.between(HERE, instance.key),
            "rows": _explained(renderer, _method_rows(renderer, instance, together, show)),
        }
        for instance in renderer.book.methods_of(profile.id)
    }
    return {"methods": made, "notes": notes}


# A row is [order, key, label, html] or, where it holds figures, [order, key, label, html, figures]. The label is HTML too;
# references are to the notes of their file.


def _explained(renderer: Renderer, rows: Iterable[list[Any]]) -> list[list[Any]]:
    return [[order, key, renderer.snippet(harmless(label), HERE), *rest] for order, key, label, *rest in rows]


def _rows(renderer: Renderer, profile: Profile, show: Show) -> Iterator[list[Any]]:
    book = renderer.book
    for order, name in enumerate(("place", "founded", "area_types", "jurisdiction", "staffing", "honours")):
        if isinstance(profile, Station):
            html = show("fact", profile=profile, name=name)
        elif name == "place" and isinstance(profile, Region):
            html = str(cell(profile.province if isinstance(profile.province, Gap) else book.term("provinces", profile.province).label))
        else:
            html = str(cell(Gap.INAPPLICABLE))  # A region was not founded and has no staff, whatever the source says.
        yield [order, name, field_title(Station, name), html]
    yield from _figure_rows(renderer, profile, profile.figures, {}, show)
    for order, playbook in enumerate(book.playbooks.values()):
        methods = [method for method in profile.methods if method.playbook == playbook.id]
        if methods:
            yield [2000 + order, f"playbook:{playbook.id}", playbook.name, show("methods", profile=profile, methods=methods)]
    yield [3000, "source", "谁说的", show("source", cited=profile)]


def _figure_rows(renderer: Renderer, profile: Profile, figures: Iterable[Figure], together: Together, show: Show) -> Iterator[list[Any]]:
    book = renderer.book
    cards = {card.id: card for card in book.cards[profile.id].figures}
    groups: dict[tuple[str, ...], list[Figure]] = {}
    for figure in figures:
        measure = book.measure(figure).id
        groups.setdefault(together.get(measure, (measure,)), []).append(figure)
    for measures, found in groups.items():
        html = show("figures", profile=profile, figures=found, named=len(measures) > 1)
        yield [*_measure_row(renderer, measures), html, _comparable(book, [cards[figure.id] for figure in found])]


def _measure_row(renderer: Renderer, measures: Sequence[str]) -> list[Any]:
    first, label = measures[0], "、".join(renderer.book.term("measures", one).label for one in measures)
    return [1000 + renderer.number_of_measure[first], f"measure:{first}", label]


def asked_together(book: Book) -> Together:
    """The measures that some axis asks for together."""
    made: dict[str, tuple[str, ...]] = {}
    for axis in (axis for playbook in book.playbooks.values() for axis in playbook.axes if len(axis.measures) > 1):
        together = tuple(book.term("measures", word).id for word in axis.measures)
        made.update((one, together) for one in together if len(together) > len(made.get(one, ())))
    return made


def _method_rows(renderer: Renderer, instance: Instance, together: Together, show: Show) -> Iterator[list[Any]]:
    book, profile, method = renderer.book, instance.profile, instance.method
    yield [0, "where", "在哪里", show("where", profile=profile)]
    for order, name in enumerate(("kind", "summary", "problems", "targets", "goals", "means", "actors", "parts"), 1):
        yield [order, name, field_title(Method, name), show("field", method=method, name=name)]
    # Numbers stand below, by measure, where methods of all playbooks meet.
    counted = {row[1]: row for row in _figure_rows(renderer, profile, instance.figures, together, show)}
    if isinstance(method.playbook, Gap):
        yield [10, "playbook", "所属打法", str(cell(method.playbook))]
    else:
        playbook = book.playbooks[method.playbook]
        yield [10, "playbook", "所属打法", show("playbook", playbook=playbook)]
        first = 100 + list(book.playbooks).index(playbook.id)  # So that the axes of one playbook stand together.
        for order, row in enumerate(renderer.axes(instance)):
            if not row.axis.measures:
                yield [first + order / 100, f"axis:{playbook.id}:{row.axis.id}", row.axis.label, show("axis", cell=row.cells[0])]
            else:
                measure = book.term("measures", row.axis.measures[0]).id
                asked = _measure_row(renderer, together.get(measure, (measure,)))
                counted.setdefault(asked[1], [*asked, str(cell(Gap.UNSAID))])
    for order, answer in enumerate(renderer.answers(instance)):
        yield [200 + order, answer.question, field_title(Method, answer.question), show("answer", answer=answer)]
    yield [300, "limits", field_title(Method, "limits"), show("limits", method=method)]
    yield from counted.values()
    yield [3000, "source", "谁说的", show("source", cited=method)]


def _comparable(book: Book, figures: Iterable[FigureCard]) -> list[Mapping[str, Any]]:
    """What `fengpu.derive.compare.differences` looks at, so that the browser can come to the same reasons."""
    return [
        {
            "measure": entry.measure,
            "label": measure.label,
            "compare": measure.compare.value,
            "why": measure.why or "",
            "definition": str(entry.definition),
            "unexplained": unexplained(entry.definition),
            "value": None if isinstance(entry.value, Gap) else entry.value,
            "unit": entry.unit,
            "own": entry.own,
            "point": entry.point,
            "period": entry.period,
            "undated": entry.undated,
            "one_sided": entry.one_sided,
        }
        for entry in figures
        for measure in [book.measure(entry)]
    ]
