"""What is measured with: the peers in an environment of their own, and the machine."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

HERE = Path(__file__).parent
ENVIRONMENT = {
    "NO_MKDOCS_2_WARNING": "1",
    "PYTHONPATH": os.pathsep.join([str(HERE.parent / "macros"), str(HERE)]),
}


def peers() -> Path:
    """The Python that has the peers; made out of ``requirements.txt`` the first time and whenever that changes."""
    folder, wanted = HERE / ".venv", HERE / "requirements.txt"
    stamp = folder / ".requirements"
    if not stamp.exists() or stamp.read_bytes() != wanted.read_bytes():
        print("Setting up bench/.venv …", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
        pip = [folder / "bin/python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes", "-r", wanted]
        subprocess.run(pip, check=True, stdout=sys.stderr)
        shutil.copyfile(wanted, stamp)
    return folder / "bin/python"


def program(path: str) -> Path:
    """A program that came with a package of the peers, to be called without the Python around it."""
    return next((HERE / ".venv").glob(f"lib/python*/site-packages/{path}"))


def versions(names: Iterable[str]) -> dict[str, str]:
    """The versions that are pinned."""
    pinned = dict(re.findall(r"^([a-z-]+)==([^ ;]+)", (HERE / "requirements.txt").read_text(encoding="utf-8"), re.MULTILINE))
    return {name: pinned[name] for name in names}


def machine() -> str:
    """The processor, how many of it, and the memory."""
    model = next((line.partition(": ")[2] for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")), "?")
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{os.cpu_count()} × {model}, {memory:.0f} GB, Linux {os.uname().release}"
