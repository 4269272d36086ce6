"""Private parties to a dispute never appear, not even masked."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..model import Record
from .finding import Finding, Walked

# The hundred commonest surnames; a masked name starts with one.
SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩邓冯曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈"
    "钟姜崔谭陆范汪廖石金韦贾夏付方邹熊白孟秦邱侯江尹薛闫段雷龙黎史陶贺毛郝顾龚邵万覃武钱戴严莫孔乔"
)
# Surnames that also end a common word: 由于某…, 每周某…, 担任某…
_WORDS = {"于": "由对属位关基处终至等", "周": "每上下本一", "任": "担时责主现新前连", "方": "地对双各多他一警校", "金": "资基奖罚现", "许": "允准", "程": "过流课工日", "余": "0-9十百千万"}
_SURNAME = "(?:" + "|".join([*(f"(?<![{before}]){name}" for name, before in _WORDS.items()), f"[{SURNAMES.translate(dict.fromkeys(map(ord, _WORDS)))}]"]) + ")"
_MASKED = re.compile(rf"{_SURNAME}(?:某(?![年月日些种个地时处次])[某\u4e00-\u9fff]?|[×xX*]{{1,2}}(?![\w]))")
_TITLED = re.compile(rf"[{SURNAMES}](?:先生|女士|小姐|大爷|大娘|老汉)(?!调解|工作室)")
_NUMBERS = {
    "身份证号": re.compile(r"(?<!\d)\d{17}[\dXx](?!\d)"),
    "手机号": re.compile(r"(?<!\d)1[3-9]\d(?:[ -]?\d{4}){2}(?!\d)"),
    "车牌号": re.compile(r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-Z]·?[A-Z0-9]{5,6}(?![A-Z0-9])"),
}


# What none of the patterns above matches without, and what is rare and quickly found.
WORDS = (*(rf"{sign}(?<=[\u4e00-\u9fff].)" for sign in ("某", "×", "x", "X", r"\*")), "先生", "女士", "小姐", "大爷", "大娘", "老汉")
NUMBERS = (r"\d\d\d[ -]?\d{4}[ -]?\d{4}", r"[A-Z]·?[A-Z0-9]{5}")


def check(record: Record, walked: Walked) -> Iterator[Finding]:
    for at, value in walked.texts:
        if at[-1] == "url":
            continue
        for pattern in (_MASKED, _TITLED):
            if match := pattern.search(value):
                remedy = "删去称呼，改成“一名当事人”“一户居民”，或者只写纠纷的种类。"
                yield Finding(at, "E305", f"“{match[0]}”像是当事人或群众的称呼，打了码也不收。", remedy)
        for kind, pattern in _NUMBERS.items():
            if pattern.search(value):
                yield Finding(at, "E306", f"这里像是有{kind}。", "删去它。")
