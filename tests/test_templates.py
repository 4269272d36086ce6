"""Whatever a template says, our leaner Jinja makes of it what Jinja itself does, errors included."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import jinja2
import pytest
from markupsafe import Markup

from fengpu.render.templates import ALIKE, Environment, Macros, remembering, without_hidden

PARTS = {
    "row": "<li>{{ one.name }}{% set seen = one.name %}{% if last is defined %} {{ last }}{% endif %}</li>",
    "values": "{% set sign = '·' %}{% macro mark(text, times=2) %}"
    "{% for n in range(times) %}{{ sign }}{% endfor %}<b>{{ text }}</b> {{ here }}{% endmacro %}",
    "base": "<h1>{% block title %}没有标题{% endblock %}</h1>{% block body %}{% endblock %}",
}

RENDERED = (
    "{{ text }} {{ markup }} {{ 3 }} {{ none }} {{ true }} {{ 1.5 }}",
    "{{ 'a' ~ text ~ 3 }} {{ 'a' ~ markup ~ text }}",
    "{{ card.name }} {{ card['name'] }} {{ terms.label }} {{ terms['label'] }} {{ terms.items() | list | length }}",
    "{{ card.names[0] }} {{ card.names | first | upper }} {{ text.upper() }} {{ 'abc'.upper() }}",
    "{{ card.nothing is defined }} {{ card.nothing | default('没有') }} {{ nothing is defined }} {{ terms.nothing | d('没有') }}",
    "{{ '有' if card.nothing is defined }}{{ '有' if card.name }}|{{ '、' if false }}|",
    "{% for name in card.names %}{{ loop.index }}{{ name }}{{ '、' if not loop.last }}{% else %}空{% endfor %}",
    "{% for name in [] %}{{ name }}{% else %}空{% endfor %}{% for name in card.names if name != '甲' %}{{ name }}{% endfor %}",
    "{% for one in cards %}{% include 'row' %}{% endfor %}{{ seen is defined }}",
    "{% set last = '末' %}{% for one in cards %}{% set last = one.name %}{% include 'row' %}{% endfor %}{{ last }}",
    "{% with one = card %}{% include 'row' %}{% include ['nobody', 'row'] %}{% endwith %}{% include 'nobody' ignore missing %}",
    "{% import 'values' as v with context %}{{ v.mark(text) }} {{ v.mark(markup, times=1) }} {{ v.sign }} {{ v.nothing is defined }}",
    "{% from 'values' import mark with context %}{{ mark('x', 3) ~ text }}",
    "{% macro tree(nodes) %}{% for node in nodes %}{{ node.name }}{{ tree(node.nodes) if node.nodes is defined }}{% endfor %}"
    "{% endmacro %}{{ tree(cards) }}",
    "{% macro all(first) %}{{ first }}{{ varargs | join('、') }}{{ kwargs.last }}{% endmacro %}{{ all(1, 2, 3, last=text) }}",
    "{% macro box(title) %}<p>{{ title }}{{ caller(text) }}</p>{% endmacro %}{% call(inner) box('题') %}<i>{{ inner }}</i>{% endcall %}",
    "{% macro one(class, from=2) %}{{ class }}{{ from }}{% endmacro %}{{ one('甲') }}",
    "{% set made %}<p>{{ text }}</p>{% endset %}{{ made }}{% filter upper %}a{{ text }}{% endfilter %}",
    "{% extends 'base' %}{% block title %}{{ super() }}：{{ text }}{% endblock %}"
    "{% block body %}{% for n in card.names %}{{ n }}{% endfor %}{% endblock %}",
    "{% block title %}{{ card.name }}{% endblock %}之后{{ self.title() }}",
    "{% set box = namespace(count=0) %}{% for n in card.names %}{% set box.count = box.count + 1 %}{% endfor %}{{ box.count }}",
    "{% for node in cards recursive %}{{ node.name }}{{ loop(node.nodes) if node.nodes is defined }}{% endfor %}",
    "{{ cards | map(attribute='name') | join('、') }} {{ cards | sort(attribute='name') | length }} {{ card.make(text, more=markup) }}",
)

REFUSED = (
    "{{ card.nothing }}",
    "{{ card.nothing.more }}",
    "{{ terms.nothing }}",
    "{{ nothing }}",
    "{{ nothing.more }}",
    "{% if card.nothing %}{% endif %}",
    "{% for one in card.nothing %}{% endfor %}",
    "{{ 'a' ~ card.nothing }}",
    "{% macro one(text) %}{{ text }}{% endmacro %}{{ one() }}",
    "{% for one in cards %}{% include 'row' %}{{ one.nothing }}{% endfor %}",
    "{% import 'values' as v with context %}{{ v.nothing('x') }}",
    "{% include 'nobody' %}",
)


def environment(kind: type[jinja2.Environment], text: str) -> jinja2.Environment:
    loader = jinja2.DictLoader({**PARTS, "page": text})
    more = {} if kind is Environment else {"autoescape": True}
    made = kind(loader=loader, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True, **more)  # type: ignore[arg-type]
    made.globals["everywhere"] = "到处"
    return made


def given() -> dict[str, object]:
    leaf = SimpleNamespace(name="丙<丁>")
    card = SimpleNamespace(name="甲&乙", names=("甲", "<乙>"), make=lambda text, more: Markup("<u>{}{}</u>").format(text, more))
    cards = [SimpleNamespace(name="一", nodes=[leaf]), leaf]
    return {
        "text": '<a href="x">\'&',
        "markup": Markup("<em>真</em>"),
        "card": card,
        "cards": cards,
        "terms": {"label": "词<"},
        "here": "这里",
    }


@pytest.mark.parametrize("text", RENDERED)
def test_it_renders_what_jinja_does(text: str) -> None:
    ours, theirs = (environment(kind, text).get_template("page").render(given()) for kind in (Environment, jinja2.Environment))
    assert ours == theirs


@pytest.mark.parametrize("text", REFUSED)
def test_it_says_what_jinja_says_is_wrong(text: str) -> None:
    said = []
    for kind in (Environment, jinja2.Environment):
        with pytest.raises((jinja2.UndefinedError, jinja2.TemplateNotFound)) as caught:
            environment(kind, text).get_template("page").render(given())
        said.append((caught.type, str(caught.value)))
    assert said[0] == said[1]


def test_macros_that_are_made_once_know_on_which_page_they_are() -> None:
    macros = Macros(environment(Environment, "").get_template("values"), alike=["mark"])
    said = [str(macros.on({"here": here}).mark(text)) for here, text in (("甲页", "x"), ("乙页", "y"), ("丙页", "y"))]
    assert said == ["··<b>x</b> 甲页", "··<b>y</b> 乙页", "··<b>y</b> 乙页"], "Only what is alike everywhere is kept from page to page."
    with pytest.raises(jinja2.UndefinedError):
        macros.on({}).mark("z")


def test_of_what_it_remembers_it_tells_apart_what_only_says_the_same() -> None:
    asked: list[object] = []

    def ask(thing: list[str]) -> Markup:
        asked.append(thing)
        return Markup("·").join(thing)

    remembered, one, other = remembering(ask), ["甲"], ["甲"]
    assert remembered(one) == remembered(one) == remembered(other) == "甲"
    assert len(asked) == 2, "Each of the two is to be asked once."
    for number in range(ALIKE):
        remembered([str(number)])
    assert remembered(one) == "甲"
    assert len(asked) == 3 + ALIKE, "It should have forgotten those of long ago."


def test_a_theme_lists_what_it_shows(tmp_path: Path) -> None:
    for name in ("main.html", "assets/a.css", ".icons/one.svg", "assets/.hidden/two.svg"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    theme = without_hidden(jinja2.Environment(loader=jinja2.FileSystemLoader([tmp_path])))
    assert theme.list_templates() == ["assets/a.css", "main.html"]
    assert theme.get_template(".icons/one.svg").render() == ".icons/one.svg", "They can be asked for all the same."
