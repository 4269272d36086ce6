"""Which stations are like one another, and why: a weighted sum over named fields, with what is missing said.

After Gower's general coefficient of similarity (Biometrics 27, 1971), but a field that one side does not know
gives no points instead of dropping out, so that a station of which little is known is not near to everything.
``assets/like.js`` does the same in the browser; a test holds the two together.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from heapq import nsmallest
from operator import attrgetter
from typing import Any

from ..book import Commons, Traits
from ..model import OWN_SCOPE, Gap, Station

WEIGHTS = {"area_types": 35, "problems": 20, "officers": 15, "residents": 10, "calls": 10, "province": 10}
"""Points that each field can give; 100 in all."""
_VALUES = attrgetter(*WEIGHTS)
MOST = 5
"""So many neighbours are named."""
FEW = 2
"""The neighbours of so many are sooner found by a look at everybody than by a `Neighbourhood`."""


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
    areas = () if isinstance(station.area_types, Gap) else (commons.term("area-types", word).id for word in station.area_types)
    return Traits(
        id=station.id,
        area_types=frozenset(areas) or None,
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
        low, high = (mine, theirs) if mine < theirs else (theirs, mine)
        return int(weight * low // high) if high else weight
    return weight if mine == theirs else 0


def neighbours(one: Traits, others: Iterable[Traits], most: int = MOST) -> list[Near]:
    """List the nearest others, the nearest first and ties by id; those with no points are left out."""
    own = _VALUES(one)
    found = ((-points, other.id, other) for other in others if other.id != one.id and (points := _in_all(own, other)))
    return [near(one, other) for *_, other in nsmallest(most, found)]


def _in_all(own: Sequence[Any], other: Traits) -> int:
    """The points of `near` for a station with these values."""
    pairs = zip(own, _VALUES(other), WEIGHTS.values(), strict=True)
    return sum([_points(mine, theirs, weight) for mine, theirs, weight in pairs if mine is not None and theirs is not None])


# A set of stations is an int with a bit for each, in the order of their ids: to cut forty thousand takes a microsecond.
Stations = int
Levels = Iterator[tuple[int, Stations]]

_ORDER = ("area_types", "province", "problems", "officers", "residents", "calls")
"""In this order the fields cut off most."""
STEPS = 24
"""Into so many parts the values of a number are cut; a part is looked into only where it may matter."""


class Neighbourhood:
    """All stations, for the answers of `neighbours` without looking at each of them.

    A search cuts the set of stations, field by field, into those that can get the same points for it, follows the
    best of these cuts first, and leaves a cut as soon as all that it could still gain is not enough.
    """

    def __init__(self, everybody: Sequence[Traits]) -> None:
        names = [one.id for one in everybody]
        self._all = everybody
        self._order = array("I", sorted(range(len(names)), key=names.__getitem__))
        self._everyone = (1 << len(names)) - 1
        words: dict[str, dict[str, array[int]]] = {one: defaultdict(lambda: array("I")) for one in ("area_types", "problems", "province")}
        values = {one: (array("d"), array("I")) for one in ("officers", "residents", "calls")}
        for number, place in enumerate(self._order):
            one = everybody[place]
            for name, found in words.items():
                known = getattr(one, name)
                for word in (known,) if isinstance(known, str) else known or ():
                    found[word].append(number)
            for name, (sizes, numbers) in values.items():
                if (value := getattr(one, name)) is not None:
                    sizes.append(value)
                    numbers.append(number)
        self._having = {name: {word: _set(some) for word, some in found.items()} for name, found in words.items()}
        self._up_to = {name: _by_value(sorted(zip(*found, strict=True))) for name, found in values.items()}

    def nearest(self, one: Traits, most: int = MOST) -> list[Near]:
        """The same as `neighbours` of one among all."""
        known = {name: mine for name in _ORDER if (mine := getattr(one, name)) is not None}
        fields = [_Cuts(WEIGHTS[name], self._levels(name, mine, WEIGHTS[name])) for name, mine in known.items()]
        ahead = [sum(cuts.weight for cuts in fields[depth:]) for depth in range(len(fields) + 1)]
        own = _VALUES(one)
        best: list[tuple[int, int]] = []

        def too_late(bound: int, stations: Stations) -> bool:
            """Whether nobody among these can come before the last of the best."""
            if len(best) < most:
                return not bound
            least, last = best[-1]
            return bound < -least or (bound == -least and (stations & -stations).bit_length() > last)

        def search(stations: Stations, depth: int, gained: int) -> None:
            if depth < len(fields) and stations & (stations - 1):
                for points, level in fields[depth]:
                    bound = gained + points + ahead[depth + 1]
                    if len(best) == most and bound < -best[-1][0]:
                        return
                    cut = stations & level
                    if cut and not too_late(bound, cut):
                        search(cut, depth + 1, gained + points)  # noqa: F821 – it is there until all calls are done
                return
            while stations and not too_late(gained + ahead[depth], stations):
                number = (stations & -stations).bit_length()
                stations &= stations - 1
                other = self._at(number)
                if other.id != one.id and (points := _in_all(own, other)):
                    insort(best, (-points, number))
                    del best[most:]

        search(self._everyone, 0, 0)
        del search  # It knows itself, and would else stay until the collector comes.
        return [near(one, self._at(number)) for _, number in best]

    def _at(self, bit: int) -> Traits:
        return self._all[self._order[bit - 1]]

    def _levels(self, name: str, mine: object, weight: int) -> Levels:
        """Everyone by the most points that a field can give them, the most first."""
        if isinstance(mine, Decimal):
            return self._by_distance(name, float(mine), weight)
        having = self._having[name]
        return self._by_overlap([having.get(word, 0) for word in ([mine] if isinstance(mine, str) else mine)], weight)

    def _by_overlap(self, having: list[Stations], weight: int) -> Levels:
        # Of the row for one missing word, each place tells who misses at most one of the words before it, and so on.
        row = [self._everyone]
        for stations in having:
            row.append(row[-1] & stations)
        yield weight, row[-1]
        for missing in range(1, len(having) + 1):
            above, row = row, [self._everyone]
            for stations, fewer in zip(having, above, strict=False):
                row.append(row[-1] & stations | fewer)
            yield weight * (len(having) - missing) // len(having), row[-1] ^ above[-1]

    def _by_distance(self, name: str, mine: float, weight: int) -> Levels:
        bounds, within = self._up_to[name]
        nearer, points = 0, weight
        for less in (weight * 9 // 10, weight * 3 // 4, weight // 2, weight // 4):
            # At least so near as to get more than ``less``; a little too far does no harm.
            ratio = (less + 1) / weight * (1 - 1e-9)
            low, high = bisect_left(bounds, mine * ratio), bisect_left(bounds, mine / ratio)
            here = within[min(high, len(within) - 1)] ^ (within[low - 1] if low else 0) if within else 0
            yield points, here ^ nearer
            nearer, points = here, less
        known = within[-1] if within else 0
        yield points, known ^ nearer
        yield 0, self._everyone ^ known


def among(everybody: Sequence[Traits]) -> Callable[[Traits], list[Near]]:
    """What gives the `neighbours` of one among all; it makes a `Neighbourhood` once that is worth while."""
    first = iter(range(FEW))
    made = cache(lambda: Neighbourhood(everybody))
    return lambda one: neighbours(one, everybody) if next(first, None) is not None else made().nearest(one)


class _Cuts:
    """The levels of one field, made when they are first asked for."""

    def __init__(self, weight: int, levels: Levels) -> None:
        self.weight = weight
        self._made: list[tuple[int, Stations]] = []
        self._levels = levels

    def __iter__(self) -> Levels:
        yield from self._made
        for level in self._levels:
            self._made.append(level)
            yield level


def _by_value(known: Sequence[tuple[float, int]]) -> tuple[list[float], list[Stations]]:
    """Some of the values of a number, and those who have no more than each; ``known`` are the values and who has them, in order."""
    length = max(1, len(known) // STEPS)
    bounds = sorted({value for value, _ in known[length - 1 :: length]} | {value for value, _ in known[-1:]})
    within = [_set([number for value, number in known if value <= bound]) for bound in bounds]
    return bounds, within


def _set(numbers: Collection[int]) -> Stations:
    bits = bytearray(max(numbers, default=0) // 8 + 1)
    for number in numbers:
        bits[number // 8] |= 1 << number % 8
    return int.from_bytes(bits, "little")
