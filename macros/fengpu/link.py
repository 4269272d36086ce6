"""References: every one resolves, or is reported with the nearest thing that exists.

What all profiles share is linked first; then each profile against it alone, so that a profile's findings depend on
nothing but its own file and the shared ones; last what binds the profiles together.
"""

from __future__ import annotations

from array import array
from collections import ChainMap, Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from typing import NamedTuple

from .book import Back, Book, Card, Cards, Census, Commons, Figures, Lexicon, MethodCard, Methods, Said, Some, Words
from .check import Checked, called
from .model import (
    OWN_SCOPE,
    VOCABULARIES,
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
    SourceKind,
    SourceList,
    Station,
    Vocabulary,
)
from .problem import At, Problem, is_it
from .rules.finding import Walked
from .shelf import Shelf

Lost = tuple[At, str, str, str]
"""What does not resolve: where, the code, what is wrong and how to mend it."""


def share(files: Iterable[Checked], unread: Collection[str] = ()) -> tuple[Commons, list[Problem]]:
    """Link what all profiles refer to: vocabularies, playbooks, shared sources and the glossary.

    ``unread`` are the paths of files that gave no record: what may stand in them is not called unknown.
    """
    files = list(files)
    playbooks = {one.stem: one.record for one in files if isinstance(one.record, Playbook)}
    lexicons = {one.stem: Lexicon(one.stem, one.record.title, one.record.terms) for one in files if isinstance(one.record, Vocabulary)}
    problems: list[Problem] = []
    missing = frozenset(VOCABULARIES) - lexicons.keys()
    hidden = {called(path) for path in unread}.union(*(one.unsure for one in files))
    for name, noun in VOCABULARIES.items():
        if name in missing:
            where = files[0].path.rsplit("/", 2)[0] if files else "data"
            if name not in hidden:
                problems.append(Problem(f"{where}/vocab/{name}.yml", "E207", "缺少这个词表。", "从项目里恢复这个文件。", 1, 1))
            lexicons[name] = Lexicon(name, noun.__name__, ())
    sources: dict[str, Source] = {}
    origins = {
        **{f"playbooks/{one.stem}": one.path for one in files if isinstance(one.record, Playbook)},
        **{f"vocab/{one.stem}": one.path for one in files if isinstance(one.record, Vocabulary)},
    }
    for one in sorted(files, key=lambda one: one.path):
        for index, source in enumerate(one.record.sources if isinstance(one.record, SourceList) else ()):
            first = origins.setdefault(f"sources/{source.id}", one.path)
            if sources.setdefault(source.id, source) != source and first != one.path and not _is_unsure(one, index):
                problems.append(_another_source(one.path, source.id, first, ("sources", index, "id")))
    entries = tuple(entry for one in files if isinstance(one.record, Glossary) for entry in one.record.entries)
    ordered = dict(sorted(playbooks.items(), key=lambda pair: (pair[1].order, pair[0])))
    commons = Commons(lexicons, ordered, sources, entries, origins, frozenset(hidden | missing))
    for one in files:
        problems += settle(one, commons)
    return commons, problems


def settle(one: Checked, commons: Commons) -> list[Problem]:
    """Follow every reference of one file to what it shares with others."""
    found = (Problem(one.path, *rest, at=at, on_key=at[-2:-1] == ("axes",)) for at, *rest in _References(commons).of(one))
    return [problem for problem in found if not one.stands_in(problem.at)]


class Head(NamedTuple):
    """Whose card it is, told without opening it."""

    id: str
    folder: str
    path: str

    @property
    def key(self) -> str:
        return f"{self.folder}/{self.id}"


def link(
    commons: Commons, heads: Sequence[Head], opened: Callable[[int], Card], shelf: Shelf, shared: Iterable[Checked] = ()
) -> tuple[Book, list[Problem]]:
    """Bind the profiles together: one space of ids, old addresses, and the pairs that playbooks list.

    ``opened`` opens the card of one of the ``heads`` by its number; each is opened once. ``shared`` are the files that
    `share` was given.
    """
    playbooks = {one.stem: one for one in shared if isinstance(one.record, Playbook)}
    order = sorted(range(len(heads)), key=lambda number: heads[number].folder != Station.folder)
    found = {heads[number].id: number for number in order}
    stations = sum(heads[number].folder == Station.folder for number in found.values())
    numbers = array("I", found.values())
    cards = Cards(list(found), stations, lambda number: opened(numbers[number]))
    methods, figures, census, kinds, sources_of = Methods(cards, shelf), Figures(), Census(), list[SourceKind](), Words()
    said: dict[str, Said] = defaultdict(Said)
    number_of = {playbook: number for number, playbook in enumerate(commons.playbooks)}
    owners: dict[str, str] = {}
    citing: dict[str, list[str]] = {source: [] for source in commons.sources}
    repeated: dict[str, set[str]] = defaultdict(set)
    telling = {f"{folder}/{one}": array("I") for folder, some in _told_of(commons) for one in some}
    renamed, checked, faces, likenesses = [], [], bytearray(), bytearray()
    for number, (name, card) in enumerate(cards.items()):
        back = card.turned()
        methods.add(card, number_of)
        figures.add(number, back.figures)
        sources_of.append(" ".join(source for source, _ in back.sources))
        checked.append(card.checked)
        faces += back.face
        likenesses += back.likeness
        for field, some in _said(card, back):
            said[field].extend(some)
        for (source, _), head in zip(back.sources, back.heads, strict=True):
            if source in commons.sources or owners.setdefault(source, name) != name:
                repeated[source].add(name)
            elif len(kinds) < len(owners):
                kinds.append(head.kind)
            citing.setdefault(source, [])
        for source in back.cites:
            citing.setdefault(source, []).append(name)
        if back.traits:
            census.append(back.traits)
        for told in _tells(card):
            if told in telling:
                telling[told].append(number)
        if card.aliases or any(method.aliases for method in card.methods):
            renamed.append(card)
    redirects, clashes = _redirects([heads[number] for number in numbers], renamed, playbooks)
    having = {source: [cards[name] for name in {*names, owners.get(source, "")} if name] for source, names in repeated.items()}
    problems = [*_twice(heads), *_sources(commons, having), *clashes, *_pairs(cards, playbooks)]
    instances: dict[int, array[int]] = {number: array("I") for number in range(-1, len(number_of))}
    for number, playbook in enumerate(methods.playbooks):
        instances[playbook].append(number)
    book = Book(
        commons=commons,
        cards=cards,
        shelf=shelf,
        redirects=redirects,
        owners=owners,
        citing={source: tuple(some) for source, some in citing.items()},
        telling=telling,
        checked=checked,
        methods=methods,
        instances={playbook: Some(methods, instances[number]) for playbook, number in number_of.items()},
        figures=figures,
        census=census,
        said=said,
        sources_of=sources_of,
        faces=bytes(faces),
        likenesses=bytes(likenesses),
        kinds=kinds,
    )
    return book, problems


def _told_of(commons: Commons) -> Iterator[tuple[str, Iterable[str]]]:
    """What profiles may tell of, by the folder of its pages."""
    yield "playbooks", commons.playbooks
    yield "sources", commons.sources
    yield "problems", (term.id for term in commons.lexicons["problems"].terms)
    yield "figures", (term.id for term in commons.lexicons["measures"].terms)


def _tells(card: Card) -> set[str]:
    """What a profile tells of."""
    back = card.turned()
    told = {f"figures/{figure.measure}" for figure in back.figures}
    told.update(f"sources/{source}" for source in back.cites)
    for method in card.methods:
        told.add(f"playbooks/{method.playbook}")
        told.update(f"problems/{problem}" for problem in (() if isinstance(method.problems, Gap) else method.problems))
    return told


def _said(card: Card, back: Back) -> Iterator[tuple[str, Iterable[tuple[str, ...] | Gap]]]:
    """What a profile and its methods say in the fields by which lists sort them."""
    honours, methods = back.honours, card.methods
    yield "place", ((Station.folder if card.placed else Region.folder, card.province or "", str(card.city), str(card.county)),)
    yield "area_types", (card.area_types,)
    yield "honours", (honours if isinstance(honours, Gap) else tuple(honour.title for honour in honours),)
    yield "playbook", (one.playbook if isinstance(one.playbook, Gap) else (one.playbook,) for one in methods)
    yield "problems", (one.problems for one in methods)
    yield "targets", (one.targets for one in methods)
    yield "goals", (one.goals for one in methods)


def _sources(commons: Commons, having: Mapping[str, Iterable[Card]]) -> list[Problem]:
    """Where several files have a source of one id they say the same of it, since pages and addresses name sources by it alone.

    ``having`` are the cards of those that have each of these.
    """
    problems = []
    for source, cards in having.items():
        shared = commons.sources.get(source)
        first = (commons.origins[f"sources/{source}"], print_of_source(shared)) if shared else None
        for card in sorted(cards, key=lambda card: card.path):
            for index, (name, said) in enumerate(card.sources):
                if name == source:
                    path, meant = first = first or (card.path, said)
                    if said and meant and said != meant and path != card.path:
                        problems.append(_another_source(card.path, source, path, ("sources", index, "id")))
    return problems


def _is_unsure(one: Checked, index: int) -> bool:
    return any(at[:2] == ("sources", index) for at in one.stand_ins)


def _another_source(path: str, source: str, first: str, at: At) -> Problem:
    remedy = "同一篇文章就写得一样，或者删去一条；不是同一篇就换一个编号。"
    return Problem(path, "E208", f"来源编号“{source}”已经用在 {first}，内容不一样。", remedy, at=at)


def print_of_source(source: Source) -> str:
    """A short print of all that is said of a source, to tell whether two files say the same."""
    return sha256(source.model_dump_json().encode()).hexdigest()[:16]


def _twice(heads: Sequence[Head]) -> list[Problem]:
    """A station and a region share one space of names, since macros and addresses name both the same way."""
    regions = {head.id: head.path for head in heads if head.folder == Region.folder}
    message = "编号“{}”已经是一个地区的编号（{}）。"
    return [
        Problem(head.path, "E208", message.format(head.id, regions[head.id]), "给派出所换一个编号和文件名。", at=("id",))
        for head in heads
        if head.folder == Station.folder and head.id in regions
    ]


def _redirects(heads: Sequence[Head], cards: Sequence[Card], playbooks: Mapping[str, Checked]) -> tuple[dict[str, str], list[Problem]]:
    """The old addresses of playbooks and of those profiles whose ``cards`` tell of any."""
    made: dict[str, str] = {}
    problems = []
    files = [(card.path, card.folder, card.id, card.aliases) for card in cards]
    files += [(one.path, "playbooks", stem, one.record.aliases) for stem, one in playbooks.items()]  # type: ignore[attr-defined]
    holders = {head.key: head.path for head in heads} | {f"playbooks/{stem}": one.path for stem, one in playbooks.items()}
    for path, folder, name, aliases in files:
        for index, old in enumerate(aliases):
            if holder := holders.get(f"{folder}/{old}"):
                remedy = "旧编号不能和现有的编号或别处的旧编号相同；换掉或删去它。"
                problems.append(Problem(path, "E208", f"旧编号“{old}”已经用在 {holder}。", remedy, at=("aliases", index)))
            holders.setdefault(f"{folder}/{old}", path)
            made[f"{folder}/{old}"] = f"{folder}/{name}"
    for card in cards:
        for method in card.methods:
            for place in (card.id, *card.aliases):
                for old in (method.id, *method.aliases):
                    if (place, old) != (card.id, method.id):
                        made[f"{card.folder}/{place}/{old}"] = f"{card.key}/{method.id}"
    return made, problems


def _pairs(cards: Cards, playbooks: Mapping[str, Checked]) -> list[Problem]:
    """What playbooks put side by side are methods of theirs."""
    problems = []
    for one in playbooks.values():
        assert isinstance(one.record, Playbook)
        for index, pair in enumerate(one.record.pairs):
            lost: list[Lost] = []
            if not 2 <= len(set(pair)) == len(pair) <= 5:
                why = f"一组并排的做法要有两到五个，各不相同，这里有 {len(pair)} 个。"
                lost.append((("pairs", index), "E211", why, "增减到两到五个，去掉重复的。"))
            for n, ref in enumerate(pair):
                method = _method(cards, ref)
                if method is None:
                    every = ((f"{name}/{entry.id}", entry.name) for name, card in cards.items() for entry in card.methods)
                    known = {word: other for other, name in every for word in (other, name)}
                    remedy = is_it(ref, known, "写成 派出所编号/做法编号，例如 beijie/laoli。")
                    lost.append((("pairs", index, n), "E205", f"未知的做法“{ref}”。", remedy))
                elif method.playbook != one.record.id:
                    why = f"“{method.name}”不属于打法“{one.record.name}”。"
                    lost.append((("pairs", index, n), "E211", why, "换成这种打法的做法，或者改它的 playbook。"))
            problems += [Problem(one.path, *rest, at=at) for at, *rest in lost if not one.stands_in(at)]
    return problems


def _method(cards: Cards, ref: str) -> MethodCard | None:
    name, _, method = ref.partition("/")
    return next((one for one in cards[name].methods if one.id == method), None) if name in cards else None


class _References:
    """Follows every reference of one record."""

    def __init__(self, commons: Commons) -> None:
        self.hidden = commons.hidden
        self.lexicons = commons.lexicons
        self.playbooks = commons.playbooks
        self.sources = commons.sources
        self.own_sources: Mapping[str, Source] = {}

    def of(self, one: Checked) -> Iterator[Lost]:
        record = one.record
        if isinstance(record, Profile):
            self.own_sources = {source.id: source for source in record.sources}
            yield from self._profile(record, one.walked)
        if isinstance(record, Station):
            yield from self._station(record)
        elif isinstance(record, Region):
            if not isinstance(record.province, Gap):
                yield from self._words("provinces", (record.province,), ("province",), one=True)
        elif isinstance(record, Glossary):
            for index, entry in enumerate(record.entries):
                if entry.source is not None:
                    yield from self._source(entry.source, ("entries", index, "source"))
        elif isinstance(record, Playbook):
            yield from self._words("problems", record.problems, ("problems",))
            yield from self._words("goals", record.goals, ("goals",))
            for index, axis in enumerate(record.axes):
                yield from self._words("measures", axis.measures, ("axes", index, "measures"))
            for index, other in enumerate(record.related):
                yield from self._playbook(other, ("related", index))

    def _station(self, station: Station) -> Iterator[Lost]:
        yield from self._words("provinces", (station.place.province,), ("place", "province"), one=True)
        yield from self._words("area-types", station.area_types, ("area_types",))
        for index, honour in enumerate(() if isinstance(station.honours, Gap) else station.honours):
            yield from self._words("honours", (honour.title,), ("honours", index, "title"), one=True)
            yield from self._not_after_source(honour.date, honour.source, ("honours", index, "date"))

    def _profile(self, profile: Profile, walked: Walked) -> Iterator[Lost]:
        unknown = {one.source for _, one in walked.cited}.difference(self.own_sources, self.sources)
        for at, one in walked.cited if unknown else ():
            yield from self._source(one.source, (*at, "source"))
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
        figures = {figure.id for figure in profile.figures}
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
        means = () if isinstance(method.means, Gap) else map(self.lexicons["means"].find, method.means)
        watching = [term for term in means if isinstance(term, Means) and term.watches]
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
            elif axes[name].measures:
                remedy = f"删去这一行；在 figures 里写一条 measure: {' 或 '.join(axes[name].measures)}、scope: {method.id} 的数据。"
                yield (*at, name), "E206", f"对照项“{axes[name].label}”是数字，不在这里填。", remedy

    def _figure(self, figure: Figure, methods: Mapping[str, str], figures: Collection[str], at: At) -> Iterator[Lost]:
        yield from self._words("measures", (figure.measure,), (*at, "measure"), one=True)
        measure = self.lexicons["measures"].find(figure.measure)
        if isinstance(measure, Measure) and figure.unit not in measure.units and "measures/units" not in self.hidden:
            known = "、".join(measure.units)
            yield (*at, "unit"), "E308", f"指标“{measure.label}”不用“{figure.unit}”作单位。", f"可以用：{known}。"
        if figure.scope != OWN_SCOPE and figure.scope not in methods:
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

    def _words(self, vocabulary: str, words: tuple[str, ...] | Gap, at: At, *, one: bool = False) -> Iterable[Lost]:
        lexicon = self.lexicons[vocabulary]
        if isinstance(words, Gap) or vocabulary in self.hidden or all(map(lexicon.find, words)):
            return ()
        return self._unknown(lexicon, words, at, one=one)

    def _unknown(self, lexicon: Lexicon, words: tuple[str, ...], at: At, *, one: bool) -> Iterator[Lost]:
        for index, word in enumerate(words):
            if lexicon.find(word) is None:
                several = [part for part in word.replace("，", "、").split("、") if part]
                if len(several) > 1:
                    remedy = f"几个词之间用半角逗号：[{', '.join(several)}]。"
                else:
                    remedy = is_it(word, lexicon.spellings, f"可以用的词见 vocab/{lexicon.name}.yml。")
                yield (at if one else (*at, index)), "E201", f"词表“{lexicon.title}”里没有“{word}”。", remedy

    def _source(self, source: str, at: At) -> Iterator[Lost]:
        if source not in self.own_sources and source not in self.sources and "sources" not in self.hidden:
            every = ChainMap(self.sources, self.own_sources)  # type: ignore[arg-type]
            known = {one.title: one.id for one in every.values()} | {one: one for one in every}
            yield at, "E202", f"未知的来源“{source}”。", is_it(source, known, "先在本文件的 sources 里写上这篇文章。")

    def _playbook(self, playbook: str, at: At) -> Iterator[Lost]:
        if playbook not in self.playbooks and playbook not in self.hidden:
            known = {name: one.id for one in self.playbooks.values() for name in (*one.other_names, one.name, one.id)}
            yield at, "E203", f"未知的打法“{playbook}”。", is_it(playbook, known, f"已有的打法：{'、'.join(self.playbooks)}。")

    def _own_method(self, ref: str, methods: Mapping[str, str], at: At) -> Iterator[Lost]:
        if ref not in methods:
            known = {name: one for one, name in methods.items()} | {one: one for one in methods}
            yield at, "E205", f"本所没有编号是“{ref}”的做法。", is_it(ref, known, "写本文件 methods 里的一个编号。")

    def _not_after_source(self, when: PartialDate | Gap, source: str, at: At) -> Sequence[Lost]:
        # A source cannot speak of what came after it. The clock is never asked: a build must not depend on the day.
        if isinstance(when, Gap):
            return ()
        told = self.sources.get(source) or self.own_sources.get(source)
        published = told.date if told else Gap.UNSAID
        if isinstance(published, Gap) or not when.is_after(published):
            return ()
        return [(at, "E303", f"时间 {when} 晚于来源的日期 {published}。", "改正时间，或者改正来源的日期。")]
