"""The card of a profile: all that other pages list, count or compare it by, worked out while it is open."""

from __future__ import annotations

from ..book import Card, Commons, FigureCard, MethodCard
from ..check import Checked
from ..model import Cited, Gap, Grade, Honour, Method, Profile, Region, Source, Station
from ..rules.finding import walk
from .evidence import grade
from .similar import traits


def card(one: Checked, commons: Commons, *, sound: bool = True) -> Card:
    """Write the card of a profile; of one that is not sound, only what other files may refer to."""
    profile = one.record
    assert isinstance(profile, Profile)
    if not sound:
        return _reference(one, profile)
    own = {source.id: source for source in profile.sources}
    station = profile if isinstance(profile, Station) else None
    province = station.place.province if station else profile.province if isinstance(profile, Region) else Gap.INAPPLICABLE
    return Card(
        path=one.path,
        id=one.stem,
        folder=profile.folder,
        name=profile.name,
        aliases=profile.aliases,
        summary=profile.summary,
        province=None if isinstance(province, Gap) else commons.term("provinces", province).id,
        place=tuple(part for part in (station.place.city, station.place.county, station.place.town) if not isinstance(part, Gap)) if station else (),
        honours=tuple(dict.fromkeys(batch(commons, honour) for honour in station.honours)) if station and not isinstance(station.honours, Gap) else (),
        checked=profile.checked,
        sources=_own_sources(one, profile),
        cites=tuple(dict.fromkeys(said.source for _, said in walk(profile).records if isinstance(said, Cited))),
        methods=tuple(_method(commons, profile, method, own) for method in profile.methods),
        figures=tuple(FigureCard(figure.id, commons.measure(figure).id) for figure in profile.figures),
        traits=traits(commons, station) if station else None,
    )


def _own_sources(one: Checked, profile: Profile) -> tuple[str, ...]:
    return tuple("" if one.stands_in(("sources", index, "id")) else source.id for index, source in enumerate(profile.sources))


def _reference(one: Checked, profile: Profile) -> Card:
    methods = tuple(
        MethodCard(method.id, method.name, method.aliases, "", None if isinstance(method.playbook, Gap) else method.playbook, (), (), (), Grade.NOTHING)
        for method in profile.methods
    )
    return Card(
        one.path, one.stem, profile.folder, profile.name, profile.aliases, "", None, (), (), profile.checked, _own_sources(one, profile), (), methods, (), None
    )


def batch(commons: Commons, honour: Honour) -> str:
    """An honour as it is looked for: its title and, where there are any, its batch."""
    label = commons.term("honours", honour.title).label
    return label if isinstance(honour.batch, Gap) else f"{label}（{honour.batch}）"


def _method(commons: Commons, profile: Profile, method: Method, own: dict[str, Source]) -> MethodCard:
    def ids(vocabulary: str, words: object) -> tuple[str, ...]:
        return tuple(commons.term(vocabulary, word).id for word in words) if isinstance(words, tuple) else ()

    speaker = (commons.sources.get(method.source) or own[method.source]).kind
    return MethodCard(
        id=method.id,
        name=method.name,
        aliases=method.aliases,
        summary=method.summary,
        playbook=None if isinstance(method.playbook, Gap) else method.playbook,
        problems=ids("problems", method.problems),
        targets=ids("targets", method.targets),
        goals=ids("goals", method.goals),
        grade=grade(commons, speaker, method, (figure for figure in profile.figures if figure.scope == method.id)),
    )
