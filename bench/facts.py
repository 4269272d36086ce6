"""The pages of stations and methods for other site generators: the same pages with the same facts.

``markdown/`` is a tree for MkDocs with Material and for Zensical, ``hugo/`` one for Hugo, whose pages hold the facts as
front matter and whose layouts set them. What each page says is worked out once, with the functions that make our own
pages, and written both ways: a page says what ours says, character by character but for what joins them. Stations alike and
methods of the same playbook elsewhere are given as found, while ours finds them as it builds; left out is only what a
reader sees on pointing at something, such as the words that are explained.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from markupsafe import Markup

from fengpu.book import Book, Instance
from fengpu.build import assemble
from fengpu.derive import ledger, similar
from fengpu.derive.compare import Cell, compare
from fengpu.derive.evidence import answers
from fengpu.derive.lists import Lists
from fengpu.model import OWN_SCOPE, Basis, Cited, Figure, Gap, Part, PartialDate, Record, Source, SourceKind, Station
from fengpu.problem import errors
from fengpu.render import words
from fengpu.render.pages import TRAIT_NAMES
from fengpu.rules.finding import cited

LAYOUTS = Path(__file__).parent / "layouts"
Facts = dict[str, Any]
"""What one page says, as plain values that can be written as JSON."""


def write(data: Path, out: Path) -> int:
    """Write the pages of a data folder into both trees and tell how many each has."""
    outcome = assemble(data, data.as_posix())
    if found := errors(outcome.problems):
        raise ValueError(str(found[0]))
    for name in ("markdown", "hugo"):
        shutil.rmtree(out / name, ignore_errors=True)
        shutil.copytree(LAYOUTS / name, out / name)
    folders = {"markdown": out / "markdown/docs", "hugo": out / "hugo/content"}
    made = 0
    for facts in pages(outcome.book):
        _write(folders["markdown"] / f"{facts['key']}{'/index' if facts['type'] == 'station' else ''}.md", markdown(facts))
        _write(folders["hugo"] / f"{facts['key']}.md", front_matter(facts))
        made += 1
    return made


def _write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8", newline="\n")


def pages(book: Book) -> Iterator[Facts]:
    """What the page of each station and of each of its methods says."""
    lists = Lists(book)
    neighbourhood = similar.Neighbourhood(book.census)
    number_of_source = {source: number for number, source in enumerate(book.sources)}
    for station in book.stations.values():
        traits = book.cards[station.id].traits
        near = neighbourhood.nearest(traits) if traits else []
        yield _station(book, station, near, number_of_source)
        yield from (_method(book, instance, lists) for instance in book.methods_of(station.id))


# ── Facts ────────────────────────────────────────────────────────────────────


def plain(value: object) -> str:
    """A value as our pages show it, without the markup."""
    return " ".join(words.cell(value).striptags().split())


def _text(markup: Markup) -> str:
    return " ".join(markup.striptags().split())


def _title(noun: Record, name: str) -> str:
    return type(noun).model_fields[name].title or name


class _Notes:
    """The places that a page cites, numbered."""

    def __init__(self, book: Book, cited: Sequence[Cited]) -> None:
        self.book = book
        self.numbers = ledger.footnotes(cited)

    def __getitem__(self, cited: Cited) -> str:
        return f"[{self.numbers[cited.source, cited.section]}]"

    def listed(self) -> list[str]:
        made = []
        for source_id, section in self.numbers:
            source = self.book.sources[source_id]
            where = "章节不详" if isinstance(section, Gap) else section
            made.append(f"《{source.title}》，{where} {source.kind.value}，{plain(source.date)}")
        return made


def _dated(date: PartialDate | Gap, basis: Basis) -> str:
    return plain(date) + (" 推定" if basis is Basis.INFERRED else "")


def _terms(book: Book, vocabulary: str, value: Any) -> str:
    return plain(value) if isinstance(value, Gap) else " ".join(book.term(vocabulary, word).label for word in value)


def _amount(figure: Figure) -> str:
    printed = f" 原文“{figure.printed}”" if figure.printed else ""
    change = f" {_text(words.changed(figure.change))}" if figure.change else ""
    control = f" {_text(words.controlled(figure.control))}" if figure.control else ""
    return f"{_text(words.written(figure))}{printed}{change}{control}"


def _figure_line(book: Book, figure: Figure) -> str:
    return f"{book.measure(figure).label} {_amount(figure)} {_text(words.when(figure.period))}"


def _figure_row(book: Book, station: Station, figure: Figure, notes: _Notes) -> Facts:
    definition = plain(figure.definition)
    if figure.differs_from:
        others = [one for one in station.figures if one.id in figure.differs_from]
        definition += f" 同一来源另有数字：{'、'.join(_text(words.written(one)) for one in others)}。"
    if figure.note:
        definition += f" {plain(figure.note)}"
    scope = figure.scope if figure.scope == OWN_SCOPE else next(one.name for one in station.methods if one.id == figure.scope)
    return {
        "measure": book.measure(figure).label,
        "value": _amount(figure),
        "definition": definition,
        "scope": scope,
        "period": f"{figure.period.kind.value} · {_text(words.when(figure.period, full=True))}",
        "source": notes[figure],
    }


def _place(book: Book, station: Station) -> str:
    place = station.place
    below = [one for one in (place.city, place.county, place.town) if not isinstance(one, Gap)]
    return " ".join((book.term("provinces", place.province).label, *below)) + (" 推定" if place.basis is Basis.INFERRED else "")


def _station(book: Book, station: Station, near: Sequence[similar.Near], number_of_source: Mapping[str, int]) -> Facts:
    claims = list(cited(station))
    notes = _Notes(book, claims)
    names = {method.id: method.name for method in station.methods}
    order = {measure.id: number for number, measure in enumerate(book.lexicons["measures"].terms)}
    groups: dict[str, list[Figure]] = {}
    for figure in sorted(station.figures, key=lambda figure: order[book.measure(figure).id]):
        groups.setdefault(book.measure(figure).group, []).append(figure)

    def links(ids: Sequence[str]) -> list[Facts]:
        return [{"name": names[one], "slug": one} for one in ids]

    def own(group: str) -> list[str]:
        return [_figure_line(book, figure) for figure in groups.get(group, ()) if figure.scope == OWN_SCOPE]

    counted = ledger.ledger(book, claims)
    sources = [book.sources[one] for one in sorted({one.source for one in claims}, key=number_of_source.__getitem__)]
    laws = [one for one in sources if one.kind is SourceKind.LAW]
    speakers = "，".join(f"{speaker} {count} 条" for speaker, count in counted.by_speaker.items())
    said = f"本页有 {counted.claims} 条说法来自来源，其中 {counted.with_section} 条注明章节。说话的是：{speakers}。"
    if counted.limits:
        said += f"另有 {counted.limits} 条边界，引用法律或者说明来源没有交代，不算说法。"

    spoken = [one for one in sources if one not in laws]
    weights = "，".join(f"{TRAIT_NAMES[name]} {weight}" for name, weight in similar.WEIGHTS.items())

    def described(field: str) -> str:
        value = getattr(station, field)
        return plain(value) if isinstance(value, Gap) else f"{plain(value)} {notes[station]}"

    return {
        "type": "station",
        "key": station.key,
        "title": station.name,
        "summary": plain(station.summary),
        "crumbs": ["派出所", book.term("provinces", station.place.province).label],
        "header": [
            {"label": _title(station, "full_name"), "value": station.full_name},
            {"label": _title(station, "place"), "value": _place(book, station)},
            {"label": _title(station, "founded"), "value": plain(station.founded)},
            {"label": _title(station, "area_types"), "value": _terms(book, "area-types", station.area_types)},
            {"label": _title(station, "jurisdiction"), "value": described("jurisdiction"), "items": own("辖区")},
            {"label": _title(station, "staffing"), "value": described("staffing"), "items": own("警力")},
            _honours(book, station, notes),
        ],
        "speaker": f"谁在说 本页依据{'、'.join(map(_named, spoken))}。内容是来源自己的说法，本站没有另行核实。",
        "note": f"编者说明：{plain(station.note)}" if station.note else "",
        "counts": [len(station.methods), len(station.figures)],
        "methods": [
            {
                "playbook": name,
                "about": about,
                "methods": [_card(book, one) for one in book.methods_of(station.id) if one.method in methods],
            }
            for name, about, methods in _by_playbook(book, station)
        ],
        "figures": [
            {"group": group, "rows": [_figure_row(book, station, figure, notes) for figure in figures]} for group, figures in groups.items()
        ],
        "people": [
            {"name": one.name, "role": one.role, "about": plain(one.about or ""), "methods": links(one.methods), "source": notes[one]}
            for one in station.people
        ],
        "cases": [
            {"text": plain(one.text), "date": _dated(one.date, one.basis), "methods": links(one.methods), "source": notes[one]}
            for one in station.cases
        ],
        "events": [
            {"date": _dated(one.date, one.basis), "text": plain(one.text), "source": notes[one]}
            for one in sorted(station.events, key=lambda event: event.date)
        ],
        "weights": f"按写明的项目打分，满分 100：{weights}。有一方不详的项目不得分。" if near else "",
        "near": [_near(book, one) for one in near],
        "claims": said,
        "sources": [f"{one.title} {one.kind.value}，{plain(one.publisher)}，{plain(one.date)}" for one in spoken]
        + [f"{one.title} {one.kind.value}，写“边界”时引用" for one in laws],
        "notes": notes.listed(),
        "checked": f"最近一次对照来源核对：{plain(station.checked)}",
    }


def _named(source: Source) -> str:
    return f"《{source.title}》（{source.kind.value}，{_dated(source.date, source.date_basis)}）"


def _honours(book: Book, station: Station, notes: _Notes) -> Facts:
    made: Facts = {"label": _title(station, "honours"), "value": "", "items": []}
    if isinstance(station.honours, Gap):
        return made | {"value": plain(station.honours)}
    for honour in station.honours:
        term = book.term("honours", honour.title)
        batch = "" if isinstance(honour.batch, Gap) else f"（{honour.batch}）"
        level = term.level  # type: ignore[attr-defined]
        note = f" {plain(honour.note)}" if honour.note else ""
        made["items"].append(f"{term.label}{batch} {level} · {_dated(honour.date, honour.basis)} · {notes[honour]}{note}")
    return made


def _by_playbook(book: Book, station: Station) -> Iterator[tuple[str, str, list[Any]]]:
    for playbook in book.playbooks.values():
        if found := [method for method in station.methods if method.playbook == playbook.id]:
            yield playbook.name, f"{plain(playbook.summary)} 与别的所比较", found
    if found := [method for method in station.methods if isinstance(method.playbook, Gap)]:
        yield "其他", "", found


def _near(book: Book, one: similar.Near) -> Facts:
    reasons = "，".join(f"{TRAIT_NAMES[name]} +{points}" for name, points in one.reasons if points)
    missing = f"；不详：{'、'.join(TRAIT_NAMES[name] for name in one.missing)}" if one.missing else ""
    return {"name": book.cards[one.id].name, "slug": one.id, "points": f"{one.points} 分", "reasons": f"{reasons}{missing}"}


def _card(book: Book, instance: Instance) -> Facts:
    method = instance.method
    return {
        "name": method.name,
        "slug": method.id,
        "kind": method.kind.value,
        "summary": plain(method.summary),
        "problems": "" if isinstance(method.problems, Gap) else _terms(book, "problems", method.problems),
        "figures": [_figure_line(book, figure) for figure in instance.figures[:2]],
    }


def _method(book: Book, instance: Instance, lists: Lists) -> Facts:
    station, method = instance.profile, instance.method
    assert isinstance(station, Station)
    playbook = None if isinstance(method.playbook, Gap) else book.playbooks[method.playbook]
    rows = compare(book, playbook, [instance]).rows if playbook else ()
    limits = () if isinstance(method.limits, Gap) else method.limits
    people = [one for one in station.people if method.id in one.methods]
    cases = [one for one in station.cases if method.id in one.methods]
    notes = _Notes(book, [method, *instance.figures, *limits, *people, *cases])
    source = book.sources[method.source]
    section = "" if isinstance(method.section, Gap) else f"，{method.section}"
    whole = next((one for one in station.methods if one.id == method.part_of), None)
    others = lists.others(instance) if playbook else []
    every = ""
    if playbook and len(book.instances[playbook.id]) > len(others) + 1:
        every = f"先列同省的，从本所往后数；不够再列别省的。{playbook.name}的全部做法"
    return {
        "type": "method",
        "key": instance.key,
        "station": station.id,
        "title": f"{method.name} · {station.name}",
        "name": method.name,
        "kind": method.kind.value,
        "summary": plain(method.summary),
        "crumbs": ["派出所", station.name, *([whole.name] if whole else [])],
        "note": f"编者说明：{plain(method.note)}" if method.note else "",
        "header": [
            {"label": "在哪里", "value": station.name},
            {"label": _title(method, "playbook"), "value": playbook.name if playbook else plain(method.playbook)},
            *(
                {"label": _title(method, field), "value": _terms(book, field, getattr(method, field))}
                for field in ("problems", "targets", "goals", "means")
            ),
            {"label": _title(method, "source"), "value": f"{source.kind.value}《{source.title}》{section}"},
        ],
        "parts": [_part(part) for part in method.parts],
        "includes": [
            {"name": one.name, "slug": one.id, "summary": plain(one.summary)} for one in station.methods if one.part_of == method.id
        ],
        "actors": method.actors.value
        if isinstance(method.actors, Gap)
        else [{"role": book.term("roles", one.role).label, "does": plain(one.does)} for one in method.actors],
        "people": [{"name": one.name, "role": one.role, "about": plain(one.about or "")} for one in people],
        "steps": method.steps.value if isinstance(method.steps, Gap) else [plain(step) for step in method.steps],
        "axes_of": playbook.name if playbook else "",
        "axes": [{"label": row.axis.label, "value": _cell(book, row.cells[0], notes, several=len(row.axis.measures) > 1)} for row in rows],
        "evidence": [
            {
                "question": _title(method, answer.question),
                "finding": plain(answer.finding),
                "grade": answer.grade.value,
                "by": answer.said_by.value if answer.said_by else "—",
            }
            for answer in answers(book, instance)
        ],
        "figures": [_figure_row(book, station, figure, notes) for figure in instance.figures],
        "limits": [f"{plain(one.text)} {notes[one]}" for one in limits],
        "cases": [f"{plain(one.text)} {_dated(one.date, one.basis)} {notes[one]}" for one in cases],
        "others": [{"name": one.name, "slug": one.key, "at": one.whose} for one in others],
        "all": every,
        "notes": notes.listed(),
        "checked": f"最近一次对照来源核对：{plain(station.checked)}",
    }


def _part(part: Part) -> Facts:
    said = "" if isinstance(part.text, Gap) and part.parts else plain(part.text)
    return {"name": part.name, "text": said, "parts": [_part(one) for one in part.parts]}


def _cell(book: Book, cell: Cell, notes: _Notes, *, several: bool) -> str:
    if cell.gap is not None:
        return plain(cell.gap)
    if cell.text is not None:
        return f"{plain(cell.text)} {notes[cell.instance.method]}"

    def line(figure: Figure) -> str:
        label = f"{book.measure(figure).label} " if several else ""
        return f"{label}{_amount(figure)} {notes[figure]} {_text(words.when(figure.period))} 口径：{plain(figure.definition)}"

    return " ".join(map(line, cell.figures))


# ── Hugo ─────────────────────────────────────────────────────────────────────


def front_matter(facts: Facts) -> str:
    """A page of Hugo: its facts, which the layout of its type sets."""
    given = {name: value for name, value in facts.items() if name not in {"type", "key", "title"}}
    return json.dumps({"type": facts["type"], "title": facts["title"], "params": given}, ensure_ascii=False) + "\n"


# ── Markdown ─────────────────────────────────────────────────────────────────


_SPECIAL = re.compile(r"([\\`*_\[\]<>|#])")


def markdown(facts: Facts) -> str:
    """A page of MkDocs or Zensical."""
    page = _in_markdown_station if facts["type"] == "station" else _in_markdown_method
    head = f"---\ntitle: {json.dumps(facts['title'], ensure_ascii=False)}\n---\n"
    return head + "\n\n".join(block for block in page(_escaped(facts)) if block) + "\n"


def _escaped(value: Any) -> Any:
    if isinstance(value, str):
        return _SPECIAL.sub(r"\\\1", value)
    if isinstance(value, list):
        return [_escaped(one) for one in value]
    if not isinstance(value, dict):
        return value
    return {name: one if name in {"slug", "key", "station"} else _escaped(one) for name, one in value.items()}


def _in_markdown_station(facts: Facts) -> Iterator[str]:
    def linked(methods: list[Facts], between: str) -> str:
        return between.join(f"[{one['name']}]({one['slug']}.md)" for one in methods)

    yield " ".join(facts["crumbs"])
    yield f"# {facts['title']}"
    yield facts["summary"]
    yield _header(facts["header"])
    yield facts["speaker"]
    yield facts["note"]
    yield f"## 做法 {facts['counts'][0]}"
    for group in facts["methods"]:
        yield f"### {group['playbook']}"
        yield group["about"]
        for method in group["methods"]:
            yield f"#### [{method['name']}]({method['slug']}.md) {method['kind']}"
            yield method["summary"]
            yield method["problems"]
            yield _bullets(method["figures"])
    yield f"## 数据 {facts['counts'][1]}"
    for group in facts["figures"]:
        yield f"### {group['group']}"
        yield _figures(group["rows"])
    if not facts["figures"]:
        yield "来源里没有数字。"
    people = [f"**{one['name']}** {one['role']} {one['about']} {linked(one['methods'], ' ')} {one['source']}" for one in facts["people"]]
    yield from _section("公开身份人员", people)
    yield from _section("案例", [f"{one['text']} {one['date']} · {linked(one['methods'], '、')} {one['source']}" for one in facts["cases"]])
    yield from _section("大事", [f"**{one['date']}** {one['text']} {one['source']}" for one in facts["events"]])
    if facts["near"]:
        yield "## 与它相近的所"
        yield f"{facts['weights']}换成我所的情况"
        yield _bullets([f"[{one['name']}](../{one['slug']}/index.md) **{one['points']}** {one['reasons']}" for one in facts["near"]])
    yield "## 来源"
    yield facts["claims"]
    yield _bullets(facts["sources"])
    yield "## 出处"
    yield _numbered(facts["notes"])
    yield facts["checked"]


def _in_markdown_method(facts: Facts) -> Iterator[str]:
    yield f"{facts['crumbs'][0]} [{facts['crumbs'][1]}](index.md)" + "".join(f" {one}" for one in facts["crumbs"][2:])
    yield f"# {facts['name']} {facts['kind']}"
    yield facts["summary"]
    yield facts["note"]
    yield _header(facts["header"])
    if facts["parts"]:
        yield "## 组成"
        yield "\n".join(_tree(facts["parts"], 0))
    yield from _section("包含的做法", [f"[{one['name']}]({one['slug']}.md)：{one['summary']}" for one in facts["includes"]])
    yield "## 参与者"
    yield _said_or(facts["actors"], lambda actors: _table(("角色", "做什么"), [(one["role"], one["does"]) for one in actors]))
    yield _bullets([f"**{one['name']}** {one['role']} {one['about']}" for one in facts["people"]])
    yield "## 步骤"
    yield _said_or(facts["steps"], _numbered)
    if facts["axes"]:
        yield f"## 按“{facts['axes_of']}”的对照项"
        yield _bullets([f"**{one['label']}** {one['value']}" for one in facts["axes"]])
        yield "与别的所并排比较"
    yield "## 五个问题与证据"
    yield "“说了什么”和“证据怎样”是两回事：证据一栏只说明这句话凭什么，不说明做法好不好。"
    yield _table(("问题", "来源说了什么", "证据", "谁说的"), [tuple(one.values()) for one in facts["evidence"]])
    if facts["figures"]:
        yield "## 数据"
        yield _figures(facts["figures"])
    yield from _section("边界", facts["limits"])
    yield from _section("案例", facts["cases"])
    yield from _section("别的所的同类做法", [f"[{one['name']}](../../{one['slug']}.md) {one['at']}" for one in facts["others"]])
    yield facts["all"]
    yield "## 出处"
    yield _numbered(facts["notes"])
    yield facts["checked"]


def _header(header: list[Facts]) -> str:
    return "\n".join(f"- **{one['label']}** {one['value']}" + "".join(f"\n    - {item}" for item in one.get("items", ())) for one in header)


def _section(title: str, items: list[str]) -> Iterator[str]:
    if items:
        yield f"## {title}"
        yield _bullets(items)


def _bullets(items: Sequence[str]) -> str:
    return "\n".join(f"- {item}" for item in items)


def _numbered(items: Sequence[str]) -> str:
    return "\n".join(f"{number}. {item}" for number, item in enumerate(items, 1))


def _tree(parts: list[Facts], indent: int) -> Iterator[str]:
    for part in parts:
        yield f"{' ' * indent}- **{part['name']}** {part['text']}"
        yield from _tree(part["parts"], indent + 4)


def _said_or(value: str | list[Any], made: Callable[[list[Any]], str]) -> str:
    return value if isinstance(value, str) else made(value)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _figures(rows: list[Facts]) -> str:
    return _table(("指标", "数值", "口径", "范围", "时期", "来源"), [tuple(row.values()) for row in rows])
