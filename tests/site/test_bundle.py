"""The site as one zip: what is in it, that it unpacks everywhere, and what its door says and leaves behind."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from urllib.parse import unquote, urlsplit
from zipfile import ZipFile

import pytest
from test_doors import edit, said, wait
from test_site import change, files, pages, tell

import fengpu
from fengpu.book import Book
from fengpu.build import assemble
from fengpu.publish.bundle import LONGEST, Stamp, bundle, stamp, unfit
from fengpu.render.pages import Addresses, Renderer

Run = Callable[..., subprocess.CompletedProcess[str]]
Project = Callable[..., Path]
README, STAMP = "fengpu/读我.txt", "fengpu/version.txt"
SERVED = {"404.html", "sitemap.xml", "sitemap.xml.gz"}
"""What only a server has a use for."""


@pytest.fixture(scope="module")
def unpacked(bundled: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that a reader has after unpacking."""
    folder = tmp_path_factory.mktemp("unpacked")
    with ZipFile(bundled) as zipped:
        zipped.extractall(folder)
    return folder / "fengpu"


def read_stamp(zipped: Path) -> dict[str, str]:
    """What version.txt says."""
    with ZipFile(zipped) as opened:
        return dict(line.split(": ", 1) for line in opened.read(STAMP).decode("ascii").splitlines())


# ── What is in it ──


def test_every_path_unpacks_on_an_old_computer(bundled: Path) -> None:
    with ZipFile(bundled) as zipped:
        names = zipped.namelist()
        flagged = {entry.filename for entry in zipped.infolist() if entry.flag_bits & 0x800}
    assert len(set(map(str.lower, names))) == len(names), "Two entries differ in nothing but capitals."
    assert "fengpu/index.html" in names, "The page to double-click must lie at the top of the folder."
    tell([name for name in names if not name.isascii() and name != README], "These names come out garbled where UTF-8 is not known:")
    tell([name for name in names if len(name) > LONGEST], "These paths are too long for Windows:")
    tell([name for name in names if not name.startswith("fengpu/") or ".." in name.split("/")], "These would land outside of the folder:")
    assert flagged == {README}, "The one Chinese name must be marked as UTF-8."


def test_it_holds_the_site_and_nothing_that_needs_a_server(site: Path, unpacked: Path) -> None:
    built, carried = files(site), files(unpacked)
    added = {name.removeprefix("fengpu/") for name in (README, STAMP)}
    assert carried.keys() - built.keys() == added, "Only the two texts are added."
    left_out = built.keys() - carried.keys()
    strange = {name for name in left_out if name not in SERVED and not name.endswith(".map") and not name.startswith("assets/javascripts/")}
    tell(sorted(strange), "These pages and files of the site are missing:")
    assert not SERVED & carried.keys(), "What only a server has a use for is left out."
    tell(sorted(name for name in carried.keys() & built.keys() if carried[name] != built[name]),
         "`fengpu bundle` and `fengpu build` make different files:")  # fmt: skip


def test_every_address_leads_to_a_file_in_it(unpacked: Path) -> None:
    dead = []
    for name, page in pages(unpacked).items():
        for one, address in page.addresses:
            parts = urlsplit(address)
            if parts.scheme or parts.netloc or not parts.path:
                continue
            if not ((unpacked / name).parent / unquote(parts.path)).is_file() or parts.path.startswith("/"):
                dead.append(f"{name}: <{one.tag}> {address}")
    tell(dead, "From a folder these addresses lead nowhere:")


def test_the_readme_opens_in_an_old_notepad(bundled: Path, unpacked: Path, book: Book) -> None:
    raw = (unpacked / "读我.txt").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf"), "Old Notepad knows UTF-8 by its mark only."
    assert raw.count(b"\n") == raw.count(b"\r\n") > 10, "Old Notepad ends a line only where both characters stand."
    text, told = raw.decode("utf-8-sig"), read_stamp(bundled)
    checked = max((profile.checked for profile in book.profiles()), key=lambda one: one.last)
    wanted = [told["version"], checked.in_chinese, told["data"].removeprefix("sha256:")[:12], "先解压", "index.html", "Chrome", "Firefox"]
    tell([one for one in wanted if one not in text], "读我.txt does not say:")
    assert not {"&", "<", "{"} & set(text), "What stands in 读我.txt is plain text."


# ── A function of the data ──


def test_the_stamp_names_version_date_and_data(bundled: Path, root: Path, book: Book) -> None:
    checked = max((profile.checked for profile in book.profiles()), key=lambda one: one.last)
    told = read_stamp(bundled)
    assert {name: told[name] for name in ("version", "checked")} == {"version": fengpu.__version__, "checked": str(checked)}
    with ZipFile(bundled) as zipped:
        days = {entry.date_time for entry in zipped.infolist()}
        rights = {entry.external_attr >> 16 for entry in zipped.infolist()}
    assert days == {(checked.last.year, checked.last.month, checked.last.day, 0, 0, 0)}, "Every file bears the date of the newest check."
    assert rights == {0o100644}, "Whoever unpacks it may read every file."


def test_two_bundles_of_the_same_data_are_the_same(project: Project, run: Run, tmp_path: Path) -> None:
    here = project()
    there = shutil.copytree(here, tmp_path / "elsewhere")
    for file in there.rglob("*"):
        os.utime(file, (1_000_000_000, 1_000_000_000))
    (there / "data/sources.yml").chmod(0o600)
    done = [
        run(here, "fengpu", "bundle", TZ="Asia/Shanghai"),
        run(there, "fengpu", "bundle", TZ="America/New_York", PYTHONHASHSEED="7", SOURCE_DATE_EPOCH="1000000000"),
    ]
    assert [one.returncode for one in done] == [0, 0], done
    one, other = (folder / "fengpu.zip" for folder in (here, there))
    assert one.read_bytes() == other.read_bytes(), "A clock, a folder, a time zone or the order of a set has got into the zip."


def test_the_stamp_follows_the_data_only(project: Project) -> None:
    data = project() / "data"

    def now() -> Stamp:
        return stamp(assemble(data, "data").book, data)

    before, text = now(), (data / "sources.yml").read_bytes()
    (data / "sources.yml").write_bytes(text.replace(b"\n", b"\r\n"))
    assert now() == before, "Git writes other line ends on Windows; the data are the same."
    change(data / "stations/beijie.yml", summary="改过的概要。")
    assert now().digest != before.digest, "Other data must have another stamp."


def test_the_stamp_can_be_worked_out_by_anybody(bundled: Path, root: Path) -> None:
    made = sha256()
    order = [*(file for name in ("vocab", "playbooks", "regions", "stations") for file in sorted(root.glob(f"data/{name}/*.yml")))]
    for file in [*order, root / "data/sources.yml", root / "data/glossary.yml"]:
        made.update(file.relative_to(root).as_posix().encode() + b"\0" + file.read_bytes() + b"\0")
    assert read_stamp(bundled)["data"] == f"sha256:{made.hexdigest()}"


# ── The door ──


def test_the_door_says_where_it_is(project: Project, run: Run) -> None:
    folder = project()
    done = run(folder, "fengpu", "bundle", "--out", "优 盘/枫谱.zip")
    with ZipFile(folder / "优 盘/枫谱.zip") as zipped:
        count = len(zipped.namelist())
    size = f"{(folder / '优 盘/枫谱.zip').stat().st_size / 2**20:.1f} MB"
    assert (done.returncode, done.stdout) == (0, f"离线包在 优 盘/枫谱.zip，{count} 个文件，{size}。解压后双击 fengpu/index.html 打开。\n")
    assert not list(folder.glob("优 盘/*.new-*")), "The folder that it was built in must be cleared away."


def test_a_project_with_folders_for_addresses_can_be_carried_too(project: Project, run: Run) -> None:
    folder = project(use_directory_urls="true")
    done = run(folder, "fengpu", "bundle", "--strict")
    assert done.returncode == 0, done.stdout
    with ZipFile(folder / "fengpu.zip") as zipped:
        zipped.extractall(folder / "unpacked")
    unpacked = pages(folder / "unpacked/fengpu")
    links = {(name, urlsplit(address)) for name, page in unpacked.items() for one, address in page.addresses if one.tag == "a"}
    local = sorted((name, parts.path) for name, parts in links if parts.path and not parts.scheme)
    assert local, "The pages hold no links; let the test look elsewhere."
    tell([f"{name}: {path}" for name, path in local if not path.endswith(".html")], "A folder does not open its index.html:")


@pytest.mark.parametrize("wrong", ["data", "name"])
def test_what_is_wrong_leaves_the_old_zip_as_it_was(project: Project, run: Run, wrong: str) -> None:
    folder = project()
    (folder / "fengpu.zip").write_bytes(b"old")
    if wrong == "data":
        edit(folder / "data/stations/beijie.yml", "playbook: visits", "playbook: visit")
    else:
        (folder / "docs/培训.md").write_text("# 培训\n", encoding="utf-8")
    done = run(folder, "fengpu", "bundle")
    assert done.returncode == 1, f"A zip that cannot be made must end with 1:\n{done.stdout}"
    assert [one.rpartition(" ")[2] for one in said(done.stdout)] == [{"data": "E203", "name": "E504"}[wrong]], done.stdout
    assert (folder / "fengpu.zip").read_bytes() == b"old"
    assert not list(folder.glob("fengpu.zip.*")), "A failed run must clear away what it built in."


def test_a_killed_run_leaves_the_old_zip_and_the_next_clears_up(
    project: Project, run: Run, start: Callable[..., subprocess.Popen], tmp_path: Path
) -> None:
    folder = project()
    (folder / "fengpu.zip").write_bytes(b"old")
    with (tmp_path / "output").open("w") as output:
        process = start(folder, "fengpu", "bundle", output=output)
    try:
        wait(lambda: list(folder.glob("fengpu.zip.new-*")), "the folder that it builds in")
    finally:
        process.kill()
        process.wait()
    assert process.returncode == -signal.SIGKILL, "The run ended before it could be killed; kill it earlier."
    assert (folder / "fengpu.zip").read_bytes() == b"old", "A killed run must leave the old zip as it was."
    done = run(folder, "fengpu", "bundle")
    assert done.returncode == 0, done.stdout
    assert read_stamp(folder / "fengpu.zip"), "The next run must put the new zip in the place of the old one."
    assert not list(folder.glob("fengpu.zip.*")), "The next run must clear away what the killed one left."


def test_a_write_that_fails_leaves_the_old_zip_as_it_was(book: Book, root: Path, tmp_path: Path) -> None:
    target = tmp_path / "out/fengpu.zip"
    target.parent.mkdir()
    target.write_bytes(b"old")
    site = tmp_path / "site"
    site.mkdir()
    (site / "index.html").write_text("页", encoding="utf-8")
    (site / "last.html").symlink_to("nowhere")  # It is listed, and cannot be read.
    with pytest.raises(FileNotFoundError):
        bundle(site, target, Renderer(book, Addresses(directories=False)), root / "data", str)
    assert files(target.parent) == {"fengpu.zip": b"old"}


def test_a_place_that_cannot_be_written_to_is_said(project: Project, run: Run) -> None:
    folder = project()
    done = run(folder, "fengpu", "bundle", "--out", "mkdocs.yml/fengpu.zip")
    assert (done.returncode, done.stdout.partition("：")[0]) == (1, "写不成离线包"), done.stdout
    assert "Traceback" not in done.stdout, done.stdout


def test_a_project_without_the_plugin_is_sent_to_its_settings(project: Project, run: Run) -> None:
    done = run(project(plugins="[]"), "fengpu", "bundle")
    assert (done.returncode, done.stdout) == (1, "mkdocs.yml 的 plugins 里没有 fengpu，加上一行：- fengpu\n")


@pytest.mark.parametrize(
    ("paths", "codes"),
    [
        (["a" * (LONGEST - len("fengpu/"))], []),
        (["a" * (LONGEST - len("fengpu/") + 1)], ["E503"]),
        (["About.html", "about.html"], ["E504"]),
        (["version.txt"], ["E504"]),
        (["a b~c.d/x_y-z(1).html"], []),
        (["com1/x.html"], ["E504"]),
        (["com10/common.html", "nully.html", "auxiliary/con-1.html"], []),
        (["a./x.html"], ["E504"]),
        (["a?.html"], ["E504"]),
        (["图/图.png"], ["E504"]),
    ],
    ids=lambda value: "" if isinstance(value, list) and value and len(value[0]) > 90 else " ".join(value),
)
def test_what_does_not_unpack_everywhere_is_found(paths: list[str], codes: list[str]) -> None:
    assert [one.code for one in unfit(paths, str)] == codes
