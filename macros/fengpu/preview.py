"""A preview that follows what is saved: pages are made when somebody looks at them, the whole site after that.

A change of data, templates or a page's text is taken over and browsers are told; those that look at a page which is now
another load it again, made for them alone. When they have it, another process brings the site in the folder up to date,
search index and all: nobody searches for what they wrote a second ago. A change ends that process, and it begins again, so
that no index stays that does not know of it.
"""

from __future__ import annotations

import os
import posixpath
import socket
import threading
import time
from collections.abc import Callable, Iterable
from enum import IntEnum
from hashlib import blake2b
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from mimetypes import guess_type
from pathlib import Path
from subprocess import Popen
from tempfile import TemporaryFile
from typing import IO, Any, Protocol
from urllib.parse import parse_qs, quote, unquote, urlencode, urlsplit

from .hands import clear
from .problem import Problem, count_line, errors
from .progress import Stage, Watch

OFTEN, SHARE = 0.1, 0.05
"""How many seconds lie between two looks for changes, unless they would keep the processor busy for more than this share."""
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
_OLD = "先改好上面的问题；预览仍是改动之前的样子。"
_NOTHING = (
    '<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>枫谱</title>'
    "<body><p>这里还没有页面。终端里列出了问题的，先改好，页面会自己出来。</p></body></html>"
)


class Kind(IntEnum):
    """What a change asks for; the greatest of several goes for all."""

    PAGE = 1
    """A page's text: pages are made anew, and then laid out, since others may show its title."""
    LOOKS = 2
    """What pages load: browsers have to be told even where a page stays the same."""
    DATA = 3
    """Data or templates, which are read again before pages are made."""
    WHOLE = 4
    """What no page shows before all are laid out."""
    CODE = 5
    """The program itself."""


class Proofs(Protocol):
    """The files of a site as everything is now, each made when it is asked for."""

    def renew(self) -> tuple[list[Problem], int]:
        """Read the data again, and give what was found and in how many files; where there are errors nothing changes."""

    def file(self, address: str) -> bytes | None:
        """What a file holds, or None where there is no such file or it cannot be made alone."""


class Overtaken(BaseException):
    """Ends what a change has overtaken; like Ctrl-C, nothing on the way should mind it."""


LayOut = Callable[[Watch, bool], Proofs | None]
"""Makes all that pages share, with other code than before where that is asked for; None where something is wrong."""
Build = Callable[[IO[bytes]], Popen[bytes]]
"""Starts a process that brings the site in the folder up to date, and writes what is wrong into a file."""
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
        self._site = Path()
        self._known = states(roots())
        self._look_at = 0.0
        """When to look for changes again."""
        self._alone: Proofs | None = None
        self._owed: Kind | None = Kind.WHOLE
        """What has changed since pages were last laid out."""
        self._news = threading.Condition()
        """Held by whoever looks at or changes what follows."""
        self._proofs: Proofs | None = None
        """What makes files, None where the site in the folder stands."""
        self._stands = False
        """Whether that site is as everything is now."""
        self._version, self._looks = 0, 0
        self._made: dict[str, bytes | None] = {}

    # ── Changes ──────────────────────────────────────────────────────────────

    def run(self, site: Path, lay_out: LayOut, build: Build) -> None:
        """Serve the site in a folder until somebody interrupts."""
        self._site = site
        host, port = self._server.server_address[:2]
        thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True)
        thread.start()
        self._say(f"预览在 http://{f'[{host}]' if ':' in str(host) else host}:{port}/，按 Ctrl-C 结束。")
        try:
            with TemporaryFile() as said:
                self._go_on(lay_out, build, said)
        finally:
            self._server.shutdown()
            self._server.server_close()

    def _go_on(self, lay_out: LayOut, build: Build, said: IO[bytes]) -> None:
        built, tried, since, told = False, False, -FIRST, set[str]()
        process: Popen[bytes] | None = None
        try:
            while True:
                ended = process and process.poll()  # Asked before looking, so that nothing was saved while it ran.
                if kinds := self._changed():
                    _end(process)
                    process, tried, self._stands = None, False, False
                    built, since = not self._taken_over(kinds), time.monotonic()
                elif process and ended is not None:
                    process, self._stands = None, ended == 0
                    said.seek(0)
                    lines = said.read().decode("utf-8", "replace").splitlines()
                    # Hundreds of hints that everybody has read would hide the new one.
                    self._say_all([line for line in lines if ended or line not in told] + [_OLD] * (not self._stands))
                    told = set(lines)
                    if self._stands:
                        self._tell(None)
                elif time.monotonic() - since < FIRST:
                    time.sleep(SETTLE)
                elif not built:
                    clear()  # Of the book and the pages before this change; else each change would keep its own.
                    said.seek(0)
                    said.truncate()
                    process, built = build(said), True
                elif self._owed and not tried:
                    tried = self._laid_out(lay_out)
                else:
                    time.sleep(max(0.0, self._look_at - time.monotonic()))
        finally:
            _end(process)

    def _laid_out(self, lay_out: LayOut) -> bool:
        """Whether laying out has come to an end, good or bad, before something changed."""

        def step(stage: Stage, done: int, total: int) -> None:
            if time.monotonic() >= self._look_at and self._look() != self._known:
                self._look_at = 0.0
                raise Overtaken

        try:
            proofs = lay_out(step, self._owed is Kind.CODE)
        except Overtaken:
            return False
        if proofs is None:  # The build comes upon it too, and says it.
            return True
        self._looks += self._owed is not None and self._owed >= Kind.WHOLE
        self._alone, self._owed = proofs, None
        self._tell(None if self._stands else proofs)
        return True

    def _look(self) -> dict[str, State]:
        began, work = time.monotonic(), time.thread_time()
        found = states(self._roots())
        ended, work = time.monotonic(), time.thread_time() - work
        self._look_at = ended + max(OFTEN, work / SHARE, ended - began)
        return found

    def _changed(self) -> set[Kind]:
        """What has been saved since the last time, when whoever saves has done with it."""
        if time.monotonic() < self._look_at or (now := self._look()) == self._known:
            return set()
        while True:
            time.sleep(SETTLE)
            before, now = now, self._look()
            if now == before:
                break
        known, self._known = self._known, now
        changed = {path for path in now.keys() | known.keys() if now.get(path) != known.get(path)}
        return {self._kind(Path(path), path not in now or path not in known) for path in changed}

    def _taken_over(self, kinds: set[Kind]) -> bool:
        """Let browsers see what has changed, where that goes at once; whether a build should follow."""
        shared = {kind for kind in kinds if kind not in (Kind.LOOKS, Kind.DATA)}
        self._owed = max(shared | ({self._owed} if self._owed else set()), default=None)
        alone = self._alone
        if alone is None or max(kinds) >= Kind.WHOLE:
            return True
        if Kind.DATA in kinds:
            try:
                found, files = alone.renew()
            except Exception:  # The build comes upon it too, and says it.
                return True
            if errors(found):
                self._say_all([*map(str, found), count_line(found, files) + _OLD])
                return False
        self._looks += Kind.LOOKS in kinds
        self._tell(alone)
        return True

    def _say_all(self, lines: list[str]) -> None:
        if lines:
            self._say("\n".join(lines))

    def _tell(self, proofs: Proofs | None) -> None:
        """Let all who wait look again."""
        with self._news:
            self._proofs, self._made = proofs, {}
            self._version += 1
            self._news.notify_all()

    # ── Answers ──────────────────────────────────────────────────────────────

    def body(self, address: str) -> bytes | None:
        """What a file of the site holds now."""
        with self._news:
            proofs, made = self._proofs, self._made
        if proofs and address not in made:
            try:
                made[address] = proofs.file(address)
            except Exception:  # The build comes upon it too, and says it.
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
            with self._news:
                version = self._version
            if self.mark(self.body(address)) != mark:
                return True
            with self._news:
                if not self._news.wait_for(lambda seen=version: self._version != seen, end - time.monotonic()):  # type: ignore[misc]
                    return False


def _end(process: Popen[bytes] | None) -> None:
    if process:
        process.terminate()
        process.wait()


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
        mark = preview.mark(body)
        kind = guess_type(address)[0] or "application/octet-stream"
        status = 200
        if body is None:
            status, kind, body = 404, "text/html", preview.body("404.html") or _NOTHING.encode()
        if kind == "text/html":
            kind += "; charset=utf-8"
            question = f"{ASK}?{urlencode({'page': address, 'mark': mark})}"
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
