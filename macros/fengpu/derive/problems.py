"""What stations use against one problem, and for one of the official goals."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ..book import Book, Instance
from ..model import Gap, Playbook, Term


@dataclass(frozen=True)
class Answer:
    """The methods of one playbook that take on a problem."""

    playbook: Playbook | None
    instances: tuple[Instance, ...]


def index(book: Book, vocabulary: str, field: str) -> dict[str, list[Instance]]:
    """Methods by the id of a vocabulary word that stands in ``field``, in the vocabulary's order."""
    found: dict[str, list[Instance]] = {term.id: [] for term in book.lexicons[vocabulary].terms}
    for instance in book.every_method():
        words = getattr(instance.entry, field)
        for word in () if isinstance(words, Gap) else words:
            found[word].append(instance)
    return found


def answers(book: Book, instances: Iterable[Instance]) -> list[Answer]:
    """Group methods by playbook, in the order of the playbooks; those of none come last."""
    groups: dict[str | None, list[Instance]] = {playbook: [] for playbook in (*book.playbooks, None)}
    for one in instances:
        groups[None if isinstance(one.entry.playbook, Gap) else one.entry.playbook].append(one)
    return [Answer(book.playbooks[name] if name else None, tuple(found)) for name, found in groups.items() if found]


def playbooks_for(book: Book, term: Term, vocabulary: str, field: str) -> list[Playbook]:
    """The playbooks that name a word themselves."""
    return [
        playbook
        for playbook in book.playbooks.values()
        if not isinstance(words := getattr(playbook, field), Gap) and any(book.term(vocabulary, word) == term for word in words)
    ]
