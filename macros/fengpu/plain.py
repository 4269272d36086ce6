"""The plainest YAML, read line by line; nearly every file is written in it, and a parser takes three times as long.

One value stands on one line, as it is or in quotes, and lists and mappings in brackets hold nothing but such values. Whatever
goes beyond that is not read here at all: it is left to the parser, which also says what is wrong.
"""

from __future__ import annotations

import re
from typing import Any

_FIRST = r"[^\s\-?:,\[\]{}#&*!|>'\"%@`]"
"""What begins a value that is neither in quotes nor anything else than a text."""
_KEY = r"[a-z0-9][a-z0-9_-]{0,60}"
_QUOTED = r'"[^"\\]*"|\'[^\']*\''
_WORD = rf"{_FIRST}[^\n?:,\[\]{{}}#'\"]*"
"""A value in brackets."""
_LINE = re.compile(
    rf"(?P<indent> *+)(?P<dash>- )?(?:(?P<key>{_KEY}+):(?: ++|$))?"
    rf"(?:(?P<text>{_FIRST}[^\n:#]*+(?:(?::(?=\S)|(?<=\S)#)[^\n:#]*+)*+)|(?P<quoted>{_QUOTED})|(?P<flow>[\[{{].*[\]}}]))? *"
)
_LIST = re.compile(rf"\[ *(?:{_WORD}(?:, *{_WORD})*)?\]")
_PAIR = re.compile(rf"({_KEY}): +({_QUOTED}|{_WORD})(?:, *|(?=\}}))")
_MAPPING = re.compile(rf"\{{ *(?:{_PAIR.pattern})+\}}")
_COMMENT = re.compile(r" *(?:#.*)?")
_DEPTH = 8


def plain(text: str) -> dict[str, Any] | None:
    """What a text says, or None where that takes a parser."""
    if "\t" in text:
        return None
    root: dict[str, Any] = {}
    columns: list[int] = [0]
    holders: list[Any] = [root]
    empty: tuple[int, dict[str, Any], str] | None = None
    """The key whose value may begin on the next line, and its column."""
    for line in text.split("\n"):
        match = _LINE.fullmatch(line)
        if match is None:
            if _COMMENT.fullmatch(line):
                continue
            return None
        indent, dash, key, value, quoted, flow = match.groups()
        if value is not None:
            value = value.rstrip(" ")
        elif quoted is not None:
            value = quoted[1:-1]
        elif flow is not None:
            value = _flow(flow)
            if value is None:
                return None
        elif key is None:
            if dash:
                return None
            continue
        column = len(indent)
        if empty is not None:
            above, holder, name = empty
            empty = None
            if column >= above if dash else column > above:
                holder[name] = inner = [] if dash else {}
                columns.append(column)
                holders.append(inner)
                if len(columns) > _DEPTH:
                    return None
        while columns[-1] > column or (columns[-1] == column and not dash and type(holders[-1]) is list):
            columns.pop()
            holders.pop()
            if not columns:
                return None
        holder = holders[-1]
        if columns[-1] != column or (type(holder) is list) != bool(dash):
            return None
        if dash:
            if key is None:
                holder.append(value)
                continue
            item: dict[str, Any] = {}
            holder.append(item)
            holder = item
            column += 2
            columns.append(column)
            holders.append(item)
        if key is None or key in holder:
            return None
        if value is None:
            holder[key] = ""
            empty = column, holder, key
        else:
            holder[key] = value
    return root or None


def _flow(text: str) -> list[str] | dict[str, str] | None:
    if _LIST.fullmatch(text):
        inside = text[1:-1].strip(" ")
        return [word.strip(" ") for word in inside.split(",")] if inside else []
    if not _MAPPING.fullmatch(text):
        return None
    pairs = _PAIR.findall(text)
    made = {key: value[1:-1] if value[0] in "\"'" else value.rstrip(" ") for key, value in pairs}
    return made if len(made) == len(pairs) else None
