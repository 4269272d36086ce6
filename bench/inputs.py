"""What other site generators are given: every page of ours, so that they build as many pages that say the same.

    python bench/inputs.py DATA SITE OUT

Pages of stations and methods come as facts (`facts`), which Hugo's layouts set. All others, lists above all, come as what
stands in our finished page, laid out already: others need only pass it on, while ours works it out as it builds. Around
them all stands the shell of ours: MkDocs and Zensical make it themselves, Hugo is given it as a layout.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import facts
import pages

_ELEMENT = re.compile(r"<(script|style|template)\b.*?</\1>", re.DOTALL)
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_TAG = re.compile(r"<(/?)([a-zA-Z0-9]+)([^>]*)>")
_HREF = re.compile(r'\shref="[^"]*"')
_BREAKS = re.compile(r"\s*\n\s*")
_KEPT = re.compile("a|aside|br|code|d[dlt]|em|figcaption|figure|h[1-6]|li|nav|ol|p|pre|strong|table|tbody|td|tfoot|th|thead|tr|ul")
_INLINE = {"abbr", "span", "time"}
_CONTENTS = re.compile(r'<nav class="md-nav md-nav--secondary".*?</nav>', re.DOTALL)
_ARTICLE = re.compile(r'(<article class="md-content__inner[^>]*>).*(</article>)', re.DOTALL)
_FIELDS = (
    (re.compile(r"(<title>).*?(</title>)", re.DOTALL), "{{ .Title }} - {{ site.Title }}"),
    (re.compile(r'(<meta name="description" content=").*?(">)', re.DOTALL), "{{ .Params.summary }}"),
    (re.compile(r'(data-md-component="header-topic">\s*<span class="md-ellipsis">).*?(</span>)', re.DOTALL), "{{ .Title }}"),
)
"""What the shell says of a page."""
_UP = re.compile(r'(?<=\s)(href|src)="(?:\.\./)+')


def key(address: str) -> str:
    """What a page is called wherever a generator puts it: ``about.html`` and ``about/index.html`` are one."""
    return address.removesuffix(".html").removesuffix("/index")


def kind(name: str) -> str:
    """What sort of page a key stands for."""
    top, *below = name.split("/")
    if top == "stations" and below:
        return "stations" if len(below) == 1 else "methods"
    return top if below else "404" if top == "404" else "single pages"


def addresses(site: Path) -> Iterator[str]:
    """The addresses of all pages of a site, in a fixed order."""
    for folder, folders, files in os.walk(site):
        folders.sort()
        for file in sorted(files):
            if file.endswith(".html"):
                yield os.path.relpath(os.path.join(folder, file), site)


def bare(html: str) -> str:
    """A page's content with as little markup as shows the same text: no classes, tooltips, ids or forms."""

    def tag(found: re.Match[str]) -> str:
        slash, name, attributes = found[1], found[2].lower(), found[3]
        if not _KEPT.fullmatch(name):
            return "" if name in _INLINE else " "
        href = _HREF.search(attributes) if name == "a" else None
        return f"<{slash}{name}{href[0] if href else ''}>"

    return _BREAKS.sub("\n", _TAG.sub(tag, _COMMENT.sub("", _ELEMENT.sub("", html)))).strip()


def layout(page: str) -> str:
    """The shell of one of our pages as Hugo's layout for all; a table of contents is left out, since few of its pages have one."""
    shell = _CONTENTS.sub("", page)
    for field, value in _FIELDS:
        shell = field.sub(lambda found, value=value: f"{found[1]}{value}{found[2]}", shell, count=1)
    shell = _ARTICLE.sub(lambda found: f'{found[1]}{{{{ block "main" . }}}}{{{{ end }}}}{found[2]}', shell)
    return _UP.sub(r'\1="{{ $up }}', '{{ $up := strings.Repeat (sub (strings.Count "/" .RelPermalink) 1) "../" }}' + shell.lstrip())


def write(data: Path, site: Path, out: Path) -> int:
    """Write the sources of all pages for Hugo, MkDocs and Zensical, and tell how many pages they are."""
    made = facts.write(data, out)
    station = next(address for address in addresses(site) if kind(key(address)) == "stations")
    put(out / "hugo/layouts/baseof.html", layout((site / station).read_text(encoding="utf-8")))
    for address in addresses(site):
        name = key(address)
        if kind(name) in {"stations", "methods", "404"} or not (article := pages.article(site, address)):
            continue  # What has no article sends a reader on to another page.
        made += 1
        title, content = pages.name(site, address), bare(article)
        # An own address, since a page and a folder of one name would be taken for a section and its pages.
        head = {"type": "article", "title": title, "params": {"summary": ""}, **({} if name == "index" else {"url": f"/{name}/"})}
        file = out / "hugo/content" / ("_index.html" if name == "index" else f"more/{made}.html")
        put(file, f"{json.dumps(head, ensure_ascii=False)}\n{content.replace('{{%', '{{&#37;')}\n")
        # Methods of regions lie as those of stations do, which link to them.
        path = name if name.startswith("regions/") and name.count("/") == 2 else address.removesuffix(".html")
        # Without links, since Zensical looks each of them up among its own pages and reports those to what we call otherwise.
        text = _HREF.sub("", content)
        put(out / "markdown/docs" / f"{path}.md", f"---\ntitle: {json.dumps(title, ensure_ascii=False)}\n---\n<div>\n{text}\n</div>\n")
    return made


def put(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    print(write(*map(Path, sys.argv[1:])))
