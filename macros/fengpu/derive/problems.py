"""What stations use against one problem, and for one of the official goals."""

from __future__ import annotations

from array import array
from dataclasses import dataclass

from ..book import Book, Instance, Some
from ..model import Gap, Playbook, Term


@dataclass(frozen=True)
class Answer:
    """The methods of one playbook that take on a problem."""

    playbook: Playbook | None
    instances: Some[Instance]


def index(book: Book, vocabulary: str, field: str) -> dict[str, Some[Instance]]:
    """Methods by the id of a vocabulary word that stands in ``field``, in the vocabulary's order."""
    found = {term.id: array("I") for term in book.lexicons[vocabulary].terms}
    said = book.said[field]
    ways = [() if isinstance(words, Gap) else words for words in said.ways]
    for number, way in enumerate(said.numbers):
        for word in ways[way]:
            found[word].append(number)
    return {word: Some(book.methods, numbers) for word, numbers in found.items()}


def answers(book: Book, instances: Some[Instance]) -> list[Answer]:
    """Group methods by playbook, in the order of the playbooks; those of none come last."""
    playbooks = (*book.playbooks.values(), None)
    groups = [array("I") for _ in playbooks]
    for number in instances.numbers:
        groups[book.methods.playbooks[number]].append(number)  # The last where it is -1.
    return [Answer(playbook, Some(book.methods, found)) for playbook, found in zip(playbooks, groups, strict=True) if found]


def playbooks_for(book: Book, term: Term, vocabulary: str, field: str) -> list[Playbook]:
    """The playbooks that name a word themselves."""
    return [
        playbook
        for playbook in book.playbooks.values()
        if not isinstance(words := getattr(playbook, field), Gap) and any(book.term(vocabulary, word) == term for word in words)
    ]
