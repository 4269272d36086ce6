"""Which pages are made out of data, and how each is filled."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property, lru_cache, partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

import jinja2
from jinja2 import ChoiceLoader, FileSystemLoader, PackageLoader
from markupsafe import Markup

from ..derive import ledger, problems, similar
from ..derive.compare import compare
from ..derive.evidence import Grade, answers, effect_grade
from ..derive.figures import MeasureTable, by_measure
from ..derive.status import Level, status
from ..link import Book, Instance
from ..model import OWN_SCOPE, Basis, Cited, Figure, Gap, Method, Playbook, Profile, Record, Region, Source, SourceKind, Term
from ..rules.finding import cited
from . import charts, words
from .gloss import Glosser
from .templates import Environment


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


@dataclass(frozen=True)
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
TRAIT_NAMES = {"area_types": "辖区类型", "problems": "针对的问题", "officers": "警力", "residents": "常住人口", "calls": "年接警量", "province": "省份"}

_HEADING = re.compile(r'<h([23]) id="([^"]+)"[^>]*>(.*?)</h\1>', re.DOTALL)
_TAG = re.compile(r"<[^>]*>")


def headings(html: str) -> list[Heading]:
    """The table of contents of a page that we rendered ourselves; titles stay escaped, as the theme prints them raw."""
    top: list[Heading] = []
    for level, anchor, title in _HEADING.findall(html):
        one = Heading(anchor, _TAG.sub("", title).strip(), int(level))
        (top[-1].children if one.level == 3 and top else top).append(one)
    return top


class Addresses:
    """Where each page lies, and the way from one to another.

    Keys are ``stations/beijie``, ``stations/beijie/laoli``, ``playbooks/mediation-room``, ``sources/zhuze-2023``;
    hand-written pages go by the path of their Markdown file without its ending.
    """

    def __init__(self, *, directories: bool) -> None:
        self.directories = directories

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
        there, mark, anchor = there.partition("#")
        target = self.url(there)
        if target == "./":
            target = ""
        for folder, up in _around(self.file(here)):
            if target.startswith(folder):
                way = up + target[len(folder) :]
                break
        return quote(way or "./") + mark + quote(anchor)


@lru_cache(maxsize=64)
def _around(file: str) -> tuple[tuple[str, str], ...]:
    """The folders in which a file lies, from the inside out, each with the way up to it."""
    above = file.split("/")[:-1]
    return tuple(("".join(f"{name}/" for name in above[:depth]), "../" * (len(above) - depth)) for depth in range(len(above), -1, -1))


class Renderer:
    """Fills templates with what the book knows."""

    def __init__(self, book: Book, addresses: Addresses, overrides: Path | None = None) -> None:
        self.book = book
        self.addresses = addresses
        self._snippets: dict[str, Any] = {}
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
            cell=words.cell, inline=words.inline, written=words.written, changed=words.changed, when=words.when
        )
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
            answers=lambda instance: answers(book, instance),
            effect_grade=lambda instance: effect_grade(book, instance),
            inferred_mark=words.inferred,
            Instance=Instance,
            grades=list(Grade),
            OWN_SCOPE=OWN_SCOPE,
        )

    def render(self, template: str, here: str, **given: Any) -> Markup:
        """Fill one template for the page ``here``, from which links are measured."""
        return Markup(self.env.get_template(template).render(self._for(here, given)))

    def _for(self, here: str, given: Mapping[str, Any]) -> dict[str, Any]:
        """What every template of a page may use: ``to``, which makes links, and ``v``, the macros for single values."""
        context = {"here": here, "to": partial(self.addresses.between, here), **given}
        return {**context, "v": self.env.get_template("_partials/values.html").make_module(context)}

    def snippet(self, macro: str, here: str, **given: Any) -> str:
        """Fill one of the small macros in ``_partials/snippets.html``."""
        if here not in self._snippets:
            self._snippets[here] = self.env.get_template("_partials/snippets.html").make_module(self._for(here, {}))
        return str(getattr(self._snippets[here], macro)(**given)).strip()

    def content(self, page: Page) -> Markup:
        """A page's content, with the words of the glossary explained."""
        return Markup(self.explained(self.render(page.template, page.key, **self._given[page.template](page.subject)), page.key))

    def explained(self, html: str, here: str) -> str:
        """Explain the words of the glossary in the page ``here``."""
        if here == GLOSSARY:
            return html
        return self._glosser.mark(html, lambda entry: self.addresses.between(here, f"{GLOSSARY}#{entry}"))

    @cached_property
    def _given(self) -> Mapping[str, Callable[[Any], dict[str, Any]]]:
        return {
            "station.html": self._profile,
            "region.html": self._profile,
            "method.html": self._method,
            "playbook.html": lambda playbook: {"playbook": playbook, **self.compared(playbook)},
            "source.html": self._source,
            "measure.html": lambda table: {"table": table, "chart": charts.bars(table)},
            "problem.html": self._problem,
            "pair.html": self._pair,
        }

    @cached_property
    def tables(self) -> list[MeasureTable]:
        return by_measure(self.book)

    @cached_property
    def by_problem(self) -> Mapping[str, list[Instance]]:
        return problems.index(self.book, "problems", "problems")

    @cached_property
    def goals(self) -> list[tuple[Term, list[problems.Answer]]]:
        found = problems.index(self.book, "goals", "goals")
        return [(self.book.term("goals", goal), problems.answers(self.book, instances)) for goal, instances in found.items()]

    @cached_property
    def traits(self) -> Mapping[str, similar.Traits]:
        return {station.id: similar.traits(self.book, station) for station in self.book.stations.values()}

    @cached_property
    def _neighbourhood(self) -> similar.Neighbourhood:
        return similar.Neighbourhood(self.traits.values())

    def compared(self, playbook: Playbook, instances: Sequence[Instance] | None = None) -> dict[str, Any]:
        """What the comparison partial wants: the comparison and the numbered places that its cells cite."""
        comparison = compare(self.book, playbook, instances)
        cited = [one for instance in comparison.instances for one in (instance.method, *instance.figures)]
        return {"comparison": comparison, "notes": ledger.footnotes(cited), "note_prefix": f"{playbook.id}-"}

    def _problem(self, term: Term) -> dict[str, Any]:
        return {
            "problem": term,
            "answers": problems.answers(self.book, self.by_problem[term.id]),
            "playbooks": problems.playbooks_for(self.book, term, "problems", "problems"),
        }

    def _pair(self, pair: tuple[Playbook, tuple[Instance, ...]]) -> dict[str, Any]:
        return {"playbook": pair[0], "instances": pair[1], **self.compared(*pair)}

    def _profile(self, profile: Profile) -> dict[str, Any]:
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
            "ledger": ledger.ledger(self.book, profile),
            "notes": ledger.footnotes(claims),
            "note_prefix": "",
            "near": self._neighbourhood.nearest(self.traits[profile.id]) if profile.id in self.traits else [],
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
        profile, method = instance
        playbook = None if isinstance(method.playbook, Gap) else self.book.playbooks[method.playbook]
        comparison = compare(self.book, playbook, [instance]) if playbook else None
        return {
            "instance": instance,
            "profile": profile,
            "method": method,
            "playbook": playbook,
            "rows": comparison.rows if comparison else (),
            "whole": next((one for one in profile.methods if one.id == method.part_of), None),
            "parts": [one for one in profile.methods if one.part_of == method.id],
            "people": [person for person in profile.people if method.id in person.methods],
            "others": [one for one in self.book.instances[playbook.id] if one.profile.id != profile.id] if playbook else [],
            "method_names": {one.id: one.name for one in profile.methods},
            "cases": [case for case in profile.cases if method.id in case.methods],
            "notes": ledger.footnotes(self._cited_by(instance)),
            "note_prefix": "",
        }

    def _cited_by(self, instance: Instance) -> Iterator[Cited]:
        profile, method = instance
        yield method
        yield from instance.figures
        yield from () if isinstance(method.limits, Gap) else method.limits
        yield from (one for one in (*profile.people, *profile.cases) if method.id in one.methods)

    def _source(self, source: Source) -> dict[str, Any]:
        said = []
        for profile in (one for one in self.book.profiles() if one.id in self.book.citing[source.id]):
            methods = [method for method in profile.methods if method.source == source.id]
            figures = [figure for figure in profile.figures if figure.source == source.id]
            limits = [
                (method, limit)
                for method in profile.methods
                for limit in (() if isinstance(method.limits, Gap) else method.limits)
                if limit.source == source.id
            ]
            said.append((profile, methods, figures, limits))
        return {"source": source, "said": said}


@cache
def field_title(noun: type[Record], name: str) -> str:
    """A field's Chinese name, as the model gives it."""
    return noun.model_fields[name].title or name


def pair_key(pair: Sequence[str]) -> str:
    """What links call the page of methods side by side."""
    return "compare/" + "~".join(ref.replace("/", ".") for ref in pair)


def pages(book: Book) -> Iterator[Page]:
    """Every page made out of data, in a fixed order."""
    for profile in book.profiles():
        origin = book.origins[profile.key]
        template = "region.html" if isinstance(profile, Region) else "station.html"
        yield Page(profile.key, profile.name, profile.summary, template, profile, origin)
        for method in profile.methods:
            instance = Instance(profile, method)
            yield Page(instance.key, f"{method.name} · {profile.name}", method.summary, "method.html", instance, origin)
    for playbook in book.playbooks.values():
        origin = book.origins[f"playbooks/{playbook.id}"]
        yield Page(f"playbooks/{playbook.id}", playbook.name, playbook.summary, "playbook.html", playbook, origin)
        for pair in playbook.pairs:
            instances = tuple(one for ref in pair if (one := book.method(ref)))
            title = " · ".join(one.method.name for one in instances)
            yield Page(pair_key(pair), title, f"{playbook.name}：{title}并排对照", "pair.html", (playbook, instances), origin)
    for table in by_measure(book):
        description = f"{table.measure.label}：{len(table.lines)} 个数字，各带口径、时期和来源"
        yield Page(f"figures/{table.measure.id}", table.measure.label, description, "measure.html", table, book.origins["vocab/measures"])
    for term in book.lexicons["problems"].terms:
        yield Page(f"problems/{term.id}", term.label, f"遇到{term.label}，各所用什么办法", "problem.html", term, book.origins["vocab/problems"])
    for source in book.sources.values():
        description = f"来源：{source.title}"
        yield Page(f"sources/{source.id}", source.title, description, "source.html", source, book.origins.get(f"sources/{source.id}"))
