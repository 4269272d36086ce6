"""What is said of progress: nothing in the first second, then a bar in a terminal and plain lines elsewhere."""

from __future__ import annotations

import os
import pty
import re
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from select import POLLIN, poll

import pytest
from click.testing import CliRunner

from fengpu import progress
from fengpu.cli import main
from fengpu.gauge import Gauge
from fengpu.progress import Stage, counted

CLEAR = "\r\x1b[K"


class Clock:
    """A clock that goes when it is told to, or by a step at each look."""

    def __init__(self, step: float = 0) -> None:
        self.now = 100.0
        self.step = step

    def __call__(self) -> float:
        self.now += self.step
        return self.now


def gauge(*, live: bool) -> tuple[Gauge, Clock, list[str]]:
    """Give a gauge with its clock and with what it says."""
    clock, said = Clock(), []
    return Gauge(said.append, live=live, clock=clock, memory=lambda: 321), clock, said


def tell(watch: Gauge, clock: Clock, *words: tuple[float, Stage, int, int]) -> None:
    """Tell a gauge how far stages are, each word so many seconds after the last."""
    for seconds, stage, done, total in words:
        clock.now += seconds
        watch(stage, done, total)


# ── A terminal ───────────────────────────────────────────────────────────────


def test_nothing_is_drawn_in_the_first_second() -> None:
    watch, clock, said = gauge(live=True)
    tell(watch, clock, (0.5, Stage.CHECK, 10, 40), (0.4, Stage.CHECK, 20, 40))
    assert said == []
    tell(watch, clock, (0.2, Stage.CHECK, 22, 40))
    assert said == [f"{CLEAR}检查 [###########---------] 22/40 55% 每秒 20 还要 0:01"]


def test_the_bar_is_drawn_ten_times_a_second_at_most() -> None:
    watch, clock, said = gauge(live=True)
    tell(watch, clock, (2, Stage.LINK, 1000, 40_000), *[(0.01, Stage.LINK, 1000 + n, 40_000) for n in range(100)])
    assert len(said) == 11, f"The bar was drawn {len(said)} times in a second:\n{said}"


def test_the_bar_goes_when_a_stage_is_done_and_at_the_end() -> None:
    watch, clock, said = gauge(live=True)
    tell(watch, clock, (3, Stage.LINK, 30, 40), (1, Stage.LINK, 40, 40))
    assert said[1:] == [CLEAR]
    tell(watch, clock, (1, Stage.SEARCH, 1, 4))
    watch.close()
    assert said[3:] == [CLEAR], "What comes after the bar must find an empty line."


def test_something_else_can_be_said_in_between() -> None:
    watch, clock, said = gauge(live=True)
    watch.clear()
    assert said == [], "Where there is no bar there is nothing to take away."
    tell(watch, clock, (3, Stage.LINK, 30, 40))
    watch.clear()
    watch.clear()
    assert said[1:] == [CLEAR]


def test_stages_that_take_turns_do_not_take_the_bar_from_each_other() -> None:
    watch, clock, said = gauge(live=True)
    for page in range(1, 40):
        tell(watch, clock, (0.1, Stage.MKDOCS, 0, 0), (0.2, Stage.RENDER, page, 99))
        tell(watch, clock, (0.1, Stage.SHELL, page, 99), (0.1, Stage.WRITE, page, 150))
    assert {words.removeprefix(CLEAR).partition(" ")[0] for words in said} == {"页面正文"}


def test_time_left_counts_hours() -> None:
    watch, clock, said = gauge(live=True)
    tell(watch, clock, (2, Stage.RENDER, 1, 40_000), (2, Stage.RENDER, 2, 40_000))
    assert said[-1].endswith("2/40,000 0% 每秒 0.5 还要 22:13:16")


# ── Elsewhere ────────────────────────────────────────────────────────────────


def test_a_stage_that_took_over_a_second_is_said_in_a_line_at_its_end() -> None:
    watch, clock, said = gauge(live=False)
    tell(watch, clock, (5, Stage.START, 0, 0))
    for done in (256, 512, 600):
        tell(watch, clock, (0.3, Stage.READ, done, 600), (0.5, Stage.CHECK, done, 600))
    assert said == [], "A stage is over when the next one speaks."
    tell(watch, clock, (0.8, Stage.LINK, 600, 600))
    assert said == ["检查：600 个，1.5 秒\n"], "What took less than a second needs no line, and starting up is nobody's concern."
    tell(watch, clock, (4, Stage.RENDER, 20, 40), (2, Stage.SHELL, 20, 40))
    watch.close()
    assert said[1:] == ["页面正文：20 个，4.0 秒\n", "页面外壳：20 个，2.0 秒\n"], "What was broken off is said too."


def test_the_table_adds_up() -> None:
    watch, clock, _ = gauge(live=False)
    tell(watch, clock, (0.25, Stage.START, 0, 0), (12.5, Stage.READ, 40_000, 40_000))
    tell(watch, clock, (2, Stage.CHECK, 40_000, 40_000), (0.5, Stage.MKDOCS, 0, 0))
    watch.close()
    assert watch.table().splitlines() == [
        "步骤       秒    数量  每个（毫秒）  内存峰值（MB）",
        "启动     0.25                                   321",
        "读取    12.50  40,000         0.312             321",
        "检查     2.00  40,000         0.050             321",
        "MkDocs   0.50                                   321",
        "其余     0.00                                   321",
        "共计    15.25                                   321",
    ]


@pytest.mark.parametrize(("items", "told"), [(0, [0]), (3, [3]), (4, [4, 4]), (9, [4, 8, 9])], ids=str)
def test_a_loop_says_how_far_it_is(items: int, told: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "EVERY", 4)
    heard: list[int] = []
    assert list(counted(range(items), lambda stage, done, total: heard.append(done), Stage.LINK, items)) == list(range(items))
    assert heard == told


# ── The door ─────────────────────────────────────────────────────────────────


END = "\0"
"""Ends what is sent to a terminal."""


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets every step seem to take a while, and loops speak often."""
    monkeypatch.setattr("fengpu.cli.Gauge", partial(Gauge, clock=Clock(step=0.3)))
    monkeypatch.setattr(progress, "EVERY", 2)
    monkeypatch.delenv("FENGPU_QUIET", raising=False)
    monkeypatch.delenv("CI", raising=False)


def call_in_terminal(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> str:
    """Run the command line with a terminal as its error output, and give back what that was sent."""
    outer, inner = pty.openpty()
    arriving = poll()
    arriving.register(outer, POLLIN)
    sent = b""
    with os.fdopen(inner, "w", encoding="utf-8") as stream, monkeypatch.context() as patch:
        patch.setattr(sys, "stderr", stream)
        with pytest.raises(SystemExit) as end:
            main(arguments)
        stream.write(END)
        stream.flush()
        assert end.value.code == 0
        while END.encode() not in sent:  # A terminal keeps a few kilobytes, and hands them on when it gets to it.
            assert arriving.poll(60_000), f"The terminal lost something behind {sent!r}."
            sent += os.read(outer, 1 << 16)
    os.close(outer)
    return sent.decode().removesuffix(END).replace("\r\n", "\n")


def test_check_draws_a_bar_in_a_terminal(
    slow: None, root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(root)
    drawn = call_in_terminal(monkeypatch, "check", "--no-cache").split(CLEAR)
    assert re.fullmatch(r"检查 \[#+-+\] \d+/\d+ \d+% 每秒 [\d.]+ 还要 0:\d\d", drawn[1]), drawn
    assert {words.partition(" ")[0] for words in drawn} == {"检查", ""}, drawn
    assert drawn[-1] == "", "The bar must be gone at the end."
    assert re.fullmatch(r"共检查 \d+ 个文件，没有问题。\n", capsys.readouterr().out), "What is piped on must be free of it."


def test_plain_lines_in_a_terminal_of_a_machine(slow: None, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(root)
    monkeypatch.setenv("CI", "true")
    lines = call_in_terminal(monkeypatch, "check", "--no-cache").splitlines()
    assert [re.sub(r"[\d.]+", "N", line) for line in lines] == ["读取：N 个，N 秒", "检查：N 个，N 秒"]


def test_plain_lines_in_a_pipe(slow: None, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(root)
    done = CliRunner().invoke(main, ["check", "--no-cache", "--format", "json"])
    assert done.stdout.strip() == "[]", "Programs read this; progress belongs on the error output."
    assert "检查：" in done.stderr and "\r" not in done.stderr, done.stderr
    assert CliRunner().invoke(main, ["check", "--quiet"]).stderr == ""


def test_a_build_says_where_its_time_went_and_is_none_the_worse(
    slow: None, project: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project())
    done = CliRunner().invoke(main, ["build", "--timings", "--site", "timed"])
    assert done.exit_code == 0, done.output
    rows = {line.split()[0]: line.split()[2] for line in done.stderr.splitlines() if re.match(r"\S+ +[\d.,]+ ", line)}
    timed = {file.relative_to("timed"): file.read_bytes() for file in Path("timed").rglob("*") if file.is_file()}
    pages = [name for name in timed if name.suffix == ".html"]
    scripts = [name for name in timed if name.match("data/*/*.js") and name.parts[1] != "search"]
    assert [stage.value for stage in Stage if stage is not Stage.COPY] == [name for name in rows if name != "共计"], done.stderr
    assert rows["数据脚本"] == str(len(scripts))
    assert rows["页面正文"] == rows["页面外壳"]
    assert int(rows["手写页面"]) + int(rows["页面正文"]) >= len(pages) - 2, "Each page is counted; 404 and redirects are nobody's."
    done = CliRunner().invoke(main, ["build", "--quiet", "--site", "quiet"])
    assert done.exit_code == 0, done.output
    quiet = {file.relative_to("quiet"): file.read_bytes() for file in Path("quiet").rglob("*") if file.is_file()}
    assert timed == quiet, "Nothing of the progress may reach the site."
