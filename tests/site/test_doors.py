"""The ways in: MkDocs, its fork, the command line and the preview, and what each says and leaves behind."""

from __future__ import annotations

import json
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.error import URLError
from urllib.parse import unquote, urldefrag, urljoin, urlsplit
from urllib.request import Request, urlopen

import pytest
from click.testing import CliRunner, Result
from test_site import change, files, is_redirect, pages, read, tell

from fengpu.cli import main

Run = Callable[..., subprocess.CompletedProcess[str]]
Project = Callable[..., Path]
Build = Callable[..., Path]
LINE = re.compile(r"(?P<path>[^\s:]+):(?P<line>\d+):(?P<column>\d+): (?P<code>[EH]\d{3}) .+")


def said(output: str) -> list[str]:
    """The findings in what a door said, each as ``path:line:column: code``."""
    return [f"{one['path']}:{one['line']}:{one['column']}: {one['code']}" for one in LINE.finditer(output)]


def count(project: Path) -> int:
    """How many files of data a project has."""
    return len(list(project.glob("data/**/*.yml")))


def edit(file: Path, old: str, new: str) -> None:
    """Replace one place of a file."""
    text = file.read_text(encoding="utf-8")
    assert old in text, f"{file.name} no longer holds {old!r}; let the test change something else."
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


def edit_word(file: Path, old: str, new: str, but: str = "nowhere") -> None:
    """Replace an id wherever it stands alone, except on lines that name ``but``."""
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    word = re.compile(rf"(?<![\w-]){old}(?![\w-])")
    file.write_text("".join(line if but in line else word.sub(new, line) for line in lines), encoding="utf-8")


# ── MkDocs and its fork ──────────────────────────────────────────────────────


@pytest.mark.parametrize("strict", [(), ("--strict",)], ids=["plain", "strict"])
def test_mkdocs_builds_the_same_site(root: Path, site: Path, tmp_path: Path, run: Run, strict: tuple[str, ...]) -> None:
    done = run(root, "mkdocs", "build", *strict, "-d", tmp_path / "site")
    assert done.returncode == 0, f"`mkdocs build {' '.join(strict)}` fails:\n{done.stdout}"
    assert "WARNING" not in done.stdout, f"`mkdocs build` warns:\n{done.stdout}"
    ours, theirs = files(site), files(tmp_path / "site")
    tell(sorted(one for one in ours.keys() | theirs.keys() if ours.get(one) != theirs.get(one)),
         "`mkdocs build` and `fengpu build` make different files:")  # fmt: skip


def test_properdocs_builds_the_same_pages(root: Path, site: Path, tmp_path: Path, run: Run) -> None:
    done = run(root, "properdocs", "build", "--strict", "-f", "mkdocs.yml", "-d", tmp_path / "site")
    assert done.returncode == 0, f"`properdocs build` fails:\n{done.stdout}"
    generator = re.compile(r'<meta name="generator"[^>]*>')
    ours, theirs = (
        {name: generator.sub("", page.decode()) for name, page in files(folder).items() if name.endswith(".html")}
        for folder in (site, tmp_path / "site")
    )
    tell(sorted(one for one in ours.keys() | theirs.keys() if ours.get(one) != theirs.get(one)),
         "ProperDocs and MkDocs make different pages, beyond naming themselves:")  # fmt: skip


def test_every_link_resolves_with_directory_urls(project: Project, build: Build, serve: Callable[[Path], str]) -> None:
    built = build(project(whole=True, use_directory_urls="true"))
    base = serve(built) + "/"
    wanted: dict[str, set[str]] = {}
    for name, page in pages(built).items():
        here = base + name.removesuffix("index.html")
        for _, address in page.addresses:
            target = urljoin(here, address)
            if target.startswith(base):
                wanted.setdefault(target, set()).add(name)
    dead = []
    for address in sorted({urldefrag(one).url for one in wanted}):
        try:
            urlopen(Request(address, method="HEAD"), timeout=20).close()
        except URLError as error:
            on = sorted(set().union(*(names for one, names in wanted.items() if urldefrag(one).url == address)))
            dead.append(f"{address.removeprefix(base)}: {error}, on {len(on)} pages, for example {on[0]}")
    tell(dead, "With use_directory_urls these addresses lead nowhere:")
    for address, names in wanted.items():
        path, fragment = unquote(urlsplit(address).path).lstrip("/"), unquote(urlsplit(address).fragment)
        file = built / path / "index.html" if path.endswith("/") or not path else built / path
        if fragment and file.suffix == ".html" and fragment not in read(file).ids:
            dead.append(f"{sorted(names)[0]}: no #{fragment} on {path}")
    tell(dead, "With use_directory_urls these addresses lead to no element:")


# ── fengpu build ─────────────────────────────────────────────────────────────


def test_a_broken_station_leaves_the_old_site_as_it_was(project: Project, build: Build, run: Run) -> None:
    folder = project()
    before = files(build(folder))
    station = folder / "data/stations/beijie.yml"
    edit(station, "playbook: visits", "playbook: visit")
    edit(station, "province: 山西省", "province: 山酉省")
    edit(folder / "data/sources.yml", "date: 2023-12-28", "date: 2025年11月")
    done = run(folder, "fengpu", "build")
    check = run(folder, "fengpu", "check").stdout.strip().splitlines()
    assert done.returncode == 1, f"A build with mistakes in the data must end with 1:\n{done.stdout}"
    assert len(check) == 4, f"The test makes three mistakes, so there are three lines and a count:\n{check}"
    missing = [line for line in check if not re.search(rf"{re.escape(line)}$", done.stdout, re.MULTILINE)]
    assert not missing, f"`fengpu build` does not say what `fengpu check` says:\n{missing}\n\n{done.stdout}"
    assert files(folder / "site") == before, "A failed build must not touch the site that is there."
    assert not list(folder.glob("site.*")), "A failed build must clear away the folder it built in."


def test_a_killed_build_leaves_the_old_site_standing(project: Project, start: Callable[..., subprocess.Popen], tmp_path: Path) -> None:
    folder = project(whole=True)
    old = folder / "site"
    (old / "assets/fengpu").mkdir(parents=True)
    (old / "index.html").write_text("旧的网站", encoding="utf-8")
    with (tmp_path / "output").open("w") as output:
        process = start(folder, "fengpu", "build", output=output)
    try:
        # The first pages of many: it is at work, and far from its end.
        wait(lambda: list(folder.glob("site.new-*/stations/*/*/index.html")), "the first pages of the new site")
    finally:
        process.kill()
        process.wait()
    assert process.returncode == -signal.SIGKILL, "The build ended before it could be killed; kill it earlier."
    assert files(old) == {"index.html": "旧的网站".encode()}, "A killed build must leave the old site as it was."


@pytest.mark.parametrize("site", [".", "docs", "..", "data/stations"])
def test_a_folder_that_is_no_site_is_left_alone(project: Project, run: Run, site: str) -> None:
    folder = project()
    before = files(folder)
    done = run(folder, "fengpu", "build", "--site", site)
    assert done.returncode == 2, done.stdout
    assert "不像是从前的网站" in done.stdout, f"It must say why it does nothing:\n{done.stdout}"
    assert files(folder) == before, "What is no site was touched."


def test_hints_never_fail_a_strict_build(project: Project, run: Run) -> None:
    folder = project()
    change(folder / "data/stations/beijie.yml", summary="文中介绍了贴心的做法。")
    done = run(folder, "fengpu", "build", "--strict")
    assert done.returncode == 0, f"A hint must not fail the build, not even a strict one:\n{done.stdout}"
    lines = (folder / "data/stations/beijie.yml").read_text(encoding="utf-8").splitlines()
    place = next(number for number, line in enumerate(lines, 1) if line.startswith("summary:"))
    assert said(done.stdout) == [f"data/stations/beijie.yml:{place}:10: H301"], f"The build must say its one hint:\n{done.stdout}"
    done = run(folder, "mkdocs", "build", "--strict", "-d", "again")
    assert done.returncode == 0, f"A hint must not fail `mkdocs build --strict` either:\n{done.stdout}"


def test_a_hand_written_page_wins_over_a_generated_one(project: Project, run: Run) -> None:
    folder = project(site_url="https://example.org/")
    page = folder / "docs/stations/beijie/index.md"
    page.parent.mkdir()
    page.write_text("# 手写的北街\n", encoding="utf-8")
    done = run(folder, "fengpu", "build", "--strict")
    assert done.returncode == 0, f"A page that takes a generated page's place is only a hint:\n{done.stdout}"
    assert said(done.stdout) == ["docs/stations/beijie/index.md:1:1: H501"], f"H501 must be said, once:\n{done.stdout}"
    headings = [one.text for one in read(folder / "site/stations/beijie/index.html").all("h1")]
    assert headings == ["手写的北街"], "The hand-written page must win."
    listed = (folder / "site/sitemap.xml").read_text(encoding="utf-8").count("/stations/beijie/index.html<")
    assert listed == 1, f"The sitemap lists the page {listed} times instead of once."


def test_a_playbook_without_a_page_gets_one(project: Project, run: Run) -> None:
    folder = project()
    (folder / "docs/playbooks/visits.md").unlink()
    done = run(folder, "fengpu", "build", "--strict")
    assert done.returncode == 0, f"A playbook without a hand-written page is only a hint:\n{done.stdout}"
    assert said(done.stdout) == ["data/playbooks/visits.yml:1:1: H502"], f"H502 must be said, once:\n{done.stdout}"
    page = read(folder / "site/playbooks/visits.html")
    assert page.all("table", of="fp-compare"), "The generated page of a playbook must hold the comparison."
    pencil = [one.attributes["href"] for one in page.all("a") if one.attributes.get("rel") == "edit"]
    assert pencil == ["https://github.com/fengpu/fengpu/edit/main/data/playbooks/visits.yml"], "Its pencil must open the playbook's YAML."


def test_every_wrong_macro_is_said_with_its_line(project: Project, run: Run) -> None:
    folder = project()
    (folder / "docs/x.md").write_text(
        "---\ntitle: 试\n---\n\n# 试\n\n"
        '{{ compare("mediaton-room") }}\n\n'
        '文字 {{ figure("beijie/nope") }} 文字\n\n'
        '{{ comparee("visits") }}\n\n'
        "{% for x in y %}\n\n"
        "`{{ 代码里的不算 }}`\n",
        encoding="utf-8",
    )
    (folder / "docs/y.md").write_text(
        '# 又\n\n段落里的 {{ stations() }} 不行\n\n{{ method("beijie/nope") }}\n\n{{ matrix(\n',
        encoding="utf-8",
    )
    done = run(folder, "fengpu", "build")
    assert done.returncode == 1, f"A wrong macro must fail the build:\n{done.stdout}"
    assert said(done.stdout) == [
        "docs/x.md:7:1: E203",
        "docs/x.md:9:4: E209",
        "docs/x.md:11:1: E401",
        "docs/x.md:13:1: E402",
        "docs/y.md:3:6: E405",
        "docs/y.md:5:1: E205",
        "docs/y.md:7:1: E404",
    ], f"All mistakes of all pages must be said at once, each with its place:\n{done.stdout}"
    assert not (folder / "site").exists(), "A failed build must not leave a site."


def test_a_template_of_the_project_comes_before_ours(project: Project, build: Build) -> None:
    folder = project()
    template = folder / "overrides/fengpu/_partials/counts.html"
    template.parent.mkdir(parents=True)
    template.write_text('<p class="own">共 {{ numbers["派出所"][0] }} 个所</p>', encoding="utf-8")
    own = [one.text for one in read(build(folder) / "index.html").all("p", of="own")]
    assert own == ["共 1 个所"], "A template under overrides/fengpu/ must take the place of ours."


# ── Permalinks ───────────────────────────────────────────────────────────────


def leads_to(site: Path, old: str) -> str | None:
    """Where an old address sends its reader, or None where there is no such page."""
    if not (site / old).is_file() or not is_redirect(page := read(site / old)):
        return None
    ways = {address for one, address in page.addresses if one.tag in ("meta", "a")}
    assert len(ways) == 1, f"{old} sends its reader to several places: {ways}"
    return (site / old / ".." / ways.pop()).resolve().relative_to(site.resolve()).as_posix()


@pytest.fixture
def renamed(project: Project, build: Build) -> Path:
    """The site of a project in which a station, one of its methods and a playbook have new ids and keep their old ones."""
    folder = project()
    (folder / "data/stations/beijie.yml").rename(folder / "data/stations/beijiesuo.yml")
    station = folder / "data/stations/beijiesuo.yml"
    edit(station, "id: beijie\n", "id: beijiesuo\naliases: [beijie]\n")
    edit(station, "  - id: laoli\n", "  - id: laoli-room\n    aliases: [laoli]\n")
    edit_word(station, "laoli", "laoli-room", but="aliases")
    for file in [station, *folder.glob("data/regions/*.yml"), *folder.glob("data/playbooks/*.yml"), *folder.glob("docs/playbooks/*.md")]:
        edit_word(file, "visits", "home-visits")
    for file in ("data/playbooks/visits.yml", "docs/playbooks/visits.md"):
        (folder / file).rename(folder / file.replace("visits", "home-visits"))
    edit(folder / "data/playbooks/home-visits.yml", "id: home-visits\n", "id: home-visits\naliases: [visits]\n")
    return build(folder)


def test_old_addresses_redirect(renamed: Path) -> None:
    moved = {
        "stations/beijie/index.html": "stations/beijiesuo/index.html",
        "stations/beijiesuo/laoli/index.html": "stations/beijiesuo/laoli-room/index.html",
        "playbooks/visits.html": "playbooks/home-visits.html",
    }
    assert {old: leads_to(renamed, old) for old in moved} == moved, "An old id under `aliases` must redirect to the new one."


def test_the_methods_of_a_renamed_station_keep_their_addresses(renamed: Path) -> None:
    new = sorted(file.parent.name for file in renamed.glob("stations/beijiesuo/*/index.html") if not is_redirect(read(file)))
    wanted = {f"stations/beijie/{one}/index.html": f"stations/beijiesuo/{one}/index.html" for one in new if one != "laoli-room"}
    wanted["stations/beijie/laoli/index.html"] = "stations/beijiesuo/laoli-room/index.html"
    there = {old: leads_to(renamed, old) for old in wanted}
    tell([f"{old} leads to {there[old]}, not to {new}" for old, new in wanted.items() if there[old] != new],
         "Links to the methods of a renamed station are broken; redirect them too in `link._redirects`:")  # fmt: skip


# ── fengpu check and schema ──────────────────────────────────────────────────


@pytest.fixture
def broken(project: Project, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with one mistake in its station, one in a playbook and one hint; the test stands in its folder."""
    folder = project()
    edit(folder / "data/stations/beijie.yml", "playbook: visits", "playbook: visit")
    change(folder / "data/stations/beijie.yml", summary="文中介绍了贴心的做法。")
    edit(folder / "data/playbooks/mediation-room.yml", "邻里纠纷", "邻理纠纷")
    monkeypatch.chdir(folder)
    return folder


def fengpu(*arguments: str) -> Result:
    """Run the command line in this process."""
    return CliRunner().invoke(main, arguments, prog_name="fengpu")


def test_check_ends_with_0_where_nothing_is_wrong(project: Project, run: Run) -> None:
    folder = project()
    done = run(folder, "fengpu", "check")
    assert (done.returncode, done.stdout) == (0, f"共检查 {count(folder)} 个文件，没有问题。\n")


def test_check_ends_with_0_where_there_are_only_hints(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder := project())
    change(folder / "data/stations/beijie.yml", summary="文中介绍了贴心的做法。")
    done = fengpu("check")
    assert done.exit_code == 0, done.output
    assert done.output.endswith(f"共检查 {count(folder)} 个文件，其中 1 个有1 条提示。\n"), done.output


def test_check_ends_with_1_and_all_that_is_wrong(broken: Path) -> None:
    done = fengpu("check")
    assert done.exit_code == 1, done.output
    found = said(done.output)
    assert [one.rpartition(" ")[2] for one in found] == ["E201", "H301", "E203"], done.output
    assert done.output.endswith(f"共检查 {count(broken)} 个文件，其中 2 个有2 个问题、1 条提示。\n"), done.output


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("check", "--nope"), "没有选项 --nope。"),
        (("check", "--formt", "json"), "没有选项 --formt。是不是 --format？"),
        (("check", "--format", "xml"), "只能是：text、json、github。"),
        (("check", "--format"), "选项 --format 后面要跟一个值。"),
        (("check", "nowhere.yml"), "指的文件或文件夹不存在。"),
        (("check", "--data", "nowhere"), "没有数据文件夹 nowhere。"),
        (("check", "docs"), "docs 不在数据文件夹里，也不是一个文件。"),
        (("build", "--config", "nowhere.yml"), "没有 nowhere.yml。"),
        (("bundle", "--config", "nowhere.yml"), "没有 nowhere.yml。"),
        (("bundle", "--out", "docs"), "docs 是文件夹，"),
        (("merge",), "缺少 “结果文件夹”。"),
        (("merge", "merged", "data"), "至少两个数据文件夹"),
        (("merge", "merged", "data", "nowhere"), "指的文件或文件夹不存在。"),
        (("chekc",), "没有这个命令。"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_a_wrong_call_ends_with_2_and_is_answered_in_chinese(
    project: Project, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], words: str
) -> None:
    monkeypatch.chdir(project())
    done = fengpu(*arguments)
    assert done.exit_code == 2, f"A wrong call must end with 2, not {done.exit_code}:\n{done.output}"
    assert words in done.output, f"The answer should say “{words}”:\n{done.output}"
    assert not re.search(r"\b(Error|Usage|Try|Invalid|such)\b", done.output), f"The answer is not in Chinese throughout:\n{done.output}"


def test_check_as_json_has_exactly_the_promised_keys(broken: Path) -> None:
    done = fengpu("check", "--format", "json")
    assert done.exit_code == 1, done.output
    found = json.loads(done.output)
    assert len(found) == 3, done.output
    keys = ["path", "line", "column", "code", "severity", "message", "remedy"]
    for one in found:
        assert list(one) == keys, "Machines read these keys; do not change them."
        assert (type(one["line"]), type(one["column"])) == (int, int)
    assert [(one["code"], one["severity"]) for one in found] == [("E201", "error"), ("H301", "hint"), ("E203", "error")]


def test_check_for_github_makes_annotations(broken: Path) -> None:
    done = fengpu("check", "--format", "github")
    assert done.exit_code == 1, done.output
    *annotations, count = done.output.splitlines()
    shape = re.compile(r"::(error|notice) file=(data/[\w./-]+),line=\d+,col=\d+,title=([EH]\d{3})::.+")
    found = [match.groups() if (match := shape.fullmatch(line)) else line for line in annotations]
    assert found == [
        ("error", "data/playbooks/mediation-room.yml", "E201"),
        ("notice", "data/stations/beijie.yml", "H301"),
        ("error", "data/stations/beijie.yml", "E203"),
    ], f"GitHub would not show these lines:\n{done.output}"
    assert not count.startswith("::")


@pytest.mark.parametrize(
    ("paths", "code", "paths_said", "files_said"),
    [
        (["data/stations/beijie.yml"], 1, {"data/stations/beijie.yml"}, 1),
        (["data/sources.yml"], 0, set(), 1),
        (["data/sources.yml", "data/playbooks/mediation-room.yml"], 1, {"data/playbooks/mediation-room.yml"}, 2),
        (["data/playbooks"], 1, {"data/playbooks/mediation-room.yml"}, None),
        (["data/vocab"], 0, set(), None),
        (["data"], 1, {"data/stations/beijie.yml", "data/playbooks/mediation-room.yml"}, None),
        (["./data/../data/stations/"], 1, {"data/stations/beijie.yml"}, None),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_check_shows_only_what_was_asked_for(
    broken: Path, paths: list[str], code: int, paths_said: set[str], files_said: int | None
) -> None:
    done = fengpu("check", *paths)
    assert (done.exit_code, {one.partition(":")[0] for one in said(done.output)}) == (code, paths_said), done.output
    if files_said is not None:
        assert f"共检查 {files_said} 个文件，" in done.output, done.output


def test_a_draft_elsewhere_is_checked_as_a_station(broken: Path, tmp_path: Path) -> None:
    draft = tmp_path / "xinsuo.yml"
    text = (broken / "data/stations/beijie.yml").read_text(encoding="utf-8")
    draft.write_text(text.replace("id: beijie\n", "id: xinsuo\n", 1).replace("province: 山西省", "province: 山酉省"), encoding="utf-8")
    done = fengpu("check", "../xinsuo.yml")
    assert done.exit_code == 1, done.output
    assert [one.partition(":")[0] for one in said(done.output)] == ["../xinsuo.yml"] * 3, f"Only the draft was asked for:\n{done.output}"
    assert [one.rpartition(" ")[2] for one in said(done.output)] == ["E201", "H301", "E203"], done.output
    assert "共检查 1 个文件，" in done.output, done.output


def test_schema_writes_what_is_committed(root: Path, project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder := project())
    shutil.rmtree(folder / "data/schema", ignore_errors=True)
    done = fengpu("schema")
    assert done.exit_code == 0, done.output
    made, committed = files(folder / "data/schema"), files(root / "data/schema")
    differ = sorted(one for one in made.keys() | committed.keys() if made.get(one) != committed.get(one))
    tell([f"data/schema/{one}" for one in differ], "Run `make schema` and commit what it writes:")
    assert done.output.splitlines() == [f"写好 data/schema/{name}" for name in done_names(done.output)], done.output


def done_names(output: str) -> list[str]:
    return [line.rpartition("/")[2] for line in output.splitlines()]


HEAVY = {"jinja2", "leather", "markdown", "mkdocs", "opencc", "pydantic", "pypinyin", "yaml"}


@pytest.mark.parametrize(
    ("arguments", "needed"),
    [
        ("--help", set()),
        ("--version", set()),
        ("build --help", set()),
        ("chekc", set()),
        ("check --data nowhere", set()),
        ("check", {"pydantic", "yaml"}),
        ("schema", {"pydantic"}),
        ("merge merged data data", {"pydantic", "yaml"}),
    ],
)
def test_a_command_loads_only_what_it_needs(project: Project, arguments: str, needed: set[str]) -> None:
    watch = (
        "import sys\nfrom fengpu.cli import main\ntry:\n    main(sys.argv[1:])\n"
        "except SystemExit:\n    print('loaded:', *{name.partition('.')[0] for name in sys.modules})"
    )
    done = subprocess.run([sys.executable, "-c", watch, *arguments.split()], cwd=project(), stdout=subprocess.PIPE, encoding="utf-8", check=True)
    loaded = set(done.stdout.rpartition("loaded: ")[2].split())
    assert "click" in loaded, f"This test no longer sees what is loaded:\n{done.stdout}"
    extra = sorted(loaded & HEAVY - needed)
    assert not extra, f"`fengpu {arguments}` starts slowly: import {', '.join(extra)} only where a command needs it."


# ── mkdocs serve ─────────────────────────────────────────────────────────────


def wait(ready: Callable[[], object], what: str, seconds: float = 30) -> None:
    """Ask again and again until something is there, and fail when it is not in time."""
    end = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > end:
            pytest.fail(f"Waited {seconds:.0f} seconds for {what}.", pytrace=False)
        time.sleep(0.05)


class Preview:
    """A running ``mkdocs serve``, asked by address and words."""

    def __init__(self, base: str, log: Path) -> None:
        self.base = base
        self.log = log

    @property
    def said(self) -> str:
        return self.log.read_text(encoding="utf-8")

    def shows(self, address: str, words: str) -> None:
        """Wait until a page shows these words."""

        def there() -> bool:
            try:
                return words in urlopen(self.base + address, timeout=2).read().decode()
            except OSError:  # Not up yet, or MkDocs lets its readers wait while it builds.
                return False

        try:
            wait(there, f"“{words}” on {address}")
        except pytest.fail.Exception as failure:
            pytest.fail(f"{failure} The preview said:\n\n…{self.said[-2000:]}", pytrace=False)


@pytest.fixture
def preview(start: Callable[..., subprocess.Popen], tmp_path: Path) -> Iterator[Callable[[Path], Preview]]:
    """Runs ``mkdocs serve`` on a free port; it is gone when the test ends, however it ends."""
    processes = []

    def preview(folder: Path) -> Preview:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        log = tmp_path / "log"
        with log.open("w") as output:
            # It builds in the folder for temporary files; that of the test is cleared away with the test.
            process = start(folder, "mkdocs", "serve", "-a", f"127.0.0.1:{port}", output=output, TMPDIR=str(tmp_path))
        processes.append(process)
        return Preview(f"http://127.0.0.1:{port}", log)

    yield preview
    for process in processes:
        process.kill()
        process.wait()


def test_the_preview_follows_what_is_saved(project: Project, preview: Callable[[Path], Preview]) -> None:
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
    assert "Traceback" not in running.said, f"The preview stumbled:\n{running.said}"


def test_the_preview_outlives_a_slip(project: Project, preview: Callable[[Path], Preview]) -> None:
    """What is wrong is named, the rest goes on with the data as they were, and mending the slip is enough."""
    folder = project()
    station, page = folder / "data/stations/beijie.yml", folder / "docs/index.md"
    running = preview(folder)
    running.shows("/stations/beijie/index.html", "北街派出所")
    edit(station, "playbook: visits", "playbook: visit")
    wait(lambda: "E203" in running.said, "the preview to name the mistake")
    page.write_text(page.read_text(encoding="utf-8") + "\n带着错误的预览。\n", encoding="utf-8")
    running.shows("/index.html", "带着错误的预览。")
    running.shows("/stations/beijie/index.html", "北街派出所")
    running.shows("/playbooks/mediation-room.html", "老李调解室")
    edit(station, "playbook: visit\n", "playbook: visits\n")
    change(station, summary="改正以后的概要。")
    running.shows("/stations/beijie/index.html", "改正以后的概要。")
    assert "Traceback" not in running.said, f"The preview stumbled:\n{running.said}"
