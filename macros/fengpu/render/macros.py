"""The macros that authors use in ``docs/*.md``.

Hand-written pages come by pull request, so they are read and never run: Jinja's own lexer and parser find the
calls, and only a known macro with literal arguments is let through. Everything else in ``{{ }}`` or ``{% %}``
is a problem with its line. Code is left alone.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from jinja2 import Environment, TemplateSyntaxError, nodes
from markupsafe import Markup

from ..book import Book
from ..derive.documents import FACETS
from ..derive.figures import MeasureTable
from ..derive.matrix import cross, others
from ..problem import Problem, is_it
from .pages import Renderer


@dataclass(frozen=True)
class Macro:
    """One macro: what it makes, and whether that fills a line of its own."""

    fill: Callable[..., Markup]
    block: bool
    tells: str
    """What it is made of, as `told` gives it; the profile or playbook that it is given goes into the braces."""

    @property
    def arguments(self) -> str:
        """Its arguments as an author writes them: ``"打法编号"``."""
        return ", ".join(f'"{_ARGUMENTS.get(name, name)}"' for name in list(inspect.signature(self.fill).parameters)[2:])


_ARGUMENTS = {"playbook": "打法编号", "method": "派出所编号/做法编号", "figure": "派出所编号/数据编号"}


class _Unknown(Exception):
    """An argument names nothing."""

    def __init__(self, code: str, message: str, remedy: str) -> None:
        super().__init__(message)
        self.found = (code, message, remedy)


MACROS: dict[str, Macro] = {}


def _macro(*, block: bool, tells: str = "lists") -> Callable[[Callable[..., Markup]], Callable[..., Markup]]:
    def register(fill: Callable[..., Markup]) -> Callable[..., Markup]:
        MACROS[fill.__name__.rstrip("_")] = Macro(fill, block, tells)
        return fill

    return register


# The functions below are the macros; their names and parameters are what authors write.


@_macro(block=True)
def playbook(renderer: Renderer, here: str, playbook: str) -> Markup:
    """The head of a playbook's page: what it is, which question it answers, how many instances it has."""
    return renderer.render("_partials/playbook_head.html", here, playbook=_playbook(renderer.book, playbook))


@_macro(block=True, tells="playbooks/{}")
def compare_(renderer: Renderer, here: str, playbook: str) -> Markup:
    """The instances of a playbook side by side on its axes; where they are many, the first of them and the way to the rest."""
    return renderer.render("_partials/comparison.html", here, **renderer.compared(_playbook(renderer.book, playbook)))


@_macro(block=True)
def playbooks(renderer: Renderer, here: str) -> Markup:
    """The list of playbooks."""
    return renderer.render("_partials/playbooks.html", here)


@_macro(block=True, tells="stations")
def stations(renderer: Renderer, here: str) -> Markup:
    """The list of stations by province; where they are many, the provinces alone."""
    return renderer.render("_partials/stations.html", here, lists=renderer.lists)


@_macro(block=True)
def browse(renderer: Renderer, here: str) -> Markup:
    """Everything that stations and methods are sorted by, and how many there are of each."""
    return renderer.render("_partials/browse.html", here, facets=renderer.lists.facets)


@_macro(block=True)
def sources(renderer: Renderer, here: str) -> Markup:
    """The list of sources, or the first page of it."""
    return renderer.render("_partials/sources.html", here, leaf=next(renderer.lists.sources()))


@_macro(block=True)
def matrix(renderer: Renderer, here: str) -> Markup:
    """Stations against playbooks: who does what on which evidence, and where nothing is known; where they are many, provinces."""
    rest = others(renderer.book, renderer.book.cards)
    if not renderer.lists.few:
        shelves = renderer.lists.facets["province"].shelves
        return renderer.render("_partials/matrix_provinces.html", here, shelves=shelves, provinces=renderer.provinces, others=rest)
    found = cross(renderer.book)
    return renderer.render("_partials/matrix.html", here, blocks=[(None, found.rows)], totals=found.totals, others=rest)


@_macro(block=True, tells="counts")
def measures(renderer: Renderer, here: str) -> Markup:
    """The measures that have figures, by group, and which of them may be compared."""
    groups: dict[str, list[MeasureTable]] = {}
    for table in renderer.tables:
        groups.setdefault(table.measure.group, []).append(table)
    return renderer.render("_partials/measures.html", here, groups=groups)


@_macro(block=True)
def problems(renderer: Renderer, here: str) -> Markup:
    """The problems, and how many methods are told against each."""
    return renderer.render("_partials/problems.html", here, by_problem=renderer.by_problem)


@_macro(block=True)
def goals(renderer: Renderer, here: str) -> Markup:
    """The official goals, and the methods that sources file under each; where they are many, some of each playbook."""
    return renderer.render("_partials/goals.html", here, goals=renderer.lists.goals)


@_macro(block=True)
def chooser(renderer: Renderer, here: str) -> Markup:
    """The place where any two to five stations or methods are put side by side, and the pairs that need no script."""
    lists = renderer.book.provinces()
    return renderer.render("_partials/compare_form.html", here, lists=lists + [("regions", "全国与地方")] * bool(renderer.book.regions))


@_macro(block=True, tells="scripts")
def likeness(renderer: Renderer, here: str) -> Markup:
    """The form that finds the stations most like one's own."""
    book = renderer.book
    shards = sorted({area for traits in book.census for area in traits.area_types or {"unknown"}})
    return renderer.render(
        "_partials/like_form.html",
        here,
        areas=[area for area in book.lexicons["area-types"].terms if area.id in shards],
        provinces=book.provinces(),
        by_problem=renderer.by_problem,
        shards=shards,
    )


@_macro(block=True)
def finder(renderer: Renderer, here: str) -> Markup:
    """The search page: the form, the facets and the place for results."""
    return renderer.render("_partials/search_page.html", here, facets=list(FACETS))


@_macro(block=True)
def glossary(renderer: Renderer, here: str) -> Markup:
    """The words that are explained."""
    return renderer.render("_partials/glossary.html", here)


@_macro(block=True)
def levels(renderer: Renderer, here: str) -> Markup:
    """Where each playbook stands and what is missing for the next level."""
    return renderer.render("_partials/levels.html", here)


@_macro(block=True, tells="counts")
def counts(renderer: Renderer, here: str) -> Markup:
    """How many stations, methods, playbooks, figures and sources there are."""
    book = renderer.book
    numbers = {
        "派出所": (len(book.stations), "stations/index"),
        "做法": (len(book.methods.owners), "playbooks/index"),
        "打法": (len(book.playbooks), "playbooks/index"),
        "数据": (sum(len(table.lines) for table in renderer.tables), "stations/index"),
        "来源": (len(book.sources), "sources/index"),
    }
    return renderer.render("_partials/counts.html", here, numbers=numbers)


@_macro(block=True, tells="{}")
def method(renderer: Renderer, here: str, method: str) -> Markup:
    """The card of one method, named ``station/method``."""
    instance = renderer.book.method(method)
    if instance is None:
        owner, _, _ = method.partition("/")
        if renderer.book.profile(owner) is None:
            raise _unknown_profile(renderer.book, owner)
        known = {name: one.ref for one in renderer.book.every_method() for name in (one.ref, one.entry.name)}
        raise _Unknown("E205", f"未知的做法“{method}”。", is_it(method, known, "写成 派出所编号/做法编号，例如 beijie/laoli。"))
    return renderer.render("_partials/card.html", here, instance=instance)


@_macro(block=False, tells="{}")
def figure(renderer: Renderer, here: str, figure: str) -> Markup:
    """One figure in a sentence, named ``station/figure``, with its period and a link to its definition and source."""
    found = renderer.book.figure(figure)
    if found is None:
        owner, _, _ = figure.partition("/")
        profile = renderer.book.profile(owner)
        if profile is None:
            raise _unknown_profile(renderer.book, owner)
        known = [f"{owner}/{one.id}" for one in profile.figures]
        raise _Unknown("E209", f"未知的数据“{figure}”。", is_it(figure, known, "写成 派出所编号/数据编号。"))
    return renderer.render("_partials/figure.html", here, profile=found[0], figure=found[1])


def _playbook(book: Book, name: str) -> Any:
    if name not in book.playbooks:
        known = {word: one.id for one in book.playbooks.values() for word in (*one.other_names, one.name, one.id)}
        raise _Unknown("E203", f"未知的打法“{name}”。", is_it(name, known, f"已有的打法：{'、'.join(book.playbooks)}。"))
    return book.playbooks[name]


def _unknown_profile(book: Book, name: str) -> _Unknown:
    known = {word: one.id for one in book.cards.values() for word in (one.name, one.id)}
    return _Unknown("E204", f"未知的派出所“{name}”。", is_it(name, known, "写 data/stations 里的文件名，不带 .yml。"))


# ── Reading ──────────────────────────────────────────────────────────────────

# Material's attribute lists (## 标题 {#id}) look like Jinja comments, so comments get marks that nobody types.
_JINJA = Environment(comment_start_string="\ue001\ue002", comment_end_string="\ue002\ue001")
_CODE = re.compile(
    r"^(?P<fence>[ \t>]*(?P<mark>`{3,}|~{3,})[^\n]*\n(?:.*\n)*?[ \t>]*(?P=mark)[`~]*[ \t]*$)"
    r"|(?P<span>(?<!`)(?P<ticks>`+)(?!`)(?:.|\n(?![ \t]*\n))+?(?<!`)(?P=ticks)(?!`))",
    re.MULTILINE,
)
# What may come before the end of a call: its strings, which may hold braces, and what tells that its end is missing.
_SIGN = re.compile(
    r"""\}\}|%\}|\{\{|\{%|\n[ \t]*\n|"(?:[^"\\\n{]|\\.|\{(?![{%])){0,300}"|'(?:[^'\\\n{]|\\.|\{(?![{%])){0,300}'"""
)
_AS_IT_IS = "要原样显示就放进反引号。"
_WANTED = f"这里只能写一个宏，例如 {{{{ compare(\"mediation-room\") }}}}；{_AS_IT_IS}"
_HALF_WIDTH = str.maketrans("（）“”‘’，＝　", "()\"\"'',= ")


@dataclass(frozen=True)
class Call:
    """One macro call and where it stands in the Markdown."""

    start: int
    end: int
    name: str
    arguments: tuple[Any, ...]
    named: dict[str, Any]
    alone: bool
    """Whether nothing else stands on its line."""


def fill(renderer: Renderer, markdown: str, here: str, path: str, first_line: int = 1) -> tuple[str, list[str], list[Problem]]:
    """Replace the macro calls of a page by place holders.

    Returns the Markdown with place holders, what is to stand in their places, and the problems; ``first_line`` is
    the line of the file on which ``markdown`` starts. A wrong call is reported and shows as a visible mark.
    """
    made: list[str] = []
    problems: list[Problem] = []
    output, end = [], 0
    for start, stop, found in _calls(markdown):
        line = first_line + markdown.count("\n", 0, start)
        column = start - (markdown.rfind("\n", 0, start) + 1) + 1
        block = False
        try:
            if not isinstance(found, Call):
                raise found
            macro = _checked(found)
            block = macro.block
            html = str(macro.fill(renderer, here, *found.arguments, **found.named))
        except _Unknown as unknown:
            problems.append(Problem(path, *unknown.found, line=line, column=column))
            html = '<mark class="fp-error">这里的宏写错了</mark>'
        tag = "div" if block else "span"
        output += [markdown[end:start], f'<{tag} data-fengpu="{len(made)}"></{tag}>']
        made.append(html)
        end = stop
    return "".join([*output, markdown[end:]]), made, problems


def told(markdown: str) -> list[str]:
    """What the macros of a page tell of, each once.

    ``lists`` is what the lists of all profiles show, ``scripts`` also what makes stations like each other, ``counts`` how many
    there are of everything and which numbers may be compared; ``stations`` is ``lists`` where they are many and everything
    where they are few; ``playbooks/visits`` are the profiles with this playbook, and ``beijie`` is a profile.
    """
    found: dict[str, None] = {}
    for _, _, call in _calls(markdown):
        if isinstance(call, Call) and call.name in MACROS:
            word = next(iter((*call.arguments, *call.named.values())), "")
            found[MACROS[call.name].tells.format(str(word).partition("/")[0])] = None
    return list(found)


# Markdown wraps a place holder that is indented, as in an admonition, in a paragraph, which cannot hold a block.
_HOLE = re.compile(
    r'<p><div data-fengpu="(?P<block>[0-9]{1,6})"></div></p>|<(?P<tag>div|span) data-fengpu="(?P<any>[0-9]{1,6})"></(?P=tag)>'
)


def pour(html: str, made: list[str]) -> str:
    """Put what the macros made where their place holders are."""

    def content(hole: re.Match[str]) -> str:
        number = int(hole["block"] or hole["any"])
        return made[number] if number < len(made) else ""

    return _HOLE.sub(content, html)


def _calls(markdown: str) -> Iterator[tuple[int, int, Call | _Unknown]]:
    masked = _CODE.sub(lambda match: re.sub(r"[{}%]", "\ue000", match[0]), markdown)
    start = 0
    for match in re.finditer(r"\{\{|\{%", masked):
        if match.start() < start:
            continue
        closing = "}}" if match[0] == "{{" else "%}"
        stop = _end(masked, match.end(), closing)
        if stop is None:
            yield match.start(), match.end(), _Unknown("E404", f"“{match[0]}”没有配对的“{closing}”。", f"补上“{closing}”；{_AS_IT_IS}")
            start = match.end()
            continue
        start = stop
        yield match.start(), start, _call(masked, match.start(), start)


def _end(text: str, start: int, closing: str) -> int | None:
    for sign in _SIGN.finditer(text, start):
        if sign[0] == closing:
            return sign.end()
        if sign[0] in ("{{", "{%") or sign[0].isspace():
            return None
    return None


def _call(text: str, start: int, stop: int) -> Call | _Unknown:
    source = text[start:stop]
    if source.startswith("{%"):
        return _Unknown("E402", "页面里不能写 {% %} 语句。", _WANTED)
    expression = _parsed(source)
    shown = " ".join(source.split())
    shown = shown if len(shown) <= 60 else f"{shown[:60]}…"
    if expression is None:
        better = source.translate(_HALF_WIDTH)
        remedy = f"标点改成半角的：{better}" if isinstance(_parsed(better), nodes.Call) else _WANTED
        return _Unknown("E404", f"“{shown}”写得不对。", remedy)
    plain = (
        isinstance(expression, nodes.Call)
        and isinstance(expression.node, nodes.Name)
        and expression.dyn_args is None
        and expression.dyn_kwargs is None
        and len({pair.key for pair in expression.kwargs}) == len(expression.kwargs)
    )
    if not plain:
        return _Unknown("E402", f"“{shown}”不是一个宏调用。", _WANTED)
    before, after = text[text.rfind("\n", 0, start) + 1 : start], text[stop:].partition("\n")[0]
    named = {pair.key: _literal(pair.value) for pair in expression.kwargs}
    alone = not before.strip() and not after.strip()
    return Call(start, stop, expression.node.name, tuple(map(_literal, expression.args)), named, alone)


def _literal(argument: nodes.Expr) -> Any:
    """What an argument says as it stands; None, which no macro takes, where it would have to be worked out."""
    return argument.value if isinstance(argument, nodes.Const) else None


def _parsed(source: str) -> nodes.Expr | None:
    """The one expression between double braces; None where they hold none, more than one, or none that can be read."""
    try:
        body = _JINJA.parse(source).body
    except (TemplateSyntaxError, RecursionError, ValueError):  # Too many brackets, a number of too many digits.
        return None
    expressions = body[0].nodes if len(body) == 1 and isinstance(body[0], nodes.Output) else []
    return expressions[0] if len(expressions) == 1 else None


def _checked(call: Call) -> Macro:
    macro = MACROS.get(call.name)
    if macro is None:
        raise _Unknown("E401", f"没有名叫“{call.name}”的宏。", is_it(call.name, MACROS.keys(), f"可以用：{'、'.join(MACROS)}。"))
    try:
        inspect.signature(macro.fill).bind(None, None, *call.arguments, **call.named)
        fits = all(isinstance(value, str) for value in (*call.arguments, *call.named.values()))
    except TypeError:
        fits = False
    if not fits:
        raise _Unknown("E403", f"宏“{call.name}”的参数不对。", f"写成 {{{{ {call.name}({macro.arguments}) }}}}，参数都放在引号里。")
    if macro.block and not call.alone:
        raise _Unknown("E405", f"宏“{call.name}”要单独占一行。", "在它前后换行。")
    return macro

