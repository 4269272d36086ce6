"""Profiles come off the shelf as they were put there, and nothing else comes off it."""

from __future__ import annotations

import os
import pickle
import zlib
from enum import Enum
from pathlib import Path

import pytest

from fengpu import model, shelf
from fengpu.book import Book
from fengpu.cache import Cache, print_of
from fengpu.shelf import Shelf, fold, unfold


def test_every_profile_survives_folding(book: Book) -> None:
    """Folded and opened again a profile equals itself, gaps, dates and numbers included."""
    for profile in book.profiles():
        opened = unfold(fold(profile))
        assert opened == profile
        assert opened.model_dump_json() == profile.model_dump_json()


def test_folding_is_the_same_each_time(book: Book) -> None:
    for profile in book.profiles():
        assert fold(unfold(fold(profile))) == fold(profile), f"{profile.id}: a fold must be a function of its profile."


def test_choices_fold_alike_on_every_python() -> None:
    """Python before 3.11.4, as Debian 12 has it, folds the members of its own enums by `getattr`, which nothing may bring along."""
    nouns = [one for one in vars(model).values() if isinstance(one, type) and one.__module__ == model.__name__]
    choices = [one for one in nouns if issubclass(one, Enum)]
    assert len(choices) > 5
    wrong = [one.__name__ for one in choices if one.__reduce_ex__ is not model.Choice.__reduce_ex__]
    assert not wrong, f"Make these choices out of model.Choice: {wrong}"
    assert model.Gap.NONE.__reduce_ex__(5) == (model.Gap, ("无",))


class Evil:
    def __reduce__(self) -> tuple[object, ...]:
        return os.system, ("touch evil",)


class Dotted:
    """Asks for something that the model only imports."""

    def __reduce__(self) -> str:
        return "re"


@pytest.mark.parametrize(
    "strange",
    [
        pickle.dumps(Evil()),
        b"\x80\x04\x8c\x0cfengpu.model\x94\x8c\x05re.sys\x94\x93\x94.",
        b"\x80\x04\x8c\x0cfengpu.model\x94\x8c\x02re\x94\x93\x94.",
        b"\x80\x04\x8c\x0cfengpu.model\x94\x8c\x05field\x94\x93\x94.",
        pickle.dumps({"a": 1}),
        b"",
        b"nonsense",
    ],
    ids=["a command", "a way through a module", "a module", "a function", "no profile", "nothing", "nonsense"],
)
def test_what_is_no_profile_is_refused(strange: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that somebody else wrote may say anything; nothing of it is run."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises((pickle.UnpicklingError, EOFError)):
        unfold(zlib.compress(strange))
    assert list(tmp_path.iterdir()) == []


def test_a_full_shelf_opens_again_what_it_closed(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shelf, "OPEN", 2)
    cache = Cache()
    full = Shelf(cache)
    for profile in book.profiles():
        key = print_of(profile.id.encode())
        cache.put(shelf.KIND, key, fold(profile))
        full.put(profile.id, key)
    assert list(full) == [profile.id for profile in book.profiles()]
    for _ in range(2):
        assert [full[profile.id] for profile in book.profiles()] == list(book.profiles())
    assert full[list(full)[-1]] is full[list(full)[-1]], "The last ones must stay open."
    with pytest.raises(KeyError):
        full["nobody"]
