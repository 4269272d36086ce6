"""What is known of characters is asked for once, and outlasts a run."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from fengpu import characters, hands
from fengpu.cache import Cache

KNOWN = """
import sys
from fengpu import characters, hands
assert characters.in_context("长治市") == ("zhang", "zhi", "shi"), characters.in_context("长治市")
print([name for name in ("pypinyin", "opencc") if name in sys.modules])
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Elsewhere there is one process.")
def test_the_long_lists_are_loaded_elsewhere() -> None:
    done = subprocess.run([sys.executable, "-c", KNOWN], capture_output=True, text=True, check=False)
    assert done.stdout == "[]\n", done.stderr or "The lists take more memory than a thousand stations; ask for them in a process of its own."


def test_the_next_run_knows_what_this_one_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    known = characters.known()
    cache = Cache.of(tmp_path)
    characters.remember(cache)
    cache.save()
    monkeypatch.setattr(characters, "_known", [])
    monkeypatch.setattr(characters, "_coming", [])
    monkeypatch.setattr(characters, "_asked", lambda: pytest.fail("Nobody need be asked again."))
    characters.recall(Cache.of(tmp_path))
    assert characters.known() == known


def test_nothing_is_recalled_of_other_versions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = Cache.of(tmp_path)
    characters.known()
    characters.remember(cache)
    monkeypatch.setattr(characters, "_known", [])
    monkeypatch.setattr(characters, "_coming", [])
    monkeypatch.setattr(characters, "version", lambda name: "0")
    monkeypatch.setattr(hands, "_may_split", lambda: False)
    monkeypatch.setattr(characters, "_asked", lambda: pytest.fail("What is asked for now is of this version."))
    characters.recall(cache)
    with pytest.raises(pytest.fail.Exception, match="of this version"):
        characters.known()
