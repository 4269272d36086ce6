"""What each file of the site is made of, as a print: while that stays the same, so does the file.

A print may change where the file does not, never the other way round. So a page that opens a profile counts the whole of it
as shown; one that lists profiles counts their faces: all of their cards but numbers; and one that lists methods or numbers
counts those, but no other methods and numbers of the same profiles. That is so of our own templates; a site's own may show
whatever they like, so there everything counts. What all profiles share counts for every page.

There is a print for every file, and a mark for all files of one name among `site.Sheaves`, which takes much less time.
"""

from __future__ import annotations

import pickle
import struct
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, NamedTuple
from zlib import crc32

from ..book import OPEN, Card, Commons, Instance, Some, Traits
from ..cache import KEY, print_of
from ..derive.browse import Shelf
from ..derive.figures import BASES, Line, MeasureTable
from ..derive.leaf import Leaf, Section
from ..derive.similar import MOST, near
from ..derive.status import status
from ..model import Playbook, Region, Station, Term
from ..render.pages import Page, Renderer
from ..shelf import PRINT
from .kept import Kept, Packet

EVERYBODY = "everybody"
"""Under this name the marks of all profiles together are kept, which no file has."""
LISTS, SCRIPTS, REDIRECTS, COUNTS = "lists", "scripts", "redirects", "counts"
"""What tells of all profiles: pages that open none of them, scripts, old addresses, and how many there are of everything."""
_STATIONS = "stations"
_FACE, _TRAITS, _NEAR, _BESIDE = (slice(KEY * place, KEY * (place + 1)) for place in range(1, 5))
"""Where in the mark of a profile these prints stand, behind its own."""
_REACH = struct.Struct(f"<{MOST}IB")
"""At its end, who its neighbours are, and how many points anybody else would need to be one."""
FEW = 16
"""The neighbours of so many can be looked for without looking for everybody's."""

Of = Callable[[str, Instance | Line | None], bytes]
"""What counts of a profile, by its id, where it is shown for one thing in it or as a whole."""


def ground(commons: Commons, theme: bytes, *folders: Path) -> bytes:
    """A print of what every page shows or is made with: all that profiles share, the theme, and our own templates in ``folders``."""
    templates = ((file.relative_to(folder), file) for folder in folders for file in sorted(folder.rglob("*")) if file.is_file())
    return print_of(theme, pickle.dumps(commons, 5), *(part for name, file in templates for part in (bytes(name), file.read_bytes())))


class _Around(NamedTuple):
    """What counts of a profile beside one method or figure of it."""

    rest: bytes
    """A print of the face, which has the sources, and of what lies in no piece."""
    base: bytes
    """The same, with the numbers by which others are divided."""
    figures: Mapping[int | None, Sequence[int]]
    """The pieces of the figures of each method."""


class Traces:
    """The prints of what pages and scripts are made of; ``kept`` remembers those that take long to work out.

    ``skip`` are the files that are not made though they could be; without ``fine`` templates show anything of a profile.
    """

    def __init__(self, renderer: Renderer, ground: bytes, kept: Kept, skip: Collection[str] = (), *, fine: bool = False) -> None:
        self._renderer, self._book, self._lists = renderer, renderer.book, renderer.lists
        self._ground = ground
        self._base = print_of(ground, *(file.encode() for file in sorted(skip)))
        self._kept = kept
        self._fine = fine
        self._around = lru_cache(OPEN)(self._surroundings)

    # ── Marks ──

    def mark(self, name: str) -> bytes:
        """The mark of the files that go by a name among `site.Sheaves`."""
        profile = self.profile(name)
        return self._of_profile(profile) if profile else self.shown([name])

    def shown(self, names: Iterable[str]) -> bytes:
        """A print of all that is told under some names, as `macros.told` gives them; one that nobody knows stands for everything."""
        return print_of(self._base, *(part for name in names for part in (name.encode(), self._shown(name))))

    def _shown(self, name: str) -> bytes:
        if name == LISTS or (name == _STATIONS and not self._lists.few):
            return self._everybody[:KEY]
        if name == SCRIPTS:
            return self._everybody
        if name == REDIRECTS:
            return repr(list(self._book.redirects.items())).encode()
        if name in self._book.cards:
            return self._key(name)
        names = self._book.cards.names
        return b"".join(map(self._key, (names[number] for number in self._book.telling[name]) if name in self._book.telling else names))

    def seen(self, names: Iterable[str]) -> bytes:
        """As `shown`, but of no more than what the macros show, which takes longer to work out."""
        return print_of(self._base, *(part for name in names for part in (name.encode(), self._seen(name))))

    def _seen(self, name: str) -> bytes:
        folder, _, playbook = name.partition("/")
        if self._fine and name == COUNTS:
            book, tables = self._book, self._lists.tables
            counts = len(book.stations), len(book.methods.owners), len(book.sources)
            return repr((counts, [(self._said(table, self._part), self._more["measure.html"]([table])) for table in tables])).encode()
        if self._fine and folder == "playbooks" and playbook in self._book.playbooks:
            return repr(self._said(next(self._lists.instances(self._book.playbooks[playbook])), self._part)).encode()
        return self._shown(name)

    def settled(self, name: str) -> bool:
        """Whether the mark of a name takes no time."""
        return self.profile(name) is None or (self._faces_as_before and self._changed is not None)

    def profile(self, name: str) -> str | None:
        """The id of the profile whose files go by a name."""
        profile = name.rpartition("/")[2]
        return profile if profile in self._book.cards and self._book.cards.key(profile) == name else None

    @cached_property
    def few(self) -> bool:
        """Whether a few profiles are others than they were, and nothing else that all pages show."""
        if self._kept.mark(REDIRECTS) != self.mark(REDIRECTS):
            return False
        marks = ((self._kept.mark(self._book.cards.key(name)) or b"", self._key(name)) for name in self._book.cards)
        return 0 < sum(mark[:KEY] != key for mark, key in marks) <= FEW

    @cached_property
    def everybody(self) -> Packet:
        """What should be kept beside the files."""
        return Packet(EVERYBODY, self._everybody)

    @cached_property
    def _everybody(self) -> bytes:
        """Prints of all faces, and of all traits."""
        return print_of(self._book.faces) + print_of(self._book.likenesses)

    @cached_property
    def _faces_as_before(self) -> bool:
        before = self._kept.mark(EVERYBODY)
        return before is not None and before[:KEY] == self._everybody[:KEY]

    @cached_property
    def _changed(self) -> Collection[str] | None:
        """The profiles that are new, gone, or others than they were by face or traits; None where they are many."""
        if not (before := self._kept.mark(EVERYBODY)):
            return None
        if before == self._everybody:
            return ()
        folders = tuple(f"{noun.folder}/" for noun in (Station, Region))
        found = {name.rpartition("/")[2] for name in self._kept if name.startswith(folders)} - self._book.cards.keys()
        for profile in self._book.cards:
            mark = self._kept.mark(self._book.cards.key(profile))
            if not mark or mark[_FACE.start : _TRAITS.stop] != self._face_and_traits(profile):
                found.add(profile)
        return found if len(found) <= FEW else None

    def _of_profile(self, profile: str) -> bytes:
        strangers = (other for source in self._own.get(profile, ()) for other in self._book.citing[source] if other != profile)
        more = print_of(self._base, *map(self._key, strangers))
        neighbours, reach = self._nearby(profile)
        return b"".join((self._key(profile), self._face_and_traits(profile), neighbours, self._side(profile), more, reach))

    @cached_property
    def _own(self) -> Mapping[str, list[str]]:
        """The sources that stand with each profile."""
        found: dict[str, list[str]] = defaultdict(list)
        for source, owner in self._book.owners.items():
            found[owner].append(source)
        return found

    def _side(self, profile: str) -> bytes:
        mark = self._kept.mark(self._book.cards.key(profile)) if self._faces_as_before else None
        return mark[_BESIDE] if mark else print_of(repr(list(map(self._beside, self._book.methods_of(profile)))).encode())

    # ── Prints of single files ──

    def of(self, about: Any, before: bytes = b"") -> bytes:
        """The print of a page, or of a script about some cards; the one from ``before`` where that still tells all that is shown.

        Where single methods or figures are shown, one half of it is of their whole profiles, since that is soon worked
        out, and one of no more than what is shown.
        """
        if type(about) is not Page:
            return self._printed(self._said(about, self._key if isinstance(about[-1], Card) else self._face_and_traits))
        if about.template in _LISTING:
            return self._printed(self._page(about, self._face))
        if not self._fine or about.template not in _PICKING:
            return self._printed(self._page(about, self._key))
        whole = self._printed(self._page(about, self._key))[:_HALF]
        return before if before.startswith(whole) else whole + self._printed(self._page(about, self._part))[:_HALF]

    def _printed(self, said: Any) -> bytes:
        return print_of(self._ground, repr(said).encode())

    def _page(self, page: Page, of: Of) -> tuple[Any, ...]:
        more = self._more.get(page.template)
        head = (page.key, page.title, page.description, page.template, page.origin)
        return (*head, self._said(page.subject, of), more(page.subject) if more else None)

    def agree(self, about: Any, one: bytes, other: bytes) -> bool:
        """Whether two prints of a page or a script tell that it shows the same."""
        halves = self._fine and type(about) is Page and about.template in _PICKING
        return one[_HALF:] == other[_HALF:] if halves else one == other

    def _said(self, thing: Any, of: Of) -> Any:
        say = _WAYS.get(type(thing))
        if say:
            return say(self, thing, of)
        if isinstance(thing, tuple):
            return tuple(self._said(one, of) for one in thing)
        if isinstance(thing, Term | Playbook):  # They are part of what all share.
            return thing.id
        assert thing is None or isinstance(thing, str), f"Nobody knows of what a {type(thing).__name__} is made."
        return thing

    def _some(self, some: Some[Any], of: Of) -> tuple[Any, ...]:
        if some.whole is self._book.cards:  # There is no need to open them.
            names = self._book.cards.names
            return (b"".join([of(names[number], None) for number in some.numbers]),)
        return tuple(self._said(one, of) for one in some)

    def _leaf(self, leaf: Leaf[Any], of: Of) -> tuple[Any, ...]:
        contents = [(group.id, group.label, len(group.items), number) for group, number in leaf.contents]
        return (leaf.key, leaf.number, leaf.last, leaf.first, leaf.total, tuple(self._section(one, of) for one in leaf.sections), contents)

    def _section(self, section: Section[Any], of: Of) -> tuple[Any, ...]:
        group = section.group
        return (group.id, group.label, len(group.items), section.continued, self._said(section.items, of))

    # ── What counts of a profile ──

    def _key(self, profile: str, part: Instance | Line | None = None) -> bytes:
        return self._book.shelf.key(profile)

    def _part(self, profile: str, part: Instance | Line | None = None) -> bytes:
        """What counts of a profile where one of its methods or figures is shown."""
        if not self._fine or part is None:
            return self._key(profile)
        card, around = self._book.cards[profile], self._around(profile)
        first = 1 + len(card.methods)
        if isinstance(part, Line):
            return around.base + _print(card, first + part.place)
        return around.rest + b"".join(_print(card, piece) for piece in (1 + part.place, *around.figures.get(part.place, ())))

    def _surroundings(self, profile: str) -> _Around:
        card = self._book.cards[profile]
        first = 1 + len(card.methods)
        places = {method.id: place for place, method in enumerate(card.methods)}
        figures = defaultdict(list)
        bases = []
        for number, figure in enumerate(card.figures, first):
            if not figure.own:
                figures[places.get(figure.scope)].append(number)
            elif figure.measure in BASES:
                bases.append(_print(card, number))
        rest = print_of(self._face(profile), _print(card, 0), size=PRINT)
        return _Around(rest, print_of(rest, *bases, size=PRINT), figures)

    def _face(self, profile: str, part: Instance | Line | None = None) -> bytes:
        return self._book.faces[self._where(profile)]

    def _face_and_traits(self, profile: str, part: Instance | Line | None = None) -> bytes:
        return self._book.faces[self._where(profile)] + self._book.likenesses[self._where(profile)]

    def _where(self, profile: str) -> slice:
        number = self._book.cards.number(profile)
        return slice(KEY * number, KEY * (number + 1))

    # ── What pages show beside their subject ──

    @cached_property
    def _more(self) -> Mapping[str, Callable[[Any], Any]]:
        return {
            "station.html": lambda card: self._nearby(card.id)[0],
            "method.html": self._beside,
            "playbook.html": lambda given: (repr(status(self._book, given[0])), len(self._book.instances[given[0].id])),
            "measure.html": lambda given: given[0].alone,
            "matrix.html": lambda given: self._totals(given[0]),
            "source.html": lambda given: self._owner(given[0], self._key),
            "sources.html": lambda given: [(self._owner(name, self._face), len(self._book.citing[name])) for name in given[1].items],
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

    def _owner(self, source: str, of: Of) -> bytes | None:
        owner = self._book.owners.get(source)
        return of(owner, None) if owner else None

    def _name(self, profile: str) -> str:
        return self._book.methods.profiles[self._book.cards.number(profile)]

    def _nearby(self, profile: str) -> tuple[bytes, bytes]:
        """A print of the neighbours of a profile, and what its mark tells of them."""
        mark = self._kept.mark(self._book.cards.key(profile))
        if mark and self._near_as_before(profile, mark):
            return mark[_NEAR], mark[-_REACH.size :]
        found = self._renderer.near(profile)
        said = [(one.id, one.points, one.reasons, one.missing, self._name(one.id)) for one in found]
        ids = [crc32(one.id.encode()) for one in found] + [0] * (MOST - len(found))
        return print_of(repr(said).encode()), _REACH.pack(*ids, found[-1].points if len(found) == MOST else 1)

    @cached_property
    def _census(self) -> Mapping[str, Traits]:
        return {one.id: one for one in self._book.census}

    def _near_as_before(self, profile: str, mark: bytes) -> bool:
        """Whether none of those that have changed was a neighbour or may have become one."""
        if self._changed is None or profile in self._changed:
            return False
        *ids, points = _REACH.unpack(mark[-_REACH.size :])
        traits = self._census if self._changed else {}
        own = traits.get(profile)
        return not any(
            crc32(one.encode()) in ids or (own and one in traits and near(own, traits[one]).points >= points) for one in self._changed
        )


_WAYS: Mapping[type, Callable[[Traces, Any, Of], Any]] = {
    str: lambda traces, text, of: text,
    Card: lambda traces, card, of: of(card.id, None),
    Instance: lambda traces, one, of: (one.place, of(one.owner, one)),
    Line: lambda traces, line, of: (line.place, of(line.owner, line)),
    Some: Traces._some,
    Leaf: Traces._leaf,
    MeasureTable: lambda traces, table, of: (table.measure.id, table.differences, table.comparable, table.largest, len(table.lines)),
    Shelf: lambda traces, shelf, of: (shelf.facet, shelf.id, shelf.label, shelf.note, shelf.total, shelf.gap),
}
_LISTING = {"shelf.html", "matrix.html", "sources.html"}
"""What shows of profiles nothing but their faces."""
_PICKING = {"playbook.html", "instances.html", "pair.html", "problem.html", "measure.html"}
"""What shows of profiles single methods or figures."""
_HALF = KEY // 2


def _print(card: Card, piece: int) -> bytes:
    """The print of one piece of a profile."""
    return card.turned().prints[PRINT * piece : PRINT * piece + PRINT]
