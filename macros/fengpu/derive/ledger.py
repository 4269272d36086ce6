"""Which claims a page makes, and who made them first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from ..book import Book
from ..model import Cited, Gap, Limit


@dataclass(frozen=True)
class Ledger:
    """The claims of one profile."""

    claims: int
    with_section: int
    limits: int
    """Laws and remarks of ours about limits, which are no claims."""
    by_speaker: Mapping[str, int]
    """How many were said by each kind of source, the most first."""


def ledger(book: Book, claims: Collection[Cited]) -> Ledger:
    """Count what a profile says after its sources: itself, its methods, figures, honours, people, cases and events."""
    said = [one for one in claims if not isinstance(one, Limit)]
    speakers = Counter(book.head_of(one.source).kind.value for one in said)
    return Ledger(len(said), sum(not isinstance(one.section, Gap) for one in said), len(claims) - len(said), dict(speakers.most_common()))


def footnotes(claims: Iterable[Cited]) -> dict[tuple[str, str | Gap], int]:
    """Number the places that a page cites: (source, section) → note, in the order of their first use."""
    notes: dict[tuple[str, str | Gap], int] = {}
    for one in claims:
        notes.setdefault((one.source, one.section), len(notes) + 1)
    return notes
