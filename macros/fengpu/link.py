"""All files together: every reference resolves, or is reported with the nearest thing that exists."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from .check import Checked
from .model import (
    OWN_SCOPE,
    VOCABULARIES,
    Cited,
    Entry,
    Figure,
    Gap,
    Glossary,
    Means,
    Measure,
    Method,
    PartialDate,
    Playbook,
    Profile,
    Region,
    Source,
    SourceList,
    Station,
    Term,
    Vocabulary,
)
from .problem import At, Problem, is_it
from .rules.finding import cited, walk


@dataclass(frozen=True)
class Lexicon:
    """One vocabulary, to be asked by id or by label."""

    name: str
    title: str
    terms: tuple[Term, ...]
    _found: dict[str, Term] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_found", {word: term for term in self.terms for word in (term.id, term.label)})

    def find(self, word: str) -> Term | None:
        return self._found.get(word)

    def __getitem__(self, word: str) -> Term:
        return self._found[word]

    @property
    def spellings(self) -> dict[str, str]:
        """Everything that somebody may write, and the label that should stand there."""
        return {
            **{synonym: term.label for term in self.terms for synonym in term.synonyms},
            **{term.id: term.label for term in self.terms},
            **{term.label: term.label for term in self.terms},
        }


class Instance(NamedTuple):
    """A method where it is practised: at a station, or in a region of which no station is named."""

    profile: Profile
    method: Method

    @property
    def ref(self) -> str:
        """``beijie/laoli``, as macros, addresses and other files name it."""
        return f"{self.profile.id}/{self.method.id}"

    @property
    def key(self) -> str:
        """What links call its page: ``stations/beijie/laoli``."""
        return f"{self.profile.key}/{self.method.id}"

    @property
    def figures(self) -> tuple[Figure, ...]:
        return tuple(figure for figure in self.profile.figures if figure.scope == self.method.id)


@dataclass(frozen=True)
class Book:
    """Everything that is known, with its references resolved and its back-links made."""

    stations: Mapping[str, Station]
    regions: Mapping[str, Region]
    playbooks: Mapping[str, Playbook]
    """In the order of their ``order``."""
    sources: Mapping[str, Source]
    lexicons: Mapping[str, Lexicon]
    origins: Mapping[str, str]
    """Where each thing was written: ``stations/beijie`` → ``data/stations/beijie.yml``."""
    redirects: Mapping[str, str]
    """Old addresses and the new ones: ``stations/old`` → ``stations/new``."""
    instances: Mapping[str, tuple[Instance, ...]]
    """The methods of each playbook, stations first."""
    citing: Mapping[str, tuple[str, ...]]
    """The stations and regions of which each source speaks."""
    entries: tuple[Entry, ...] = ()
    """The glossary."""

    def profile(self, name: str) -> Profile | None:
        return self.stations.get(name) or self.regions.get(name)

    def profiles(self) -> Iterator[Profile]:
        yield from self.stations.values()
        yield from self.regions.values()

    def method(self, ref: str) -> Instance | None:
        """The method named ``beijie/laoli``."""
        name, _, method_id = ref.partition("/")
        profile = self.profile(name)
        found = next((one for one in profile.methods if one.id == method_id), None) if profile else None
        return Instance(profile, found) if profile and found else None

    def figure(self, ref: str) -> tuple[Profile, Figure] | None:
        """The figure named ``beijie/mediated``, with whose it is."""
        name, _, figure_id = ref.partition("/")
        profile = self.profile(name)
        found = next((one for one in profile.figures if one.id == figure_id), None) if profile else None
        return (profile, found) if profile and found else None

    def every_method(self) -> Iterator[Instance]:
        return (Instance(profile, method) for profile in self.profiles() for method in profile.methods)

    def every_figure(self) -> Iterator[tuple[Profile, Figure]]:
        return ((profile, figure) for profile in self.profiles() for figure in profile.figures)

    def measure(self, figure: Figure) -> Measure:
        term = self.lexicons["measures"][figure.measure]
        assert isinstance(term, Measure)
        return term

    def term(self, vocabulary: str, word: str) -> Term:
        return self.lexicons[vocabulary][word]

    def by_province(self) -> dict[str, list[Station]]:
        """Stations by the name of their province, in the order of the official province codes."""
        grouped: dict[str, list[Station]] = defaultdict(list)
        for station in self.stations.values():
            grouped[self.term("provinces", station.place.province).label].append(station)
        return {term.label: grouped[term.label] for term in self.lexicons["provinces"].terms if term.label in grouped}


def link(files: Iterable[Checked], unread: Collection[str] = ()) -> tuple[Book, list[Problem]]:
    """Resolve every reference; what does not resolve is reported and left out of the back-links.

    ``unread`` are the paths of files that gave no record: what may stand in them is not called unknown.
    """
    files = list(files)
    profiles = {one.stem: one for one in files if isinstance(one.record, Profile)}
    playbooks = {one.stem: one for one in files if isinstance(one.record, Playbook)}
    lexicons = {
        one.stem: Lexicon(one.stem, one.record.title, one.record.terms) for one in files if isinstance(one.record, Vocabulary)
    }
    problems: list[Problem] = []
    missing = frozenset(VOCABULARIES) - lexicons.keys()
    hidden = {path.removesuffix(".yml").rpartition("/")[2] for path in unread}.union(*(one.unsure for one in files))
    for name, noun in VOCABULARIES.items():
        if name in missing:
            where = files[0].path.rsplit("/", 2)[0] if files else "data"
            if name not in hidden:
                problems.append(Problem(f"{where}/vocab/{name}.yml", "E207", "缺少这个词表。", "从项目里恢复这个文件。", 1, 1))
            lexicons[name] = Lexicon(name, noun.__name__, ())
    sources, source_origins, clashes = _sources(files)
    problems += clashes
    redirects, clashes = _redirects(profiles, playbooks)
    problems += clashes
    problems += _twice(files)
    references = _References(
        lexicons,
        {stem: one.record for stem, one in playbooks.items()},  # type: ignore[misc]
        sources,
        {f"{stem}/{method.id}": method for stem, one in profiles.items() for method in one.record.methods},  # type: ignore[attr-defined]
        hidden | missing,
    )
    for one in files:
        found = (Problem(one.path, *rest, at=at, on_key=at[-2:-1] == ("axes",)) for at, *rest in references.of(one.record))
        problems += [problem for problem in found if not one.stands_in(problem.at)]
    origins = {
        **{f"{one.record.folder}/{stem}": one.path for stem, one in profiles.items() if isinstance(one.record, Profile)},
        **{f"playbooks/{stem}": one.path for stem, one in playbooks.items()},
        **{f"sources/{source}": path for source, path in source_origins.items()},
        **{f"vocab/{one.stem}": one.path for one in files if isinstance(one.record, Vocabulary)},
    }
    entries = tuple(entry for one in files if isinstance(one.record, Glossary) for entry in one.record.entries)
    return _book(profiles, playbooks, sources, lexicons, origins, redirects, entries), problems


def _book(
    profiles: Mapping[str, Checked],
    playbooks: Mapping[str, Checked],
    sources: Mapping[str, Source],
    lexicons: Mapping[str, Lexicon],
    origins: Mapping[str, str],
    redirects: Mapping[str, str],
    entries: tuple[Entry, ...],
) -> Book:
    stations = {stem: one.record for stem, one in profiles.items() if isinstance(one.record, Station)}
    regions = {stem: one.record for stem, one in profiles.items() if isinstance(one.record, Region)}
    patterns = {stem: one.record for stem, one in playbooks.items() if isinstance(one.record, Playbook)}
    instances: dict[str, list[Instance]] = {stem: [] for stem in patterns}
    citing: dict[str, list[str]] = {source: [] for source in sources}
    for profile in (*stations.values(), *regions.values()):
        for method in profile.methods:
            if method.playbook in instances:
                instances[method.playbook].append(Instance(profile, method))
        for source in dict.fromkeys(one.source for one in cited(profile)):
            if source in citing:
                citing[source].append(profile.id)
    return Book(
        stations=stations,
        regions=regions,
        playbooks=dict(sorted(patterns.items(), key=lambda pair: (pair[1].order, pair[0]))),
        sources=sources,
        lexicons=lexicons,
        origins=origins,
        redirects=redirects,
        instances={stem: tuple(found) for stem, found in instances.items()},
        citing={source: tuple(found) for source, found in citing.items()},
        entries=entries,
    )


def _sources(files: Iterable[Checked]) -> tuple[dict[str, Source], dict[str, str], list[Problem]]:
    """Sources are known everywhere by their id, whether they stand in the shared list or in a station's file."""
    known: dict[str, Source] = {}
    first: dict[str, str] = {}
    problems = []
    for one in sorted(files, key=lambda one: (not isinstance(one.record, SourceList), one.path)):
        for index, source in enumerate(one.record.sources if isinstance(one.record, SourceList | Profile) else ()):
            if first.get(source.id, one.path) != one.path and not one.stands_in(("sources", index, "id")):
                remedy = "同一篇文章就用那一条；不是同一篇就换一个编号。"
                message = f"来源编号“{source.id}”已经用在 {first[source.id]}。"
                problems.append(Problem(one.path, "E208", message, remedy, at=("sources", index, "id")))
            first.setdefault(source.id, one.path)
            known.setdefault(source.id, source)
    return known, first, problems


def _twice(files: Iterable[Checked]) -> list[Problem]:
    """A station and a region share one space of names, since macros and addresses name both the same way."""
    regions = {one.stem for one in files if isinstance(one.record, Region)}
    message = "编号“{0}”已经是一个地区的编号（data/regions/{0}.yml）。"
    return [
        Problem(one.path, "E208", message.format(one.stem), "给派出所换一个编号和文件名。", at=("id",))
        for one in files
        if isinstance(one.record, Station) and one.stem in regions
    ]


def _redirects(profiles: Mapping[str, Checked], playbooks: Mapping[str, Checked]) -> tuple[dict[str, str], list[Problem]]:
    made: dict[str, str] = {}
    problems = []
    groups = {
        folder: {stem: one for stem, one in profiles.items() if getattr(one.record, "folder", "") == folder}
        for folder in (Station.folder, Region.folder)
    }
    for folder, files in (*groups.items(), ("playbooks", playbooks)):
        for stem, one in files.items():
            for index, old in enumerate(one.record.aliases):  # type: ignore[attr-defined]
                if old in files or f"{folder}/{old}" in made:
                    remedy = "旧编号不能和现有的编号或别处的旧编号相同；换掉或删去它。"
                    problems.append(Problem(one.path, "E208", f"旧编号“{old}”已经有人用了。", remedy, at=("aliases", index)))
                made[f"{folder}/{old}"] = f"{folder}/{stem}"
            for method in one.record.methods if isinstance(one.record, Profile) else ():
                for place in (stem, *one.record.aliases):
                    for old in (method.id, *method.aliases):
                        if (place, old) != (stem, method.id):
                            made[f"{folder}/{place}/{old}"] = f"{folder}/{stem}/{method.id}"
    return made, problems


Lost = tuple[At, str, str, str]


class _References:
    """Follows every reference of one record."""

    def __init__(
        self,
        lexicons: Mapping[str, Lexicon],
        playbooks: Mapping[str, Playbook],
        sources: Mapping[str, Source],
        methods: Mapping[str, Method],
        hidden: Collection[str],
    ) -> None:
        self.hidden = hidden
        self.lexicons = lexicons
        self.playbooks = playbooks
        self.sources = sources
        self.methods = methods

    def of(self, record: object) -> Iterator[Lost]:
        if isinstance(record, Profile):
            yield from self._profile(record)
        if isinstance(record, Station):
            yield from self._station(record)
        elif isinstance(record, Region):
            yield from self._words("provinces", (record.province,), ("province",), one=True)
        elif isinstance(record, Glossary):
            for index, entry in enumerate(record.entries):
                if entry.source is not None:
                    yield from self._source(entry.source, ("entries", index, "source"))
        elif isinstance(record, Playbook):
            yield from self._words("problems", record.problems, ("problems",))
            yield from self._words("goals", record.goals, ("goals",))
            for index, axis in enumerate(record.axes):
                yield from self._words("measures", (axis.measure,), ("axes", index, "measure"), one=True)
            for index, other in enumerate(record.related):
                yield from self._playbook(other, ("related", index))
            for index, pair in enumerate(record.pairs):
                yield from self._pair(record, pair, ("pairs", index))

    def _station(self, station: Station) -> Iterator[Lost]:
        yield from self._words("provinces", (station.place.province,), ("place", "province"), one=True)
        yield from self._words("area-types", station.area_types, ("area_types",))
        for index, honour in enumerate(() if isinstance(station.honours, Gap) else station.honours):
            yield from self._words("honours", (honour.title,), ("honours", index, "title"), one=True)
            yield from self._not_after_source(honour.date, honour.source, ("honours", index, "date"))

    def _profile(self, profile: Profile) -> Iterator[Lost]:
        for at, value in walk(profile):
            if isinstance(value, Cited):
                yield from self._source(value.source, (*at, "source"))
        methods = {method.id: method.name for method in profile.methods}
        for name in ("people", "cases"):
            for index, one in enumerate(getattr(profile, name)):
                for n, ref in enumerate(one.methods):
                    yield from self._own_method(ref, methods, (name, index, "methods", n))
        for name in ("cases", "events"):
            for index, one in enumerate(getattr(profile, name)):
                yield from self._not_after_source(one.date, one.source, (name, index, "date"))
        for index, method in enumerate(profile.methods):
            yield from self._method(method, methods, ("methods", index))
        yield from self._circles(profile)
        figures = {figure.id: figure.id for figure in profile.figures}
        for index, figure in enumerate(profile.figures):
            yield from self._figure(figure, methods, figures, ("figures", index))

    def _method(self, method: Method, methods: Mapping[str, str], at: At) -> Iterator[Lost]:
        for name in ("problems", "targets", "goals", "means"):
            yield from self._words(name, getattr(method, name), (*at, name))
        for index, actor in enumerate(() if isinstance(method.actors, Gap) else method.actors):
            yield from self._words("roles", (actor.role,), (*at, "actors", index, "role"), one=True)
        if not isinstance(method.part_of, Gap):
            yield from self._own_method(method.part_of, methods, (*at, "part_of"))
        if isinstance(method.playbook, Gap):
            if method.axes:
                yield (*at, "playbook"), "E206", "没有所属打法，就没有对照项。", "补上 playbook，或者删去 axes。"
        else:
            yield from self._playbook(method.playbook, (*at, "playbook"))
            yield from self._axes(method, (*at, "axes"))
        watching = [term for word in _words(method.means) if isinstance(term := self.lexicons["means"].find(word), Means) and term.watches]
        if watching and not (isinstance(method.limits, tuple) and method.limits):
            message = f"“{method.name}”用了会看到人的手段（{watching[0].label}），却没有写边界。"
            yield (*at, "limits"), "E307", message, "补上 limits：依据哪部法律、怎样告知、数据保存多久；原文没说的写明“原文未说明”。"

    def _axes(self, method: Method, at: At) -> Iterator[Lost]:
        playbook = self.playbooks.get(str(method.playbook))
        axes = {axis.id: axis for axis in playbook.axes} if playbook else {}
        for name in method.axes if playbook and method.playbook not in self.hidden else ():
            if name not in axes:
                known = {axis.label: axis.id for axis in axes.values()} | {axis: axis for axis in axes}
                yield (*at, name), "E206", f"打法“{playbook.name}”没有对照项“{name}”。", is_it(name, known, f"可以写：{'、'.join(axes)}。")
            elif not isinstance(axes[name].measure, Gap):
                remedy = f"删去这一行；在 figures 里写一条 measure: {axes[name].measure}、scope: {method.id} 的数据。"
                yield (*at, name), "E206", f"对照项“{axes[name].label}”是数字，不在这里填。", remedy

    def _figure(self, figure: Figure, methods: Mapping[str, str], figures: Mapping[str, str], at: At) -> Iterator[Lost]:
        yield from self._words("measures", (figure.measure,), (*at, "measure"), one=True)
        measure = self.lexicons["measures"].find(figure.measure)
        if isinstance(measure, Measure) and figure.unit not in measure.units and "measures/units" not in self.hidden:
            known = "、".join(measure.units)
            yield (*at, "unit"), "E308", f"指标“{measure.label}”不用“{figure.unit}”作单位。", f"可以用：{known}。"
        if figure.scope != OWN_SCOPE:
            yield from self._own_method(figure.scope, {**methods, OWN_SCOPE: OWN_SCOPE}, (*at, "scope"))
        for name in ("differs_from", "total_of"):
            for index, other in enumerate(getattr(figure, name)):
                if other not in figures or other == figure.id:
                    remedy = is_it(other, [one for one in figures if one != figure.id], "写同一个文件里另一条数据的编号。")
                    yield (*at, name, index), "E209", f"没有编号是“{other}”的另一条数据。", remedy
        for name, end in (("from", figure.period.start), ("to", figure.period.end)):
            yield from self._not_after_source(end, figure.source, (*at, "period", name))

    def _circles(self, profile: Profile) -> Iterator[Lost]:
        above = {method.id: method.part_of for method in profile.methods}
        times = Counter(method.id for method in profile.methods)
        for index, method in enumerate(profile.methods):
            if times[method.id] > 1:  # Said already; whose part is whose cannot be told.
                continue
            seen, here = {method.id}, above.get(method.id)
            while isinstance(here, str) and here in above and here not in seen:
                seen.add(here)
                here = above[here]
            if here == method.id:
                remedy = "想清楚谁是谁的一部分，删去其中一个 part_of。"
                yield ("methods", index, "part_of"), "E210", f"“{method.name}”绕了一圈成了自己的一部分。", remedy

    def _words(self, vocabulary: str, words: object, at: At, *, one: bool = False) -> Iterator[Lost]:
        lexicon = self.lexicons[vocabulary]
        for index, word in enumerate(_words(words)):
            if vocabulary not in self.hidden and lexicon.find(word) is None:
                several = [part for part in word.replace("，", "、").split("、") if part]
                if len(several) > 1:
                    remedy = f"几个词之间用半角逗号：[{', '.join(several)}]。"
                else:
                    remedy = is_it(word, lexicon.spellings, f"可以用的词见 vocab/{vocabulary}.yml。")
                yield (at if one else (*at, index)), "E201", f"词表“{lexicon.title}”里没有“{word}”。", remedy

    def _source(self, source: str, at: At) -> Iterator[Lost]:
        if source not in self.sources and "sources" not in self.hidden:
            known = {one.title: one.id for one in self.sources.values()} | {one: one for one in self.sources}
            yield at, "E202", f"未知的来源“{source}”。", is_it(source, known, "先在本文件的 sources 里写上这篇文章。")

    def _playbook(self, playbook: str, at: At) -> Iterator[Lost]:
        if playbook not in self.playbooks and playbook not in self.hidden:
            known = {name: one.id for one in self.playbooks.values() for name in (*one.other_names, one.name, one.id)}
            yield at, "E203", f"未知的打法“{playbook}”。", is_it(playbook, known, f"已有的打法：{'、'.join(self.playbooks)}。")

    def _pair(self, playbook: Playbook, pair: tuple[str, ...], at: At) -> Iterator[Lost]:
        if not 2 <= len(set(pair)) == len(pair) <= 5:
            yield at, "E211", f"一组并排的做法要有两到五个，各不相同，这里有 {len(pair)} 个。", "增减到两到五个，去掉重复的。"
        for index, ref in enumerate(pair):
            method = self.methods.get(ref)
            if method is None:
                known = {name: one for one, method in self.methods.items() for name in (one, method.name)}
                yield (*at, index), "E205", f"未知的做法“{ref}”。", is_it(ref, known, "写成 派出所编号/做法编号，例如 beijie/laoli。")
            elif method.playbook != playbook.id:
                yield (*at, index), "E211", f"“{method.name}”不属于打法“{playbook.name}”。", "换成这种打法的做法，或者改它的 playbook。"

    def _own_method(self, ref: str, methods: Mapping[str, str], at: At) -> Iterator[Lost]:
        if ref not in methods:
            known = {name: one for one, name in methods.items()} | {one: one for one in methods}
            yield at, "E205", f"本所没有编号是“{ref}”的做法。", is_it(ref, known, "写本文件 methods 里的一个编号。")

    def _not_after_source(self, when: object, source: str, at: At) -> Iterator[Lost]:
        # A source cannot speak of what came after it. The clock is never asked: a build must not depend on the day.
        published = self.sources[source].date if source in self.sources else Gap.UNSAID
        if isinstance(when, PartialDate) and isinstance(published, PartialDate) and when.first > published.last:
            yield at, "E303", f"时间 {when} 晚于来源的日期 {published}。", "改正时间，或者改正来源的日期。"


def _words(words: object) -> tuple[str, ...]:
    return tuple(word for word in words if not isinstance(word, Gap)) if isinstance(words, tuple) else ()
