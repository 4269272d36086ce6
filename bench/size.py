"""What a built site costs to keep and to send, as the rows of the table in docs/operate.md.

    python bench/size.py SITE [CHANGED …]

``CHANGED`` are the same site built after a change, such as one figure corrected or one station added.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from filecmp import cmp
from pathlib import Path

KINDS: dict[str, Callable[[str], bool]] = {
    "页面": lambda name: name.endswith(".html"),
    "数据脚本": lambda name: name.startswith("data/") and not name.startswith("data/search/"),
    "搜索索引": lambda name: name.startswith("data/search/"),
    "其余（样式、程序、站点地图）": lambda name: True,
}


def sizes(site: Path) -> dict[str, int]:
    """Every file of a site with its bytes."""
    return {file.relative_to(site).as_posix(): file.stat().st_size for file in site.rglob("*") if file.is_file()}


def told(found: dict[str, int]) -> str:
    return f"{len(found):,} 个，{sum(found.values()) / 1e6:,.1f} MB"


def rows(site: Path, *changed: Path) -> Iterator[tuple[str, str]]:
    """The rows of the table: what is counted, and how much of it there is."""
    whole = left = sizes(site)
    yield "网站的文件", told(whole)
    for kind, belongs in KINDS.items():
        these = {name: size for name, size in left.items() if belongs(name)}
        left = {name: size for name, size in left.items() if name not in these}
        yield kind, told(these)
    largest = max(whole, key=lambda name: whole[name])
    yield "最大的文件", f"{largest}，{whole[largest] / 1e6:,.2f} MB"
    for other in changed:
        after = sizes(other)
        send = {name: size for name, size in after.items() if name not in whole or not cmp(site / name, other / name, shallow=False)}
        yield f"{other.name} 以后要传", told(send)
        yield f"{other.name} 以后要删", told({name: size for name, size in whole.items() if name not in after})


if __name__ == "__main__":
    for what, how_much in rows(*map(Path, sys.argv[1:])):
        print(f"| {what} | {how_much} |")
