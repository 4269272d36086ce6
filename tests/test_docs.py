"""What people read and copy agrees with the code: codes, field descriptions, schemas and the example station."""

from __future__ import annotations

import re
import shutil
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fengpu import schema
from fengpu.build import assemble
from fengpu.model import Record, Station
from fengpu.problem import At
from fengpu.read import parse

TOP = Path(__file__).parents[1]
GUIDE = TOP / "docs" / "contribute" / "index.md"
EXAMPLE = TOP / "docs" / "contribute" / "station.example.yml"
CHINESE = re.compile("[\u4e00-\u9fff]")


def test_every_code_has_a_heading_and_every_heading_a_code() -> None:
    source = "\n".join(file.read_text(encoding="utf-8") for file in (TOP / "macros" / "fengpu").rglob("*.py"))
    raised = set(re.findall(r"""["']([EH]\d{3})["']""", source))
    headed = re.findall(r"^### ([EH]\d{3}) \S", GUIDE.read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(raised) == headed, "docs/contribute/index.md explains every code once, E first and in order."


def nouns(noun: type[Record] = Record) -> Iterator[type[Record]]:
    for one in noun.__subclasses__():
        yield one
        yield from nouns(one)


@pytest.mark.parametrize("noun", sorted(nouns(), key=lambda noun: noun.__name__), ids=lambda noun: noun.__name__)
def test_every_field_is_described_in_chinese(noun: type[Record]) -> None:
    bare = [
        name
        for name, field in noun.model_fields.items()
        if not (CHINESE.search(field.title or "") and CHINESE.search(field.description or ""))
    ]
    assert not bare, f"{noun.__name__}: {', '.join(bare)} needs a Chinese title and description."


@pytest.mark.parametrize("file", sorted((TOP / "data").rglob("*.yml")), ids=lambda file: file.relative_to(TOP).as_posix())
def test_every_data_file_names_its_schema(file: Path) -> None:
    first = file.read_text(encoding="utf-8").split("\n", 1)[0]
    named = re.fullmatch(r"# yaml-language-server: \$schema=(\S+)", first)
    assert named, f"The first line is “{first}”; editors look there for “# yaml-language-server: $schema=…”."
    assert (file.parent / named[1]).resolve() in {TOP / "data" / "schema" / f"{name}.json" for name in schema.FILES}


@pytest.mark.parametrize("name", schema.FILES)
def test_the_committed_schema_is_the_model(name: str) -> None:
    file = TOP / "data" / "schema" / f"{name}.json"
    written = file.read_text(encoding="utf-8") if file.is_file() else ""
    if written != schema.text(schema.FILES[name]):
        pytest.fail(f"{file.relative_to(TOP)} is not what the model says: run fengpu schema.", pytrace=False)


def test_the_example_passes_as_it_stands(tmp_path: Path) -> None:
    data = shutil.copytree(TOP / "data", tmp_path / "data")
    before = assemble(data, "data").problems
    shutil.copy(EXAMPLE, data / "stations" / "example.yml")
    # Whatever is wrong with the data today is not the example's doing.
    assert [str(one) for one in assemble(data, "data").problems if one not in before] == []


def test_the_example_shows_every_field() -> None:
    shown: dict[tuple[str, ...], set[str]] = defaultdict(set)

    def look(value: Any, at: At = ()) -> None:
        if isinstance(value, dict):
            shown[tuple(schema.node_at(Station, at).get("properties", ()))] |= value.keys()
        for step, inner in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
            look(inner, (*at, step))

    look(parse(EXAMPLE.read_bytes(), "example")[0])
    top = schema.of(Station)
    for noun, node in {"Station": top, **top["$defs"]}.items():
        fields = tuple(node.get("properties", ()))
        missing = [name for name in fields if name not in shown[fields]]
        assert not missing, f"The example shows no {', '.join(missing)} of a {noun}."
