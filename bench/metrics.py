"""How good an answer is, and how a list of times is summed up."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Sequence


def rank(hits: Iterable[Collection[str]], expected: Collection[str]) -> int:
    """The place of the first hit that stands for something expected, from 1; 0 where there is none."""
    wanted = set(expected)
    return next((place for place, held in enumerate(hits, 1) if wanted.intersection(held)), 0)


def hit_at(ranks: Sequence[int], depth: int) -> float:
    """The share of the queries that were answered among the first ``depth``."""
    return sum(0 < one <= depth for one in ranks) / len(ranks)


def mrr(ranks: Sequence[int]) -> float:
    """The mean reciprocal rank; a query without an answer counts 0."""
    return sum(1 / one for one in ranks if one) / len(ranks)


def quantile(values: Iterable[float], share: float) -> float:
    """The smallest value that at least this share of the values does not exceed."""
    ordered = sorted(values)
    # A share like 0.95 is a little more in binary, and must not cost a whole place.
    return ordered[max(0, math.ceil(round(share * len(ordered), 9)) - 1)]
