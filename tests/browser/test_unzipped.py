"""The zip in a reader's hands: unpacked into a folder with an awkward name and opened by double-click."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from zipfile import ZipFile

import pytest
from playwright.sync_api import Page, expect

Open = Callable[..., AbstractContextManager[Page]]
FOLDER = "枫谱 离线 版 (1) #2 50% 100%25 a+b&c=d;e?f"
"""Spaces, Chinese, and whatever means something in an address."""


@pytest.fixture(scope="module")
def base(bundled: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The folder that a reader has after unpacking, as the browser is told of it; all that a page may ask for lies in it."""
    folder = tmp_path_factory.mktemp("unpacked") / FOLDER
    with ZipFile(bundled) as zipped:
        zipped.extractall(folder)
    return (folder / "fengpu").as_uri() + "/"


def test_a_reader_finds_a_room_and_the_words_in_it(base: str, opened: Open) -> None:
    with opened(base, "index.html", viewport={"width": 1440, "height": 900}) as page:
        box = page.get_by_role("combobox", name="搜索")
        box.fill("老李调解室")
        expect(page.get_by_role("option").first).to_contain_text("老李调解室")
        box.press("Enter")
        result = page.locator("#results > li[data-id='beijie/laoli']").get_by_role("link", name="老李调解室").first
        expect(result).to_be_visible()
        assert page.url.startswith(f"{base}search/index.html?q="), f"The search has led to {page.url}."
        result.click()
        expect(page.locator("h1")).to_contain_text("老李调解室")
        expect(page.locator("article mark").first).to_be_in_viewport()
        assert page.url.startswith(f"{base}stations/beijie/laoli/index.html"), f"The result has led to {page.url}."


def test_a_suggestion_leads_to_its_page(base: str, opened: Open) -> None:
    with opened(base, "sources/beijie-2023/index.html", viewport={"width": 1440, "height": 900}) as page:
        page.get_by_role("combobox", name="搜索").fill("beijie")
        page.get_by_role("option").filter(has_text="北街派出所").first.click()
        expect(page.locator("h1")).to_contain_text("北街派出所")
        assert page.url.startswith(f"{base}stations/beijie/index.html"), f"The suggestion has led to {page.url}."


def test_what_is_chosen_is_put_side_by_side(base: str, opened: Open) -> None:
    with opened(base, "stations/beijie/index.html", viewport={"width": 1440, "height": 900}) as page:
        page.locator(".fp-pick").first.click()
        page.goto(f"{base}stations/zhuze/index.html")
        page.locator(".fp-pick").first.click()
        page.locator(".fp-tray").get_by_role("link", name="并排比较").click()
        for name in ("北街派出所", "竹箦派出所"):
            expect(page.locator("#fp-compare thead")).to_contain_text(name)
