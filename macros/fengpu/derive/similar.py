"""Which stations are like one another, and why: a weighted sum over named fields, with what is missing said.

After Gower's general coefficient of similarity (Biometrics 27, 1971), but a field that one side does not know
gives no points instead of dropping out, so that a station of which little is known is not near to everything.
``assets/like.js`` does the same in the browser; a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from ..book import Commons, Traits
from ..model import OWN_SCOPE, Gap, Station

WEIGHTS = {"area_types": 35, "problems": 20, "officers": 15, "residents": 10, "calls": 10, "province": 10}
"""Points that each field can give; 100 in all."""


@dataclass(frozen=True)
class Near:
    """One other station, how near it is, and where the points come from."""

    id: str
    points: int
    reasons: tuple[tuple[str, int], ...]
    """Field and points, of the fields known on both sides."""
    missing: tuple[str, ...]
    """Fields unknown on at least one side."""


def traits(commons: Commons, station: Station) -> Traits:
    """Gather the fields that similarity looks at, as vocabulary ids and numbers."""
    problems = {
        commons.term("problems", word).id
        for method in station.methods
        if not isinstance(method.problems, Gap)
        for word in method.problems
    }
    areas = None if isinstance(station.area_types, Gap) else frozenset(commons.term("area-types", word).id for word in station.area_types)
    return Traits(
        id=station.id,
        area_types=areas,
        problems=frozenset(problems) or None,
        officers=_number(commons, station, "all-staff"),
        residents=_number(commons, station, "residents"),
        calls=_number(commons, station, "calls"),
        province=commons.term("provinces", station.place.province).id,
    )


def _number(commons: Commons, station: Station, measure: str) -> Decimal | None:
    found = [
        figure.value
        for figure in station.figures
        if figure.scope == OWN_SCOPE and commons.measure(figure).id == measure and isinstance(figure.value, Decimal)
    ]
    return found[0] if found else None


def near(one: Traits, other: Traits) -> Near:
    """Points for what ``other`` shares with ``one``, field by field, in whole numbers so that every machine agrees.

    Of several words it counts how many of ours the other has too; what else it has does not make it less like us.
    """
    reasons, missing = [], []
    for name, weight in WEIGHTS.items():
        mine, theirs = getattr(one, name), getattr(other, name)
        if mine is None or theirs is None:
            missing.append(name)
        else:
            reasons.append((name, _points(mine, theirs, weight)))
    return Near(other.id, sum(points for _, points in reasons), tuple(reasons), tuple(missing))


def _points(mine: object, theirs: object, weight: int) -> int:
    if isinstance(mine, frozenset) and isinstance(theirs, frozenset):
        return weight * len(mine & theirs) // len(mine)
    if isinstance(mine, Decimal) and isinstance(theirs, Decimal):
        low, high = sorted((mine, theirs))
        return int(weight * low // high) if high else weight
    return weight if mine == theirs else 0


def neighbours(one: Traits, others: Iterable[Traits], most: int = 5) -> list[Near]:
    """List the nearest others, the nearest first and ties by id; those with no points are left out."""
    found = [near(one, other) for other in others if other.id != one.id]
    return sorted((here for here in found if here.points), key=lambda here: (-here.points, here.id))[:most]
