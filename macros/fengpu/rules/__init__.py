"""What must hold inside one file beyond its shape; each module is one concern."""

from __future__ import annotations

from collections.abc import Iterator

from ..model import Record
from . import claims, inferred, numbers, privacy, unique, wording
from .finding import Finding, walk

EVERY = (unique, inferred, numbers, claims, privacy, wording)


def apply(record: Record) -> Iterator[Finding]:
    """Run every rule over one record, which is walked through once for all of them."""
    walked = walk(record)
    for rule in EVERY:
        yield from rule.check(record, walked)
