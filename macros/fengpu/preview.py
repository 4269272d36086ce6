"""A preview that follows what is saved: pages are made when somebody looks at them, the whole site after that.

Three run at once. One looks for changes and, where data, templates or a page's text have changed, takes them over and tells
the browsers. Those that answer browsers make what is asked for while the site that stands is not yet as it should be. And
the main thread makes that site, search index and all; a change makes it stop and begin again. So a reader sees a page
before the index knows of it, and no index stays that does not.
"""

from __future__ import annotations

import os
import posixpath
import socket
import threading
import time
import traceback
from collections.abc import Callable, Iterable
from enum import IntEnum
from hashlib import blake2b
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from mimetypes import guess_type
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import parse_qs, quote, unquote, urlencode, urlsplit

from .problem import Problem, count_line, errors
from .progress import Stage, Watch, unwatched

OFTEN, SHARE = 0.1, 0.05
"""How many seconds lie between two looks for changes, unless looking would take more than this share of the time."""
SETTLE = 0.02
"""Whoever saves may write a file in several goes."""
FIRST = 0.3
"""So many seconds browsers get to show what has changed, before the whole site wants the processor for itself."""
ANSWER = 25.0
"""So long a browser's question stays open."""
ASK = "/-/fengpu"

_SCRIPT = """<script>(function (asked) {
  function ask() {
    if (asked || document.visibilityState !== "visible") return
    asked = new XMLHttpRequest()
    asked.onloadend = function () {
      var answer = asked.status === 200 ? asked.responseText : ""
      asked = null
      if (answer === "new") location.reload()
      else setTimeout(ask, answer ? 0 : 500)
    }
    asked.open("GET", "%s")
    asked.send()
  }
  addEventListener("load", ask)
  document.addEventListener("visibilitychange", ask)
})()</script>"""
_NOTHING = (
    '<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>枫谱</title>'
    "<body><p>这里还没有页面。终端里列出了问题的，先改好，页面会自己出来。</p></body></html>"
)


class Kind(IntEnum):
    """What a change asks for; the greatest of several goes for all."""

    PAGE = 1
    """Every page is made anew when it is asked for."""
    LOOKS = 2
    """So is what pages load, which browsers have to be told even where a page stays the same."""
    DATA = 3
    """The data are read again before that."""
    WHOLE = 4
    """Nothing less than a build shows it."""
    CODE = 5
    """And by a program that is not the one that runs."""


class Proofs(Protocol):
    """The files of a site as everything is now, each made when it is asked for."""

    def renew(self) -> tuple[list[Problem], int]:
        """Read the data again, and give what was found and in how many files; where there are errors nothing changes."""

    def file(self, address: str) -> bytes | None:
        """What a file holds, or None where there is no such file or it cannot be made alone."""


class Overtaken(BaseException):
    """Ends a build that a change has overtaken; like a key that interrupts, nothing on the way should mind it."""


Make = Callable[[Watch, Callable[[Proofs], None], bool], None]
"""Builds a site and lets it stand; gives proofs away as soon as there can be any; the last says whether code has changed."""
State = tuple[int, int, int]


def states(roots: Iterable[Path]) -> dict[str, State]:
    """Every file in some folders, and what the system says of it; what editors hide is left out."""
    found: dict[str, State] = {}
    ways = [str(root) for root in roots]
    while ways:
        way = ways.pop()
        try:
            if os.path.isfile(way):
                state = os.stat(way)
                found[way] = state.st_mtime_ns, state.st_size, state.st_ino
                continue
            with os.scandir(way) as entries:
                for entry in entries:
                    if entry.name.startswith(".") or entry.name.endswith("~") or entry.name == "__pycache__":
                        continue
                    if entry.is_dir():
                        ways.append(entry.path)
                        continue
                    state = entry.stat()
                    found[entry.path] = state.st_mtime_ns, state.st_size, state.st_ino
        except OSError:  # It went while it was looked at.
            continue
    return found


class Preview:
    """A site on a port of this machine; raises `OSError` where the port is taken.

    ``roots`` are the folders and files that are watched, ``kind`` tells what a change of a file asks for, given whether the
    file is new or gone, and ``say`` is for the person at the door.
    """

    def __init__(
        self, host: str, port: int, roots: Callable[[], Iterable[Path]], kind: Callable[[Path, bool], Kind], say: Callable[[str], None]
    ) -> None:
        self._roots, self._kind, self._say = roots, kind, say
        self._server = _Server((host, port), self)
        host, port = self._server.server_address[:2]  # type: ignore[assignment]
        self.url = f"http://{f'[{host}]' if ':' in host else host}:{port}/"
        self._site = Path()
        self._turn = threading.Condition()
        """Held by whoever looks at or changes what follows."""
        self._proofs: Proofs | None = None
        self._version, self._looks = 0, 0
        self._stands = False
        """Whether the site in the folder is as everything is now."""
        self._owed: Kind | None = Kind.WHOLE
        """What has changed since a build last ended well."""
        self._due, self._overtaken, self._changed = True, False, 0.0
        self._made: dict[str, bytes | None] = {}

    # ── The whole site ───────────────────────────────────────────────────────

    def run(self, site: Path, make: Make, watch: Watch) -> None:
        """Serve the site in a folder until somebody interrupts; ``watch`` is told of the first build."""
        self._site, here = site, threading.get_ident()
        waiting = [
            threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True),
            threading.Thread(target=self._follow, args=(states(self._roots()),), daemon=True),
        ]

        def start() -> None:
            while waiting:  # Not before there is something to show: a process of several threads has to read alone.
                waiting.pop().start()

        def ready(proofs: Proofs) -> None:
            with self._turn:
                if self._overtaken:
                    raise Overtaken
                self._proofs, self._stands = proofs, False
                self._tell()
            start()

        def step(stage: Stage, done: int, total: int) -> None:
            if threading.get_ident() == here:  # Whoever makes a page for a browser is not the build.
                if self._overtaken:
                    raise Overtaken
                watch(stage, done, total)

        try:
            while True:
                code = self._next() is Kind.CODE
                try:
                    make(step, ready, code)
                except Overtaken:
                    pass
                except SystemExit as stop:
                    self._say(f"{stop}\n先改好上面的问题；预览仍是改动之前的样子。")
                except Exception as error:
                    # What MkDocs has to say is meant for people, whatever else comes is a bug.
                    told = getattr(error, "message", None) or traceback.format_exc()
                    self._say(f"{told}\n先改好上面的问题；预览仍是改动之前的样子。")
                else:
                    with self._turn:
                        if not self._overtaken:
                            self._stands, self._owed = True, None
                            self._tell()
                start()
                watch = unwatched
        finally:
            if not waiting:
                self._server.shutdown()
            self._server.server_close()

    def _next(self) -> Kind | None:
        """Wait until there is something to build and browsers have been served."""
        with self._turn:
            while True:
                left = self._changed + FIRST - time.monotonic() if self._due else 1.0
                if left <= 0:
                    self._due = self._overtaken = False
                    return self._owed
                self._turn.wait(min(left, 0.2))  # Windows lets nobody interrupt a long wait.

    def _tell(self) -> None:
        """Let all who wait look again."""
        self._version += 1
        self._made = {}
        self._turn.notify_all()

    # ── Changes ──────────────────────────────────────────────────────────────

    def _follow(self, known: dict[str, State]) -> None:
        while True:
            began = time.monotonic()
            now = states(self._roots())
            if now != known:
                while (later := _later(self._roots)) != now:
                    now = later
                changed = {path for path in now.keys() | known.keys() if now.get(path) != known.get(path)}
                kinds = {path: self._kind(Path(path), path not in now or path not in known) for path in changed}
                known = now
                self._take_over(max(kinds.values()))
                continue
            took = time.monotonic() - began
            time.sleep(max(OFTEN, took / SHARE - took))

    def _take_over(self, kind: Kind) -> None:
        """Let a change be seen, and the build that it has overtaken begin again."""
        with self._turn:
            alone = self._proofs if kind < Kind.WHOLE and self._owed is not Kind.CODE else None
            self._owed = max(kind, self._owed or kind)
            self._overtaken, self._changed = True, time.monotonic()
            self._due = False
        if alone and kind is Kind.DATA:
            try:
                found, files = alone.renew()
            except Exception:  # The build comes upon it again, and says it.
                alone = None
            else:
                if errors(found):
                    self._say("\n".join([*map(str, found), f"{count_line(found, files)}预览仍是改动之前的数据。"]))
                    return
        with self._turn:
            if alone:
                self._stands = False
                self._looks += kind is Kind.LOOKS
                self._tell()
            self._due, self._changed = True, time.monotonic()
            self._turn.notify_all()

    # ── Answers ──────────────────────────────────────────────────────────────

    def body(self, address: str) -> bytes | None:
        """What a file of the site holds now."""
        with self._turn:
            proofs, made = None if self._stands else self._proofs, self._made
        if proofs and address not in made:
            try:
                made[address] = proofs.file(address)
            except Exception:  # The build comes upon it again, and says it.
                made[address] = None
        body = made.get(address) if proofs else None
        return self._standing(address) if body is None else body

    def _standing(self, address: str) -> bytes | None:
        site = self._site.resolve()
        try:
            file = (site / address).resolve()
            return file.read_bytes() if file.is_relative_to(site) else None
        except (OSError, ValueError):
            return None

    def mark(self, body: bytes | None) -> str:
        """A print of what a browser shows: the page and what it has loaded."""
        return blake2b(body or b"", digest_size=16).hexdigest() + f"-{self._looks}"

    def news(self, address: str, mark: str) -> bool:
        """Wait for a while until a page is another than the one that was given out."""
        end = time.monotonic() + ANSWER
        while True:
            with self._turn:
                version = self._version
            if self.mark(self.body(address)) != mark:
                return True
            with self._turn:
                if not self._turn.wait_for(lambda seen=version: self._version != seen, end - time.monotonic()):  # type: ignore[misc]
                    return False


def _later(roots: Callable[[], Iterable[Path]]) -> dict[str, State]:
    time.sleep(SETTLE)
    return states(roots())


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    # Else two previews could share a port on Windows, where the word means something else.
    allow_reuse_address = os.name == "posix"

    def __init__(self, where: tuple[str, int], preview: Preview) -> None:
        self.preview = preview
        self.address_family = socket.AF_INET6 if ":" in where[0] else socket.AF_INET
        super().__init__(where, _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Mind nobody who went before the answer came."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        preview, asked = self.server.preview, urlsplit(self.path)
        if asked.path == ASK:
            given = parse_qs(asked.query)
            news = preview.news(given.get("page", [""])[0], given.get("mark", [""])[0])
            self._answer(200, "text/plain", b"new" if news else b"same")
            return
        way = posixpath.normpath("/" + unquote(asked.path)).lstrip("/")
        address = posixpath.join(way, "index.html") if asked.path.endswith("/") else way
        body = preview.body(address)
        if body is None and address == way and preview.body(f"{way}/index.html") is not None:
            self.send_response(302)
            self.send_header("Location", f"/{quote(way)}/")
            self.end_headers()
            return
        kind = guess_type(address)[0] or "application/octet-stream"
        status = 200
        if body is None:
            status, address, kind = 404, "404.html", "text/html"
            body = preview.body(address) or _NOTHING.encode()
        if kind == "text/html":
            kind += "; charset=utf-8"
            question = f"{ASK}?{urlencode({'page': address, 'mark': preview.mark(body)})}"
            before, end, after = body.rpartition(b"</body>")
            body = before + (_SCRIPT % question).encode() + end + after
        self._answer(status, kind, body)

    do_HEAD = do_GET

    def _answer(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing of who asks for what."""
