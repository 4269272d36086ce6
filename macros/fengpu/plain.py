"""The plainest YAML, read line by line; nearly every file is written in it, and a parser takes three times as long.

One value stands on one line, as it is or in quotes, and lists and mappings in brackets hold nothing but such values. Whatever
goes beyond that, or may be a slip of the keyboard, is not read here at all: it is left to those who also say what is wrong.
"""

from __future__ import annotations

import re
from typing import Any

from .slips import INVISIBLE, KNOWN_NAME

_FIRST = r"[^\s\-?:,\[\]{}#&*!|>'\"%@`，：﹕∶［【｛]"
"""What begins a value that is neither in quotes nor anything else than a text."""
_KEY = r"[a-z0-9][a-z0-9_-]{0,60}"
_QUOTED = r'"[^"\\\n]*"|\'[^\'\n]*\''
_ITEM, _MEMBER = (rf"{_FIRST}[^\n?:,\[\]{{}}#'\"{wide}]*" for wide in ("，", "：﹕∶"))
"""A value in square brackets and one in braces, without what may have been typed for a sign of theirs."""
_TEXT = rf"{_FIRST}[^\n:#]*+(?:(?::(?=\S)|(?<=\S)#)[^\n:#]*+)*+"
_LINES = re.compile(rf"^( *+)(?:#.*|(- )?(?:({_KEY}+):(?: ++|$))?({_TEXT}|{_QUOTED}|[\[{{].*[\]}}])?)$", re.MULTILINE)
"""Of each line its indentation, its dash, its key and its value."""
_SIGNS = frozenset("\"'[{")
"""What a value begins with that is not taken as it stands."""
_LIST = re.compile(rf"\[ *(?:{_ITEM}(?:, *{_ITEM})*)?\]")
_PAIR = re.compile(rf"({_KEY}): +({_QUOTED}|{_MEMBER})(?:, *|(?=\}}))")
_MAPPING = re.compile(rf"\{{ *(?:{_PAIR.pattern})+\}}")
_DEPTH = 8


def plain(text: str) -> dict[str, Any] | None:
    """What a text says, or None where that takes a parser."""
    if " \n" in text or text[-1:] == " ":
        text = "\n".join([line.rstrip(" ") for line in text.split("\n")])
    lines = _LINES.findall(text)
    if len(lines) <= text.count("\n") or "\t" in text or INVISIBLE.search(text):
        return None
    root: dict[str, Any] = {}
    column, holder = 0, root
    """Of the innermost mapping or list."""
    above: list[tuple[int, Any]] = []
    empty = ""
    """The key whose value may begin on the next line."""
    for indent, dash, key, value in lines:
        if not key:
            if not value:
                if dash:
                    return None
                continue
            if not dash or KNOWN_NAME.match(value):
                return None
        at = len(indent)
        if empty:
            if at >= column if dash else at > column:
                above.append((column, holder))
                column, inner = at, [] if dash else {}
                holder[empty] = holder = inner
                if len(above) >= _DEPTH:
                    return None
            empty = ""
        while at < column or (at == column and not dash and type(holder) is list):
            if not above:
                return None
            column, holder = above.pop()
        if at != column or (type(holder) is list) != bool(dash):
            return None
        if not value:
            empty = key
        elif value[0] in _SIGNS:
            value = value[1:-1] if value[0] in "\"'" else _flow(value)
            if value is None:
                return None
        if not key:
            holder.append(value)
            continue
        if dash:
            item: dict[str, Any] = {}
            holder.append(item)
            above.append((column, holder))
            column, holder = at + 2, item
        elif key in holder:
            return None
        holder[key] = value
    return root or None


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
