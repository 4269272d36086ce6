"""Which pages are made out of data, and how each is filled."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property, lru_cache, partial
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import quote

import jinja2
from jinja2 import ChoiceLoader, FileSystemLoader, PackageLoader
from markupsafe import Markup

from ..book import Book, Card, Instance, Some, Traits
from ..derive import ledger, problems, similar
from ..derive.browse import Shelf, honours_of
from ..derive.compare import Row, compare, mark, particulars
from ..derive.documents import FACETS as LABELS
from ..derive.evidence import Answer, answers
from ..derive.figures import Line, MeasureTable
from ..derive.leaf import CITING, COLUMNS, Leaf, leaves, number_of_leaves, plain
from ..derive.lists import Lists
from ..derive.matrix import Spot, cross, others, spots
from ..derive.status import Level, status
from ..model import OWN_SCOPE, Basis, Cited, Figure, Gap, Grade, Limit, Method, Playbook, Profile, Record, Source, SourceKind, Term
from ..rules.finding import cited
from . import charts, words
from .gloss import Glosser
from .templates import Environment, Macros


@dataclass(frozen=True)
class Page:
    """One page made out of data; its content is rendered only when it is written."""

    key: str
    """What links call it: ``stations/beijie``."""
    title: str
    description: str
    template: str
    subject: Any
    origin: str | None
    """The YAML file that the pencil opens."""


@dataclass(slots=True)
class Heading:
    """An entry of the table of contents, with the attributes that Material's templates ask for."""

    id: str
    title: str
    level: int
    children: list[Heading] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"#{self.id}"


GLOSSARY = "glossary"
"""The hand-written page that lists the words."""
ORDERS = {
    "province": "按市（直辖市按区）和派出所编号排列",
    "honour": "按批次或者年份、省份和派出所编号排列",
    **dict.fromkeys(("area", "problem", "playbook", "target", "goal"), "按省份、市和派出所编号排列"),
}
"""What readers are told of the order on a shelf."""
TRAIT_NAMES = {"area_types": "辖区类型", "problems": "针对的问题", "officers": "警力", "residents": "常住人口", "calls": "年接警量", "province": "省份"}

_HEADING = re.compile(r'<h([23]) id="([^"]+)"[^>]*>(.*?)</h\1>', re.DOTALL)
_TAG = re.compile(r"<[^>]*>")
_PLAIN = re.compile(r"[a-zA-Z0-9_.~/-]*")
"""An address that is written as it is; to be told so by `quote` takes four times as long."""
WAYS, AROUND = 2048, 8
"""So many addresses are remembered, since most pages have links to the same ones, and the links of so many pages."""
LATELY = 64
"""Of so many methods and stations is remembered what was worked out."""


def headings(html: str) -> list[Heading]:
    """The table of contents of a page that we rendered ourselves; titles stay escaped, as the theme prints them raw."""
    top: list[Heading] = []
    for level, anchor, title in _HEADING.findall(html):
        one = Heading(anchor, (_TAG.sub("", title) if "<" in title else title).strip(), int(level))
        (top[-1].children if one.level == 3 and top else top).append(one)
    return top


class Addresses:
    """Where each page lies, and the way from one to another.

    Keys are ``stations/beijie``, ``stations/beijie/laoli``, ``playbooks/mediation-room``, ``sources/zhuze-2023``;
    hand-written pages go by the path of their Markdown file without its ending. The further pages of a long list are
    ``<key>/2``, ``<key>/3`` … of its first.
    """

    def __init__(self, *, directories: bool) -> None:
        self.directories = directories
        self.written = lru_cache(WAYS)(self._written)
        self.links = lru_cache(AROUND)(lambda here: Links(self.written, self._folders(here)))

    def file(self, key: str) -> str:
        """The output file of a page, relative to the site."""
        hand_written = key.startswith("playbooks/") or "/" not in key
        if key == "index" or key.endswith("/index"):
            return f"{key}.html"
        return f"{key}.html" if hand_written and not self.directories else f"{key}/index.html"

    def url(self, key: str) -> str:
        """The address of a page, relative to the site; a bare folder only where a server will answer for it."""
        file = self.file(key)
        return file.removesuffix("index.html") or "./" if self.directories else file

    def between(self, here: str, there: str) -> str:
        """The link from one page to another, either with an ``#anchor``."""
        return self.links(here)[there]

    def _written(self, key: str) -> str:
        """The address of a page as links write it, relative to the site."""
        key, mark, anchor = key.partition("#")
        address = self.url(key).removeprefix("./")
        return address + mark + anchor if _PLAIN.fullmatch(address + anchor) else quote(address) + mark + quote(anchor)

    def _folders(self, here: str) -> tuple[tuple[str, str], ...]:
        """The folders in which a page lies, from the outside in, each with the way up to it."""
        above = quote(self.file(here)).split("/")[:-1]
        return tuple(("".join(f"{name}/" for name in above[:depth]), "../" * (len(above) - depth)) for depth in range(len(above) + 1))


class Links(dict[str, str]):
    """The links of one page to others, each made when it is first asked for."""

    def __init__(self, written: Callable[[str], str], folders: tuple[tuple[str, str], ...]) -> None:
        self._written, self._folders = written, folders

    def __missing__(self, there: str) -> str:
        if len(self) >= WAYS:
            self.clear()
        target = self._written(there)
        shared, way = 0, ""
        for folder, up in self._folders:
            if not target.startswith(folder):
                break
            shared, way = len(folder), up
        rest = target[shared:]
        found = self[there] = way + rest if way or rest[:1] not in ("", "#") else f"./{rest}"
        return found


class Renderer:
    """Fills templates with what the book knows."""

    def __init__(self, book: Book, addresses: Addresses, overrides: Path | None = None) -> None:
        self.book = book
        self.addresses = addresses
        self.lists = Lists(book)
        self._glosser = Glosser(book.entries)
        loaders: list[jinja2.BaseLoader] = [PackageLoader("fengpu", "templates")]
        if overrides is not None:
            loaders.insert(0, FileSystemLoader(overrides))
        self.env = Environment(
            loader=ChoiceLoader(loaders),
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self.env.policies["json.dumps_kwargs"] = {"sort_keys": False, "ensure_ascii": False}
        self.env.filters.update(
            cell=words.cell, inline=words.inline, written=words.written, changed=words.changed, controlled=words.controlled, spoken=words.spoken, when=words.when
        )
        self.env.filters.update(short=words.short, mark=mark, particulars=particulars)
        self.env.tests.update(gap=lambda value: isinstance(value, Gap), inferred=lambda basis: basis is Basis.INFERRED)
        self.env.globals.update(
            book=book,
            term=book.term,
            measure=book.measure,
            fields=lambda one, name: field_title(type(one), name),
            status=lambda playbook: status(book, playbook),
            levels=list(Level),
            weights=similar.WEIGHTS,
            trait_names=TRAIT_NAMES,
            pair_key=pair_key,
            answers=self.answers,
            inferred_mark=words.inferred,
            facet_names=LABELS,
            orders=ORDERS,
            honours_of=lambda card, title: honours_of(book, card, title),
            grades=list(Grade),
            OWN_SCOPE=OWN_SCOPE,
        )

    def render(self, template: str, here: str, **given: Any) -> Markup:
        """Fill one template for the page ``here``, from which links are measured."""
        return Markup(self.env.get_template(template).render(self._for(here, given)))

    def _for(self, here: str, given: Mapping[str, Any]) -> dict[str, Any]:
        """What every template of a page may use: ``to`` makes links, ``once`` calls a macro unless it was called so before.

        And ``v`` has the macros for single values.
        """
        page = {"here": here, "to": self.addresses.links(here).__getitem__, "once": _once(), "v": self._values.module, **given}
        self._values.on(page)
        return page

    @cached_property
    def _values(self) -> Macros:
        return Macros(self.env.get_template("_partials/values.html"), alike=("chips", "grade", "weighed"), records=("amount",))

    @cached_property
    def _snippets(self) -> Macros:
        return Macros(self.env.get_template("_partials/snippets.html"))

    def snippets(self, here: str, cited: Iterable[Cited]) -> tuple[Callable[..., str], list[str]]:
        """What fills the small macros in ``_partials/snippets.html``, and the places that their references number, in order.

        It may be used until another page is made.
        """
        notes = ledger.footnotes(cited)
        module = self._snippets.on(self._for(here, {"notes": notes, "note_prefix": ""}))

        def fill(macro: str, **given: Any) -> str:
            return self.snippet(str(getattr(module, macro)(**given)).strip(), here)

        return fill, [fill("place", id=source, section=section) for source, section in notes]

    def content(self, page: Page) -> Markup:
        """A page's content, with the words of the glossary explained."""
        html = str(self.render(page.template, page.key, **self._given[page.template](page.subject)))  # To cut markup is slow.
        return Markup(self.explained(html, page.key))

    def explained(self, html: str, here: str) -> str:
        """Explain the words of the glossary in the page ``here``."""
        if here == GLOSSARY:
            return html
        links = self.addresses.links(here)
        return self._glosser.mark(html, lambda entry: links[f"{GLOSSARY}#{entry}"])

    # What is remembered must not outlive the renderer: in a preview every change brings another one.

    @cached_property
    def snippet(self) -> Callable[[str, str], str]:
        """A piece of HTML in a page, with the words of the glossary explained; half of them are a few that come again and again."""
        return lru_cache(1024)(self.explained)

    @cached_property
    def answers(self) -> Callable[[Instance], tuple[Answer, ...]]:
        """The five questions about a method; its page and its script tell the answers."""
        return lru_cache(LATELY)(partial(answers, self.book))

    @cached_property
    def axes(self) -> Callable[[Instance], tuple[Row, ...]]:
        """What a method says on the axes of its playbook; its page and its script tell it."""
        return lru_cache(LATELY)(self._axes)

    def _axes(self, instance: Instance) -> tuple[Row, ...]:
        playbook = self.book.playbooks.get(str(instance.entry.playbook))
        return compare(self.book, playbook, [instance]).rows if playbook else ()

    @cached_property
    def _given(self) -> Mapping[str, Callable[[Any], dict[str, Any]]]:
        return {
            "station.html": self._profile,
            "region.html": self._profile,
            "method.html": self._method,
            "playbook.html": self._playbook,
            "instances.html": self._playbook,
            "source.html": self._source,
            "sources.html": lambda given: {"leaf": given[1]},
            "measure.html": self._measure,
            "problem.html": self._problem,
            "pair.html": self._pair,
            "shelf.html": lambda given: {"shelf": given[0], "leaf": given[1]},
            "matrix.html": self._matrix,
        }

    @property
    def tables(self) -> Sequence[MeasureTable]:
        return self.lists.tables

    @property
    def by_problem(self) -> Mapping[str, Some[Instance]]:
        return self.lists.by_problem

    @cached_property
    def _nearest(self) -> Callable[[Traits], list[similar.Near]]:
        return similar.among(self.book.census)

    @cached_property
    def near(self) -> Callable[[str], list[similar.Near]]:
        """The stations that are most like one."""
        return lru_cache(LATELY)(self._near)

    def _near(self, station: str) -> list[similar.Near]:
        traits = self.book.cards[station].traits
        return self._nearest(traits) if traits else []

    def compared(self, playbook: Playbook, leaf: Leaf[Instance] | None = None) -> dict[str, Any]:
        """What the comparison partial wants: instances, by default the first of all, and the numbered places that the cells cite."""
        leaf = leaf or next(self.lists.instances(playbook))
        claims = [one for instance in leaf.items for one in (instance.method, *instance.figures)]
        return {
            "leaf": leaf,
            "comparison": compare(self.book, playbook, leaf.items),
            "notes": ledger.footnotes(claims),
            "note_prefix": f"{playbook.id}-",
        }

    def _playbook(self, given: tuple[Playbook, Leaf[Instance]]) -> dict[str, Any]:
        return {"playbook": given[0], **self.compared(*given)}

    def _measure(self, given: tuple[MeasureTable, Leaf[Line]]) -> dict[str, Any]:
        table, leaf = given
        return {"table": table, "leaf": leaf, "chart": charts.bars(table, leaf), "derives": any(line.derived for line in leaf.items)}

    def _problem(self, given: tuple[Term, Leaf[Instance]]) -> dict[str, Any]:
        term, leaf = given
        return {"problem": term, "leaf": leaf, "playbooks": problems.playbooks_for(self.book, term, "problems", "problems")}

    def _matrix(self, given: tuple[Shelf, Leaf[Card]]) -> dict[str, Any]:
        shelf, leaf = given
        # The headings are for those who look for a city on several pages; in a short table they would only part the rows.
        sections = leaf.sections if leaf.several else ()
        blocks = [(one, cross(self.book, one.items).rows) for one in sections] or [(None, cross(self.book, leaf.items).rows)]
        totals = [len(spot.instances) for spot in self.provinces[shelf.id]]
        return {"shelf": shelf, "leaf": leaf, "blocks": blocks, "totals": totals, "others": self.others[shelf.id]}

    @cached_property
    def provinces(self) -> Mapping[str, tuple[Spot, ...]]:
        """What the stations of each province have of each playbook; the regions stand for one more."""
        return {shelf: spots(self.book, names) for shelf, names in self._by_province.items()}

    @cached_property
    def others(self) -> Mapping[str, int]:
        """How many methods the stations of each province have of no playbook."""
        return {shelf: others(self.book, names) for shelf, names in self._by_province.items()}

    @property
    def _by_province(self) -> Mapping[str, list[str]]:
        shelves, names = self.lists.facets["province"].shelves.values(), self.book.cards.names
        return {shelf.id: [names[owner] for group in shelf.groups for owner in group.items.owners] for shelf in shelves if shelf.total}  # type: ignore[attr-defined]

    def _pair(self, pair: tuple[Playbook, tuple[Instance, ...]]) -> dict[str, Any]:
        playbook, instances = pair
        chosen = next(leaves(pair_key([one.ref for one in instances]), plain(instances), COLUMNS))
        return {"playbook": playbook, "instances": instances, **self.compared(playbook, chosen)}

    def _profile(self, card: Card) -> dict[str, Any]:
        profile = self.book.shelf[card.id]
        groups: dict[str, list[Figure]] = {}
        for figure in sorted(profile.figures, key=lambda figure: self.number_of_measure[self.book.measure(figure).id]):
            groups.setdefault(self.book.measure(figure).group, []).append(figure)
        claims = list(cited(profile))
        sources = [self.book.sources[one] for one in sorted({one.source for one in claims}, key=self._number_of_source.__getitem__)]
        return {
            "profile": profile,
            "figure_groups": groups,
            "own_figures": {
                group: [figure for figure in groups.get(group, ()) if figure.scope == OWN_SCOPE]
                for group in ("警力", "辖区")
            },
            "sections": self._by_playbook(profile),
            "sources": [source for source in sources if source.kind is not SourceKind.LAW],
            "laws": [source for source in sources if source.kind is SourceKind.LAW],
            "method_names": {method.id: method.name for method in profile.methods},
            "ledger": ledger.ledger(self.book, claims),
            "notes": ledger.footnotes(claims),
            "note_prefix": "",
            "near": self.near(profile.id),
        }

    @cached_property
    def _number_of_source(self) -> Mapping[str, int]:
        return {source: number for number, source in enumerate(self.book.sources)}

    @cached_property
    def number_of_measure(self) -> Mapping[str, int]:
        """Where each measure stands in its vocabulary."""
        return {measure.id: number for number, measure in enumerate(self.book.lexicons["measures"].terms)}

    def _by_playbook(self, profile: Profile) -> list[tuple[Playbook | None, list[Method]]]:
        """A profile's methods in the order of the playbooks, those of none at the end."""
        made: list[tuple[Playbook | None, list[Method]]] = []
        for playbook in (*self.book.playbooks.values(), None):
            wanted = playbook.id if playbook else Gap.INAPPLICABLE
            found = [
                method
                for method in profile.methods
                if method.playbook == wanted or (playbook is None and isinstance(method.playbook, Gap))
            ]
            if found:
                made.append((playbook, found))
        return made

    def _method(self, instance: Instance) -> dict[str, Any]:
        profile, method = instance.profile, instance.method
        playbook = None if isinstance(method.playbook, Gap) else self.book.playbooks[method.playbook]
        return {
            "instance": instance,
            "profile": profile,
            "method": method,
            "playbook": playbook,
            "rows": self.axes(instance),
            "whole": next((one for one in profile.methods if one.id == method.part_of), None),
            "parts": [one for one in profile.methods if one.part_of == method.id],
            "people": [person for person in profile.people if method.id in person.methods],
            "others": self.lists.others(instance) if playbook else [],
            "beside": self.lists.beside(instance) if playbook else "",
            "method_names": {one.id: one.name for one in profile.methods},
            "cases": [case for case in profile.cases if method.id in case.methods],
            "notes": ledger.footnotes(self._cited_by(instance)),
            "note_prefix": "",
        }

    def _cited_by(self, instance: Instance) -> Iterator[Cited]:
        profile, method = instance.profile, instance.method
        yield method
        yield from instance.figures
        yield from () if isinstance(method.limits, Gap) else method.limits
        yield from (one for one in (*profile.people, *profile.cases) if method.id in one.methods)

    def _source(self, given: tuple[str, Leaf[Card]]) -> dict[str, Any]:
        name, leaf = given
        source = self.book.sources[name]
        said = [(section, [(profile, *_taken(profile, source)) for profile in (self.book.shelf[card.id] for card in section.items)]) for section in leaf.sections]
        return {"source": source, "leaf": leaf, "said": said}


def _taken(profile: Profile, source: Source) -> tuple[list[Method], list[Figure], list[tuple[Method, Limit]]]:
    """What a profile takes from a source: methods, figures, and limits with the methods that they are of."""
    methods = [method for method in profile.methods if method.source == source.id]
    figures = [figure for figure in profile.figures if figure.source == source.id]
    limits = [
        (method, limit)
        for method in profile.methods
        for limit in (() if isinstance(method.limits, Gap) else method.limits)
        if limit.source == source.id
    ]
    return methods, figures, limits


def _once() -> Callable[..., Markup]:
    """What calls a macro unless it was called so before."""
    made: dict[tuple[Any, ...], Markup] = {}

    def once(*asked: Any) -> Markup:
        if asked not in made:
            macro, *given = asked
            made[asked] = macro(*given)
        return made[asked]

    return once


@cache
def field_title(noun: type[Record], name: str) -> str:
    """A field's Chinese name, as the model gives it."""
    return noun.model_fields[name].title or name


def pair_key(pair: Sequence[str]) -> str:
    """What links call the page of methods side by side."""
    return "compare/" + "~".join(ref.replace("/", ".") for ref in pair)


def pages(book: Book, lists: Lists | None = None) -> Iterator[Page]:
    """Every page made out of data, in a fixed order."""
    lists = lists or Lists(book)
    for card in book.cards.values():
        yield from pages_of(book, card)
    yield from _compared(lists)
    yield from pages_of_sources(lists, book.sources)
    yield from pages_of_lists(lists)


def pages_of(book: Book, card: Card) -> Iterator[Page]:
    """The pages of one profile and of its methods."""
    template = "station.html" if card.placed else "region.html"
    yield Page(card.key, card.name, card.summary, template, card, card.path)
    for instance in book.methods_of(card.id):
        entry = instance.entry
        yield Page(instance.key, f"{entry.name} · {card.name}", entry.summary, "method.html", instance, card.path)


def number_of_pages(book: Book, names: Collection[str]) -> int:
    """How many pages some profiles have, with their methods and the sources that lie with them; nothing is opened for it."""
    cited = (len(book.citing[source]) for source, owner in book.owners.items() if owner in names)
    methods = (len(book.methods.of(name)) for name in names)
    return len(names) + sum(methods) + sum(number_of_leaves(some, CITING) for some in cited)


def pages_of_sources(lists: Lists, sources: Iterable[str]) -> Iterator[Page]:
    """The pages of some sources."""
    book = lists.book
    for name in sources:
        title, origin = book.head_of(name).title, book.origin_of(name)
        for leaf in lists.citing(name):
            yield _page(leaf, title, f"来源：{title}", "source.html", name, origin)


def _compared(lists: Lists) -> Iterator[Page]:
    for playbook in lists.book.playbooks.values():
        yield from pages_of_playbook(lists, playbook)
    for table in lists.tables:
        yield from pages_of_measure(lists, table.measure.id)
    for term in lists.book.lexicons["problems"].terms:
        yield from pages_of_problem(lists, term)


def pages_of_playbook(lists: Lists, playbook: Playbook) -> Iterator[Page]:
    """The instances of a playbook side by side, and those pairs of them that it names."""
    book = lists.book
    origin = book.commons.origins[f"playbooks/{playbook.id}"]
    for leaf in lists.instances(playbook):
        template = "instances.html" if leaf.number > 1 else "playbook.html"
        yield _page(leaf, playbook.name, playbook.summary, template, playbook, origin)
    for pair in playbook.pairs:
        instances = tuple(one for ref in pair if (one := book.method(ref)))
        title = " · ".join(one.entry.name for one in instances)
        yield Page(pair_key(pair), title, f"{playbook.name}：{title}并排对照", "pair.html", (playbook, instances), origin)


def pages_of_measure(lists: Lists, measure: str) -> Iterator[Page]:
    """The figures of a measure, if it has any."""
    for table in lists.tables:
        description = f"{table.measure.label}：{len(table.lines)} 个数字，各带口径、时期和来源"
        for leaf in lists.figures(table) if table.measure.id == measure else ():
            yield _page(leaf, table.measure.label, description, "measure.html", table, lists.book.commons.origins["vocab/measures"])


def pages_of_problem(lists: Lists, term: Term) -> Iterator[Page]:
    """The methods that take on a problem."""
    for leaf in lists.against(term):
        yield _page(leaf, term.label, f"遇到{term.label}，各所用什么办法", "problem.html", term, lists.book.commons.origins["vocab/problems"])


def pages_of_lists(lists: Lists) -> Iterator[Page]:
    """The lists of profiles, methods and sources, which show nothing of a profile but its card."""
    for leaf in islice(lists.sources(), 1, None):  # The first stands in a page written by hand, as does that of the matrix.
        yield _page(leaf, "来源", "本站引用的文章和法律", "sources.html", None, None)
    for shelf in () if lists.few else lists.facets["province"].shelves.values():
        for leaf in lists.matrix(shelf) if shelf.total else ():
            yield _page(leaf, f"{shelf.label} · 总表", f"{shelf.label}：每个所收录了哪些打法，各有什么证据", "matrix.html", shelf, None)
    for facet in lists.facets.values():
        for shelf in facet.shelves.values():
            for leaf in lists.shelf(shelf) if shelf.total else ():
                description = f"{facet.label}：{shelf.label}，收录了{shelf.total}{shelf.unit}"
                yield _page(leaf, f"{shelf.label} · {facet.label}", description, "shelf.html", shelf, shelf.origin)


def _page(leaf: Leaf, title: str, description: str, template: str, subject: Any, origin: str | None) -> Page:
    mark = f"（第 {leaf.number} 页）" if leaf.number > 1 else ""
    return Page(leaf.here, title + mark, description + mark, template, (subject, leaf), origin)
