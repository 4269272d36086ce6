"""A data folder made of the files of others, with a list by which the next merge knows that nothing was changed in it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from ..merge import Part
from ..progress import Stage, Watch, counted, unwatched
from .files import swapped

LIST = ".fengpu-merge"
"""Every file with its hash, as ``sha256sum --check`` reads it; who reads a data folder passes over hidden files."""


def write(parts: Sequence[Part], out: Path, watch: Watch = unwatched) -> None:
    """Copy the files byte for byte into ``out``, which is replaced whole: ask `own_work` first."""
    with swapped(out) as fresh:
        lines = []
        for part in counted(parts, watch, Stage.COPY, len(parts)):
            raw = part.item.file.read_bytes()
            (fresh / part.target).parent.mkdir(exist_ok=True)
            (fresh / part.target).write_bytes(raw)
            lines.append(f"{sha256(raw).hexdigest()}  {part.target}\n")
        (fresh / LIST).write_text("".join(lines), encoding="utf-8", newline="\n")
    watch(Stage.SWAP, 0, 0)


def own_work(out: Path) -> list[str]:
    """The files in ``out`` that no merge has written, or that somebody has changed since."""
    if out.is_file():
        return [out.name]
    listed = (out / LIST).read_text(encoding="utf-8").splitlines() if (out / LIST).is_file() else []
    written = {name: digest for digest, _, name in (line.partition("  ") for line in listed)}
    found = sorted(Path(folder, name).relative_to(out).as_posix() for folder, _, names in os.walk(out) for name in names)
    return [name for name in found if name != LIST and sha256((out / name).read_bytes()).hexdigest() != written.get(name)]
