"""Drives a real Firefox by its own protocol, Marionette, since none is to be had by Playwright here."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

START = 90
"""Seconds after which a Firefox that does not answer is given up."""


class Firefox:
    """A running Firefox with one tab."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._number = 0
        self._read()  # It says hello.
        self.ask("WebDriver:NewSession", capabilities={})
        self.ask("WebDriver:SetTimeouts", script=600_000, pageLoad=120_000)

    def _read(self) -> Any:
        size = b""
        while not size.endswith(b":"):
            if not (byte := self._connection.recv(1)):
                raise ConnectionError("Firefox has gone.")
            size += byte
        message = b""
        while len(message) < int(size[:-1]):
            message += self._connection.recv(int(size[:-1]) - len(message))
        return json.loads(message)

    def ask(self, command: str, **arguments: Any) -> Any:
        self._number += 1
        message = json.dumps([0, self._number, command, arguments]).encode()
        self._connection.sendall(b"%d:%s" % (len(message), message))
        _, _, fault, answer = self._read()
        if fault:
            raise RuntimeError(f"{command}: {fault['message']}")
        return answer

    def open(self, address: str) -> None:
        self.ask("WebDriver:Navigate", url=address)

    def evaluate(self, function: str, argument: Any) -> Any:
        """What an async function of the page's own world makes of an argument."""
        script = """const [code, argument, done] = arguments, page = window.wrappedJSObject;
            page.eval(`(async text => { try { return JSON.stringify([await (${code})(JSON.parse(text))]) }
              catch (error) { return String(error) } })`)(argument).then(done)"""
        made = self.ask("WebDriver:ExecuteAsyncScript", script=script, args=[function, json.dumps(argument)], sandbox="default")["value"]
        if not made.startswith("["):
            raise RuntimeError(made)
        return json.loads(made)[0]


@contextmanager
def running(profile: Path) -> Iterator[Firefox]:
    """Start a Firefox with a profile of its own and end it afterwards."""
    program = shutil.which("firefox-esr") or shutil.which("firefox")
    if program is None:
        raise FileNotFoundError("There is no Firefox: run `sh tests/browser/install.sh`.")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    profile.mkdir()
    (profile / "user.js").write_text(f'user_pref("marionette.port", {port});\n', encoding="utf-8")
    process = subprocess.Popen(
        [program, "--headless", "--marionette", "--no-remote", "--profile", profile],
        env=os.environ | {"HOME": str(profile)}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        with _connected(port, process) as connection:
            yield Firefox(connection)
    finally:
        process.terminate()
        process.wait()


def _connected(port: int, process: subprocess.Popen[bytes]) -> socket.socket:
    end = time.monotonic() + START
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port))
        except ConnectionRefusedError:
            if process.poll() is not None or time.monotonic() > end:
                raise
            time.sleep(0.2)
