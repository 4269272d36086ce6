"""Files and folders written so that nobody finds half of them."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


def write(text: str | bytes, target: Path | str) -> None:
    """Write a text and make the folder that it lies in."""
    folder = os.path.dirname(target) or "."
    try:
        os.mkdir(folder)  # Most files are alone in theirs.
    except FileExistsError:
        pass
    except FileNotFoundError:
        os.makedirs(folder, exist_ok=True)
    with open(target, "wb") as file:
        file.write(text.encode() if isinstance(text, str) else text)


def _alive(process: str) -> bool:
    try:
        os.kill(int(process), 0)
    except (ValueError, ProcessLookupError):
        return False
    except PermissionError:
        pass  # It runs, and belongs to somebody else.
    return True


@contextmanager
def beside(target: Path) -> Iterator[Path]:
    """Give a folder beside ``target`` to work in and clear it away, as well as those of runs that were killed."""
    target.parent.mkdir(parents=True, exist_ok=True)
    for left in target.parent.glob(f"{target.name}.new-*"):
        if not _alive(left.name.removeprefix(f"{target.name}.new-").partition("-")[0]):
            shutil.rmtree(left, ignore_errors=True)
    fresh = Path(tempfile.mkdtemp(prefix=f"{target.name}.new-{os.getpid()}-", dir=target.parent))
    fresh.chmod(0o755)
    try:
        yield fresh
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def swap(fresh: Path, target: Path, then: Callable[[], None] = lambda: None) -> None:
    """Put a folder in the place of another one, and do ``then`` before that is cleared away, which takes long."""
    old = Path(tempfile.mkdtemp(prefix=f"{target.name}.old-", dir=target.parent))
    try:
        for before in map(old.joinpath, "0123456789"):
            with suppress(FileNotFoundError):
                os.replace(target, before)
            try:
                os.replace(fresh, target)
            except OSError as error:
                if error.errno in {errno.ENOTEMPTY, errno.EEXIST}:
                    continue  # Another build has put its own there in the meantime.
                if before.exists():
                    os.replace(before, target)
                raise
            then()
            return
        raise FileExistsError(errno.EEXIST, "Others go on building here", str(target))
    finally:
        shutil.rmtree(old, ignore_errors=True)


@contextmanager
def swapped(target: Path) -> Iterator[Path]:
    """Give a folder to build in and put it in the place of ``target`` only when the build has ended well."""
    with beside(target) as fresh:
        yield fresh
        swap(fresh, target)
