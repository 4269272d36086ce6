"""No two things of a file share an id or, in a vocabulary, a word."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..model import Glossary, Playbook, Profile, Record, SourceList, Vocabulary
from ..problem import At
from .finding import Finding, Walked


def check(record: Record, walked: Walked) -> Iterator[Finding]:
    if isinstance(record, Profile):
        # An old id of a method is an address too, so it may not be taken again.
        yield from _once(
            (("methods", index, *place), word)
            for index, method in enumerate(record.methods)
            for place, word in [(("id",), method.id), *((("aliases", n), old) for n, old in enumerate(method.aliases))]
        )
        yield from _once((("figures", index, "id"), figure.id) for index, figure in enumerate(record.figures))
    if isinstance(record, Profile | SourceList):
        yield from _once((("sources", index, "id"), source.id) for index, source in enumerate(record.sources))
    if isinstance(record, Playbook):
        yield from _once((("axes", index, "id"), axis.id) for index, axis in enumerate(record.axes))
    if isinstance(record, Glossary):
        yield from _once((("entries", index, "id"), entry.id) for index, entry in enumerate(record.entries))
        yield from _once((("entries", index, "term"), entry.term) for index, entry in enumerate(record.entries))
    if isinstance(record, Vocabulary):
        yield from _once((("terms", index, "id"), term.id) for index, term in enumerate(record.terms))
        yield from _once((("terms", index, "label"), term.label) for index, term in enumerate(record.terms))


def _once(places: Iterable[tuple[At, str]]) -> Iterator[Finding]:
    seen: set[str] = set()
    for at, word in places:
        if word in seen:
            yield Finding(at, "E112", f"“{word}”在这个文件里用了两次。", "换一个没用过的。")
        seen.add(word)
