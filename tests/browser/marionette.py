"""Firefox as the tests need it: started with an empty profile and driven over its own protocol, Marionette.

A message is JSON with its length and a colon before it: a command is ``[0, number, name, parameters]``, an answer
``[1, number, error, result]``.
"""

from __future__ import annotations

import json
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

PATIENCE = 60
"""So many seconds Firefox may take to start and, each time, to answer."""
SETTINGS = {
    "marionette.port": 0,
    "app.update.disabledForTesting": True,
    "app.normandy.enabled": False,
    "browser.safebrowsing.downloads.remote.enabled": False,
    "browser.safebrowsing.malware.enabled": False,
    "browser.safebrowsing.phishing.enabled": False,
    "browser.search.update": False,
    "browser.shell.checkDefaultBrowser": False,
    "datareporting.healthreport.uploadEnabled": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "dom.push.connection.enabled": False,
    "extensions.getAddons.cache.enabled": False,
    "extensions.systemAddon.update.enabled": False,
    "extensions.update.enabled": False,
    "media.gmp-manager.updateEnabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "network.dns.disablePrefetch": True,
    "services.settings.server": "data:,",
    "toolkit.telemetry.enabled": False,
    "toolkit.telemetry.server": "",
}
"""Firefox asks nobody for anything on its own account."""


class Marionette:
    """One Firefox with one window."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        self._stream = self._socket.makefile("rb")
        self._number = 0
        self._read()  # It greets first.
        self.do("WebDriver:NewSession")

    def _read(self) -> Any:
        length = b""
        while (digit := self._stream.read(1)) not in (b":", b""):
            length += digit
        if not length:
            raise ConnectionError("Firefox has hung up.")
        return json.loads(self._stream.read(int(length)))

    def do(self, command: str, **parameters: Any) -> Any:
        self._number += 1
        message = json.dumps([0, self._number, command, parameters]).encode()
        self._socket.sendall(b"%d:%b" % (len(message), message))
        _, _, error, result = self._read()
        if error:
            raise RuntimeError(f"{command}: {error['error']}: {error['message']}")
        return result

    def open(self, address: str) -> None:
        self.do("WebDriver:Navigate", url=address)

    def ask(self, script: str, *arguments: Any) -> Any:
        """What an asynchronous function of the page's gives for the arguments."""
        call = f"({script})(...given.reverse()).then(done, error => done(String(error)))"
        body = f"const [done, ...given] = Array.from(arguments).reverse(); {call}"
        return self.do("WebDriver:ExecuteAsyncScript", script=body, args=list(arguments), scriptTimeout=PATIENCE * 1000)["value"]

    def close(self) -> None:
        self._stream.close()
        self._socket.close()


@contextmanager
def firefox(program: str, profile: Path) -> Iterator[Marionette]:
    """Start Firefox with a new profile in an empty folder, and end it."""
    settings = "".join(f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in SETTINGS.items())
    (profile / "user.js").write_text(settings, encoding="utf-8")
    command = [program, "--headless", "--marionette", "--no-remote", "--profile", str(profile)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        driven = Marionette(_port(process, profile / "MarionetteActivePort"))
        try:
            yield driven
        finally:
            driven.close()
    finally:
        process.terminate()
        process.wait(PATIENCE)


def _port(process: subprocess.Popen[bytes], file: Path) -> int:
    """The port that Firefox has chosen, once it listens there."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if process.poll() is not None:
            raise RuntimeError(f"Firefox ended with {process.returncode} before it could be driven.")
        if file.exists() and (text := file.read_text(encoding="ascii")):
            return int(text)
        time.sleep(0.05)
    raise TimeoutError("Firefox did not say where it listens.")
