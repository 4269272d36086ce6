"""What a reader can search for: every page as a document with names, text and facets."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from html import unescape

from ..book import Book, Instance
from ..model import Gap, Profile, Record, Station

KINDS = {
    "playbook": "打法",
    "station": "派出所",
    "region": "地区",
    "method": "做法",
    "problem": "问题",
    "measure": "数据",
    "glossary": "词语",
    "source": "来源",
    "page": "说明",
}
"""Kinds of page in the order in which equal hits are shown, with their labels."""

FACETS = {
    "kind": "类别",
    "province": "省份",
    "area": "辖区类型",
    "playbook": "打法",
    "problem": "问题",
    "target": "服务对象",
    "goal": "目标",
    "evidence": "证据",
    "honour": "荣誉",
}
"""Facets of the search with their labels."""

_TAG = re.compile(r"<[^>]*>")
_QUIET = {"source", "section", "basis", "url", "checked", "playbook", "scope", "id", "aliases", "compare", "part_of", "measure"}


@dataclass(frozen=True, slots=True)
class Document:
    """One thing that can be found."""

    id: str
    kind: str
    key: str
    """What links call its page, with an anchor where it is part of one."""
    title: str
    names: tuple[str, ...] = ()
    """Other names, searched like the title."""
    context: str = ""
    """Where it belongs: the station of a method, with its place."""
    text: str = ""
    facets: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Facet → ids of its words."""


def documents(book: Book) -> Iterator[Document]:
    """Everything in the book, kind by kind, and stations and methods by province and id."""
    for playbook in book.playbooks.values():
        text = " ".join((playbook.summary, playbook.answers, *(f"{axis.label} {axis.ask}" for axis in playbook.axes)))
        facets = {"playbook": (playbook.id,), "problem": _ids(book, "problems", playbook.problems), "goal": _ids(book, "goals", playbook.goals)}
        yield Document(f"playbooks/{playbook.id}", "playbook", f"playbooks/{playbook.id}", playbook.name, playbook.other_names, "", text, facets)
    profiles = _by_place(book)
    for profile in profiles:
        yield _profile(book, profile)
    for profile in profiles:
        for instance in book.methods_of(profile.id):
            yield _method(book, instance)
    for term in book.lexicons["problems"].terms:
        yield Document(f"problems/{term.id}", "problem", f"problems/{term.id}", term.label, term.synonyms, "", term.note or "", {"problem": (term.id,)})
    told = {book.measure(figure).id for _, figure in book.every_figure()}
    for term in book.lexicons["measures"].terms:
        if term.id in told:
            yield Document(f"figures/{term.id}", "measure", f"figures/{term.id}", term.label, term.synonyms, "", term.note or "")
    for entry in book.entries:
        yield Document(f"glossary/{entry.id}", "glossary", f"glossary#{entry.id}", entry.term, entry.other_names, "", entry.text)
    for source in book.sources.values():
        publisher = () if isinstance(source.publisher, Gap) else (source.publisher,)
        names = (*source.other_names, *publisher, *(byline.name for byline in source.bylines))
        text = " ".join(part for part in (source.subtitle, source.publisher, source.kind.value, source.note) if part and not isinstance(part, Gap))
        yield Document(f"sources/{source.id}", "source", f"sources/{source.id}", source.title, names, "", text)


LISTS = {"index", "search/index", *(f"{name}/index" for name in ("stations", "playbooks", "sources", "figures", "problems"))}
"""Pages that only list what is found by itself."""


@dataclass(frozen=True, slots=True)
class Written:
    """A hand-written page, as far as search looks at it."""

    key: str
    title: str
    names: tuple[str, ...]
    html: str

    @property
    def text(self) -> str:
        return " ".join(unescape(_TAG.sub(" ", self.html)).split())


def with_written(found: Iterable[Document], written: Iterable[Written]) -> Iterator[Document]:
    """Add the hand-written pages; guidance on a playbook is found as that playbook."""
    pages = {page.key: page for page in written if page.key not in LISTS}
    for document in found:
        guidance = pages.pop(document.key, None)
        yield replace(document, text=f"{document.text} {guidance.text}") if guidance else document
    for key, page in sorted(pages.items()):
        yield Document(f"pages/{key}", "page", key, page.title, page.names, "", page.text)


def _by_place(book: Book) -> list[Profile]:
    order = {term.id: number for number, term in enumerate(book.lexicons["provinces"].terms)}
    stations = sorted(book.stations.values(), key=lambda one: (order[book.term("provinces", one.place.province).id], one.id))
    return [*stations, *book.regions.values()]


def _profile(book: Book, profile: Profile) -> Document:
    own = " ".join(_words(profile, skip={"methods", "figures", "cases", "name", "other_names", "sources"}))
    figures = " ".join(_figure_text(book, profile))
    names = (profile.full_name, *profile.other_names) if isinstance(profile, Station) else profile.other_names
    kind = "station" if isinstance(profile, Station) else "region"
    return Document(profile.id, kind, profile.key, profile.name, names, _place(book, profile), f"{own} {figures}", _facets_of(book, profile))


def _figure_text(book: Book, profile: Profile) -> Iterator[str]:
    for figure in profile.figures:
        value = "" if isinstance(figure.value, Gap) else f"{figure.value.normalize():f}{figure.unit}"
        yield f"{book.measure(figure).label} {value} {figure.printed or ''} {'' if isinstance(figure.definition, Gap) else figure.definition}"


def _facets_of(book: Book, profile: Profile) -> dict[str, tuple[str, ...]]:
    if not isinstance(profile, Station):
        return {}
    made = {"province": (book.term("provinces", profile.place.province).id,), "area": _ids(book, "area-types", profile.area_types)}
    if not isinstance(profile.honours, Gap):
        made["honour"] = tuple(dict.fromkeys(_batch(book, one) for one in profile.honours))
    playbooks = {method.playbook for method in profile.methods if not isinstance(method.playbook, Gap)}
    made["playbook"] = tuple(one for one in book.playbooks if one in playbooks)
    problems = {word for method in profile.methods for word in _ids(book, "problems", method.problems)}
    made["problem"] = tuple(term.id for term in book.lexicons["problems"].terms if term.id in problems)
    return made


def _batch(book: Book, honour: Record) -> str:
    label = book.term("honours", honour.title).label  # type: ignore[attr-defined]
    batch = honour.batch  # type: ignore[attr-defined]
    return label if isinstance(batch, Gap) else f"{label}（{batch}）"


def _method(book: Book, instance: Instance) -> Document:
    profile, method = instance.profile, instance.method
    facets = {name: words for name, words in _facets_of(book, profile).items() if name in {"province", "area", "honour"}}
    facets |= {
        "playbook": () if isinstance(method.playbook, Gap) else (method.playbook,),
        "problem": _ids(book, "problems", method.problems),
        "target": _ids(book, "targets", method.targets),
        "goal": _ids(book, "goals", method.goals),
        "evidence": (instance.entry.grade.value,),
    }
    people = " ".join(f"{one.name} {one.role}" for one in profile.people if method.id in one.methods)
    cases = " ".join(case.text for case in profile.cases if method.id in case.methods)
    figures = " ".join(text for text, one in zip(_figure_text(book, profile), profile.figures, strict=True) if one.scope == method.id)
    playbook = "" if isinstance(method.playbook, Gap) else book.playbooks[method.playbook].name
    text = " ".join((*_words(method, skip={"name", "other_names"}), playbook, people, cases, figures))
    context = f"{profile.name} {_place(book, profile)}"
    return Document(instance.ref, "method", instance.key, method.name, method.other_names, context, text, facets)


def _place(book: Book, profile: Profile) -> str:
    if not isinstance(profile, Station):
        return ""
    place = profile.place
    parts = (book.term("provinces", place.province).label, place.city, place.county, place.town)
    return " ".join(part for part in parts if not isinstance(part, Gap))


def _ids(book: Book, vocabulary: str, words: object) -> tuple[str, ...]:
    return tuple(book.term(vocabulary, word).id for word in words) if isinstance(words, tuple) and not isinstance(words, Gap) else ()


def _words(value: object, skip: Iterable[str] = ()) -> Iterator[str]:
    """Every text in a record but for references and those fields that are skipped at its top."""
    if isinstance(value, Gap):
        return
    if isinstance(value, Record):
        for name in type(value).model_fields:
            if name not in _QUIET and name not in skip:
                yield from _words(getattr(value, name))
    elif isinstance(value, tuple):
        for one in value:
            yield from _words(one)
    elif isinstance(value, dict):
        for one in value.values():
            yield from _words(one)
    elif type(value) is str:
        yield value
