"""The golden cases: each is a small data folder with something wrong in it, and every line that is said about it."""

from __future__ import annotations

import difflib
import json
import os
import re
import shutil
from pathlib import Path

import pytest
import yaml
from fengpu.build import assemble

CASES = Path(__file__).parent / "cases"
PACKAGE = Path(__file__).parents[1] / "macros" / "fengpu"
EVERY = sorted(case for step in ("read", "check", "link") for case in (CASES / step).glob("*.yml"))
CODE = re.compile(r"\b[EH]\d{3}\b")


def put(case: dict, top: Path) -> None:
    """Write the base folder and, over it, what the case changes."""
    shutil.copytree(CASES / "base" / "data", top / "data")
    for name, text in case.get("files", {}).items():
        (top / name).parent.mkdir(exist_ok=True)
        (top / name).write_text(text, encoding="utf-8", newline="")
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


@pytest.mark.parametrize("file", EVERY, ids=lambda file: f"{file.parent.name}: {file.stem.replace('-', ' ')}")
def test_case(file: Path, tmp_path: Path) -> None:
    case = yaml.safe_load(file.read_text(encoding="utf-8"))
    put(case, tmp_path)
    said = [str(problem) for problem in assemble(tmp_path / "data", "data").problems]
    if os.environ.get("FENGPU_BLESS") == "1":
        bless(file, said)
    elif said != case["problems"]:
        diff = "\n".join(difflib.unified_diff(case["problems"], said, "expected", "said", lineterm="", n=99))
        name = file.relative_to(CASES.parents[1])
        pytest.fail(f"{name}\n{case['about']}\n\n{diff}\n\nIf this is right: FENGPU_BLESS=1 pytest tests/test_cases.py", pytrace=False)


def test_every_code_has_a_case() -> None:
    source = "\n".join(file.read_text(encoding="utf-8") for file in PACKAGE.rglob("*.py"))
    # Quoted, so that a linter's code in a comment is not taken for ours.
    raised = set(re.findall(r"""["']([EH]\d{3})["']""", source))
    shown = {code for file in CASES.rglob("*.yml") for code in CODE.findall(file.read_text(encoding="utf-8"))}
    assert not raised - shown, f"These codes have no case under tests/cases: {', '.join(sorted(raised - shown))}."
