"""``fengpu serve``: what is saved is seen at once, and the site in its folder follows, search index and all."""

from __future__ import annotations

import signal
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect
from test_doors import Preview, edit, said, wait
from test_site import change, files, tell

Project = Callable[..., Path]
Build = Callable[..., Path]
Run = Callable[..., subprocess.CompletedProcess[str]]


class Served(Preview):
    """A running ``fengpu serve``."""

    def __init__(self, folder: Path, port: int, log: Path, process: subprocess.Popen[str]) -> None:
        super().__init__(f"http://127.0.0.1:{port}", log)
        self.process = process
        self.site = folder / ".cache/fengpu" / f"preview-127.0.0.1-{port}"

    def stands(self, address: str, words: str) -> None:
        """Wait until the site in its folder is up to date with these words."""
        wait(lambda: (self.site / address).is_file() and words in (self.site / address).read_text(encoding="utf-8"),
             f"“{words}” in {address} of {self.site}. The preview said: {self.said[-2000:]}", 60)  # fmt: skip

    def knows(self, words: str) -> bool:
        """Whether these words stand in the search index in the folder."""
        return any(words in file.read_text(encoding="utf-8") for file in self.site.glob("data/search/t/*.js"))

    def indexed(self, words: str) -> None:
        """Wait until the search index in the folder has these words, and the build that put them there has come to its end.

        What it made is known only then: a change that comes before would end it, and all would be made again.
        """
        wait(lambda: self.knows(words), f"“{words}” in the search index. The preview said: {self.said[-2000:]}", 60)
        wait(lambda: not self.left, f"the build to end. The preview said: {self.said[-2000:]}", 60)

    @property
    def left(self) -> list[str]:
        """What lies beside the site while a build puts it there, until that has noted what it made."""
        return [one.name for one in self.site.parent.iterdir() if ".new-" in one.name or ".old-" in one.name]


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@pytest.fixture
def preview(start: Callable[..., subprocess.Popen[str]], tmp_path: Path) -> Iterator[Callable[..., Served]]:
    """Runs ``fengpu serve``, by default on a free port; it is gone when the test ends, however it ends."""
    running = []

    def preview(folder: Path, port: int | None = None) -> Served:
        port = port or free_port()
        log = tmp_path / f"log-{len(running)}"
        with log.open("w") as output:
            process = start(folder, "fengpu", "serve", "--addr", f"127.0.0.1:{port}", output=output)
        running.append(Served(folder, port, log, process))
        return running[-1]

    yield preview
    for one in running:
        if one.process.poll() is None:
            one.process.send_signal(signal.SIGINT)  # It has to end the build that it may have started.
            one.process.wait(30)


def times(site: Path) -> dict[str, int]:
    """When each file of a site was last written."""
    return {file.relative_to(site).as_posix(): file.stat().st_mtime_ns for file in site.rglob("*") if file.is_file()}


def test_what_is_saved_is_seen(project: Project, preview: Callable[..., Served]) -> None:
    folder = project()
    page, template = folder / "docs/index.md", folder / "overrides/fengpu/_partials/counts.html"
    template.parent.mkdir(parents=True)
    template.write_text("<p>模板甲</p>", encoding="utf-8")
    running = preview(folder)
    running.shows("/index.html", "模板甲")
    change(folder / "data/stations/beijie.yml", summary="改过的概要。")
    running.shows("/stations/beijie/index.html", "改过的概要。")
    page.write_text(page.read_text(encoding="utf-8") + "\n改过的首页。\n", encoding="utf-8")
    running.shows("/index.html", "改过的首页。")
    template.write_text("<p>模板乙</p>", encoding="utf-8")
    running.shows("/index.html", "模板乙")
    (folder / "docs/more.md").write_text("# 又一页\n", encoding="utf-8")
    running.shows("/more.html", "又一页")
    edit(folder / "mkdocs.yml", "site_name: 枫谱", "site_name: 新枫谱")
    running.shows("/stations/beijie/index.html", "新枫谱")
    assert "Traceback" not in running.said, f"The preview stumbled:\n{running.said}"


def test_only_what_has_changed_is_written(project: Project, preview: Callable[..., Served], build: Build) -> None:
    folder = project(whole=True)
    running = preview(folder)
    running.indexed("老李调解室")
    before, old = times(running.site), files(running.site)
    edit(folder / "data/stations/batou.yml", "summary: 派出所的调解室", "summary: 换一句话说，派出所的调解室")
    running.stands("stations/batou/index.html", "换一句话说")
    running.indexed("换一句话说")
    running.process.send_signal(signal.SIGINT)
    running.process.wait(30)
    now, new = times(running.site), files(running.site)
    moved = {name for name in now if now[name] != before.get(name)}
    assert "stations/batou/index.html" in moved
    tell(sorted(name for name in moved if old.get(name) == new[name]), "The preview wrote these again as they had been:")
    tell(sorted(name for name in new.keys() - moved if old[name] != new[name]), "The preview left the time of these as it was:")
    right = files(build(folder))
    tell(sorted(one for one in new.keys() | right.keys() if new.get(one) != right.get(one)), "The preview and a build differ in:")


def test_the_last_of_many_saves_wins(project: Project, preview: Callable[..., Served]) -> None:
    folder = project()
    running = preview(folder)
    running.shows("/stations/beijie/index.html", "北街派出所")
    for number in range(5):
        change(folder / "data/stations/beijie.yml", summary=f"第{number}次改过的概要。")
        running.shows("/stations/beijie/index.html", f"第{number}次改过的概要。")
    running.indexed("第4次改过的概要。")
    stale = [number for number in range(4) if running.knows(f"第{number}次改过的概要。")]
    assert not stale, f"The search index still has what stood there before: {stale}"
    assert "Traceback" not in running.said, f"The preview stumbled:\n{running.said}"


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="Elsewhere nobody tells what is open.")
def test_a_change_leaves_nothing_open_of_what_was_before(project: Project, preview: Callable[..., Served]) -> None:
    """Else a preview that runs all day may open no more files, and fills the memory."""
    folder = project()
    running = preview(folder)
    running.shows("/stations/beijie/index.html", "北街派出所")
    held = []
    for number in range(6):
        change(folder / "data/stations/beijie.yml", summary=f"第{number}次改过的概要。")
        running.shows("/stations/beijie/index.html", f"第{number}次改过的概要。")
        running.indexed(f"第{number}次改过的概要。")
        opened = (one.readlink() for one in Path(f"/proc/{running.process.pid}/fd").iterdir())
        held.append(sum(one.name.endswith(".pack") for one in opened))
    assert max(held[2:]) <= held[1] + 4, f"Packs of the cache that are open after each change: {held}; what holds the old book?"


def test_a_slip_is_said_and_what_stood_stays(project: Project, preview: Callable[..., Served]) -> None:
    folder = project()
    station, page = folder / "data/stations/beijie.yml", folder / "docs/index.md"
    running = preview(folder)
    running.indexed("北街")
    edit(station, "playbook: visits", "playbook: visit")
    wait(lambda: "E203" in running.said and "预览仍是改动之前的样子" in running.said, "the preview to name the mistake")
    running.shows("/stations/beijie/index.html", "北街派出所")
    page.write_text(page.read_text(encoding="utf-8") + "\n带着错误的预览。\n", encoding="utf-8")
    running.shows("/index.html", "带着错误的预览。")
    edit(station, "playbook: visit\n", "playbook: visits\n")
    change(station, summary="改正以后的概要。")
    running.shows("/stations/beijie/index.html", "改正以后的概要。")
    page.write_text(page.read_text(encoding="utf-8") + "\n{{ comparee() }}\n", encoding="utf-8")
    wait(lambda: "E401" in running.said, "the preview to name the mistake in the page")
    edit(page, "{{ comparee() }}", "改好的宏。")
    running.shows("/index.html", "改好的宏。")
    running.indexed("改正以后的概要。")
    assert "Traceback" not in running.said, f"The preview stumbled:\n{running.said}"


def test_a_project_that_is_wrong_from_the_start_can_be_mended(project: Project, preview: Callable[..., Served]) -> None:
    folder = project()
    edit(folder / "data/stations/beijie.yml", "playbook: visits", "playbook: visit")
    running = preview(folder)
    wait(lambda: "E203" in running.said, "the preview to name the mistake")
    assert len(said(running.said)) == 1, f"One mistake, one line:\n{running.said}"
    edit(folder / "data/stations/beijie.yml", "playbook: visit\n", "playbook: visits\n")
    running.shows("/stations/beijie/index.html", "北街派出所")


def test_two_previews_of_one_project(project: Project, preview: Callable[..., Served], tmp_path: Path) -> None:
    """In a folder with a name that is quoted in many places."""
    folder = project().rename(tmp_path / "枫谱 的 预览 & 100%")
    one, other = preview(folder), preview(folder)
    for running in (one, other):
        running.shows("/stations/beijie/index.html", "北街派出所")
    change(folder / "data/stations/beijie.yml", summary="两处都要看到。")
    for running in (one, other):
        running.shows("/stations/beijie/index.html", "两处都要看到。")
        running.indexed("两处都要看到。")
    one.process.send_signal(signal.SIGINT)
    one.process.wait(30)
    change(folder / "data/stations/beijie.yml", summary="这一处还在。")
    other.shows("/stations/beijie/index.html", "这一处还在。")
    assert "Traceback" not in one.said + other.said, f"A preview stumbled:\n{one.said}\n{other.said}"


def test_it_ends_without_a_trace_and_begins_where_it_ended(project: Project, preview: Callable[..., Served]) -> None:
    folder = project()
    running = preview(folder)
    running.indexed("北街")
    before = times(running.site)
    change(folder / "data/stations/beijie.yml", summary="正在生成时中断。")
    running.shows("/stations/beijie/index.html", "正在生成时中断。")
    running.process.send_signal(signal.SIGINT)
    assert running.process.wait(30) == 0, f"Ctrl-C is the way to end a preview, and no failure:\n{running.said}"
    assert running.said.endswith("预览结束。\n") and "Traceback" not in running.said, running.said
    assert not running.left, f"The preview left behind: {running.left}"
    again = preview(folder, int(running.base.rpartition(":")[2]))
    again.stands("stations/beijie/index.html", "正在生成时中断。")
    again.indexed("正在生成时中断。")
    same = sum(before.get(name) == time for name, time in times(again.site).items())
    assert same > len(before) / 2, f"Of {len(before)} files only {same} were kept from one preview to the next."


def test_a_port_that_is_taken_is_said(project: Project, run: Run) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = run(project(), "fengpu", "serve", "--addr", f"127.0.0.1:{port}")
    assert done.returncode == 1, done.stdout
    assert done.stdout == f"127.0.0.1:{port} 用不了：可能另一个预览还开着。换一个：fengpu serve --addr 127.0.0.1:{port + 1}\n"


@pytest.mark.parametrize("address", ["nowhere", "127.0.0.1:", "127.0.0.1:99999", ""])
def test_a_wrong_address_is_said(project: Project, run: Run, address: str) -> None:
    done = run(project(), "fengpu", "serve", "--addr", address)
    assert done.returncode == 2 and "--addr” 的值不对" in done.stdout, done.stdout


SEEN = "[...document.querySelectorAll('h2, h3')].find(one => one.getBoundingClientRect().top > 0).textContent"


def test_a_page_that_has_changed_is_loaded_again_where_the_reader_was(
    project: Project, preview: Callable[..., Served], chromium: Any
) -> None:
    folder = project(whole=True)
    running = preview(folder)
    running.indexed("老李调解室")
    context = chromium.new_context(viewport={"width": 800, "height": 600})
    try:
        page, other = context.new_page(), context.new_page()
        other.goto(f"{running.base}/stations/zhuze/index.html")
        page.goto(f"{running.base}/stations/beijie/index.html")
        for one in (page, other):
            one.evaluate("window.loadedOnce = true")
        page.evaluate("scrollTo(0, 900)")
        wait(lambda: page.evaluate("scrollY") == 900, "the page to be scrolled")
        seen = page.evaluate(SEEN)
        change(folder / "data/stations/beijie.yml", summary="浏览器里看到的概要。")
        expect(page.get_by_text("浏览器里看到的概要。").first).to_be_attached()
        assert page.evaluate("window.loadedOnce") is None, "The page shows the change without having been loaded again."
        # The summary above is shorter now; what the reader looks at stays in its place all the same.
        wait(lambda: page.evaluate(SEEN) == seen, f"“{seen}” to be again the first heading that the reader sees")
        running.indexed("浏览器里看到的概要。")
        assert other.evaluate("window.loadedOnce"), "A page that shows nothing of the change was loaded again."
        written = (running.site / "stations/beijie/index.html").read_text(encoding="utf-8")
        assert "/-/fengpu" not in written, "What asks for news belongs into what browsers get, not into the files."
    finally:
        context.close()
