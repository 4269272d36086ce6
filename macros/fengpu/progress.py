"""How far the work is: what steps tell whoever wants to know."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from enum import StrEnum
from typing import TypeVar

T = TypeVar("T")

EVERY = 64
"""After so many items a loop says how far it is: often enough for the eye, too seldom to cost anything."""


class Stage(StrEnum):
    """What takes time, in the order in which it comes; its value is what people read."""

    START = "启动"
    READ = "读取"
    CHECK = "检查"
    LINK = "连接"
    PLACE = "定位问题"
    COPY = "复制"
    WRITTEN = "手写页面"
    MKDOCS = "MkDocs"
    RENDER = "页面正文"
    SHELL = "页面外壳"
    SCRIPTS = "数据脚本"
    WRITE = "写文件"
    SEARCH = "搜索索引"
    SWAP = "换上新的"
    REST = "其余"


Watch = Callable[[Stage, int, int], None]
"""Told a stage, how many of its items are done and how many there are, 0 and 0 where nothing is counted.

Whatever time has passed since the last word, about this stage or another, went into this one. So steps need no clock.
"""


def unwatched(stage: Stage, done: int, total: int) -> None:
    """Take no notice, for whoever does not want to know."""


def counted(items: Iterable[T], watch: Watch, stage: Stage, total: int) -> Iterator[T]:
    """The items, telling now and then how many of them the loop has done; ``total`` may be a guess."""
    done = 0
    for done, item in enumerate(items, 1):
        yield item
        if done % EVERY == 0:
            watch(stage, done, total)
    watch(stage, done, done)
