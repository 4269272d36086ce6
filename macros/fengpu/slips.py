"""What a Chinese input method does to YAML's own punctuation, found and mended before the text is parsed.

Only structure is mended: what stands in a block scalar (``note: |``), or between quotes that close on a later line,
is text. Most files hold no slip; a few quick searches tell, and only a suspect file is gone through line by line.
"""

from __future__ import annotations

import re
from bisect import bisect
from collections.abc import Iterable, Iterator
from difflib import SequenceMatcher
from itertools import accumulate, groupby
from typing import Any, NamedTuple, get_args, get_origin

from .model import Record, Text
from .problem import Problem


def mend(text: str, path: str) -> tuple[str, list[Problem]]:
    """Find and correct the slips of a text whose lines end in ``\\n``; it keeps its lines, and itself where nothing is wrong."""
    problems: list[Problem] = []
    visible = text
    if INVISIBLE.search(text):
        visible, problems = _without_invisible(text, path)
    if _is_suspect(f"\n{visible}"):
        lines = _Lines(visible)
        if lines.slips:
            return "\n".join(lines.lines), [*problems, *as_written(lines.problems(path), text, visible)]
    return visible, problems


def _is_suspect(text: str) -> bool:
    if any(suspect.search(text) for suspect in _SUSPECT):
        return True
    colons = (match.start() for match in _COLON.finditer(text))
    return any(_BEFORE_COLON.search(text[text.rfind("\n", 0, colon) : colon]) for colon in colons)


def as_written(problems: Iterable[Problem], written: str, mended: str) -> Iterator[Problem]:
    """Move places found in the mended text to where the same thing stands in the file."""
    if written is mended:
        yield from problems
        return
    before, after = written.split("\n"), mended.split("\n")
    shifts: dict[int, _Shift] = {}
    for problem in problems:
        row = problem.line - 1
        if row < len(before) and before[row] != after[row]:
            if row not in shifts:
                shifts[row] = _Shift(before[row], after[row])
            problem = problem.placed(problem.line, shifts[row].column(problem.column - 1) + 1)
        yield problem


class _Shift:
    """Where the columns of a mended line stood before."""

    def __init__(self, written: str, mended: str) -> None:
        self.length = len(written)
        # Nobody types such a line, and comparing it would take minutes.
        same = len(written) * len(mended) > 4 * 10**6
        self.blocks = [] if same else SequenceMatcher(None, mended, written, autojunk=False).get_matching_blocks()

    def column(self, at: int) -> int:
        end = begin = 0
        for block in self.blocks:
            if at < block.a:  # In what was changed.
                return min(begin + at - end, max(block.b - 1, begin))
            if at < block.a + block.size:
                return block.b + at - block.a
            end, begin = block.a + block.size, block.b + block.size
        return self.length if self.blocks else min(at, self.length)


# ── Characters that cannot be seen ───────────────────────────────────────────

# YAML refuses the control characters, takes some of the others for the end of a line, and to the eye there is nothing.
INVISIBLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff]"
)
_RUN = re.compile(f"{INVISIBLE.pattern}+")
_BREAK = re.compile(r"(?<=\S)[\x0b\x0c\x85\u2028\u2029]+(?=\S)")


def _without_invisible(text: str, path: str) -> tuple[str, list[Problem]]:
    problems = []
    lines = text.split("\n")
    for number, line in enumerate(lines, 1):
        if not (found := list(_RUN.finditer(line))):
            continue
        column = found[0].start()
        before = re.findall(r"\w+", line[:column])
        where = f"在“{before[-1][-4:]}”后面" if before else "在行首"
        several = f"，这一行共有 {len(found)} 处" if len(found) > 1 else ""
        message = f"有看不见的字符（U+{ord(found[0][0][0]):04X}），{where}{several}。"
        remedy = "把它前后的字一起删掉，重新输入；多半是从别处复制时带来的。"
        problems.append(Problem(path, "E013", message, remedy, number, column + 1))
        # A line break parts words; the rest stands between the letters of one.
        lines[number - 1] = INVISIBLE.sub("", _BREAK.sub(" ", line))
    return "\n".join(lines), problems


# ── What our own fields are called and hold ──────────────────────────────────


def _nouns(noun: type[Record] = Record) -> Iterator[type[Record]]:
    for one in noun.__subclasses__():
        yield one
        yield from _nouns(one)


def _kinds(annotation: Any) -> Iterator[Any]:
    """An annotation and everything in it: a list of names gives `tuple`, `Text` and `str` among others."""
    yield annotation
    yield get_origin(annotation)
    for argument in get_args(annotation):
        yield from _kinds(argument)


_FIELDS = [(field.alias or name, set(_kinds(field.annotation))) for noun in _nouns() for name, field in noun.model_fields.items()]
KNOWN = "|".join(sorted({name for name, _ in _FIELDS}))
"""The names of all fields, as a pattern; only they count, so that prose with a full-width colon stays prose."""
_LISTS = {name for name, kinds in _FIELDS if tuple in kinds}
_OF_ANY_NAME = {name for name, kinds in _FIELDS if dict in kinds}
_RECORDS = {name for name, kinds in _FIELDS if any(isinstance(kind, type) and issubclass(kind, Record) for kind in kinds)}
_COLLECTIONS = _LISTS | _OF_ANY_NAME | _RECORDS
# A step is a sentence with commas of its own; every other list of strings holds names.
_WORDS = {name for name, kinds in _FIELDS if {tuple, str} <= kinds} - {"steps"}
_FREE_WORDS = {name for name, kinds in _FIELDS if tuple in kinds and Text in kinds} - {"steps"}
"""Lists of words that are in no vocabulary, so that a word may hold a comma."""

# ── Patterns ─────────────────────────────────────────────────────────────────

_D = "-－—–−‐‑﹣"  # What is typed for a dash,
_C = "：﹕∶"  # for a colon
_B = " \t　\xa0"  # and for a space.
_WIDE_OPENING = ("［", "【", "｛")
_BRACKETS = str.maketrans("［【｛］】｝", "[[{]]}")

# Nearly every file is cleared by these, so each starts with a sign that is rare or quick to look for.
_SUSPECT = [
    re.compile(pattern)
    for pattern in (
        rf"\n[ -]*(?:[\t　\xa0＃{_D[1:]}]|(?<=-)[^ \n-])",
        r":(?<=[a-z_ \t　\xa0].)[^ \n/]",
        rf"，[{_B}]*[a-z_]+[{_B}]*:",
        r"\[(?![\u4e00-\u9fff]{4}，[\u4e00-\u9fff]{4}\])[^\[\]]*，",
        rf":[{_B}]*[［【｛]",
    )
]
_COLON = re.compile(f"[{_C}]")
_BEFORE_COLON = re.compile(rf"(?:[a-z_][{_B}]*|\n +[\w-]+|[{{,] *[^\s:{_C}{{}}\[\],\"']+)\Z")
_NAME = rf"(?P<dash>(?:[{_D}][{_B}]*)*)(?P<name>%s)[{_B}]*(?P<colon>[:{_C}])(?P<after>.*)"
KNOWN_NAME = re.compile(_NAME % KNOWN)
_ANY_NAME = re.compile(_NAME % r"[\w-]+?")
_BARE_ITEM = re.compile(rf"(?P<dash>[{_D}]{{1,2}})(?P<blank>[{_B}]*)(?=[^{_D}{_B}])")
_ENTRY = re.compile(
    r"""(?P<indent>[ ]*)(?P<dash>(?:-(?:[ ]+|$))*)
    (?:(?P<name>"(?:[^"\\]|\\.)*"[ ]*|'(?:[^']|'')*'[ ]*|[^\s"'\[\]{}\#&*!|>%@`,].*?):(?:[ \t]+|$))?
    (?P<value>.*)""",
    re.VERBOSE,
)
_WIDE_LIST = re.compile(rf"(?P<list>[\[{{［【｛].*[\]}}］】｝])(?P<rest>[{_B}]*(?:#.*)?)")
_BLOCK = re.compile(r"[|>][-+0-9]{0,2}[ ]*(?:#.*)?")
_QUOTED = {'"': re.compile(r'(?:[^"\\]|\\.|\\\Z)*+"', re.DOTALL), "'": re.compile(r"(?:[^']|'')*+'")}
_KEY = re.compile(rf"[{_B}\n]*(?P<name>[^\s:{_C}\"']+?)[{_B}]*(?P<colon>[{_C}]|(?<=[a-z0-9_-]):(?=[^\s/,\]}}]))[{_B}]*")
_NEXT_KEY = rf"，[{_B}]*(?=(?:%s)[{_B}]*[:{_C}])"
_KNOWN_NEXT_KEY = re.compile(_NEXT_KEY % KNOWN)
_ANY_NEXT_KEY = re.compile(_NEXT_KEY % "[a-z][a-z0-9_-]*")
_COMMA = re.compile(rf"“[^“”]*”|《[^《》]*》|（[^（）]*）|(?P<comma>[{_B}]*，[{_B}]*)")
_OPEN = 200  # Lines; what stays open for longer was never closed.

_WIDE = "列表的短横或它后面的空格是全角的。"
_NO_SPACE = "短横后面少一个空格。"
_NO_INDENT = {
    "\t": "行首用了制表符（Tab 键）。",
    "　": "行首用了全角空格。",
    "\xa0": "行首的空格不是普通的，多半是从网页复制来的。",
}

# ── Lines ────────────────────────────────────────────────────────────────────


class _Level(NamedTuple):
    """A name or a dash that the present line stands under."""

    column: int
    name: str
    """``-`` for a dash."""
    opens: bool
    """Whether nothing stands behind it, so that what belongs to it stands below."""


class _Slip(NamedTuple):
    column: int
    code: str
    message: str
    remedy: str = "这一行改成：{line}"


class _Lines:
    """The lines of a text, mended from the top down."""

    def __init__(self, text: str) -> None:
        self.lines = text.split("\n")
        self.slips: dict[int, list[_Slip]] = {}
        self.above: list[_Level] = []
        number = 0
        while number < len(self.lines):
            number = self._structure(number)

    def problems(self, path: str) -> list[Problem]:
        """Every slip, with the line as it should be, which is known only when all of it is mended."""
        problems = []
        for number, slips in self.slips.items():
            line = self.lines[number].strip()
            for slip in slips:
                remedy = slip.remedy.replace("{line}", line) if line else "删去这一行里的空白。"
                problems.append(Problem(path, slip.code, slip.message, remedy, number + 1, slip.column + 1))
        return problems

    def _write(self, number: int, mended: str, slips: list[_Slip]) -> None:
        if slips:
            self.lines[number] = mended
            self.slips.setdefault(number, []).extend(slips)

    def _structure(self, number: int) -> int:
        """Mend a line of structure and its value; returns the number of the next such line."""
        line = self.lines[number]
        entry = _entry(line)
        if not _is_in_order(entry):
            self._write(number, *self._edge(number))
            entry = _entry(self.lines[number])
        value, start = entry["value"], entry.start("value")
        if entry["dash"] or entry["name"]:
            self._descend(entry)
            if _BLOCK.fullmatch(value):
                return self._past_block(number + 1)
            if value[:1] in _QUOTED:
                return self._past_quotes(number, start + 1, value[0])
            if value[:1] in ("[", "{"):
                return self._past_flow(number, start, len(line) - len(self.lines[number]))
        return number + 1

    # Where a line stands

    def _descend(self, entry: re.Match[str]) -> None:
        """Leave the levels that a line does not stand under, and add those that it opens."""
        while self.above and (last := self.above[-1]).column >= len(entry["indent"]):
            # A list may stand right under its name without indentation.
            if entry["dash"] and last.opens and last.name != "-" and last.column == len(entry["indent"]):
                break
            self.above.pop()
        empty = not entry["value"] or entry["value"].startswith("#")
        for dash in re.finditer("-", entry["dash"]):
            self.above.append(_Level(entry.start("dash") + dash.start(), "-", empty and not entry["name"]))
        if entry["name"]:
            self.above.append(_Level(entry.start("name"), entry["name"].rstrip(), empty))

    def _column(self, blank: str, *, dash: bool) -> int:
        """The column that is meant by the blank before a name or a dash: of those that it may stand for, one that fits."""
        if not self.above or not re.search("[\t　\xa0]", blank):
            return len(blank) if self.above else 0
        last = self.above[-1]
        if dash and last.opens:
            return last.column + 2
        wide = blank.replace("　", "  ")
        meant = [*(len(wide.expandtabs(size)) for size in (2, 4, 8)), len(blank.expandtabs(2))]
        fits = [last.column + 2] * last.opens + [level.column for level in self.above if (level.name == "-") is dash]
        return next((column for column in meant if column in fits), fits[0] if last.opens else meant[0])

    def _names(self, column: int) -> re.Pattern[str]:
        """What counts as a name at a column: where the writer chooses the names, anything does."""
        parent = next((level for level in reversed(self.above) if level.column < column), None)
        return _ANY_NAME if parent and parent.opens and parent.name in _OF_ANY_NAME else KNOWN_NAME

    def _in_list(self, number: int, column: int) -> bool:
        """Whether a line without a name is an item: items stand around it, or the name above wants a list."""
        if any(level.name == "-" and level.column == column for level in self.above):
            return True
        if self.above and (last := self.above[-1]).opens and last.name in _LISTS and last.column <= column:
            return True
        following = next((line for line in self.lines[number + 1 : number + 9] if line.strip()), "")
        return following.startswith(f"{' ' * column}- ")

    # What may be wrong with it

    def _edge(self, number: int) -> tuple[str, list[_Slip]]:
        """A line up to its value, as it should be, and what was wrong with it."""
        line = self.lines[number]
        body = line.lstrip(_B)
        blank = line[: len(line) - len(body)]
        if not body:
            return "", self._indentation(blank, None)[1]
        if named := self._names(self._column(blank, dash=False)).match(body):
            indent, slips = self._indentation(blank, self._column(blank, dash=bool(named["dash"])))
            body, more = _named(body, named, len(blank))
            return indent + body, slips + more
        item = _BARE_ITEM.match(body)
        column = self._column(blank, dash=bool(item))
        if item and (item["dash"] + item["blank"][:1] == "- " or self._in_list(number, column)):
            indent, slips = self._indentation(blank, column)
            if item["dash"] + item["blank"][:1] == "- ":
                return indent + body, slips
            message = _WIDE if item["dash"] != "-" or item["blank"] else _NO_SPACE
            return f"{indent}- {body[item.end() :]}", [*slips, _Slip(len(blank), "E007", message)]
        indent, slips = self._indentation(blank, None)
        if body[0] == "＃":
            return f"{indent}#{body[1:]}", [*slips, _Slip(len(blank), "E007", "注释用了全角的＃。")]
        return indent + body, slips

    def _indentation(self, blank: str, column: int | None) -> tuple[str, list[_Slip]]:
        """The blank before a line in spaces; without a column the line goes on with the text above, or is empty."""
        wrong = re.search("[\t　\xa0]", blank)
        inner = self.above[-1].column + 2 if self.above else 0
        if not wrong or (column is None and wrong.start() >= max(inner - 1, 1)):  # Behind enough spaces it is text.
            return blank, []
        column = inner if column is None else column
        remedy = f"行首改成 {column} 个半角空格，再接 {{line}}" if column else "删去行首的空白，写成 {line}"
        return " " * column, [_Slip(blank.index(sign), "E005", said, remedy) for sign, said in _NO_INDENT.items() if sign in blank]

    # What a value goes on for

    def _past_block(self, number: int) -> int:
        """Go past the lines of a block scalar; only their indentation can be wrong."""
        outer, inner = self.above[-1].column, 0
        for row in range(number, len(self.lines)):
            line = self.lines[row]
            body = line.lstrip(_B)
            spaces = len(line) - len(line.lstrip(" "))
            if spaces == len(line) or (inner and spaces >= inner):
                continue
            if line[spaces] not in _B or (line[spaces] != "\t" and spaces > outer):
                if spaces <= outer:
                    return row
                inner = inner or spaces
                continue
            blank = line[: len(line) - len(body)]
            named = KNOWN_NAME.match(body)
            if named and self._column(blank, dash=bool(named["dash"])) <= outer:
                return row
            indent, slips = self._indentation(blank, inner or outer + 2)
            self._write(row, indent + body, slips)
        return len(self.lines)

    def _past_quotes(self, number: int, start: int, quote: str) -> int:
        """Go past a value in quotes that close on a later line; where more follows them, they belong to another value."""
        rest = self.lines[number][start:]
        for last in range(number, min(number + _OPEN, len(self.lines))):
            rest = self.lines[last] if last > number else rest
            if closing := _QUOTED[quote].match(rest):
                return last + 1 if re.match(r"\s*(#|$)", rest[closing.end() :]) else number + 1
        return number + 1

    def _past_flow(self, number: int, start: int, moved: int) -> int:
        """Mend a collection in brackets and go past it; ``moved`` is how much shorter its first line has become."""
        flow = self.lines[number][start:]
        pieces, end = _pieces(flow)
        if end is None:
            longer = "\n".join([flow, *self._inner_lines(number + 1)])
            more, end = _pieces(longer)
            flow, pieces = (longer, more) if end is not None else (flow, pieces)
        name = next((level.name for level in reversed(self.above) if level.name != "-"), "")
        rows = flow.split("\n")
        begins = list(accumulate((len(row) + 1 for row in rows), initial=0))
        for row, group in groupby(_edits(flow, pieces, name), key=lambda edit: bisect(begins, edit.start) - 1):
            edits = list(group)
            before = self.lines[number + row][: start if row == 0 else 0]
            written = begins[row] - (start + moved if row == 0 else 0)
            first = {edit.message: edit for edit in reversed(edits)}  # Of each kind the first is enough: the line is shown.
            slips = [_Slip(edit.start - written, "E007", edit.message) for edit in first.values()]
            self._write(number + row, before + _applied(rows[row], edits, begins[row]), slips)
        return number + (flow.count("\n", 0, end) + 1 if end is not None else 1)

    def _inner_lines(self, number: int) -> Iterator[str]:
        outer = self.above[-1].column
        for line in self.lines[number : number + _OPEN]:
            inside = line.lstrip(_B)
            if inside and len(line) - len(inside) <= outer and inside[0] not in "]}":
                break
            yield line


def _entry(line: str) -> re.Match[str]:
    match = _ENTRY.match(line)
    assert match, "any line can be taken apart"
    return match


def _is_in_order(entry: re.Match[str]) -> bool:
    """Whether a line is plainly right up to its value; nearly all are, and so cost little."""
    name = (entry["name"] or "").rstrip()
    return name.isascii() and name.replace("_", "").isalnum() and entry["value"][:1] not in _WIDE_OPENING


def _named(body: str, match: re.Match[str], before: int) -> tuple[str, list[_Slip]]:
    """A line from its dash or name on, as it should be; ``before`` is how much stands before it."""
    slips: list[_Slip] = []
    dash, name, after = match["dash"], match["name"], match["after"]
    if dash and not re.fullmatch("(?:- +)+", dash):
        slips.append(_Slip(before, "E007", _WIDE if re.search("[^- ]", dash) else _NO_SPACE))
        dash = "- " * len(re.findall(f"[{_D}]", dash))
    if match["colon"] != ":":
        slips.append(_Slip(before + match.start("colon"), "E007", f"“{name}”后面的冒号是全角的。"))
    elif after[:1] not in ("", " ", "\t"):
        slips.append(_Slip(before + match.start("after"), "E007", f"“{name}:”后面少一个空格。"))
    value = after.lstrip(_B)
    wide = _WIDE_LIST.fullmatch(value) if name in _COLLECTIONS else None
    at = re.search("[［【｛］】｝]", value)
    if wide and at and re.search("[［【｛］】｝]", value[0] + wide["list"][-1]):
        message = "花括号是全角的。" if value[0] in "{｛" else "列表的括号是全角的。"
        slips.append(_Slip(before + len(body) - len(value) + at.start(), "E007", message))
        value = wide["list"].translate(_BRACKETS) + wide["rest"]
    return (f"{dash}{name}:{' ' if value else ''}{value}" if slips else body), slips


# ── Collections in brackets ──────────────────────────────────────────────────


class _Piece(NamedTuple):
    """A stretch of text between a collection's own signs, without what is quoted."""

    start: int
    end: int
    bracket: str
    """The innermost open bracket."""
    first: bool
    """Whether it starts behind a bracket or comma, as a name does."""


class _Edit(NamedTuple):
    start: int
    end: int
    text: str
    message: str


def _pieces(flow: str) -> tuple[list[_Piece], int | None]:
    """The pieces of the collection with which a text starts, and where it ends, or None where it does not."""
    pieces: list[_Piece] = []
    brackets = ""
    start, first = 0, True
    for sign in re.finditer(r"[\[\]{},\"'#]", flow):
        at, what = sign.start(), sign[0]
        if at < start:
            continue
        if what in "\"'":
            if flow[max(start, at - 9) : at].rstrip(f"{_B}\n")[-1:] not in ("", ":", *_C):
                continue
            closing = _QUOTED[what].match(flow, at + 1)
            if not closing:
                return pieces, None
            following, next_first = closing.end(), False
        elif what == "#":
            if flow[at - 1] not in f"{_B}\n":
                continue
            following, next_first = (flow.find("\n", at) + 1 or len(flow)), first
        else:
            following, next_first = at + 1, True
        pieces.append(_Piece(start, at, brackets[-1:], first))
        start, first = following, next_first
        if what in "[{":
            brackets += what
        elif what in "]}":
            brackets = brackets[:-1]
            if not brackets:
                return pieces, at + 1
    return pieces, None


def _edits(flow: str, pieces: Iterable[_Piece], name: str) -> Iterator[_Edit]:
    """What is to be changed in the collection of a field."""
    for piece in pieces:
        if piece.bracket == "{":
            yield from _in_braces(flow, piece, _ANY_NEXT_KEY if name in _OF_ANY_NAME else _KNOWN_NEXT_KEY)
        elif piece.bracket == "[" and name in _WORDS and not (name in _FREE_WORDS and _is_motto(flow[piece.start : piece.end])):
            for match in _COMMA.finditer(flow, piece.start, piece.end):
                if match["comma"]:
                    behind = "," if flow[match.end() : match.end() + 1] in ("", "\n") else ", "
                    yield _Edit(match.start(), match.end(), behind, "词与词之间要用半角逗号。")


def _is_motto(text: str) -> bool:
    """Whether a comma belongs to a name: 践行道义，以礼释法 is one, as its halves of one length tell."""
    parts = text.strip().split("，")
    return len(parts) > 1 and len({len(part) for part in parts}) == 1 and all(re.fullmatch("[\u4e00-\u9fff]{4,}", part) for part in parts)


def _in_braces(flow: str, piece: _Piece, next_key: re.Pattern[str]) -> Iterator[_Edit]:
    start, first = piece.start, piece.first
    while True:
        if first and (key := _KEY.match(flow, start, piece.end + 1)):
            yield _Edit(key.start("colon"), key.end(), ": ", "花括号里的冒号要用半角，后面空一格。")
        following = next_key.search(flow, start, piece.end)
        if not following:
            return
        yield _Edit(following.start(), following.end(), ", ", "花括号里的逗号要用半角。")
        start, first = following.end(), True


def _applied(row: str, edits: Iterable[_Edit], begin: int) -> str:
    parts, at = [], 0
    for edit in edits:
        parts += [row[at : edit.start - begin], edit.text]
        at = edit.end - begin
    return "".join([*parts, row[at:]])
