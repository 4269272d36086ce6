"""What is measured in: a server that remembers what it was asked for, Chromium, and a tab with its memory."""

from __future__ import annotations

import gzip
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import unquote, urlsplit

from playwright.sync_api import Browser, Page, sync_playwright

from process import memory

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--enable-precise-memory-info",
]
TIMEOUT = 60_000
"""Milliseconds after which a system has not answered."""
ASK = """async ([how, query, limit]) => {
  const late = new Promise((_, no) => setTimeout(() => no(new Error("no answer to " + query)), limit))
  const start = performance.now()
  const found = await Promise.race([bench[how](query), late])
  return [performance.now() - start, found]
}"""


class Served:
    """A folder on a port of this machine."""

    def __init__(self, folder: Path, url: str, asked: list[str]) -> None:
        self.folder, self.url, self._asked = folder, url, asked

    def taken(self) -> dict[str, int]:
        """What was asked for since the last time: file → bytes as a server with gzip sends them."""
        paths, self._asked[:] = list(self._asked), []
        files = {unquote(urlsplit(path).path).lstrip("/") for path in paths}
        return {name: _zipped(self.folder / name) for name in sorted(files) if (self.folder / name).is_file()}


@cache
def _zipped(file: Path) -> int:
    return len(gzip.compress(file.read_bytes(), 6, mtime=0))


@contextmanager
def serving(folder: Path) -> Iterator[Served]:
    asked: list[str] = []

    class Handler(SimpleHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # Else the head of an answer may wait 40 ms for its body, as with no real server.

        def __init__(self, *given: Any) -> None:
            super().__init__(*given, directory=str(folder))

        def log_message(self, format: str, *given: Any) -> None:
            pass

        def send_head(self) -> Any:
            asked.append(self.path)
            return super().send_head()

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield Served(folder, f"http://127.0.0.1:{server.server_port}/", asked)
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser of its own, so that nothing is left in it from before."""
    program = shutil.which("chromium") or shutil.which("google-chrome")
    if program is None:
        raise SystemExit("There is no Chromium: run `sh tests/browser/install.sh`.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def tab(browser: Browser, slowdown: int = 1) -> Iterator[Page]:
    """An empty tab without cache or history, on a processor that many times slower.

    Chromium slows only the page's own thread down, not its workers.
    """
    context = browser.new_context(locale="zh-CN")
    context.set_default_timeout(TIMEOUT)
    try:
        page = context.new_page()
        if slowdown > 1:
            context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": slowdown})
        yield page
    finally:
        context.close()


def ask(page: Page, how: str, query: str, limit: int = TIMEOUT) -> tuple[float, Any]:
    """Ask the system on a page; gives the milliseconds, taken inside the page, and what it answered."""
    milliseconds, found = page.evaluate(ASK, [how, query, limit])
    return milliseconds, found


def held(browser: Browser, page: Page) -> dict[str, int]:
    """What a tab holds after its garbage is gone: its JavaScript heap, and what its process has for itself alone.

    The latter is the memory footprint of Chromium's task manager: the program's own pages, which all tabs share, are not in it.
    """
    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.collectGarbage")
    session.send("Performance.enable")
    metrics = {one["name"]: one["value"] for one in session.send("Performance.getMetrics")["metrics"]}
    processes = browser.new_browser_cdp_session().send("SystemInfo.getProcessInfo")["processInfo"]
    # Chromium keeps an empty renderer in store; the tab's own is the larger one.
    own = max(memory(one["id"], "RssAnon") + memory(one["id"], "VmSwap") for one in processes if one["type"] == "renderer")
    return {"heap": int(metrics["JSHeapUsedSize"]), "own": own}
