"""A MkDocs hook for the site that Material's search is built on: each page holds an article of our site, letter by letter."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def on_page_content(html: str, *, page: Any, config: Any, files: Any) -> str:
    article = Path(config.docs_dir).parent / "articles" / page.file.dest_uri
    return article.read_text(encoding="utf-8") if article.exists() else html
