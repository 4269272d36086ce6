"""Which claims a page makes, and who made them first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ..link import Book
from ..model import Cited, Gap, Profile
from ..rules.finding import cited


@dataclass(frozen=True)
class Ledger:
    """The claims of one profile."""

    claims: int
    with_section: int
    by_speaker: Mapping[str, int]
    """How many were said by each kind of source, the most first."""


def ledger(book: Book, profile: Profile) -> Ledger:
    """Count what a profile cites: the profile itself, its methods, limits, figures, honours, people, cases and events."""
    claims = list(cited(profile))
    speakers = Counter(book.sources[one.source].kind.value for one in claims)
    return Ledger(len(claims), sum(not isinstance(one.section, Gap) for one in claims), dict(speakers.most_common()))


def footnotes(claims: Iterable[Cited]) -> dict[tuple[str, str | Gap], int]:
    """Number the places that a page cites: (source, section) → note, in the order of their first use."""
    notes: dict[tuple[str, str | Gap], int] = {}
    for one in claims:
        notes.setdefault((one.source, one.section), len(notes) + 1)
    return notes
