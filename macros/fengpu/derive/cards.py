"""The card of a profile: all that other pages list, count or compare it by, worked out while it is open."""

from __future__ import annotations

from ..book import Back, Card, Commons, FigureCard, MethodCard, SourceHead, Traits
from ..cache import print_of
from ..check import Checked
from ..link import print_of_source
from ..model import Bound, Figure, Gap, Grade, Method, PartialDate, PeriodKind, Profile, Region, Source, Station
from ..rules.finding import cited
from .evidence import grade
from .similar import traits


def card(one: Checked, commons: Commons, *, sound: bool = True) -> Card:
    """Write the card of a profile; of one that is not sound, only what other files may refer to."""
    profile = one.record
    assert isinstance(profile, Profile)
    back = Back(
        honours=Gap.INAPPLICABLE,
        sources=tuple(
            (source.id, "" if any(at[:2] == ("sources", index) for at in one.stand_ins) else print_of_source(source))
            for index, source in enumerate(profile.sources)
        ),
        heads=tuple(SourceHead(source.title, source.kind) for source in profile.sources),
        cites=(),
        figures=(),
        traits=None,
    )
    bare = Card(
        path=one.path,
        id=one.stem,
        folder=profile.folder,
        name=profile.name,
        aliases=profile.aliases,
        summary=profile.summary,
        province=None,
        city=Gap.INAPPLICABLE,
        county=Gap.INAPPLICABLE,
        town=Gap.INAPPLICABLE,
        area_types=Gap.INAPPLICABLE,
        checked=profile.checked,
        methods=tuple(
            MethodCard(
                method.id, method.name, method.aliases, method.kind.value, method.summary, method.playbook,
                Gap.UNSAID, Gap.UNSAID, Gap.UNSAID, Grade.NOTHING,
            )
            for method in profile.methods
        ),
        turned=lambda: back,
    )  # fmt: skip
    return _filled(bare, back, profile, commons) if sound else bare


def printed(card: Card, prints: bytes) -> Card:
    """A card with the prints by which a later run knows what of it has changed; ``prints`` are those of the profile's pieces."""
    *front, turned = card
    back = turned()
    face = print_of(repr((*front, back._replace(figures=(), traits=None), card.placed)).encode())
    said = back._replace(prints=prints, face=face, likeness=_likeness(card, back.traits))
    return card._replace(turned=lambda: said)


def _likeness(card: Card, one: Traits | None) -> bytes:
    if one is None:
        return print_of()
    words = (sorted(some) if some else some for some in (one.area_types, one.problems))
    return print_of(repr((card.id, card.name, *words, one.officers, one.residents, one.calls, one.province)).encode())


def _filled(bare: Card, bare_back: Back, profile: Profile, commons: Commons) -> Card:
    own = {source.id: source for source in profile.sources}
    back = bare_back._replace(
        honours=profile.honours if isinstance(profile, Station) else Gap.INAPPLICABLE,
        cites=tuple(dict.fromkeys(one.source for one in cited(profile))),
        figures=tuple(figure_card(figure, commons) for figure in profile.figures),
        traits=traits(commons, profile) if isinstance(profile, Station) else None,
    )
    full = bare._replace(
        methods=tuple(_method(entry, method, profile, own, commons) for entry, method in zip(bare.methods, profile.methods, strict=True)),
        turned=lambda: back,
    )
    if isinstance(profile, Station):
        place = profile.place
        return full._replace(
            province=commons.term("provinces", place.province).id,
            city=place.city,
            county=place.county,
            town=place.town,
            area_types=_ids(commons, "area-types", profile.area_types),
        )
    assert isinstance(profile, Region)
    return full if isinstance(profile.province, Gap) else full._replace(province=commons.term("provinces", profile.province).id)


def _method(entry: MethodCard, method: Method, profile: Profile, own: dict[str, Source], commons: Commons) -> MethodCard:
    speaker = (commons.sources.get(method.source) or own[method.source]).kind
    return entry._replace(
        problems=_ids(commons, "problems", method.problems),
        targets=_ids(commons, "targets", method.targets),
        goals=_ids(commons, "goals", method.goals),
        grade=grade(commons, speaker, method, (figure for figure in profile.figures if figure.scope == method.id)),
    )


def figure_card(figure: Figure, commons: Commons) -> FigureCard:
    """What may forbid to hold one figure against another."""
    period = figure.period
    return FigureCard(
        id=figure.id,
        measure=commons.measure(figure).id,
        value=figure.value,
        definition=figure.definition,
        unit=figure.unit,
        scope=figure.scope,
        period=f"{period.kind.value} {period.start} {period.end}",
        point=period.kind is PeriodKind.POINT,
        undated=not isinstance(period.start, PartialDate) and not isinstance(period.end, PartialDate),
        one_sided=figure.bound in {Bound.AT_LEAST, Bound.UNDER},
    )


def _ids(commons: Commons, vocabulary: str, words: tuple[str, ...] | Gap) -> tuple[str, ...] | Gap:
    return words if isinstance(words, Gap) else tuple(commons.term(vocabulary, word).id for word in words)
