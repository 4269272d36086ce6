"""The model as JSON Schema: for editors, for the committed files and for finding what a place in a file may hold."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from .model import (
    Glossary,
    HonourVocabulary,
    MeansVocabulary,
    MeasureVocabulary,
    Playbook,
    Record,
    Region,
    SourceList,
    Station,
    Vocabulary,
)
from .problem import At

FILES: dict[str, type[Record]] = {
    "station": Station,
    "region": Region,
    "playbook": Playbook,
    "sources": SourceList,
    "glossary": Glossary,
    "vocabulary": Vocabulary,
    "measure-vocabulary": MeasureVocabulary,
    "honour-vocabulary": HonourVocabulary,
    "means-vocabulary": MeansVocabulary,
}
"""What is written to ``data/schema/<name>.json``."""

Node = dict[str, Any]


@cache
def of(noun: type[Record]) -> Node:
    """The JSON Schema of one noun, without our English docstrings: its readers are clerks."""
    schema = noun.model_json_schema(by_alias=True)
    for record in (schema, *schema.get("$defs", {}).values()):
        record.pop("description", None)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def text(noun: type[Record]) -> str:
    return json.dumps(of(noun), ensure_ascii=False, indent=2) + "\n"


def node_at(noun: type[Record], at: At) -> Node:
    """The part of a noun's schema that describes the value at ``at``; empty where there is none."""
    top = of(noun)
    node = _open(top, top)
    for step in at:
        if isinstance(step, int):
            node = node.get("items", {})
        else:
            node = node.get("properties", {}).get(step) or node.get("additionalProperties") or {}
        if not isinstance(node, dict):
            return {}
        node = _open(top, node)
    return node


def _open(top: Node, node: Node) -> Node:
    """Follow references and step past the alternative that allows a gap; labels of the way stay."""
    while True:
        label = {key: node[key] for key in ("title", "description") if key in node}
        if "$ref" in node:
            node = {**top["$defs"][node["$ref"].rsplit("/", 1)[-1]], **label}
        elif "anyOf" in node:
            node = {**node["anyOf"][-1 if "enum" in node["anyOf"][0] else 0], **label}
        else:
            return node


def smallest(noun: type[Record], at: At) -> Any:
    """A small valid value for the place ``at``, to stand in for a wrong one while the rest is checked.

    Where a gap is allowed it is the gap: nothing can contradict what is not said.
    """
    around = node_at(noun, at[:-1])
    node = around.get("properties", {}).get(at[-1]) if at else None
    return _smallest(of(noun), node or node_at(noun, at))


def _smallest(top: Node, node: Node) -> Any:
    if "enum" in node.get("anyOf", [{}])[0]:
        return node["anyOf"][0]["enum"][0]
    node = _open(top, node)
    kind = node.get("type")
    if "enum" in node:
        return node["enum"][0]
    if kind == "object":
        return {name: _smallest(top, node["properties"][name]) for name in node.get("required", ())}
    if kind == "array":
        return [_smallest(top, node["items"]) for _ in range(node.get("minItems", 0))]
    if kind == "integer":
        return str(node.get("minimum", 0))
    pattern = node.get("pattern", "")
    return "2000" if r"\d{4}" in pattern else "https://x" if "http" in pattern else "0" if kind == "string" else "x"
