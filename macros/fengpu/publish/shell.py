"""The theme's page around our content: cut once for every shape of page and filled for each.

To render Material's page takes ten times as long as the content in it, and two pages of one shape differ in nothing but
a few fields. So the real template is rendered with marks in their places and cut there. A mark tells by what became of
the markup in it which filter it went through, and notices a template that does not print a field but looks into it.

The first page of every shape is also rendered by the template alone. Where the two differ, or marks cannot stand for the
fields, the template goes on rendering all pages of that shape. What was cut can be kept for as long as the theme is the same.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from os.path import commonprefix
from types import SimpleNamespace
from typing import Any

from markupsafe import Markup, escape

from ..problem import Problem
from ..render.pages import Heading


@dataclass(frozen=True, slots=True)
class Fields:
    """All that differs between two pages of the theme."""

    url: str
    """Relative to the site."""
    file: str
    title: Markup
    description: Markup
    content: str
    toc: Sequence[Heading]
    hide: tuple[str, ...]
    edit_url: str | None
    canonical_url: str | None


Render = Callable[[Fields], str]
"""The theme's own way: a page's fields in, the whole page out."""

KIND = "shapes"
_PRINTED = ("title", "description", "content", "edit_url", "canonical_url", "file")


class Shell:
    """Puts pages into the theme.

    ``folders`` are those of the pages that the theme links to: from inside one of them the links to it are shorter.
    ``known`` gives what `folded` gave of the same theme, and is asked when the first page comes.
    """

    def __init__(self, render: Render, folders: Collection[str] = (), known: Callable[[], bytes | None] = lambda: None) -> None:
        self._render = render
        self._known: Callable[[], bytes | None] | None = known
        self._folders = frozenset(folders)
        self._asked: list[_Question] = []
        self._shapes: dict[tuple[object, ...], _Shape | None] = {}
        self.unfit: list[Fields] = []
        """The first page of each shape that is left to the template."""
        self.fresh = False
        """Whether a shape was cut that was not known."""

    def pour(self, page: Fields) -> str:
        """The whole page, as the theme would render it."""
        if self._known:
            self._unfold(self._known())
            self._known = None
        shape = self._shapes.get(self._key(page), _NEW)
        if shape is _NEW:
            return self._first(page)
        return shape.fill(page) if shape else self._render(page)

    def folded(self) -> bytes:
        """All that was cut, to be kept."""
        asked = [[one.field, one.ask, one.given] for one in self._asked]
        shapes = [[key, shape.folded()] for key, shape in self._shapes.items() if shape]
        return json.dumps([asked, shapes], ensure_ascii=False).encode()

    def _unfold(self, kept: bytes | None) -> None:
        asked, shapes = json.loads(kept) if kept else ([], [])
        self._asked = [_Question(field, ask, tuple(given)) for field, ask, given in asked]
        self._shapes = {tuple(tuple(one) if isinstance(one, list) else one for one in key): _Shape.unfolded(shape) for key, shape in shapes}

    def _key(self, page: Fields) -> tuple[object, ...]:
        """Its shape: what a template may ask of a page, and the answers."""
        return (
            self._kept(page.url),
            page.url.count("/"),
            page.hide,
            *(bool(getattr(page, name)) for name in ("toc", *_PRINTED)),
            all(one.level == 2 and all(inner.level == 3 for inner in one.children) for one in page.toc),
            *(question.answer(page) for question in self._asked),
        )

    def _kept(self, url: str) -> str:
        """The folders of an address on which the links of a page depend."""
        end = url.find("/") + 1
        while (further := url.find("/", end) + 1) and url[:further] in self._folders:
            end = further
        return url[:end]

    def _first(self, page: Fields) -> str:
        whole = self._render(page)
        shape = self._cut(page)
        if shape is None or shape.fill(page) != whole:
            shape = None
            self.unfit.append(page)
        self._shapes[self._key(page)] = shape
        self.fresh = self.fresh or shape is not None
        return whole

    def _cut(self, page: Fields) -> _Shape | None:
        """The shape of a page, or None where marks cannot stand for its fields."""
        asked: list[_Question | None] = []
        marked = self._marked(page, asked)

        def render(*toc: SimpleNamespace) -> str:
            return self._render(replace(marked, toc=toc))  # type: ignore[arg-type]

        def mixed(more: str = "") -> tuple[SimpleNamespace, ...]:
            a, b, c, d = (_heading(name, asked, more=more) for name in "abcd")
            return a, _heading("p", asked, c, d, more=more), b

        try:
            if not page.toc:
                shape = _Shape(_Strip(render(), "page"))
            else:
                a, b, c, d = (_heading(name, asked) for name in "abcd")
                before, leaf, after = _repeated(render(a), render(a, b), "a", "b")
                start, child, end = _repeated(render(_heading("p", asked, c)), render(_heading("p", asked, c, d)), "c", "d")
                around = _renamed(before, "a", "p"), _renamed(after, "a", "p")
                if not (start.startswith(around[0]) and end.endswith(around[1])):
                    raise _Unfit
                shape = _Shape(
                    _Strip(before, "page", "a"),
                    _Strip(after, "page", "a"),
                    _Strip(leaf, "a"),
                    _Strip(start.removeprefix(around[0]), "p"),
                    _Strip(child, "c"),
                    _Strip(end.removesuffix(around[1]), "p"),
                )
                if shape.fill(replace(marked, toc=mixed())) != render(*mixed()):  # type: ignore[arg-type]
                    return None
            # What counts, measures or reads a field makes something else of a longer one.
            longer = self._marked(page, asked, _MORE)
            longer = replace(longer, url=marked.url, toc=mixed(_MORE) if page.toc else ())  # type: ignore[arg-type]
            if self._render(longer).replace(_MORE, "") != render(*(mixed() if page.toc else ())):
                return None
        except Exception:  # The page itself can be rendered, so it is marks that this template cannot do with.
            return None
        if None in asked:
            return None
        self._asked += [question for question in dict.fromkeys(asked) if question and question not in self._asked]
        return shape

    def _marked(self, page: Fields, asked: list[_Question | None], more: str = "") -> Fields:
        """The fields of a page with marks for all that is printed; links still need the shape of its address."""
        kept = self._kept(page.url)
        # What has a dot in it is a file, and links are measured from its folder.
        parts = enumerate(page.url[len(kept) :].split("/"))
        rest = (part if part in ("", "index.html") else _MARK.format(f"url{n}") + ".html" * ("." in part) for n, part in parts)
        marks: dict[str, Any] = {"url": _Mark(kept + "/".join(rest), "url", page.url, asked)}
        for name in _PRINTED:
            if real := getattr(page, name):
                kind = _SafeText if isinstance(real, Markup) else _Text
                marks[name] = kind(_text(f"page.{name}", more), name, real, asked)
        return replace(page, **marks)


def unfit(shell: Shell, path: str) -> list[Problem]:
    """Tell that some pages are slow to make, if any are; ``path`` is the file that names the theme."""
    if not shell.unfit:
        return []
    message = f"主题的模板不只是显示“{shell.unfit[0].title.striptags()}”这样的页面的字段，还拿它们改写或判断；这样的页面只好逐页渲染，结果一样，只是慢。"
    return [Problem(path, "H503", message, "页面不多就不用管；想快，就让改过的模板原样显示标题、说明、正文和目录。", 1, 1)]


# ── Marks ────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class _Question:
    """What a template asks of a field and every page can answer."""

    field: str
    ask: str
    given: tuple[object, ...]

    def answer(self, page: Fields) -> bool:
        return bool(getattr(getattr(page, self.field), self.ask)(*self.given))


class _Unfit(Exception):
    """A template does with a field what marks cannot stand for."""


# Private characters that nobody types; whoever does only makes his site slow.
_MARK = "\ue000{}\ue001"
_LEFT = re.compile(r"[\ue000-\ue001]|%EE%80%8[01]|\\uE00[01]|&#(?:x0*E00[01]|0*5734[45]);", re.IGNORECASE)


_MORE = " longer by some words"


def _text(name: str, more: str = "") -> str:
    return _MARK.format(f"{name}<i>&amp;</i>{more}")


class _Mark(str):
    """Stands for the address of a page; yes or no is answered for the page itself, and noted."""

    def __new__(cls, text: str, name: str, real: str | None, asked: list[_Question | None]) -> _Mark:
        mark = str.__new__(cls, text)
        mark.name, mark.real, mark.asked = name, real, asked
        return mark

    name: str
    real: str | None
    """None for what no page can answer alone."""
    asked: list[_Question | None]

    __hash__ = str.__hash__

    def __bool__(self) -> bool:
        return True


class _Text(_Mark):
    """Stands for a field that is meant to be printed; whoever looks into it is noted."""

    def __str__(self) -> str:
        return self  # Filters turn what they are given into a string before they look into it.


class _Anchor(_Text):
    """Stands for ``#`` and the id of a heading, in which nothing can be found when links are made relative."""

    def __str__(self) -> str:
        return str.__str__(self)


class _SafeText(_Text, Markup):
    """Stands for a field that is escaped already."""

    def __str__(self) -> str:
        return _Text(str.__str__(self), self.name, self.real, self.asked)


def _answering(ask: str) -> Callable[..., object]:
    def answer(mark: _Mark, *given: object) -> object:
        plain = mark.real is not None and all(type(one) is str for one in given)
        mark.asked.append(_Question(mark.name, ask, given) if plain else None)
        return getattr(str, ask)(mark.real if plain else mark, *given)

    return answer


def _noting(ask: str) -> Callable[..., object]:
    def note(mark: _Mark, *given: object, **named: object) -> object:
        mark.asked.append(None)
        return getattr(str, ask)(mark, *given, **named)

    return note


_YES_OR_NO = {"__contains__", "__eq__", "__ne__", "startswith", "endswith"}
_LOOKING = {"__len__", "__getitem__", "__iter__", "__lt__", "__le__", "__gt__", "__ge__", "__mod__", "__mul__"}
for _ask in _YES_OR_NO:
    setattr(_Mark, _ask, _answering(_ask))
for _ask in _LOOKING | {name for name in dir(str) if not name.startswith("_")} - _YES_OR_NO:
    setattr(_Text, _ask, _noting(_ask))


def _heading(name: str, asked: list[_Question | None], *children: SimpleNamespace, more: str = "") -> SimpleNamespace:
    """A heading with marks for its fields."""
    texts = {field: ("#" if field == "url" else "") + _text(f"{name}.{field}", more) for field in ("id", "url", "title")}
    kinds = {"url": _Anchor}
    marks = {field: kinds.get(field, _Text)(text, field, None, asked) for field, text in texts.items()}
    return SimpleNamespace(**marks, level=3 if name in "cd" else 2, children=list(children))


# ── Strips ───────────────────────────────────────────────────────────────────


def _escaped(text: str) -> str:
    return str(escape(str(text)))


def _stripped(text: str) -> str:
    return Markup(text).striptags()


def _stripped_escaped(text: str) -> str:
    return _escaped(_stripped(text))


def _holes() -> Iterator[tuple[str, tuple[str, str, Callable[[str], str]]]]:
    """What becomes of every mark in every filter → whose field it is, which, and the filter."""
    names = [("page", field) for field in _PRINTED] + [(name, field) for name in "abcdp" for field in ("id", "url", "title")]
    for owner, field in names:
        for way in (str, _escaped, _stripped, _stripped_escaped):
            yield ("#" if field == "url" else "") + way(_text(f"{owner}.{field}")), (owner, field, way)


_HOLES = dict(_holes())
_HOLE = re.compile(f"({'|'.join(map(re.escape, _HOLES))})")


class _Strip:
    """A stretch of a page with holes for the fields of these ``owners``."""

    def __init__(self, text: str, *owners: str) -> None:
        first, *rest = _HOLE.split(text)
        self._first = first
        self._rest = [(*_HOLES[hole], literal) for hole, literal in zip(rest[::2], rest[1::2], strict=True)]
        if any(map(_LEFT.search, (first, *rest[1::2]))) or any(owner not in owners for owner, *_ in self._rest):
            raise _Unfit
        self.text, self.owners = text, owners

    def fill(self, owners: Mapping[str, Any], made: list[str]) -> None:
        made.append(self._first)
        for owner, field, way, literal in self._rest:
            made.append(way(getattr(owners[owner], field)))
            made.append(literal)


@dataclass(frozen=True, slots=True)
class _Shape:
    """The strips that all pages of one shape are made of: what stands around the table of contents, and its parts."""

    before: _Strip
    after: _Strip | None = None
    leaf: _Strip | None = None
    """A heading without others below it."""
    start: _Strip | None = None
    """The rest is a heading with others below it."""
    child: _Strip | None = None
    end: _Strip | None = None

    @property
    def _strips(self) -> tuple[_Strip | None, ...]:
        return self.before, self.after, self.leaf, self.start, self.child, self.end

    def folded(self) -> list[list[Any]]:
        return [[strip.text, *strip.owners] for strip in self._strips if strip]

    @classmethod
    def unfolded(cls, strips: Iterable[Sequence[str]]) -> _Shape:
        return cls(*(_Strip(*strip) for strip in strips))

    def fill(self, page: Fields) -> str:
        made: list[str] = []
        if not (self.after and self.leaf and self.start and self.child and self.end):
            self.before.fill({"page": page}, made)
            return "".join(made)
        owners = {"page": page, "a": page.toc[0]}
        self.before.fill(owners, made)
        for heading in page.toc:
            if heading.children:
                self.start.fill({"p": heading}, made)
                for child in heading.children:
                    self.child.fill({"c": child}, made)
                self.end.fill({"p": heading}, made)
            else:
                self.leaf.fill({"a": heading}, made)
        self.after.fill(owners, made)
        return "".join(made)


def _renamed(text: str, old: str, new: str) -> str:
    return text.replace(f"\ue000{old}.", f"\ue000{new}.")


def _repeated(short: str, long: str, last: str, added: str) -> tuple[str, str, str]:
    """What stands before, in and after the item of a list, given the list with ``last`` at its end and with ``added`` after it.

    Where an item begins cannot be told, as any turn of it does: the end of one before the start of the next.
    """
    start = len(commonprefix([short, long]))
    before, item, after = short[:start], _renamed(long[start : start + len(long) - len(short)], added, last), short[start:]
    if not item or not before.endswith(item) or before + _renamed(item, last, added) + after != long:
        raise _Unfit
    return before.removesuffix(item), item, after


_NEW: Any = object()
