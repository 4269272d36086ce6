"""What must hold inside one file beyond its shape; each module is one concern."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..model import Record
from . import claims, inferred, numbers, privacy, unique, wording
from .finding import Finding, Walked

OF_RECORDS = (unique, inferred, numbers, claims)
OF_TEXTS = (privacy, wording)
_SIGNS = [re.compile("|".join((*privacy.WORDS, *wording.PRAISE))), *map(re.compile, privacy.NUMBERS)]
"""What the rules of texts find nothing without; with words apart from digits, as a search for either alone is quick."""


def apply(record: Record, walked: Walked) -> Iterator[Finding]:
    """Run every rule over one record, which was walked through once for all of them."""
    for rule in OF_RECORDS:
        yield from rule.check(record, walked)
    # Nearly every file is clean, and few searches over all its texts are quicker than many over each.
    together = "\n".join(walked.words)
    if any(sign.search(together) for sign in _SIGNS):
        for rule in OF_TEXTS:
            yield from rule.check(record, walked)
