"""Door 1: the MkDocs plugin, and the only module that knows MkDocs."""

from __future__ import annotations

import logging
import os
import posixpath
import re
import sys
from collections.abc import Callable, Container, Iterator, Sequence
from datetime import UTC, datetime, time
from functools import lru_cache, partial
from importlib.metadata import distributions
from pathlib import Path, PurePath
from tempfile import TemporaryDirectory
from threading import RLock
from types import ModuleType, SimpleNamespace
from typing import Any, NamedTuple
from urllib.parse import quote, urljoin

from markupsafe import escape
from mkdocs.commands.build import build as build_with_mkdocs
from mkdocs.commands.build import get_context
from mkdocs.config import config_options as opt
from mkdocs.config import load_config
from mkdocs.config.base import Config
from mkdocs.exceptions import Abort
from mkdocs.plugins import BasePlugin, event_priority, get_plugin_logger
from mkdocs.structure.files import File, Files, InclusionLevel
from mkdocs.utils import CountHandler

from .progress import Stage, Watch, unwatched

log = get_plugin_logger("fengpu")


class FengpuConfig(Config):
    """The options under ``plugins: - fengpu:`` in mkdocs.yml."""

    data_dir = opt.Type(str, default="data")
    """The data folder, from where mkdocs.yml lies."""
    overrides = opt.Type(str, default="overrides/fengpu")
    """A folder whose templates take precedence over the packaged ones."""
    cache = opt.Type(bool, default=True)
    """Whether to keep in .cache/fengpu, and to use, what has not changed since the last build."""


class _Files(Files):
    """The files of MkDocs and, without an object for each, those that data makes: hand-written pages may link to them."""

    def __init__(self, files: Files, ours: Container[str], config: Any) -> None:
        super().__init__(files)
        self.ours = ours
        self.standing: set[str] = set()
        """The hand-written pages that need not be made."""
        self._config = config

    def documentation_pages(self, *, inclusion: Any = None) -> Sequence[File]:
        if inclusion is None:
            return super().documentation_pages()
        # MkDocs names an inclusion only where it goes on to read or to write the pages.
        return [file for file in super().documentation_pages(inclusion=inclusion) if file.src_uri not in self.standing]

    def get_file_from_path(self, path: str) -> File | None:
        if found := super().get_file_from_path(path):
            return found
        address = PurePath(path).as_posix()
        return _generated(address, self._config) if address in self.ours else None


def _generated(address: str, config: Any) -> File:
    file = File(address, None, config.site_dir, config.use_directory_urls, inclusion=InclusionLevel.INCLUDED)
    file.generated_by = "fengpu"
    return file


class FengpuPlugin(BasePlugin[FengpuConfig]):
    """Lets MkDocs read the data, list the pages, fill the macros and write what follows."""

    watch: Watch = staticmethod(unwatched)
    """Told how far the build is; only our own command line listens."""
    cache = True
    """Whether the command line leaves it to the settings."""
    standing: Path | None = None
    """Where the site will stand, if not where MkDocs builds it."""
    laid_out: Callable[[], None] = staticmethod(lambda: None)
    """Called when all is there but what data makes; a preview leaves the build here."""

    def on_startup(self, *, command: str, dirty: bool) -> None:
        self._warnings = CountHandler()
        self._warnings.setLevel(logging.WARNING)
        logging.getLogger("mkdocs").addHandler(self._warnings)
        self._serving = command == "serve"
        self._renderer: Any = None

    def on_shutdown(self) -> None:
        logging.getLogger("mkdocs").removeHandler(self._warnings)

    def on_config(self, config: Any) -> Any:
        before = _forget_modules() if self._serving else {}
        from fengpu import characters, hands
        from fengpu.build import assemble
        from fengpu.cache import Cache
        from fengpu.publish import site
        from fengpu.render.templates import without_hidden

        if self._serving:
            hands.clear()
        self._config = config
        self._root = Path(config.config_file_path).parent
        self._data = self._root / self.config.data_dir
        self._filled: dict[str, tuple[str, list[str]]] = {}
        self._written: dict[str, Any] = {}
        self._traces: dict[str, bytes] = {}
        self.watch(Stage.MKDOCS, 0, 0)
        self._cache = Cache.of(self._root) if self.config.cache and self.cache else None
        if self._cache:
            characters.recall(self._cache)
        characters.ask()
        outcome = assemble(self._data, self.config.data_dir, watch=self.watch, cache=self._cache)
        self._problems = list(outcome.problems)
        self._files_checked = outcome.files
        if self._may_go_on(self._problems, or_keep=self._renderer):
            self._site = site
            self._renderer = self._renderer_of(outcome.book)
        else:
            sys.modules.update(before)  # The old book's classes are those of the old modules.
        if newest := max(outcome.book.checked, default=None):
            # MkDocs dates the sitemap by the clock; the newest check makes two builds of the same data the same.
            os.environ.setdefault("SOURCE_DATE_EPOCH", str(int(datetime.combine(newest.last, time(), UTC).timestamp())))
        make = config.theme.get_env
        config.theme.get_env = lambda: without_hidden(make())
        for address in site.assets():
            (config.extra_css if address.endswith(".css") else config.extra_javascript).append(address)
        watched = (self._data, self._root / self.config.overrides, Path(site.__file__).parent.parent)
        config.watch += [str(folder) for folder in watched if folder.is_dir()]
        return config

    @event_priority(-100)  # Whoever makes a new collection of files would lose ours.
    def on_files(self, files: Any, *, config: Any) -> Any:
        from fengpu.problem import Problem

        by_hand = {file.dest_uri: file for file in files if file.is_documentation_page()}
        self._skipped: set[str] = set()
        self._replaced: set[str] = set()
        self._sheaves = self._site.Sheaves(self._renderer, self._pour)
        for address, hand_written in by_hand.items():
            sheaf = self._sheaves.find(address)
            if sheaf is None:
                continue
            self._replaced.add(address)
            if sheaf.page:
                self._skipped.add(sheaf.page.key)
            if not (sheaf.page and sheaf.page.key.startswith("playbooks/")):
                path = posixpath.join(os.path.relpath(config.docs_dir, self._root).replace(os.sep, "/"), hand_written.src_uri)
                message = f"这个手写页面和数据生成的页面 {address} 同一个网址，用了手写的。"
                self._report(Problem(path, "H501", message, "不想替换就改名。", 1, 1))
        book = self._renderer.book
        for playbook in book.playbooks.values():
            key = f"playbooks/{playbook.id}"
            if self._renderer.addresses.file(key) not in by_hand:
                remedy = f"新建 docs/{key}.md，可以照着别的打法的页面写。"
                message = f"打法“{playbook.name}”还没有手写的说明页，先用了只有对照表的页面。"
                self._report(Problem(book.commons.origins[key], "H502", message, remedy, 1, 1))
        for address, source in self._site.assets().items():
            files.append(_generated(address, config))
            files.get_file_from_path(address).abs_src_path = str(source)
        return _Files(files, self._sheaves, config)

    def on_nav(self, nav: Any, *, config: Any, files: Any) -> Any:
        self._nav = nav
        self._hand_written = [file.src_uri for file in files.documentation_pages()]
        pages = (page for page in nav.pages if page.file.name == "index" or "/" not in page.file.src_uri)
        self._owners = {page.file.src_uri.partition("/")[0].removesuffix(".md"): page for page in pages}
        self.watch(Stage.MKDOCS, 0, 0)
        self._leave_standing(nav, files, config)
        return nav

    def _leave_standing(self, nav: Any, files: Any, config: Any) -> None:
        """Find out what pages were made of, and have MkDocs leave out those hand-written ones that stand as they should."""
        from fengpu.cache import print_of
        from fengpu.publish import handwritten
        from fengpu.publish.kept import Kept
        from fengpu.publish.trace import Traces, ground

        for file in files.documentation_pages():
            file.page.read_source(config)  # The theme shows the titles of all.
        # Whoever else has a hand in pages may look at anything.
        alone = isinstance(files, _Files) and len(config.plugins) == 1 and not config.hooks
        self._shapes = self._cache if alone else None
        self._kept = Kept(self._shapes if self.standing else None, self.standing or Path(config.site_dir))
        self._ground = ground(self._renderer.book.commons, self._theme(nav), *self._templates())
        own = any(file.is_file() for file in (self._root / self.config.overrides).rglob("*"))
        self._prints = Traces(self._renderer, self._ground, self._kept, self._replaced, fine=not own)
        self._packets = []
        if not alone or self._cache is None:
            return
        for name in config.theme.static_templates - {self._site.SITEMAP}:
            trace = self._traces[name] = print_of(self._ground, name.encode())
            if packet := self._kept.standing(name, trace):
                self._packets.append(packet)
                config.theme.static_templates.discard(name)
        for file in files.documentation_pages():
            trace = self._traces[file.dest_uri] = self._trace(file)
            packet, known = self._kept.standing(file.dest_uri, trace), handwritten.known(self._cache, trace)
            if packet and known and all(link in files.ours for link in known.links):
                self._packets.append(packet)
                self._written[file.src_uri] = known.written
                file.page.title = known.written.title
                files.standing.add(file.src_uri)

    def _trace(self, file: Any) -> bytes:
        """A print of all that a hand-written page is made of; its macros are filled only if that may give something new."""
        from fengpu.cache import print_of
        from fengpu.publish import handwritten
        from fengpu.render import macros

        source = (self._ground, file.src_uri.encode(), file.content_bytes)
        before = handwritten.filled(self._cache, print_of(*source))
        if before and (shown := self._prints.shown(before.told)) == before.shown:
            return before.trace
        if before and self._prints.seen(before.told) == before.seen:
            handwritten.keep_filled(self._cache, print_of(*source), before._replace(shown=shown))
            return before.trace
        found = len(self._problems)
        markdown, made = self._fill(file.page)
        trace = print_of(*source, markdown.encode(), *(html.encode() for html in made))
        if len(self._problems) == found:  # What is wrong has to be said again.
            told = macros.told(file.page.markdown)
            filled = handwritten.Filled(told, self._prints.shown(told), self._prints.seen(told), trace)
            handwritten.keep_filled(self._cache, print_of(*source), filled)
        return trace

    def _fill(self, page: Any) -> tuple[str, list[str]]:
        from fengpu.render import macros

        source = page.file.src_uri
        if source not in self._filled:
            path = posixpath.join(os.path.relpath(self._config.docs_dir, self._root).replace(os.sep, "/"), source)
            first_line = 1 + page.file.content_string.count("\n") - page.markdown.count("\n")
            markdown, made, problems = macros.fill(self._renderer, page.markdown, source.removesuffix(".md"), path, first_line)
            self._problems += problems
            self._filled[source] = markdown, made
        return self._filled[source]

    @event_priority(-100)  # What others make of a page may hold calls as well.
    def on_page_markdown(self, markdown: str, *, page: Any, config: Any, files: Any) -> str:
        if markdown != page.markdown:
            page.markdown = markdown
            self._filled.pop(page.file.src_uri, None)
        return self._fill(page)[0]

    def on_page_content(self, html: str, *, page: Any, config: Any, files: Any) -> str:
        from fengpu.derive.documents import Written
        from fengpu.publish import handwritten
        from fengpu.render import macros

        source = page.file.src_uri
        key = source.removesuffix(".md")
        names = (page.meta.get("search") or {}).get("names", ())
        written = self._written[source] = Written(key, str(page.title or key), tuple(map(str, names)), html)
        if trace := self._traces.get(page.file.dest_uri):
            handwritten.keep(self._cache, trace, handwritten.Known(written, handwritten.links(html, page.file.dest_uri, files.ours)))
        html = self._renderer.explained(macros.pour(html, self._filled.pop(source)[1]), key)
        self.watch(Stage.WRITTEN, len(self._written), len(self._hand_written))
        return html

    def on_env(self, env: Any, *, config: Any, files: Any) -> Any:
        from fengpu.problem import in_order
        from fengpu.publish.shell import KIND, Shell

        known = set(self._problems)
        in_pages = (problem for problem in known if problem.severity == "error" and problem.path.endswith(".md"))
        self._may_go_on(in_order(in_pages), or_keep=self._renderer)
        self._template = env.get_template("main.html")
        self._files = files
        self._documents: Sequence[File] = files.documentation_pages()
        folders = {file.url[: end.end()] for file in self._documents for end in re.finditer("/", file.url)}
        shapes, ground = self._shapes, self._ground
        self._shell = Shell(self._rendered, folders, lambda: shapes.get(KIND, ground) if shapes else None)
        self._edit_urls = lru_cache(maxsize=8)(self._edit_url)  # All pages of a profile have one.
        return env

    def on_post_template(self, output: str, *, template_name: str, config: Any) -> str:
        from fengpu.publish.files import write

        if template_name != self._site.SITEMAP or not config.site_url:
            return output
        made = self._site.sitemaps(output, self._renderer, lambda address: urljoin(config.site_url, address), self._skipped)
        for address, text in made:
            if address == template_name:
                output = text
            else:
                write(text, Path(config.site_dir, address))
        return output

    @event_priority(100)  # So that others find the whole site.
    def on_post_build(self, *, config: Any) -> None:
        from fengpu import characters
        from fengpu.publish import handwritten
        from fengpu.publish.kept import addresses
        from fengpu.publish.shell import KIND, unfit

        self.laid_out()
        folder, kept = Path(config.site_dir), self._kept
        others = list(addresses(folder))
        self.watch(Stage.MKDOCS, 0, 0)
        written = [self._written[source] for source in self._hand_written if source in self._written]

        def end() -> list[Any]:
            return unfit(self._shell, Path(config.config_file_path).name)

        packets, found = self._site.make(
            self._renderer, self._pour, written, folder, self._replaced, self._prints, kept, self._cache, end, self.watch
        )
        for problem in dict.fromkeys(one for some in found for one in some):
            self._report(problem)
        if self._cache:
            characters.remember(self._cache)
            self._cache.prune(handwritten.KIND)
            self._cache.prune(handwritten.FILLED)
        if self._shapes and self._shell.fresh:
            self._shapes.put(KIND, self._ground, self._shell.folded())
            self._shapes.prune(KIND)
        if self._warnings.get_counts():
            self._traces.clear()  # What MkDocs warned of it has to say again, so no page may count as known.
        self.publish = partial(kept.publish, folder, [*self._packets, *packets], others, self._traces)

    def source_of(self, address: str) -> str:
        """The file that a file of the site was made of, as findings name it; its own address where nobody wrote one."""
        sheaf = self._sheaves.find(address)
        if sheaf is not None and address not in self._replaced:
            return (sheaf.page and sheaf.page.origin) or address
        file = next((one for one in self._files if one.dest_uri == address), None)
        if file is None or file.abs_src_path is None or not Path(file.abs_src_path).is_relative_to(self._config.docs_dir):
            return address
        return Path(os.path.relpath(file.abs_src_path, self._root)).as_posix()

    # ── Below: what the hooks share ──

    def _report(self, problem: Any) -> None:
        self._problems.append(problem)
        log.info(str(problem))

    def _may_go_on(self, problems: Sequence[Any], *, or_keep: Any) -> bool:
        """Log every finding; errors end the build after all of them were said.

        A preview that has something to show goes on showing it: a server that dies or hangs at every slip is no preview.
        """
        from fengpu.problem import count_line, errors

        for problem in problems:
            log.log(logging.ERROR if problem.severity == "error" else logging.INFO, str(problem))
        if not errors(problems):
            return True
        if self._serving and or_keep is not None:
            log.error(f"{count_line(problems, self._files_checked)}预览仍是改动之前的数据。")
            return False
        raise Abort(count_line(problems, self._files_checked))

    def _renderer_of(self, book: Any) -> Any:
        from fengpu.render.pages import Addresses, Renderer

        overrides = self._root / self.config.overrides
        return Renderer(book, Addresses(directories=self._config.use_directory_urls), overrides if overrides.is_dir() else None)

    def _pour(self, filled: Any) -> str:
        """Pour content into the theme's own shell, as MkDocs does with a page made out of Markdown."""
        from fengpu.publish.shell import Fields

        config, page = self._config, filled.page
        url = self._renderer.addresses.url(page.key)
        fields = Fields(
            url=url,
            file=f"{page.key}/index.html",
            # Material writes these without escaping them, as MkDocs' own pages come from people with a hand in the code.
            title=escape(page.title),
            description=escape(page.description),
            content=filled.html,
            toc=filled.toc,
            hide=("navigation",) if filled.toc else ("navigation", "toc"),
            edit_url=self._edit_urls(page.origin),
            canonical_url=urljoin(config.site_url, url) if config.site_url else None,
        )
        return self._shell.pour(fields)

    def _rendered(self, fields: Any) -> str:
        """A whole page from the theme's template, as MkDocs renders a page made out of Markdown."""
        page = SimpleNamespace(
            title=fields.title,
            content=fields.content,
            toc=fields.toc,
            meta={"title": fields.title, "description": fields.description, "hide": list(fields.hide)},
            url=fields.url,
            abs_url=None,
            canonical_url=fields.canonical_url,
            edit_url=fields.edit_url,
            is_homepage=False,
            previous_page=None,
            next_page=None,
            parent=None,
            ancestors=[],
            file=SimpleNamespace(src_uri=fields.file, src_path=fields.file, url=fields.url),
        )
        context = get_context(self._nav, self._documents, self._config, page)  # type: ignore[arg-type]
        owner = self._owners.get(fields.url.partition("/")[0])
        if owner is not None:
            owner.active = True  # So that the tab of its list is shown as the present one.
        try:
            return self._template.render(context)
        finally:
            if owner is not None:
                owner.active = False

    def _theme(self, nav: Any) -> bytes:
        """A print of all that the theme knows beside the page itself."""
        from fengpu.cache import print_of

        config = self._config
        libraries = ("mkdocs", "properdocs", "mkdocs-material", "jinja2", "markupsafe", "markdown", "pymdown-extensions", "pygments")
        versions = [one.version for name in libraries for one in distributions(name=name)]
        rest = (
            str(nav),
            versions,
            list(config.extra_css),
            list(map(str, config.extra_javascript)),
            config.use_directory_urls,
            config.site_url,
        )
        return print_of(Path(config.config_file_path).read_bytes(), repr(rest).encode())

    def _templates(self) -> Iterator[Path]:
        """The folders whose files decide what pages look like."""
        yield Path(self._site.__file__).parents[1] / "templates"
        if self._config.theme.custom_dir:
            yield Path(self._config.theme.custom_dir)
        yield self._root / self.config.overrides

    def _edit_url(self, origin: str | None) -> str | None:
        config = self._config
        if origin is None or not config.repo_url:
            return None
        path = Path(os.path.relpath(self._root / origin, config.docs_dir)).as_posix()
        if config.edit_uri_template:
            return urljoin(config.repo_url, config.edit_uri_template.format(path=path, path_noext=path.removesuffix(".yml")))
        if not config.edit_uri:
            return None
        return urljoin(urljoin(config.repo_url.rstrip("/") + "/", config.edit_uri), path)


def _forget_modules() -> dict[str, ModuleType]:
    # The preview also follows changes of our own code; this module alone stays, since MkDocs holds on to it.
    names = [name for name in sys.modules if name.startswith("fengpu.") and name != __name__]
    return {name: sys.modules.pop(name) for name in names}


class Built(NamedTuple):
    """What a build knows that is not in the site."""

    renderer: Any
    data: Path
    source_of: Callable[[str], str]
    publish: Callable[[], None]
    """Let the site stand where it should."""


def build_site(
    config_file: Path,
    site_dir: Path,
    *,
    strict: bool,
    watch: Watch = unwatched,
    cache: bool = True,
    standing: Path | None = None,
    **settings: Any,
) -> Built:
    """Build with MkDocs into ``site_dir``; ``settings`` go before those of the file.

    What has not changed in the site that is ``standing`` is not built. Raises `SystemExit` where MkDocs would.
    """
    config, plugin = _loaded(config_file, strict=strict, site_dir=str(site_dir), **settings)
    plugin.watch, plugin.cache, plugin.standing = watch, cache, standing
    config.plugins.on_startup(command="build", dirty=False)
    try:
        build_with_mkdocs(config)
    finally:
        config.plugins.on_shutdown()
        watch(Stage.MKDOCS, 0, 0)
    return Built(plugin._renderer, plugin._data, plugin.source_of, plugin.publish)


def _loaded(config_file: Path, **settings: Any) -> tuple[Any, FengpuPlugin]:
    """What a file of settings says, and the plugin that is set there."""
    config = load_config(str(config_file), **settings)
    plugin = next((one for one in config.plugins.values() if isinstance(one, FengpuPlugin)), None)
    if plugin is None:
        raise Abort(f"{config_file} 的 plugins 里没有 fengpu，加上一行：- fengpu")
    return config, plugin


# ── The preview ──────────────────────────────────────────────────────────────


class Proofs:
    """Single files of the site that a plugin has laid out, made of what the data and the hand-written pages say now."""

    def __init__(self, plugin: FengpuPlugin) -> None:
        self._plugin = plugin
        self._by_hand = {file.dest_uri: file for file in plugin._files if file.inclusion.is_included()}
        plugin._files.ours = self  # MkDocs looks at the links of a page again.
        plugin._traces.clear()  # What is made here is not what the build has seen.
        self._turn = RLock()
        self._spread()

    def _spread(self) -> None:
        self._sheaves = self._plugin._site.Sheaves(self._plugin._renderer, self._plugin._pour)

    def renew(self) -> tuple[list[Any], int]:
        """Read the data again, and give what was found and in how many files; where there are errors nothing changes."""
        from fengpu.build import assemble
        from fengpu.cache import Cache
        from fengpu.problem import errors

        plugin = self._plugin
        outcome = assemble(plugin._data, plugin.config.data_dir, cache=Cache.of(plugin._root) if plugin._cache else None)
        if not errors(outcome.problems):
            with self._turn:
                plugin._renderer = plugin._renderer_of(outcome.book)
                self._spread()
        return outcome.problems, outcome.files

    def file(self, address: str) -> bytes | None:
        """What a file holds, or None where there is no such file or it cannot be made alone."""
        with self._turn:
            if file := self._by_hand.get(address):
                return self._written(file.page) if file.page else file.content_bytes
            sheaf = self._sheaves.find(address)
            return sheaf.text().encode() if sheaf else None

    def __contains__(self, address: object) -> bool:
        return address in self._sheaves

    def _written(self, page: Any) -> bytes | None:
        """A hand-written page as MkDocs makes it, or None where a macro in it is wrong."""
        from fengpu.problem import errors

        plugin, config, files = self._plugin, self._plugin._config, self._plugin._files
        events, known = config.plugins, len(plugin._problems)
        page = events.on_pre_page(page, config=config, files=files)
        page.read_source(config)
        page.markdown = events.on_page_markdown(page.markdown, page=page, config=config, files=files)
        page.render(config, files)
        page.content = events.on_page_content(page.content, page=page, config=config, files=files)
        if errors(plugin._problems[known:]):
            return None
        page.active = True
        try:
            template = plugin._template.environment.get_template(page.meta.get("template", "main.html"))
            context = get_context(plugin._nav, plugin._documents, config, page)
            output = template.render(events.on_page_context(context, page=page, config=config, nav=plugin._nav))
        finally:
            page.active = False
        return events.on_post_page(output, page=page, config=config).encode("utf-8", "xmlcharrefreplace")


class _LaidOut(BaseException):
    """Leaves a build in which pages could now be made."""


def _lay_out(config_file: Path, watch: Watch) -> FengpuPlugin:
    """Let MkDocs build in vain, up to where the pages follow that data make."""

    def leave() -> None:
        raise _LaidOut

    with TemporaryDirectory(prefix="fengpu-") as folder:
        config, plugin = _loaded(config_file, site_dir=folder)
        plugin.watch, plugin.laid_out = watch, leave
        config.plugins.on_startup(command="build", dirty=False)
        try:
            build_with_mkdocs(config)
        except _LaidOut:
            plugin.watch = unwatched
        finally:
            config.plugins.on_shutdown()
    return plugin


def preview(config_file: Path, host: str, port: int, *, build: Callable[[Path, Any], Any], say: Callable[[str], None]) -> None:
    """Serve the site and all that is changed in it until somebody interrupts.

    ``build`` starts a process that builds the site in a folder and writes what is wrong with it into a file. Raises `OSError` where the port is taken and what MkDocs raises where it cannot read the settings.
    """
    from fengpu.cache import Cache
    from fengpu.preview import Kind, Preview
    from fengpu.publish.files import beside

    config, plugin = _loaded(config_file)
    package = Path(__file__).parent
    root = Path(config.config_file_path).parent

    def roots() -> list[Path]:
        own = (root / plugin.config.data_dir, root / plugin.config.overrides, Path(config.docs_dir), Path(config.config_file_path), package)
        return [*own, *map(Path, filter(None, (config.theme.custom_dir, *config.watch)))]

    def kind(file: Path, other: bool) -> Kind:
        if file.is_relative_to(package) and file.suffix == ".py":
            return Kind.CODE
        if any(map(file.is_relative_to, (root / plugin.config.data_dir, root / plugin.config.overrides, package / "templates"))):
            return Kind.DATA
        if not other and file.is_relative_to(config.docs_dir):
            return Kind.PAGE if file.suffix == ".md" else Kind.LOOKS
        return Kind.LOOKS if not other and file.is_relative_to(package / "assets") else Kind.WHOLE

    def lay_out(watch: Watch, code: bool) -> Proofs | None:
        nonlocal config, plugin
        before = _forget_modules() if code else {}
        try:
            plugin = _lay_out(config_file, watch)
        except BaseException as stop:
            sys.modules.update(before)
            if isinstance(stop, Exception | SystemExit):
                return None
            raise
        config = plugin._config
        return Proofs(plugin)

    # The build says all that is to be said.
    logging.getLogger("mkdocs").addHandler(logging.NullHandler())
    served = Preview(host, port, roots, kind, say)
    with TemporaryDirectory(prefix="fengpu-") as passing:
        # Nobody else has the port, so nobody else has the folder; the next preview begins with what lies there.
        lasting = Cache.of(root).folder if plugin.config.cache else None
        site = (lasting or Path(passing)) / f"preview-{quote(host, safe='')}-{port}"
        try:
            served.run(site, lay_out, partial(build, site))
        finally:
            with beside(site):  # This clears away what a build has left that was ended.
                pass
