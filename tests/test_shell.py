"""Whatever a template does with a page, what the shell makes of it is what the template renders."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import jinja2
import pytest
from markupsafe import Markup, escape

from fengpu.publish.shell import Fields, Shell, unfit
from fengpu.render.pages import Heading

ITEM = """<li><a href="{{ item.url }}">{{ item.title }}</a>{% if item.children %}
<nav aria-label="{{ item.title | striptags | e }}">{% for item in item.children %}{% include "item" %}{% endfor %}</nav>{% endif %}</li>
"""
PAGE = """<title>{{ page.meta.title }} - 站</title>
{% if page.meta.description %}<meta name="description" content="{{ page.meta.description }}">{% endif %}
{% if page.canonical_url %}<link rel="canonical" href="{{ page.canonical_url }}">{% endif %}
{% if page.toc | first is defined %}<a class="skip" href="{{ (page.toc | first).url }}">跳过</a>{% endif %}
<a href="{{ '../' * page.url.count('/') }}index.html">首页</a>{% if "toc" in page.meta.hide %}<i hidden></i>{% endif %}
{% set toc = page.toc %}{% if toc and (toc | first).level == 1 %}{% set toc = (toc | first).children %}{% endif %}
{% if toc %}<ul>
{% for item in toc %}
  {% include "item" %}
{% endfor %}
</ul>{% endif %}
{% if page.edit_url %}<a href="{{ page.edit_url }}">改</a>{% endif %}
{% if "<h1" not in page.content %}<h1>{{ page.title }}</h1>{% endif %}{{ page.content }}
"""

FITTING = (
    "{{ page.title }}",
    "{{ page.title | e }}",
    "{{ page.title | forceescape }}",
    "{{ page.title | striptags }}",
    "{{ page.title | striptags | e }}",
    "{{ page.title | d('没有', true) }}{{ page.nothing }}",
    "{{ page.file.src_uri }} {{ page.edit_url | e }}",
    "{{ page.meta.hide | join(',') }}",
    "{% if page.title == '甲' %}甲{% endif %}",
    "{% if '《' in page.title or page.description is defined %}书{% endif %}",
    "{% if page.title.startswith('甲') %}甲{% endif %}{% if page.url.endswith('乙') %}乙{% endif %}",
    "{% if '<table' in page.content %}<script src=table.js></script>{% endif %}",
    "{% if page.url == 'stations/a/index.html' %}只有这一页{% endif %}",
)
UNFIT = (
    "{{ page.title | upper }}",
    "{{ page.title | truncate(3) }}",
    "{{ page.title[:2] }}",
    "{{ page.title | length }}",
    "{{ page.title | urlencode }}",
    "{{ page.title | tojson }}",
    "{{ page.title | replace('甲', '乙') }}",
    "{{ page.title | list | join }}",
    "{% if page.title == page.meta.description %}一样{% endif %}",
    "{% if page.title > '甲' %}后{% endif %}",
    "{{ {'甲': 1}.get(page.title, 0) }}",
    "{{ page.content | striptags | wordcount }}",
    "{{ page.edit_url | replace('edit', 'raw') }}",
    "{{ page.url }}",
    "{{ page.toc | length }}",
    "{% for one in page.toc %}{{ loop.index }}{{ one.title }}{% endfor %}",
    "{% for one in page.toc %}{{ one.title | upper }}{% endfor %}",
    "{% for one in page.toc if one.title == '甲' %}甲{% endfor %}",
    "\ue000",
    "{{ 100 // (1 + page.title | string | length) }}",
)

TITLES = ("甲", "<i>&\"' {{ 7 }} </i>", "甲  《乙》\n丙", "\ue000page.title<i>&amp;</i>\ue001", "&amp;lt;", "")
CONTENTS = ("<h1>有</h1><table></table>", "没有 \ue000a.url\ue001 %EE%80%80", "<p>{{ 7 * 7 }}</p><H1>")


def heading(id: str, title: str, level: int = 2, *children: Heading) -> Heading:
    return Heading(id, title, level, list(children))


TOCS = (
    [],
    [heading("a", "甲")],
    [heading("a", "甲 &amp; <b>乙</b>"), heading("b", "\ue000b.title<i>&amp;</i>\ue001")],
    [heading("a", "甲", 2, heading("b", "乙", 3)), heading("c", "丙"), heading("d", "丁", 2, heading("e", "1", 3), heading("f", "2", 3))],
    [heading("a", "甲", 3)],
)


def pages() -> Iterator[Fields]:
    for number, (title, content, toc) in enumerate(product(TITLES, CONTENTS, TOCS)):
        yield Fields(
            url=f"stations/{'abc'[number % 3]}/{'x/' * (number % 2)}index.html",
            file=f"stations/{number}/index.html",
            title=escape(title),
            description=escape(title if number % 4 else ""),
            content=content,
            toc=toc,
            hide=("navigation",) if toc else ("navigation", "toc"),
            edit_url=f"https://example.org/edit/{number}?a=1&b=2" if number % 5 else None,
            canonical_url=f"https://example.org/{number}" if number % 7 else None,
        )


class Theme:
    """A toy of a theme that counts what it is asked to render."""

    def __init__(self, more: str = "") -> None:
        templates = {"page": PAGE + more, "item": ITEM}
        self._page = jinja2.Environment(loader=jinja2.DictLoader(templates)).get_template("page")
        self.times = 0

    def render(self, fields: Fields) -> str:
        self.times += 1
        meta = {"title": fields.title, "description": fields.description, "hide": list(fields.hide)}
        page = {name: getattr(fields, name) for name in Fields.__dataclass_fields__ if name not in ("file", "description", "hide")}
        return self._page.render(page=page | {"meta": meta, "file": {"src_uri": fields.file}})


def poured(theme: Theme, shell: Shell) -> None:
    for page in pages():
        assert shell.pour(page) == theme.render(page), f"The shell and the template make different pages of {page}."


@pytest.mark.parametrize("more", ["", *FITTING])
def test_what_prints_fields_is_rendered_once_for_each_shape(more: str) -> None:
    theme = Theme(more)
    shell = Shell(theme.render)
    poured(theme, shell)
    assert not shell.unfit, f"Marks can stand for all that this template uses, but not on {shell.unfit[0]}."
    theme.times = 0
    for page in pages():
        shell.pour(page)
    assert not theme.times, "The shape of every page is known by now; the template has nothing more to do."
    again = Shell(theme.render, known=shell.folded)
    made = [again.pour(page) for page in pages()]
    assert not theme.times and not again.fresh, "What one shell has cut another one need not cut again."
    assert made == [shell.pour(page) for page in pages()]


@pytest.mark.parametrize("more", UNFIT)
def test_what_looks_into_fields_goes_on_being_rendered(more: str) -> None:
    theme = Theme(more)
    shell = Shell(theme.render)
    poured(theme, shell)
    poured(theme, shell)
    assert shell.unfit, "Marks cannot stand for what this template does, and nobody is told."
    assert [problem.code for problem in unfit(shell, "mkdocs.yml")] == ["H503"]


def test_a_later_page_may_ask_more() -> None:
    """What a template asks only of some pages becomes part of the shape of all."""
    theme = Theme("{% if '<h1' in page.content %}{% if page.title == '甲' %}甲{% endif %}{% endif %}")
    shell = Shell(theme.render)
    poured(theme, shell)
    poured(theme, shell)
    assert not shell.unfit


def test_a_file_is_no_folder() -> None:
    """Links from a page that is a file of its own begin in its folder, those from an index of a folder in that folder."""

    def render(page: Fields) -> str:
        folders = page.url.split("/")[: -1 if "." in page.url.rpartition("/")[2] or page.url.endswith("/") else None]
        return f'<a href="{"../" * len(folders)}index.html">{page.title}</a>{page.content}'

    shell = Shell(render)
    blank = dict(file="", title=Markup("甲"), description=Markup(), content="", toc=(), hide=(), edit_url=None, canonical_url=None)
    for url in ("playbooks/x/2.html", "playbooks/y/3.html", "stations/x/index.html", "stations/y/"):
        page = Fields(url=url, **blank)  # type: ignore[arg-type]
        assert shell.pour(page) == render(page)
    assert not shell.unfit


def test_links_from_inside_a_folder_are_shorter() -> None:
    """Two pages as deep as each other are of two shapes where one lies in a folder that the theme links to."""

    def render(page: Fields) -> str:
        near = page.url.startswith("browse/province/")
        return f'<a href="{"../" if near else "../../province/"}index.html">{page.title}</a>{page.content}'

    shell = Shell(render, {"browse/", "browse/province/"})
    blank = dict(file="", title=Markup("甲"), description=Markup(), content="", toc=(), hide=(), edit_url=None, canonical_url=None)
    for url in ("browse/honour/x/index.html", "browse/province/x/index.html", "browse/province/y/index.html", "browse/area/y/index.html"):
        page = Fields(url=url, **blank)  # type: ignore[arg-type]
        assert shell.pour(page) == render(page)
