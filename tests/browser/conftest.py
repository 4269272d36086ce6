"""What the tests in a browser share: where the site is found, and a page on which nothing may go wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

expect.set_options(timeout=20_000)
"""What should come comes at once on a quiet machine; a busy one may take its time without being wrong."""

Open = Callable[..., AbstractContextManager[Page]]


@pytest.fixture(params=["http", "file"])
def base(request: pytest.FixtureRequest, site: Path) -> str:
    """Where the site is found: on a server, or as a folder that somebody unpacked."""
    return request.getfixturevalue("served") + "/" if request.param == "http" else site.as_uri() + "/"


@pytest.fixture
def opened(chromium: Browser) -> Open:
    """Opens a page and fails, when it is closed, if anything went wrong on it or it asked anybody else for anything.

    ``missing`` are the ends of addresses that may be asked for in vain, ``before`` is told the context before it is used.
    """

    @contextmanager
    def opened(
        base: str, address: str, missing: tuple[str, ...] = (), before: Callable[[BrowserContext], None] | None = None, **options: Any
    ) -> Iterator[Page]:
        faults: list[str] = []

        def fault(url: str, what: str) -> None:
            if not url.endswith(missing):
                faults.append(what)

        context = chromium.new_context(locale="zh-CN", **options)
        try:
            if before:
                before(context)
            page = context.new_page()
            page.on("console", lambda one: fault(one.location["url"], f"console: {one.text}") if one.type == "error" else None)
            page.on("pageerror", lambda error: faults.append(f"script: {error}"))
            page.on("dialog", lambda one: (faults.append(f"dialog: {one.message}"), one.dismiss()))
            # What is broken off because the reader went on is no fault.
            page.on("requestfailed", lambda one: None if one.failure == "net::ERR_ABORTED" else fault(one.url, f"{one.failure}: {one.url}"))
            page.on("response", lambda one: fault(one.url, f"{one.status}: {one.url}") if one.status >= 400 else None)
            page.on("request", lambda one: None if one.url.startswith((base, "data:", "blob:")) else faults.append(f"asked: {one.url}"))
            page.goto(base + address)
            yield page
            tell(faults, f"On the way through {base} this went wrong:")
        finally:
            context.close()

    return opened


def tell(faults: list[str], what: str) -> None:
    """Fail with every fault that was found."""
    if faults:
        pytest.fail("\n".join([what, *dict.fromkeys(faults)]), pytrace=False)
