"""After any change, what a build keeps and what it makes anew are together, byte for byte, what a build of everything makes."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from test_site import files, tell

from fengpu.publish import kept

Change = Callable[[Path], object]


def edited(file: str, old: str, new: str) -> Change:
    def edit(project: Path) -> None:
        text = (project / file).read_text(encoding="utf-8")
        assert old in text, f"{file} no longer holds {old!r}; let the test change something else."
        (project / file).write_text(text.replace(old, new, 1), encoding="utf-8")

    return edit


def added(project: Path) -> None:
    text = (project / "data/stations/batou.yml").read_text(encoding="utf-8")
    text = text.replace("id: batou\n", "id: another\n", 1).replace("坝头", "另一个").replace("area_types: 不详", "area_types: [农村]", 1)
    (project / "data/stations/another.yml").write_text(text, encoding="utf-8")


def renamed(project: Path) -> None:
    file = project / "data/stations/another.yml"
    text = file.read_text(encoding="utf-8").replace("id: another\n", "id: renamed\naliases: [another]\n", 1)
    file.with_name("renamed.yml").write_text(text, encoding="utf-8")
    file.unlink()


def removed(project: Path) -> None:
    (project / "data/stations/renamed.yml").unlink()


def written(file: str, text: str) -> Change:
    def write(project: Path) -> None:
        (project / file).parent.mkdir(parents=True, exist_ok=True)
        (project / file).write_text(text, encoding="utf-8")

    return write


CHANGES: tuple[tuple[str, Change], ...] = (
    ("nothing", lambda project: None),
    ("what a method is", edited("data/stations/batou.yml", "summary: 派出所的调解室", "summary: 换一句话说，派出所的调解室")),
    ("a station's name", edited("data/stations/batou.yml", "name: 坝头派出所", "name: 坝头新派出所")),
    ("a number", edited("data/stations/zhuze.yml", "value: ", "value: 1")),
    ("a number that divides others", edited("data/stations/beijie.yml", "printed: 40多名", "printed: 四十多名")),
    ("what stations are compared by", edited("data/stations/batou.yml", "area_types: 不详", "area_types: [农村]")),
    ("a source of one station", edited("data/stations/niujie.yml", "    title: ", "    title: 改过的")),
    ("a source of several", edited("data/sources.yml", "title: ", "title: 改过的")),
    ("a word of a vocabulary", edited("data/vocab/problems.yml", "synonyms: [", "synonyms: [又一个说法, ")),
    ("a word of the glossary", edited("data/glossary.yml", "term: 主题党日", "term: 主题活动日")),
    ("a playbook", edited("data/playbooks/mediation-room.yml", "summary: ", "summary: 换一句话说，")),
    ("a station more", added),
    ("a station under another id", renamed),
    ("a station less", removed),
    ("a hand-written page", edited("docs/index.md", "# ", "# 改过的")),
    ("a new hand-written page", written("docs/more.md", "# 又一页\n\n{{ counts() }}\n")),
    ("a template", written("overrides/fengpu/region.html", "<h1>{{ profile.name }}</h1>\n")),
    ("a number, where templates show what they like", edited("data/stations/zhuze.yml", "value: ", "value: 2")),
    ("the theme", written("overrides/partials/copyright.html", "改过的\n")),
    ("a style sheet", written("docs/assets/own.css", "p { color: red }\n")),
    ("the settings", edited("mkdocs.yml", "site_name: 枫谱", "site_name: 新枫谱")),
    ("all of it back", lambda project: None),
)


def test_what_is_kept_and_what_is_made_are_a_whole(project: Callable[..., Path], run: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    folder = project(whole=True)
    for page in ("contribute/index.md", "operate.md", "develop.md"):  # They cost time and show nothing new.
        (folder / "docs" / page).write_text("# 从略\n", encoding="utf-8")
    before: dict[str, bytes] = {}
    times: dict[str, int] = {}
    for what, change in CHANGES:
        change(folder)
        kept = run(folder, "fengpu", "build")
        shutil.rmtree(folder / "whole", ignore_errors=True)
        whole = run(folder, "fengpu", "build", "--no-cache", "--site", "whole")
        assert (kept.returncode, whole.returncode) == (0, 0), f"{what}: {kept.stdout}{whole.stdout}"
        assert "WARNING" not in kept.stdout, f"What MkDocs warns of is never kept, so nothing would be tested:\n{kept.stdout}"
        now, right = files(folder / "site"), files(folder / "whole")
        tell(sorted(name for name in now.keys() | right.keys() if now.get(name) != right.get(name)), f"Kept or made wrongly after a change of {what}:")
        touched = {name: (folder / "site" / name).stat().st_mtime_ns for name in now}
        same = (name for name in now if before.get(name) == now[name] and times[name] != touched[name])
        tell(sorted(same), f"After a change of {what} these were written again as they had been:")
        before, times = now, touched


WRITTEN, RENDERED, SCRIPTS = "手写页面", "页面正文", "数据脚本"
"""What a build says that it has spent time on."""


@pytest.mark.parametrize(
    ("change", "work"),
    [
        (lambda project: None, set()),
        (edited("docs/index.md", "# ", "# 改过的"), {WRITTEN, RENDERED, SCRIPTS}),
        (written("docs/index.md", "# 枫谱\n\n换过的。\n"), {WRITTEN}),
        (edited("data/stations/beijie.yml", "    implementation: ", "    implementation: 换一句话说，"), {RENDERED, SCRIPTS}),
        (lambda project: (project / "site/stations/beijie/index.html").unlink(), {RENDERED}),
        (written("site/index.html", "别人写的"), {WRITTEN}),
        (lambda project: (project / "site/data/methods/beijie.js").unlink(), {SCRIPTS}),
    ],
    ids=["nothing", "a title, which the theme shows everywhere", "a page's text", "a method", "a page that is gone", "a page that somebody wrote", "a script that is gone"],
)
def test_only_what_a_change_concerns_is_worked_on(
    project: Callable[..., Path], run: Callable[..., subprocess.CompletedProcess[str]], change: Change, work: set[str]
) -> None:
    folder = project()
    first = run(folder, "fengpu", "build", "--timings")
    before = files(folder / "site")
    change(folder)
    second = run(folder, "fengpu", "build", "--timings")
    done = [{stage for stage in (WRITTEN, RENDERED, SCRIPTS) if stage in one.stdout} for one in (first, second)]
    assert done == [{WRITTEN, RENDERED, SCRIPTS}, work], f"{first.stdout}\n{second.stdout}"
    if before.keys() - files(folder / "site").keys():
        raise AssertionError("A file that was gone was not made again.")


def test_two_builds_at_once_leave_a_whole(
    project: Callable[..., Path], start: Callable[..., subprocess.Popen[str]], run: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    folder = project()
    for change in (lambda project: None, edited("data/stations/beijie.yml", "summary: ", "summary: 换一句话说，")):
        change(folder)
        both = [start(folder, "fengpu", "build") for _ in range(2)]
        said = [one.communicate()[0] for one in both]
        assert [one.returncode for one in both] == [0, 0], said
        assert run(folder, "fengpu", "build").returncode == 0
        shutil.rmtree(folder / "whole", ignore_errors=True)
        assert run(folder, "fengpu", "build", "--no-cache", "--site", "whole").returncode == 0
        now, right = files(folder / "site"), files(folder / "whole")
        tell(sorted(name for name in now.keys() | right.keys() if now.get(name) != right.get(name)), "Left wrong by two builds at once:")


def test_an_unknown_site_of_many_files_is_cleared_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """To compare it would take longer."""
    site, fresh = tmp_path / "site", tmp_path / "fresh"
    for folder, names in ((site, ("same", "other", "gone")), (fresh, ("same", "other"))):
        folder.mkdir()
        for name in names:
            (folder / name).write_text(name if name == "same" else f"{name} in {folder.name}", encoding="utf-8")
    for many, same in ((2, False), (3, True)):
        monkeypatch.setattr(kept, "MANY", many)
        place = tmp_path / f"site-{many}"
        shutil.copytree(site, place)
        was = (place / "same").stat().st_ino
        folder = shutil.copytree(fresh, tmp_path / f"fresh-{many}")
        kept.Kept(None, place).publish(folder, (), list(kept.addresses(folder)))
        assert files(place) == files(fresh)
        stayed = (place / "same").stat().st_ino == was
        assert stayed == same, f"Three files were {'not ' * same}compared, where no more than {many} should be."


@pytest.mark.parametrize("options", [[], ["--no-cache"]], ids=["without what was kept", "without a cache"])
def test_of_a_site_of_which_nothing_is_known_stays_what_is_right(
    project: Callable[..., Path], run: Callable[..., subprocess.CompletedProcess[str]], options: list[str]
) -> None:
    folder = project()
    site = folder / "site"
    assert run(folder, "fengpu", "build").returncode == 0
    right = files(site)
    times = {name: (site / name).stat().st_mtime_ns for name in right}
    shutil.rmtree(folder / ".cache")
    page, file_now, folder_now = "stations/beijie/index.html", "playbooks", "index.html"
    (site / page).write_text("别的", encoding="utf-8")
    for name in (file_now, folder_now):
        shutil.rmtree(site / name) if (site / name).is_dir() else (site / name).unlink()
    (site / file_now).write_text("这里从前是文件", encoding="utf-8")
    written("site/index.html/deep/strange.html", "这里从前是文件夹")(folder)
    written("site/stations/gone/index.html", "没有这个所了")(folder)
    built = run(folder, "fengpu", "build", *options)
    assert built.returncode == 0, built.stdout
    now = files(site)
    tell(sorted(name for name in now.keys() | right.keys() if now.get(name) != right.get(name)), "Left wrong in a site that was there before:")
    assert not (site / "stations/gone").exists(), "An empty folder is left of what is gone."
    untouched = (name for name in right if name not in {page, folder_now} and not name.startswith(f"{file_now}/"))
    tell(sorted(name for name in untouched if (site / name).stat().st_mtime_ns != times[name]), "Written again as they had been:")


def test_a_warning_is_said_every_time(project: Callable[..., Path], run: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    """Else a strict build would pass because an earlier one was not strict."""
    folder = project()
    written("docs/more.md", "# 又一页\n\n[不在](nowhere.md)\n")(folder)
    first, second, strict = run(folder, "fengpu", "build"), run(folder, "fengpu", "build"), run(folder, "fengpu", "build", "--strict")
    assert (first.returncode, second.returncode) == (0, 0), first.stdout
    assert "nowhere.md" in first.stdout and "nowhere.md" in second.stdout
    assert strict.returncode != 0, "A page was kept of which MkDocs warns."
