"""The site describes and does not praise."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..model import Record
from .finding import Finding, Walked

# Words of newspaper praise, with what to do instead; names of things may contain them, so only prose is looked at.
PRAISE = (
    "亮眼", "答卷", "金字招牌", "暖心", "贴心", "点赞", "赞誉", "好评", "有口皆碑", "家喻户晓", "硕果", "丰硕", "显著成效",
    "有力推动", "有效提升", "大幅提升", "极大", "无缝", "硬核", "最美", "一流", "铁军", "用心用情", "新台阶", "新篇章", "交口",
    "获得感", "幸福感", "知心人", "守护神", "主心骨", "贴心人", "零距离",
)  # fmt: skip
_PRAISE = re.compile("|".join(PRAISE))
_QUOTED = re.compile(r"“[^”]*”|《[^》]*》|‘[^’]*’")
_PROSE = {
    "summary", "text", "does", "effect", "mechanism", "moderators", "implementation", "cost", "note", "jurisdiction",
    "staffing", "definition", "about", "answers", "steps",
}  # fmt: skip


def check(record: Record, walked: Walked) -> Iterator[Finding]:
    for at, value in walked.texts:
        field = next((step for step in reversed(at) if isinstance(step, str)), None)
        if field in _PROSE or "axes" in at:
            if match := _PRAISE.search(_QUOTED.sub("", value)):
                yield Finding(at, "H301", f"“{match[0]}”是评价，不是描述。", "改成做了什么、多少、什么时候；确是名称，就加上引号。")
