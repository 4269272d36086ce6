"""What must hold inside one file beyond its shape; each module is one concern."""

from __future__ import annotations

from collections.abc import Iterator

from ..model import Record
from . import claims, inferred, numbers, privacy, unique, wording
from .finding import Finding, Walked

EVERY = (unique, inferred, numbers, claims, privacy, wording)


def apply(record: Record, walked: Walked) -> Iterator[Finding]:
    """Run every rule over one record, which was walked through once for all of them."""
    for rule in EVERY:
        yield from rule.check(record, walked)
