"""The quick search for the nearest stations against the slow one that looks at each of them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from fengpu.book import Census, Traits
from fengpu.derive.similar import Neighbourhood, neighbours

# Few words and close numbers, so that there are ties.
WORDS = st.none() | st.frozensets(st.sampled_from("abcd"), min_size=1)
NUMBERS = st.none() | st.decimals(0, 60, places=0) | st.decimals(0, 2, places=2) | st.decimals(10**4, 10**6, places=0)
STATIONS = st.lists(st.tuples(WORDS, WORDS, NUMBERS, NUMBERS, NUMBERS, st.none() | st.sampled_from("xyz")), min_size=1, max_size=60).map(
    lambda rows: [Traits(f"s{number}", *row) for number, row in enumerate(rows)]
)


@given(STATIONS)
def test_a_census_tells_what_it_was_told(stations: list[Traits]) -> None:
    census = Census()
    for one in stations:
        census.append(one)
    assert list(census) == stations


@given(STATIONS, st.integers(1, 7))
def test_nobody_near_is_overlooked(stations: list[Traits], most: int) -> None:
    quick = Neighbourhood(stations)
    for one in stations:
        assert quick.nearest(one, most) == neighbours(one, stations, most), "Neighbourhood.nearest must answer as neighbours does."
