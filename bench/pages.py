"""The pages of a built site: which of them search knows, what each of them holds, and its article alone."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

OWN_IDS = {"stations", "regions"}
"""Folders that do not stand in the ids of what is in them: stations/beijie/laoli is beijie/laoli."""
FOLDERS = {"playbooks", "problems", "figures", "sources"}
NOT_SEARCHED = {"404.html", "index.html", "search/index.html", *(f"{name}/index.html" for name in ("stations", *FOLDERS))}
"""Pages that only list what is found by itself; our search leaves them out, so nobody is given them."""

_ARTICLE = re.compile(r"<article[^>]*>(.*)</article>", re.DOTALL)
_EDIT = re.compile(r'<a\b[^>]*class="md-content__button[^"]*"[^>]*>.*?</a>', re.DOTALL)
_NAME = re.compile(r"<title>(.*?)(?: · [^<]*)?(?: - [^<]*)?</title>", re.DOTALL)
_ID = re.compile(r'\sid="([^"]+)"')


def entry(address: str) -> str | None:
    """The id by which ``queries.tsv`` calls a page, or None where nobody searches for it."""
    key = address.removesuffix(".html").removesuffix("/index")
    top, _, rest = key.partition("/")
    if address in NOT_SEARCHED or (top == "compare" and rest):
        return None
    if top in OWN_IDS:
        return rest
    return key if top in FOLDERS else f"pages/{address.removesuffix('.html')}"


def searched(site: Path) -> Iterator[str]:
    """The addresses of all pages that search knows, in a fixed order; pages that only redirect are none."""
    for folder, folders, files in os.walk(site):
        folders.sort()
        for file in sorted(files):
            address = os.path.relpath(os.path.join(folder, file), site)
            if file.endswith(".html") and entry(address) and _ARTICLE.search((site / address).read_text(encoding="utf-8")):
                yield address


def held(site: Path, address: str) -> frozenset[str]:
    """Every id that a hit on a page stands for: its own, and on the glossary's page those of all its words."""
    found = {entry(address) or ""}
    if address == "glossary.html":
        found |= {f"glossary/{anchor}" for anchor in _ID.findall(article(site, address))}
    return frozenset(found)


def article(site: Path, address: str) -> str:
    """What stands on a page between its header and its footer, as HTML."""
    found = _ARTICLE.search((site / address).read_text(encoding="utf-8"))
    return _EDIT.sub("", found[1]) if found else ""


def name(site: Path, address: str) -> str:
    """What a page calls itself, without where it belongs and the name of the site."""
    found = _NAME.search((site / address).read_text(encoding="utf-8"))
    return unescape(found[1]) if found else address
