"""The plainest YAML, read line by line; nearly every file is written in it, and a parser takes three times as long.

One value stands on one line, as it is or in quotes, and lists and mappings in brackets hold nothing but such values. Whatever
goes beyond that, or may be a slip of the keyboard, is not read here at all: it is left to those who also say what is wrong.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from .slips import INVISIBLE, KNOWN_NAME

_FIRST = r"[^\s\-?:,\[\]{}#&*!|>'\"%@`，：﹕∶［【｛]"
"""What begins a value that is neither in quotes nor anything else than a text."""
_KEY = r"[a-z0-9][a-z0-9_-]{0,60}"
_QUOTED = r'"[^"\\\n]*"|\'[^\'\n]*\''
_ITEM, _MEMBER = (rf"{_FIRST}[^\n?:,\[\]{{}}#'\"{wide}]*" for wide in ("，", "：﹕∶"))
"""A value in square brackets and one in braces, without what may have been typed for a sign of theirs."""
_TEXT = rf"{_FIRST}[^\n:#]*+(?:(?::(?=\S)|(?<=\S)#)[^\n:#]*+)*+"
_LINE = re.compile(rf"( *+)(?:#.*|(- )?(?:({_KEY}+):(?: ++|$))?({_TEXT}|{_QUOTED}|[\[{{].*[\]}}])?)")
"""Of a line its indentation, its dash, its key and its value."""
_SIGNS = frozenset("\"'[{")
"""What a value begins with that is not taken as it stands."""
_LIST = re.compile(rf"\[ *(?:{_ITEM}(?:, *{_ITEM})*)?\]")
_PAIR = re.compile(rf"({_KEY}): +({_QUOTED}|{_MEMBER})(?:, *|(?=\}}))")
_MAPPING = re.compile(rf"\{{ *(?:{_PAIR.pattern})+\}}")
_DEPTH = 8
_USUAL = 1 << 14
"""So many lines are known by heart: half of those in a file are in others too, and most stand in a thousand."""


def plain(text: str) -> dict[str, Any] | None:
    """What a text says, or None where that takes a parser."""
    if " \n" in text or text[-1:] == " ":
        text = "\n".join([line.rstrip(" ") for line in text.split("\n")])
    root: dict[str, Any] = {}
    here, holder = 0, root
    """Of the innermost mapping or list."""
    above: list[tuple[int, Any]] = []
    empty = ""
    """The key whose value may begin on the next line."""
    try:
        lines = list(filter(None, map(_line, text.split("\n"))))
    except ValueError:
        return None
    for place, key, value in lines:
        if empty:
            if place > here:
                above.append((here, holder))
                here, inner = place, [] if place & 1 else {}
                holder[empty] = holder = inner
                if len(above) >= _DEPTH:
                    return None
            empty = ""
        while place < here:
            here, holder = above.pop()
        if place != here:
            return None
        if type(value) is not str:
            value = value.copy()
        elif not value:
            empty = key
        if place & 1:
            if not key:
                holder.append(value)
                continue
            item: dict[str, Any] = {}
            holder.append(item)
            above.append((here, holder))
            here, holder = place + 3, item
        elif key in holder:
            return None
        holder[key] = value
    return root or None


@lru_cache(_USUAL)
def _line(line: str) -> tuple[int, str, str | list[str] | dict[str, str]] | None:
    """The place of a line, its key and its value, or None where it says nothing; `ValueError` where that takes a parser.

    The place is twice the column, and one more for an item of a list: so a list under a key stands behind that key
    in the same column, and the first key of an item behind its dash.
    """
    match = _LINE.fullmatch(line)
    if not match or "\t" in line or INVISIBLE.search(line):
        raise ValueError
    indent, dash, key, value = match.groups("")
    if not (dash or key or value):
        return None
    if not key and (not dash or not value or KNOWN_NAME.match(value)):
        raise ValueError
    known = _said(value) if value and value[0] in _SIGNS else value
    return 2 * len(indent) + bool(dash), key, known


def _said(value: str) -> str | list[str] | dict[str, str]:
    if value[0] in "\"'":
        return value[1:-1]
    if (made := _flow(value)) is None:
        raise ValueError
    return made


def _flow(text: str) -> list[str] | dict[str, str] | None:
    if text[0] == "[":
        if not _LIST.fullmatch(text):
            return None
        inside = text[1:-1].strip(" ")
        return [word.strip(" ") for word in inside.split(",")] if inside else []
    if not _MAPPING.fullmatch(text):
        return None
    pairs = _PAIR.findall(text)
    made = {key: value[1:-1] if value[0] in "\"'" else value.rstrip(" ") for key, value in pairs}
    return made if len(made) == len(pairs) else None
