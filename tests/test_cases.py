"""The golden cases: each is a small data folder or page with something wrong in it, and every line that is said about it."""

from __future__ import annotations

import difflib
import json
import logging
import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import markdown
import pytest
import yaml
from mkdocs.utils import meta

from fengpu.build import assemble, assemble_merged
from fengpu.plugin import Built, build_site
from fengpu.problem import Problem
from fengpu.publish.bundle import bundle
from fengpu.render import macros
from fengpu.render.pages import Addresses, Renderer

CASES = Path(__file__).parent / "cases"
PACKAGE = Path(__file__).parents[1] / "macros" / "fengpu"
STEPS = ("read", "check", "link", "merge", "macros", "plugin", "bundle")
EVERY = sorted(case for step in STEPS for case in (CASES / step).glob("*.yml"))
EXTENSIONS = ["toc", "tables", "fenced_code", "admonition", "attr_list", "md_in_html"]  # As in mkdocs.yml and MkDocs itself.
CODE = re.compile(r"\b[EH]\d{3}\b")


def put(case: dict, top: Path) -> None:
    """Write the base folder and, over it, what the case changes."""
    shutil.copytree(CASES / "base" / "data", top / "data")
    for name, text in case.get("files", {}).items():
        (top / name).parent.mkdir(parents=True, exist_ok=True)
        (top / name).write_text(text, encoding="utf-8", newline="")
    for name, source in case.get("copies", {}).items():
        (top / name).parent.mkdir(parents=True, exist_ok=True)
        (top / name).write_bytes((top / source).read_bytes())
    for change in case.get("changes", ()):
        file = top / change["path"]
        text = file.read_text(encoding="utf-8")
        times = text.count(change["find"])
        assert times == 1, f"{change['find']!r} stands {times} times in {change['path']}; a change must hit one place."
        new = change["replace"] * change.get("times", 1)
        file.write_text(text.replace(change["find"], new), encoding="utf-8", newline="")
    for name, encoding in case.get("encodings", {}).items():
        (top / name).write_bytes((top / name).read_text(encoding="utf-8").encode(encoding))
    for name in case.get("removed", ()):
        shutil.rmtree(top / name) if (top / name).is_dir() else (top / name).unlink()


def bless(file: Path, said: list[str]) -> None:
    """Rewrite the list that ends a case; what stands above it keeps its comments and its shape."""
    lines = "".join(f"\n  - {json.dumps(line, ensure_ascii=False)}" for line in said) or " []"
    above = re.split(r"^problems:", file.read_text(encoding="utf-8"), maxsplit=1, flags=re.MULTILINE)[0]
    file.write_text(f"{above}problems:{lines}\n", encoding="utf-8")


def said_of_data(case: dict, top: Path) -> tuple[list[str], str]:
    return [str(problem) for problem in assemble(top / "data", "data").problems], ""


def said_of_merge(case: dict, top: Path) -> tuple[list[str], str]:
    """Merge the base folder with those of the case, which come after it in the order of their names."""
    folders = [top / "data", *sorted(folder for folder in top.iterdir() if folder.name != "data")]
    _, outcome = assemble_merged(folders)
    return [str(problem).replace(f"{top.as_posix()}/", "") for problem in outcome.problems], ""


def said_of_page(case: dict, top: Path) -> tuple[list[str], str]:
    """Fill one page as the plugin does, and give back what is said and the HTML that comes of it."""
    page = case["page"]
    renderer = Renderer(assemble(top / "data", "data").book, Addresses(directories=False))
    text, _ = meta.get_data(page["text"])
    first_line = 1 + page["text"].count("\n") - text.count("\n")
    here = page["path"].removeprefix("docs/").removesuffix(".md")
    filled, made, problems = macros.fill(renderer, text, here, page["path"], first_line)
    return [str(problem) for problem in problems], macros.pour(markdown.markdown(filled, extensions=EXTENSIONS), made)


def said_of_build(case: dict, top: Path, then: Callable[[Built], list[Problem]] = lambda built: []) -> tuple[list[str], str]:
    """Build the folder with MkDocs, and give back what the plugin says and the page that the case looks at."""
    (top / "docs").mkdir(exist_ok=True)
    (top / "docs/index.md").write_text("# 首页\n", encoding="utf-8")
    (top / "mkdocs.yml").write_text(
        f"site_name: 案例\nuse_directory_urls: false\ntheme: {json.dumps({'name': 'material', 'font': False, **case.get('theme', {})})}\n"
        f"plugins: [fengpu]\nmarkdown_extensions: {EXTENSIONS}\n",
        encoding="utf-8",
    )
    said: list[str] = []
    ear = logging.Handler()
    ear.emit = lambda record: said.append(record.getMessage().removeprefix("fengpu: "))  # type: ignore[method-assign]
    voice = logging.getLogger("mkdocs.plugins.fengpu")
    level = voice.level
    voice.addHandler(ear)
    voice.setLevel(logging.INFO)
    try:
        built = build_site(top / "mkdocs.yml", top / "site", strict=True)
        said += map(str, then(built))
    except SystemExit:
        pass  # What was wrong has been said.
    finally:
        voice.removeHandler(ear)
        voice.setLevel(level)
    shown = top / "site" / case.get("shows", "index.html")
    return said, shown.read_text(encoding="utf-8") if shown.is_file() else ""


def said_of_bundle(case: dict, top: Path) -> tuple[list[str], str]:
    """Build the folder and pack its site; a zip that has something wrong with it must not be there."""

    def packed(built: Built) -> list[Problem]:
        _, problems = bundle(top / "site", top / "fengpu.zip", built.renderer, built.data, built.source_of)
        assert (top / "fengpu.zip").exists() == (not problems)
        return problems

    return said_of_build(case, top, packed)


SAID = {"merge": said_of_merge, "macros": said_of_page, "plugin": said_of_build, "bundle": said_of_bundle}


@pytest.mark.parametrize("file", EVERY, ids=lambda file: f"{file.parent.name}: {file.stem.replace('-', ' ')}")
def test_case(file: Path, tmp_path: Path) -> None:
    case = yaml.safe_load(file.read_text(encoding="utf-8"))
    put(case, tmp_path)
    said, html = SAID.get(file.parent.name, said_of_data)(case, tmp_path)
    name = file.relative_to(CASES.parents[1])
    if os.environ.get("FENGPU_BLESS") == "1":
        bless(file, said)
    elif said != case["problems"]:
        diff = "\n".join(difflib.unified_diff(case["problems"], said, "expected", "said", lineterm="", n=99))
        pytest.fail(f"{name}\n{case['about']}\n\n{diff}\n\nIf this is right: FENGPU_BLESS=1 pytest tests/test_cases.py", pytrace=False)
    for part in case.get("html", ()):
        if part not in html:
            pytest.fail(f"{name}\n{case['about']}\n\nThis is not in the page: {part}\n\n{html}", pytrace=False)


def test_every_code_has_a_case() -> None:
    source = "\n".join(file.read_text(encoding="utf-8") for file in PACKAGE.rglob("*.py"))
    # Quoted, so that a linter's code in a comment is not taken for ours.
    raised = set(re.findall(r"""["']([EH]\d{3})["']""", source))
    shown = {code for file in CASES.rglob("*.yml") for code in CODE.findall(file.read_text(encoding="utf-8"))}
    assert not raised - shown, f"These codes have no case under tests/cases: {', '.join(sorted(raised - shown))}."
