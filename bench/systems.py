"""The search systems that are held against each other, each with its own index and asked through its own scripts."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from urllib.parse import urlencode

from playwright.sync_api import Page

import pages
import process
from installed import ENVIRONMENT, HERE, peers

DEPTH = 20
"""How far down a list of results is looked: our search shows so many on a page."""


class System:
    """A search over a built site.

    ``script`` gives the page ``bench``: ``ask(query)`` lists what is found. Where speed is measured too, ``whole(query)``
    shows it as a reader sees it and ``alone(query)`` only searches; both say how much they found.
    """

    name: str
    start: str
    """The page on which it is asked."""
    before = ""
    """A script that runs before those of the page."""
    script: str
    parts: tuple[str, ...]
    """How the addresses of all that search loads begin, but for the page itself."""
    store: str
    """The folder of its index in the site."""
    from_file = False
    """Whether it answers on a site that is opened as a folder."""
    folder: Path
    """What is served."""

    def index(self, site: Path, work: Path) -> dict[str, float]:
        """Make the index; gives the seconds, the seconds of the processors and the peak of memory that making it took."""
        raise NotImplementedError

    def open(self, page: Page, base: str, slowdown: int = 1) -> None:
        """Go to where it is asked, ready for the first query."""
        if self.before:
            page.add_init_script(self.before)
        page.goto(base + self.start)
        page.evaluate(self.script, {"depth": DEPTH, "slowdown": slowdown})

    def cold(self, page: Page, base: str, query: str, slowdown: int = 1) -> float:
        """Milliseconds until a reader who has just come sees results."""
        raise NotImplementedError

    def means(self, site: Path, hit: str) -> frozenset[str]:
        """The ids that a hit stands for: the page is enough, even where the entry is only a part of it."""
        return pages.held(site, hit)


class Fengpu(System):
    """Our own, as the site has it."""

    name = "fengpu"
    start = "search/index.html"
    parts = ("data/", "assets/fengpu/fengpu.js", "assets/fengpu/search")
    store = "data/search"
    from_file = True
    before = """new MutationObserver(() => {
      if (!window.benchFirst && document.querySelector("#results li")) window.benchFirst = performance.now()
    }).observe(document, {childList: true, subtree: true})"""
    script = """() => {
      const results = document.querySelector("#results"), form = document.querySelector("article [name=q]").form
      window.bench = {
        async whole(query) {
          const drawn = new Promise(done => new MutationObserver((_, self) => {
            if (results.querySelector("li")) { self.disconnect(); done() }
          }).observe(results, {childList: true}))
          form.elements.q.value = query
          form.requestSubmit()
          await drawn
          return results.querySelectorAll("li[data-id]").length
        },
        async alone(query) { return (await fengpu.search(query)).hits.length },
        async ask(query) {
          await bench.whole(query)
          return Array.from(results.querySelectorAll("li[data-id]"), one => one.dataset.id)
        },
      }
    }"""

    def __init__(self, project: Path) -> None:
        self.project = project

    def index(self, site: Path, work: Path) -> dict[str, float]:
        """Build the site too, since the index comes with it, and tell its cost beside that of the index alone."""
        self.folder = site
        build = process.run([sys.executable, HERE / "indexing.py", "build", "--no-cache", "--site", site], self.project, **ENVIRONMENT)
        alone = json.loads(build.output.splitlines()[-1])
        if not alone:
            raise SystemExit("The build passed publish.site.search_scripts by: tell bench/indexing.py where the index is made now.")
        return {**alone, "build_seconds": build.seconds, "build_peak": build.peak}

    def cold(self, page: Page, base: str, query: str, slowdown: int = 1) -> float:
        page.add_init_script(self.before)
        page.goto(f"{base}{self.start}?{urlencode({'q': query})}")
        return float(page.wait_for_function("window.benchFirst").json_value())

    def means(self, site: Path, hit: str) -> frozenset[str]:
        return frozenset({hit})


class Material(System):
    """Material's own search, with jieba: a site whose pages hold the articles of ours."""

    name = "material"
    start = "start.html"
    parts = ("search/", "assets/javascripts/workers/", "assets/javascripts/lunr/")
    store = "search"
    before = """window.Worker = class extends Worker {
      constructor(...given) {
        super(...given)
        this.asked = []
        this.addEventListener("message", ({data}) => {
          if (data.type === 1) window.benchReady = true
          if (data.type === 3) window.benchTell(this.asked.shift(), data.data.items)
        })
      }
      postMessage(message, ...given) {
        if (message.type === 2) this.asked.push(message.data)
        super.postMessage(message, ...given)
      }
    }
    window.benchTell = () => {}"""
    script = """({depth}) => {
      const box = document.querySelector("[data-md-component=search-query]")
      box.focus()
      // What its worker finds, in the order in which it lists it; the list itself shows more only as one scrolls.
      const found = query => {
        const told = new Promise(resolve => {
          window.benchTell = (asked, items) => { if (asked === query) resolve(items) }
        })
        box.value = query
        box.dispatchEvent(new KeyboardEvent("keyup", {bubbles: true}))
        return told
      }
      window.bench = {
        async ask(query) { return (await found(query)).slice(0, depth).map(group => group[0].location.split("#")[0]) },
      }
    }"""

    def index(self, site: Path, work: Path) -> dict[str, float]:
        self.folder = work / "material-site"
        for address in pages.searched(site):
            article = work / "material/articles" / address
            page = work / "material/docs" / f"{address.removesuffix('.html')}.md"
            for file, text in ((article, pages.article(site, address)), (page, f"---\ntitle: {_text(pages.name(site, address))}\n---\n")):
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text, encoding="utf-8")
        (work / "material/docs/start.md").write_text("---\nsearch: {exclude: true}\n---\n", encoding="utf-8")
        config = {
            "site_name": "枫谱",
            "site_dir": str(self.folder),
            "use_directory_urls": False,
            "theme": {"name": "material", "language": "zh", "font": False},
            "plugins": [{"search": {"lang": "zh"}}],
            "hooks": [str(HERE / "poured.py")],
            "nav": [{"首页": "start.md"}],  # Each page in the navigation makes every other one larger.
        }
        (work / "material/mkdocs.yml").write_text(json.dumps(config, ensure_ascii=False), encoding="utf-8")
        return process.run([peers(), "-m", "mkdocs", "build", "--quiet"], work / "material", **ENVIRONMENT).taken()

    def open(self, page: Page, base: str, slowdown: int = 1) -> None:
        super().open(page, base, slowdown)
        page.wait_for_function("window.benchReady")


class Pagefind(System):
    """Pagefind with its Chinese segmentation, over the articles of the same pages."""

    name = "pagefind"
    start = "start.html"
    parts = ("pagefind/",)
    store = "pagefind"
    script = """async ({depth, slowdown}) => {
      const pagefind = await import(new URL("pagefind/pagefind.js", location.href))
      // A worker would not be slowed down with the page.
      await pagefind.options({noWorker: slowdown > 1})
      await pagefind.init()
      const texts = found => Promise.all(found.map(one => one.data()))
      window.bench = {
        async alone(query) { return (await pagefind.search(query)).results.length },
        async whole(query) {
          const found = await pagefind.search(query)
          return (await texts(found.results.slice(0, 5))).length  // As many as its own page of results shows.
        },
        async ask(query) {
          const found = await pagefind.search(query)
          return (await texts(found.results.slice(0, depth))).map(one => one.url.replace(/^[/]/, ""))
        },
      }
    }"""

    def index(self, site: Path, work: Path) -> dict[str, float]:
        self.folder = work / "pagefind"
        for address in pages.searched(site):
            copy = self.folder / address
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.hardlink_to(site / address)
        command = [
            *(peers(), "-m", "pagefind", "--site", self.folder, "--force-language", "zh", "--quiet", "--keep-index-url"),
            *("--root-selector", "article.md-content__inner", "--exclude-selectors", ".md-content__button"),
        ]
        cost = process.run(command, work)
        (self.folder / self.start).write_text("<!doctype html><meta charset=utf-8><title>Pagefind</title>", encoding="utf-8")
        return cost.taken()

    def cold(self, page: Page, base: str, query: str, slowdown: int = 1) -> float:
        page.goto(base + self.start)
        started = page.evaluate("performance.now()")
        page.evaluate(self.script, {"depth": DEPTH, "slowdown": slowdown})
        shown = "async ([query, started]) => { await bench.whole(query); return performance.now() - started }"
        return float(page.evaluate(shown, [query, started]))


def _text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
