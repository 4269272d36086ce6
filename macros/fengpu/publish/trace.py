"""What each file of the site is made of, as a print: while that stays the same, so does the file.

A print may change where the file does not, never the other way round. So a page counts a whole profile as shown of which
it shows a line, and what all profiles share counts for every page.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from ..book import Card, Commons, Instance, Some
from ..cache import print_of
from ..derive.browse import Shelf
from ..derive.figures import Line, MeasureTable
from ..derive.leaf import Leaf, Section
from ..derive.status import status
from ..model import Playbook, Term
from ..render.pages import Page, Renderer
from .kept import Kept, Row, name_of

_TRAITS = "traits of all"


def ground(commons: Commons, theme: bytes, *folders: Path) -> bytes:
    """A print of what every page shows or is made with: all that profiles share, the theme, and our own templates in ``folders``."""
    templates = ((file.relative_to(folder), file) for folder in folders for file in sorted(folder.rglob("*")) if file.is_file())
    return print_of(theme, pickle.dumps(commons, 5), *(part for name, file in templates for part in (bytes(name), file.read_bytes())))


class Traces:
    """The prints of what pages and scripts are made of; ``kept`` remembers those that take long to work out."""

    def __init__(self, renderer: Renderer, ground: bytes, kept: Kept) -> None:
        self._renderer, self._book, self._lists = renderer, renderer.book, renderer.lists
        self._ground = ground
        self._kept = kept
        self._key = renderer.book.shelf.key
        self.rows: list[Row] = []
        """What should be kept of this, beside the files."""

    def of(self, about: Any) -> bytes:
        """The print of a page, or of a script about some cards."""
        return print_of(self._ground, repr(self._page(about) if type(about) is Page else self._said(about)).encode())

    def _page(self, page: Page) -> tuple[Any, ...]:
        more = self._more.get(page.template)
        head = (page.key, page.title, page.description, page.template, page.origin)
        return (*head, self._said(page.subject), more(page.subject) if more else None)

    def _said(self, thing: Any) -> Any:
        say = self._ways.get(type(thing))
        if say:
            return say(thing)
        if isinstance(thing, tuple):
            return tuple(map(self._said, thing))
        if isinstance(thing, Term | Playbook):  # They are part of what all share.
            return thing.id
        assert thing is None or isinstance(thing, str), f"Nobody knows of what a {type(thing).__name__} is made."
        return thing

    @cached_property
    def _ways(self) -> Mapping[type, Callable[[Any], Any]]:
        return {
            str: lambda text: text,
            Card: lambda card: self._key(card.id),
            Instance: lambda one: (one.place, self._key(one.owner)),
            Line: lambda line: (line.place, self._key(line.owner)),
            Some: self._some,
            Leaf: self._leaf,
            MeasureTable: lambda table: (table.measure.id, table.differences, table.comparable, table.largest, len(table.lines)),
            Shelf: lambda shelf: (shelf.facet, shelf.id, shelf.label, shelf.note, shelf.total, shelf.gap),
        }

    def _some(self, some: Some[Any]) -> tuple[Any, ...]:
        if some.whole is self._book.cards:  # There is no need to open them.
            return tuple(self._key(self._book.cards.names[number]) for number in some.numbers)
        return tuple(map(self._said, some))

    def _leaf(self, leaf: Leaf[Any]) -> tuple[Any, ...]:
        contents = [(group.id, group.label, len(group.items), number) for group, number in leaf.contents]
        return (leaf.key, leaf.number, leaf.last, leaf.first, leaf.total, tuple(map(self._section, leaf.sections)), contents)

    def _section(self, section: Section[Any]) -> tuple[Any, ...]:
        group = section.group
        return (group.id, group.label, len(group.items), section.continued, self._said(section.items))

    # ── What pages show beside their subject ──

    @cached_property
    def _more(self) -> Mapping[str, Callable[[Any], Any]]:
        return {
            "station.html": lambda card: self._near(card),
            "method.html": self._beside,
            "playbook.html": lambda given: (repr(status(self._book, given[0])), len(self._book.instances[given[0].id])),
            "measure.html": lambda given: len(set(given[0].lines.owners)) > 1,
            "matrix.html": lambda given: self._totals(given[0]),
            "source.html": lambda given: self._owner(given[0]),
            "sources.html": lambda given: [(self._owner(name), len(self._book.citing[name])) for name in given[1].items],
        }

    def _beside(self, instance: Instance) -> Any:
        if instance.entry.playbook not in self._book.playbooks:
            return None
        found = self._lists.others(instance)
        more = len(self._book.instances[instance.entry.playbook]) > len(found) + 1  # type: ignore[index]
        return [(one.key, one.name, one.whose) for one in found], more, self._lists.beside(instance)

    def _totals(self, shelf: Shelf) -> Any:
        spots = self._renderer.provinces[shelf.id]
        return [len(spot.instances) for spot in spots], self._renderer.others[shelf.id]

    def _owner(self, source: str) -> bytes | None:
        owner = self._book.owners.get(source)
        return self._key(owner) if owner else None

    def _name(self, profile: str) -> str:
        return self._book.methods.profiles[self._book.cards.number(profile)]

    def _near(self, card: Card) -> bytes:
        name = f"near {card.id}"
        row = self._kept.get(name) if self._as_before else None
        if row is None:
            found = [(one.id, one.points, one.reasons, one.missing, self._name(one.id)) for one in self._renderer.near(card.id)]
            row = Row(name_of(name), print_of(repr(found).encode()))
        self.rows.append(row)
        return row.trace

    @cached_property
    def _as_before(self) -> bool:
        """Whether nobody's neighbours can have changed."""
        everybody = print_of(*map(_traits, self._book.cards.values()))
        before = self._kept.get(_TRAITS)
        self.rows.append(Row(name_of(_TRAITS), everybody))
        return before is not None and before.trace == everybody


def _traits(card: Card) -> bytes:
    one = card.traits
    if one is None:
        return b""
    words = (sorted(some) if some else some for some in (one.area_types, one.problems))
    return repr((card.id, card.name, *words, one.officers, one.residents, one.calls, one.province)).encode()
