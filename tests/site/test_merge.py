"""Several data folders merged into one: what is written, what is refused, and that the result is a data folder like any other.

What contradictions are said, and where, stands in tests/cases/merge.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from test_doors import edit, fengpu, said
from test_site import change, files, tell

from fengpu.publish.merged import LIST

Project = Callable[..., Path]
NORTH = ("beijie", "xinyi")
"""The stations of 山西省; the others are left to the south."""
SHARED = ("vocab", "playbooks", "glossary.yml", "sources.yml")


@pytest.fixture
def three(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The real data in three folders, as a centre and two provinces would hold them; the test stands above them.

    One province can check its folder by itself, since it holds copies of what belongs to all; the other holds only its own.
    """
    centre, north, south = (tmp_path / name for name in ("centre/data", "north/data", "south"))
    shutil.copytree(root / "data", centre, ignore=shutil.ignore_patterns("schema"))
    for folder in (north, south):
        (folder / "stations").mkdir(parents=True)
    for file in sorted((centre / "stations").iterdir()):
        shutil.move(file, (north if file.stem in NORTH else south) / "stations")
    for name in SHARED:
        copy = shutil.copytree if (centre / name).is_dir() else shutil.copy
        copy(centre / name, north / name)
    without_pairs(north)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def without_pairs(folder: Path) -> None:
    """Take the pairs out of a folder's playbooks, since they name methods of stations that others hold."""
    for file in (folder / "playbooks").iterdir():
        lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
        file.write_text("".join(line for line in lines if not line.startswith(("pairs:", "  - ["))), encoding="utf-8")


def merge(*more: str, out: str = "merged") -> tuple[int, str]:
    """Merge the three folders and give back the exit code and all that was said."""
    done = fengpu("merge", out, "centre/data", "north/data", "south", *more)
    return done.exit_code, done.output


def inside(folder: Path) -> dict[str, bytes]:
    """Every file of a data folder that is read."""
    return {name: raw for name, raw in files(folder).items() if name != LIST and not name.startswith("schema/")}


def test_each_province_can_check_its_own(three: Path) -> None:
    done = fengpu("check", "--data", "north/data")
    assert done.exit_code == 0, f"A province with copies of what belongs to all checks by itself:\n{done.output}"


def test_three_folders_are_the_one_they_were_made_of(root: Path, three: Path) -> None:
    code, output = merge()
    assert code == 0, output
    assert not said(output), f"Copies that lack something are no reason to speak:\n{output}"
    made, whole = inside(three / "merged"), inside(root / "data")
    tell(sorted(one for one in made.keys() | whole.keys() if made.get(one) != whole.get(one)),
         "Every file must be copied byte for byte, and none may be lost or added:")  # fmt: skip
    assert "3 个文件夹的 14 个派出所" in output, output
    assert fengpu("check", "--data", "merged").exit_code == 0, "What was merged must pass the check."


def test_a_merged_folder_is_merged_like_any_other(three: Path) -> None:
    without_pairs(three / "centre/data")
    (three / "south/sources.yml").write_text(
        "sources:\n  - {id: south-2026, title: 南方一篇, publisher: 不详, date: 不详, date_basis: 载明, kind: 媒体报道}\n",
        encoding="utf-8",
    )
    for out, *folders in (
        ("province", "centre/data", "south"),
        ("nested", "centre/data", "province", "north/data"),
        ("flat", "centre/data", "south", "north/data"),
    ):
        done = fengpu("merge", out, *folders)
        assert done.exit_code == 0, done.output
    assert inside(three / "flat")["sources/south.yml"] == (three / "south/sources.yml").read_bytes()
    assert inside(three / "nested") == inside(three / "flat"), "It makes no difference in how many steps folders are merged."


def test_one_site_comes_of_three_folders(
    project: Project, three: Path, build: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = project(plugins="[fengpu: {data_dir: merged}]", edit_uri="''")
    shutil.copy(three / "south/stations/zhuze.yml", folder / "data/stations")
    shutil.copy(three / "north/data/stations/xinyi.yml", folder / "data/stations")
    for name in ("centre", "north", "south"):
        (folder / name / "stations").mkdir(parents=True)
    for name in ("beijie", "xinyi"):
        shutil.copy(folder / f"data/stations/{name}.yml", folder / "north/stations")
    shutil.copy(folder / "data/stations/zhuze.yml", folder / "south/stations")
    shutil.copytree(folder / "data", folder / "centre", dirs_exist_ok=True, ignore=shutil.ignore_patterns("stations", "schema"))
    monkeypatch.chdir(folder)
    done = fengpu("merge", "merged", "centre", "north", "south")
    assert done.exit_code == 0, done.output
    merged = files(build(folder, "from-three"))
    edit(folder / "mkdocs.yml", "data_dir: merged", "data_dir: data")
    whole = files(build(folder, "from-one"))
    tell(sorted(one for one in merged.keys() | whole.keys() if merged.get(one) != whole.get(one)),
         "The site of the merged folder differs from that of one folder with the same files:")  # fmt: skip


def test_contradictions_leave_everything_as_it_was(three: Path) -> None:
    assert merge()[0] == 0
    before = files(three / "merged")
    shutil.copy(three / "north/data/stations/beijie.yml", three / "south/stations")
    change(three / "south/stations/beijie.yml", summary="南边写的概要。")
    edit(three / "north/data/vocab/problems.yml", "title: ", "terms_of: x\ntitle: ")
    code, output = merge()
    assert code == 1, output
    assert [one.rpartition(" ")[2] for one in said(output)] == ["H601", "E601"], output
    assert files(three / "merged") == before, "Nothing may be written where folders contradict each other."
    assert not list(three.glob("merged.*")), "A merge must clear away what it worked with."
    code, output = merge("--format", "json")
    assert (code, [one["path"] for one in json.loads(output)]) == (1, ["north/data/vocab/problems.yml", "south/stations/beijie.yml"])


def test_a_new_merge_takes_the_place_of_the_old(three: Path) -> None:
    without_pairs(three / "centre/data")
    assert merge()[0] == 0
    change(three / "south/stations/zhuze.yml", summary="改过的概要。")
    (three / "south/stations/guanqian.yml").unlink()
    code, output = merge()
    assert code == 0, output
    made = inside(three / "merged")
    assert "stations/guanqian.yml" not in made, "What its folder no longer holds must go."
    assert made["stations/zhuze.yml"] == (three / "south/stations/zhuze.yml").read_bytes()


def a_file_is_added(out: Path) -> None:
    (out / "stations/new.yml").write_text("id: new\n", encoding="utf-8")


def a_file_is_changed(out: Path) -> None:
    change(out / "stations/zhuze.yml", summary="在结果里改的概要。")


def the_list_is_gone(out: Path) -> None:
    (out / LIST).unlink()


@pytest.mark.parametrize("touch", [a_file_is_added, a_file_is_changed, the_list_is_gone], ids=lambda touch: touch.__name__.replace("_", " "))
def test_work_in_the_result_is_not_destroyed(three: Path, touch: Callable[[Path], None]) -> None:
    assert merge()[0] == 0
    touch(three / "merged")
    before = files(three / "merged")
    code, output = merge()
    assert code == 2, f"A merge must not replace what somebody has worked on:\n{output}"
    assert "--replace" in output and files(three / "merged") == before
    assert merge("--replace")[0] == 0, "Who says so may replace it."
    assert merge()[0] == 0, "Then it is a merge like any other."


def test_a_folder_of_another_kind_is_not_replaced(three: Path) -> None:
    (three / "notes").mkdir()
    assert merge(out="notes")[0] == 0, "An empty folder may be taken."
    (three / "plan.txt").write_text("计划", encoding="utf-8")
    shutil.move(three / "plan.txt", three / "notes")
    code, output = merge(out="notes")
    assert (code, (three / "notes/plan.txt").read_text(encoding="utf-8")) == (2, "计划"), output
    assert "plan.txt" in output, output


@pytest.mark.parametrize("out", ["south", "south/stations", "north", ".", "centre/data/../data", "north/../../{}/south"])
def test_the_result_lies_apart(three: Path, out: str) -> None:
    before = files(three)
    code, output = merge("--replace", out=out.format(three.name))
    assert code == 2, f"A merge must not write into what it reads, not even when told to replace it:\n{output}"
    assert files(three) == before
