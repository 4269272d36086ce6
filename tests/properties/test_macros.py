"""What must hold for any page: reading its macros never raises, never works anything out and changes nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fengpu.build import assemble
from fengpu.render import macros
from fengpu.render.pages import Addresses, Renderer

BASE = Path(__file__).parents[1] / "cases" / "base" / "data"
HOLE = re.compile(r'<(?:div|span) data-fengpu="[0-9]+"></(?:div|span)>')

# The same examples on every machine: a build is a function of its input, and so are its tests.
steady = settings(derandomize=True, max_examples=500, deadline=None, database=None)

WORDS = r"""
{{ }} {% %} {# #} { } % ( ) [ ] " ' \ ` ``` ~~~ , = . | ~ - > ! （ ） “ ” ｛｛ ｝｝ 甲 居民 ９ 99 1e9 0x true none if else
compare figure matrix nope config self loop namespace range lipsum __class__ "mediation-room" "anli/room" "\n\x1b\N{DIGIT"
"""
BLANKS = [" ", "    ", "\t", "\n", "\n\n", "\n```\n", "\n~~~\n", "\u200b", "\ue000", "\x00"]
CALLS = ['{{ compare("mediation-room") }}', "{{ matrix() }}", '{{ figure("anli/mediated-2023") }}', '{{ figure("a\nb") }}']
PARTS = st.sampled_from([*WORDS.split(), *BLANKS, *CALLS])
pages = st.lists(PARTS | st.text(st.characters(exclude_categories=["Cs"]), max_size=3), max_size=40).map("".join)


@pytest.fixture(scope="module")
def renderer() -> Renderer:
    return Renderer(assemble(BASE, "data").book, Addresses(directories=False))


@pytest.fixture(scope="module", autouse=True)
def nothing_is_worked_out() -> Iterator[None]:
    """Reading a call must stay reading: whatever would compile or run a template of a page's making fails the test."""

    def forbidden(*arguments: object, **named: object) -> None:
        raise AssertionError("A page was run as a template.")

    patch = pytest.MonkeyPatch()
    for name in ("compile", "from_string", "compile_expression", "get_template"):
        patch.setattr(macros._JINJA, name, forbidden, raising=False)
    yield
    patch.undo()


@steady
@given(page=pages)
def test_any_page_is_read_without_running_it(renderer: Renderer, page: str) -> None:
    filled, made, problems = macros.fill(renderer, page, "index", "docs/any.md")
    rest = page
    for kept in HOLE.split(filled):
        assert kept in rest, "what stands around the macros stays, in its order"
        rest = rest[rest.index(kept) + len(kept) :]
    assert len(made) >= len(problems)
    for problem in problems:
        assert 1 <= problem.line <= page.count("\n") + 1
        assert 1 <= problem.column <= len(page.split("\n")[problem.line - 1])
        assert "\n" not in str(problem)
    assert macros.pour(filled, made) is not None
    if "{{" not in page and "{%" not in page:
        assert (filled, made, problems) == (page, [], [])


@steady
@given(name=st.text(st.characters(exclude_categories=["Cs"]), max_size=30))
def test_any_argument_is_only_a_name(renderer: Renderer, name: str) -> None:
    quoted = '"' + re.sub(r'(["\\\\])', r"\\\1", name) + '"'
    _, made, problems = macros.fill(renderer, f"{{{{ figure({quoted}) }}}}", "index", "docs/any.md")
    assert {problem.code for problem in problems} in ({"E204"}, {"E209"}, {"E404"})
    assert set(made) == {'<mark class="fp-error">这里的宏写错了</mark>'}
