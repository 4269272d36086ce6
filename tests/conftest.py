"""What the tests share: the real site built once, a server over it, a browser, and small projects to change."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import yaml

from fengpu.book import Book
from fengpu.build import assemble

ROOT = Path(__file__).parents[1]
ENVIRONMENT = {
    "NO_MKDOCS_2_WARNING": "1",
    # MkDocs dates the sitemap and its archive by the clock; with a fixed day two builds can be held against each other.
    "SOURCE_DATE_EPOCH": "1767225600",
    "PYTHONHASHSEED": "1",
    # On a busy machine anything may take over a second.
    "FENGPU_QUIET": "1",
}
CHROMIUM = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

Run = Callable[..., subprocess.CompletedProcess[str]]


def pytest_configure() -> None:
    """Let what the tests start hear Ctrl-C, which a shell has whatever it runs in the background ignore."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets commands that run in this process say no more than those in one of their own."""
    monkeypatch.setenv("FENGPU_QUIET", ENVIRONMENT["FENGPU_QUIET"])


@pytest.fixture(scope="session")
def root() -> Path:
    """The project that is tested."""
    return ROOT


@pytest.fixture(scope="session")
def environment() -> dict[str, str]:
    """What commands are given beside this process's own environment, so that two builds make the same site."""
    return ENVIRONMENT


@pytest.fixture(scope="session")
def start() -> Callable[..., subprocess.Popen[str]]:
    """Starts ``python -m …`` in a project's folder; what it says goes to ``output``, both streams together."""

    def start(project: Path, *arguments: str | Path, output: Any = subprocess.PIPE, **environment: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", *map(str, arguments)],
            cwd=project,
            env=os.environ | ENVIRONMENT | environment,
            stdout=output,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
        )

    return start


@pytest.fixture(scope="session")
def run(start: Callable[..., subprocess.Popen[str]]) -> Run:
    """Runs ``python -m …`` in a project's folder to its end and gives back its exit code and all that it said."""

    def run(project: Path, *arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
        process = start(project, *arguments, **environment)
        output, _ = process.communicate()
        return subprocess.CompletedProcess(process.args, process.returncode, output)

    return run


@pytest.fixture(scope="session")
def build(run: Run) -> Callable[..., Path]:
    """Builds a project that must build, and gives back the folder of its site."""

    def build(project: Path, site: Path | str = "site", **environment: str) -> Path:
        done = run(project, "fengpu", "build", "--strict", "--site", site, **environment)
        if done.returncode:
            pytest.fail(f"{project} does not build; mend what this says first.\n\n{done.stdout}", pytrace=False)
        return project / site

    return build


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory, build: Callable[..., Path]) -> Path:
    """The real site, built once."""
    return build(ROOT, tmp_path_factory.mktemp("built") / "site")


@pytest.fixture(scope="session")
def bundled(tmp_path_factory: pytest.TempPathFactory, run: Run) -> Path:
    """The real site as one zip, made once."""
    target = tmp_path_factory.mktemp("bundled") / "fengpu.zip"
    done = run(ROOT, "fengpu", "bundle", "--strict", "--out", target)
    if done.returncode:
        pytest.fail(f"`fengpu bundle` fails; mend what this says first.\n\n{done.stdout}", pytrace=False)
    return target


@pytest.fixture(scope="session")
def book(site: Path) -> Book:
    """What the real site was made of."""
    return assemble(ROOT / "data", "data").book


class Quiet(SimpleHTTPRequestHandler):
    """A static server that does not write down who asked for what."""

    def log_message(self, format: str, *args: Any) -> None:
        pass


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """Serve a folder on a free port of this machine."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="session")
def serve() -> Iterator[Callable[[Path], str]]:
    """Serves folders until the tests end and gives back where."""
    with ExitStack() as stack:
        yield lambda folder: stack.enter_context(serving(folder))


@pytest.fixture(scope="session")
def served(serve: Callable[[Path], str], site: Path) -> str:
    """Where the real site is served."""
    return serve(site)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """A browser; each test opens its own context in it."""
    from playwright.sync_api import sync_playwright

    program = shutil.which("chromium") or shutil.which("google-chrome")
    if program is None:
        pytest.fail("There is no Chromium: run `sh tests/browser/install.sh`.", pytrace=False)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=CHROMIUM)
        yield browser
        browser.close()


@pytest.fixture
def project(tmp_path: Path) -> Callable[..., Path]:
    """Makes a project that a test may change.

    By default it holds one real station, all playbooks and vocabularies, and a page of one macro for every list, so
    that it builds in a second; ``whole`` copies the real one. Settings replace those of ``mkdocs.yml``.
    """

    def make(station: str = "beijie", *, whole: bool = False, **settings: str) -> Path:
        folder = tmp_path / "project"
        folder.mkdir()
        for name in ("data", "overrides", *(["docs"] if whole else [])):
            shutil.copytree(ROOT / name, folder / name)
        config = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
        if not whole:
            for file in (folder / "data/stations").iterdir():
                if file.stem != station:
                    file.unlink()
            for file in (folder / "data/playbooks").iterdir():  # Pairs name methods of stations that are gone.
                file.write_text(without(file.read_text(encoding="utf-8"), "pairs"), encoding="utf-8")
            write_pages(folder)
            config = without(config, "nav")
            config = re.sub(r"^  - search:?\n(?:    .*\n)*", "", config, flags=re.MULTILINE)
        for name, value in settings.items():
            config = without(config, name) + f"\n{name}: {value}\n"
        (folder / "mkdocs.yml").write_text(config, encoding="utf-8")
        return folder

    return make


def without(config: str, name: str) -> str:
    """Leave one setting with all that is indented under it out of ``mkdocs.yml``."""
    return re.sub(rf"^{name}:.*\n(?:[ ].*\n)*", "", config, flags=re.MULTILINE)


def write_pages(folder: Path) -> None:
    """Write the hand-written pages of a small project: one for each list and each playbook."""
    pages = {"index": ("枫谱", "{{ counts() }}\n\n{{ matrix() }}")}
    pages |= {f"{name}/index": (name, f"{{{{ {name}() }}}}") for name in ("stations", "playbooks", "sources")}
    for file in sorted((folder / "data/playbooks").glob("*.yml")):
        title = yaml.safe_load(file.read_text(encoding="utf-8"))["name"]
        pages[f"playbooks/{file.stem}"] = (title, f'{{{{ playbook("{file.stem}") }}}}\n\n{{{{ compare("{file.stem}") }}}}')
    for name, (title, macros) in pages.items():
        page = folder / "docs" / f"{name}.md"
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(f"# {title}\n\n{macros}\n", encoding="utf-8")
    shutil.copytree(ROOT / "docs/assets", folder / "docs/assets")
