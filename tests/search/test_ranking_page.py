"""The page on the ranking says what the script does: what the one says of a number is what the other makes of it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/search-ranking.md").read_text(encoding="utf-8")
CODE = (ROOT / "macros/fengpu/assets/search.js").read_text(encoding="utf-8")
NUMBER = r"(\d+(?:\.\d+)?)"

SAME = [
    # What a name gets.
    ("完全相同 | #，别名 #", "if (bare === word) take((other ? # : #) * part", "21"),
    ("以所写的开头 | # 起，别名 # 起", "bare.startsWith(word)) take(((other ? # : #) + 8 ", "21"),
    ("含有所写的 | # 起，别名 # 起", "bare.includes(word)) take(((other ? # : #) + 8 ", "21"),
    ("最多再加 # 分（相差字母的", "bare.startsWith(word)) take(((other ? 74 : 80) + # * word.length", "1"),
    ("相差字母的最多加 # 分", "take(48 - 6 * far + # * begin.length", "1"),
    ("换成词表里的同义词后相同；含有 | #；#", "if (bare === instead) take(#, why);¶else if (bare.includes(instead)) take(#, why)", "12"),
    ("每个字都有，次序不同（三个字以上，名称最多再长三个字） | #", "<= joined.length + 3) take(#, ", "1"),
    ("最多算 1），再乘 #", "hold(word, # * Math.min", "1"),
    ("读音相同 | #", 'take(# * doubt, "读音相同"', "1"),
    ("n 和 l | #", 'take(# * doubt, "读音相近"', "1"),
    ("读音里有它 | #", 'take(# * doubt, "读音里有它"', "1"),
    ("只差一个字没有（四个字以上才看） | #", 'take(# * doubt, "名称里有几乎每个字"', "1"),
    ("字母本来就是名称 | #", 'take(#, "名称相同"', "1"),
    ("全拼相同 | #", 'take(#, "拼音相同"', "1"),
    ("首字母相同 | #", 'take(#, "拼音首字母相同"', "1"),
    ("正好到一个字的末尾 # 起，不到 # 起", "(reaches(syllables, letters.length) ? # : #) + 8", "12"),
    ("首字母以它开头（两个字母以上） | # 起", 'take(# + 8 * letters.length / first.length, "拼音首字母以它开头"', "1"),
    ("全拼里有它（四个字母以上） | # 起", 'take(# + 8 * letters.length / whole.length, "拼音里有它"', "1"),
    ("从开头起（四个字母以上） | # 起", 'take(# + 8 * letters.length / whole.length, "拼音相近"', "1"),
    ("首字母里有它（三个字母以上） | #", 'take(#, "拼音首字母里有它"', "1"),
    ("首字母错一处（五个字母以上） | #", 'take(#, "拼音首字母相差一处"', "1"),
    ("超过 # 个字的名称不看拼音", "const LONG = #;", "1"),
    # Where words stand.
    ("在别处正文里的算 #；", "const FIELD = [#, ", "1"),
    ("在提要、数据和标题里的算 #，", "const FIELD = [0.45, #, ", "1"),
    ("在所在地里的算 #，", "const FIELD = [0.45, 0.6, #, ", "1"),
    ("靠同义词合上的再乘 #。", "cover[number] += # * weight * part[number]", "1"),
    ("也算，重量乘 #；算得轻的（见上文）乘 #；这两样如果哪里都没有，乘 #；", "? # : one.light ? # : one.seam ? # : 1)", "321"),
    ("字母的乘 #。", "if (one.latin) one.weight *= #;", "1"),
    # The whole.
    ("合上的比例乘 #（题目里被合上的字越多，再加最多 # 分）", "topic = # * cover + # * filled", "12"),
    ("\n2. 合上的比例乘 #；", "Math.max(tier, topic) + # * cover", "1"),
    ("每个词都有，加 #；", "(whole ? # : 0) + prior", "1"),
    ("那一类加 #，", "query.kinds.has(kind) ? # : 0", "1"),
    ("派出所和做法加 #。", '(kind === "station" || kind === "method") ? # : 0', "1"),
    ("词语加 #。", 'kind === "glossary" ? # : 0', "1"),
    ("别名得到 # 分以上的", "one.tier >= # ", "1"),
    ("最可能的 # 份资料里看", "const CLOSE = #;", "1"),
    ("粗算不到最高分 # 倍的不看", "const FAR = #;", "1"),
    # The guess.
    ("合上的比例乘 #（只写字母的", "topic = # * found.cover[number]", "1"),
    ("（只写字母的，比例先乘 #）", "* FIELD[level] * (latin ? # : 1)", "1"),
    ("在名称末尾的各加 #。", "(one.key === last && (level - NAME & 2) ? # : 0)", "1"),
    ("超过 # 的，得 # 分，超出 1 的部分再乘 #；", "near > # ? # + # * (near - 1)", "123"),
    ("一个词的乘 #，几个词的乘 #。", "query.words.length < 2 ? # : #;", "12"),
    ("可能是写错了，这样的看 # 组：", "const DOUBTED = #;", "1"),
    ("一共不超过 # 个字的", "const FEW = #;", "1"),
    ("均匀地取 # 处", "const THREES = #;", "1"),
    ("名称里有同音的，算这一组的 #；", "close[posting >>> 3] += # * weight", "1"),
    ("名称里有其中一个字，算 #，在名称开头的算 #。", "(posting - NAME & 1 ? # : #) * weight", "21"),
    ("一处 #，在名称开头的 #；", "posting - NAME & 1 ? # : #;", "21"),
    ("连同首字母的一半一起乘 #；", "spoken.part[number] = # * (spoken", "1"),
    # Slips: the script counts them, the page does not.
    ("相差一个字；相差两个字（六个字以上才看） | #；#", "take((# - # * far) * doubt", "slips"),
    ("相差两个（八个字母以上才看） | # 起；# 起", "take(# - # * far + 4", "slips"),
]
"""What the page says, what the script says, and which of the script's numbers is the first of the page, which the second …"""
KINDS = {
    "打法": "playbook", "派出所": "station", "地区": "region", "做法": "method", "问题": "problem", "数据": "measure", "词语": "glossary",
    "来源": "source", "说明": "page",
}  # fmt: skip


def pattern(said: str) -> str:
    return re.escape(said).replace(r"\#", NUMBER).replace("¶", r"\s+")


def numbers(said: str, text: str, where: str) -> list[float]:
    found = re.findall(pattern(said), text)
    assert len(found) == 1, f"{where} has this {len(found)} times: {said}"
    return [float(one) for one in ([found[0]] if isinstance(found[0], str) else found[0])]


@pytest.mark.parametrize(("said", "done", "order"), SAME, ids=[said for said, _, _ in SAME])
def test_the_page_says_what_the_script_does(said: str, done: str, order: str) -> None:
    ours = numbers(done, CODE, "assets/search.js")
    wanted = [ours[0] - ours[1], ours[0] - 2 * ours[1]] if order == "slips" else [ours[int(at) - 1] for at in order]
    assert numbers(said, PAGE, "docs/search-ranking.md") == wanted


def test_the_page_has_the_points_of_each_kind() -> None:
    tables = (re.search(rf"const {name} = {{(.*?)}}", CODE) for name in ("PRIOR", "TOPIC"))
    named, topical = (dict(re.findall(rf"(\w+): {NUMBER}", table[1])) for table in tables)
    rows = {label: points for label, *points in re.findall(rf"^\| (\w+) \| {NUMBER} \| {NUMBER} \|$", PAGE, re.MULTILINE)}
    assert rows == {label: [named[kind], topical[kind]] for label, kind in KINDS.items()}


def test_more_is_looked_at_where_pinyin_is_misspelt() -> None:
    [times], [close] = (numbers(done, CODE, "assets/search.js") for done in ("found.misspelt ? # * CLOSE", "const CLOSE = #;"))
    assert numbers("拼音打错时是 # 份", PAGE, "docs/search-ranking.md") == [times * close]


def test_whatever_gives_a_name_points_is_on_the_page() -> None:
    told = re.compile("|".join(f"(?:{pattern(done)})" for _, done, _ in SAME))
    bare = [line.strip() for line in CODE.splitlines() if re.search(r"\btake\(\(*(?:\w+ \? )?\d", line) and not told.search(line)]
    # Two lines that belong together are held together above.
    assert [one for one in bare if "instead" not in one] == [], "Tell these in docs/search-ranking.md, and hold both together in SAME."
