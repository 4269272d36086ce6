"""Door 2: the command line, and the only module that knows the CLI library."""

from __future__ import annotations

import atexit
import errno
import json
import logging
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NoReturn

import click

from . import __version__
from .gauge import Gauge
from .progress import Stage

if TYPE_CHECKING:
    from .problem import Problem

OK, PROBLEMS, USAGE = 0, 1, 2


class Chinese(click.Group):
    """A command group whose own words are Chinese."""

    def main(self, args: Sequence[str] | None = None, *more: Any, **kwargs: Any) -> NoReturn:  # type: ignore[override]
        try:
            code = super().main(args, *more, **{**kwargs, "standalone_mode": False})
            click.echo(nl=False)  # What is still to be written may find nobody either.
        except click.UsageError as error:
            click.echo(f"用法不对：{_in_chinese(error)}", err=True)
            command = error.ctx.command_path if error.ctx else "fengpu"
            click.echo(f"运行 {command} --help 看用法。", err=True)
            code = USAGE
        except click.Abort:
            click.echo("已中断。", err=True)
            code = PROBLEMS
        except BrokenPipeError:  # Somebody reads only the first lines; that is no fault of theirs.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            code = OK
        code = code if isinstance(code, int) else OK
        if args is None:
            _leave(code)
        sys.exit(code)


def _leave(code: int) -> NoReturn:
    """End the process as it stands: Python would first take the whole book apart, piece by piece, which takes long."""
    atexit._run_exitfuncs()
    for stream in filter(None, (sys.stdout, sys.stderr)):
        with suppress(OSError):  # Nobody listens any more.
            stream.flush()
    os._exit(code)


def _in_chinese(error: click.UsageError) -> str:
    hint = error.param.get_error_hint(error.ctx).strip("'") if isinstance(error, click.BadParameter) and error.param and error.ctx else ""
    name = f"“{hint}”" if hint else ""
    if isinstance(error, click.NoSuchOption):
        near = f"是不是 {'、'.join(error.possibilities)}？" if error.possibilities else ""
        return f"没有选项 {error.option_name}。{near}"
    if isinstance(error, click.MissingParameter):
        return f"缺少 {name}。"
    if isinstance(error, click.BadParameter):
        if error.param and isinstance(error.param.type, click.Choice):
            return f"{name} 只能是：{'、'.join(map(str, error.param.type.choices))}。"
        if error.param and isinstance(error.param.type, click.Path):
            return f"{name} 指的文件或文件夹不存在。"
        return f"{name} 的值不对。"
    if isinstance(error, click.BadOptionUsage):
        return f"选项 {error.option_name} 后面要跟一个值。"
    if "command" in error.message.lower():
        return "没有这个命令。可以用：" + "、".join(sorted(main.commands)) + "。"
    return "多了或少了参数。"


HELP = click.help_option("--help", "-h", help="显示这段说明。")


def _help_in_chinese(context: click.Context, formatter: click.HelpFormatter) -> None:
    command = context.command
    formatter.write(f"用法：{' '.join([context.command_path, *command.collect_usage_pieces(context)])}\n\n{command.help}\n")
    options = [record for one in command.get_params(context) if isinstance(one, click.Option) and (record := one.get_help_record(context))]
    if options:
        with formatter.section("选项"):
            formatter.write_dl(options)
    if isinstance(command, click.Group):
        with formatter.section("命令"):
            formatter.write_dl([(name, one.short_help or one.help or "") for name, one in sorted(command.commands.items())])


class ChineseCommand(click.Command):
    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        _help_in_chinese(ctx, formatter)


Chinese.format_help = lambda self, ctx, formatter: _help_in_chinese(ctx, formatter)  # type: ignore[method-assign]
Chinese.command_class = ChineseCommand


class PlaceFirst(logging.Formatter):
    """Takes the plugin's name off its lines, so that a finding starts with its place here as under ``check``."""

    def format(self, record: logging.LogRecord) -> str:
        return super().format(record).removeprefix("fengpu: ")


@contextmanager
def _heard(gauge: Gauge) -> Iterator[None]:
    """Let what MkDocs and the plugin log be seen, where no bar stands."""

    def clear(record: logging.LogRecord) -> bool:
        gauge.clear()
        return True

    handler = logging.StreamHandler()
    handler.setFormatter(PlaceFirst("%(message)s"))
    handler.addFilter(clear)
    logger = logging.getLogger("mkdocs")
    logger.addHandler(handler)
    logger.setLevel(logging.WARNING)
    logging.getLogger("mkdocs.plugins.fengpu").setLevel(logging.INFO)
    try:
        yield
    finally:
        logger.removeHandler(handler)


@contextmanager
def _watching(timings: bool, quiet: bool) -> Iterator[Gauge]:
    """A gauge that speaks on the error output, so that what is piped on stays clean."""

    def say(text: str) -> None:
        click.echo(text, nl=False, err=True)

    live = sys.stderr.isatty() and os.environ.get("CI", "") in ("", "0", "false")
    gauge = Gauge((lambda text: None) if quiet else say, live=live)
    try:
        yield gauge
    finally:
        gauge.close()
        if timings:
            say(gauge.table())


@click.group(cls=Chinese, help="枫谱：检查派出所资料，生成网站。", options_metavar="[选项]", subcommand_metavar="命令 …", add_help_option=False)
@click.version_option(__version__, "--version", message="fengpu %(version)s", help="显示版本。")
@HELP
def main() -> None:
    pass


DATA = click.option(
    "--data", default="data", show_default="data", metavar="文件夹", type=click.Path(file_okay=False, path_type=Path), help="数据文件夹。"
)
FORM = click.option(
    "--format", "form", type=click.Choice(["text", "json", "github"]), default="text", metavar="text|json|github", help="输出的格式。"
)

CACHE = click.option("--no-cache", "cache", flag_value=False, default=True, help="不用上一次留在 .cache/fengpu 里的结果，也不留下。")


def watched(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options about its progress."""
    timings = click.option("--timings", is_flag=True, help="最后列出每一步用了多少时间和内存。")
    quiet = click.option("--quiet", is_flag=True, envvar="FENGPU_QUIET", help="不显示进度。")
    return timings(quiet(command))


def _tell(problems: Sequence[Problem], form: str, files: int) -> None:
    from .problem import count_line

    if form == "json":
        click.echo(json.dumps([problem.as_dict() for problem in problems], ensure_ascii=False, indent=2))
        return
    for problem in problems:
        click.echo(str(problem) if form == "text" else problem.as_annotation())
    click.echo(count_line(problems, files))


@main.command(help="检查数据，列出全部问题。", options_metavar="[选项]", add_help_option=False)
@click.argument("paths", nargs=-1, metavar="[文件 …]", type=click.Path(exists=True, path_type=Path))
@DATA
@FORM
@CACHE
@watched
@HELP
def check(paths: tuple[Path, ...], data: Path, form: str, cache: bool, timings: bool, quiet: bool) -> int:
    if not data.is_dir():
        click.echo(f"没有数据文件夹 {data}。在项目的顶层运行，或用 --data 指明。", err=True)
        return USAGE
    inside = [path for path in paths if path.resolve().is_relative_to(data.resolve())]
    drafts = [path for path in paths if path not in inside]
    if unfit := [path for path in drafts if not path.is_file()]:
        click.echo(f"{unfit[0]} 不在数据文件夹里，也不是一个文件。", err=True)
        return USAGE
    with _watching(timings, quiet) as watch:
        from .build import findings
        from .cache import Cache
        from .problem import errors

        watch(Stage.START, 0, 0)
        found, files = findings(data, data.as_posix(), drafts, watch, Cache.of(data.parent) if cache else None)
        watch.clear()
        wanted = [(data / path.resolve().relative_to(data.resolve())).as_posix() for path in inside] + [path.as_posix() for path in drafts]
        problems = [
            one for one in found if not paths or any(one.path == path or one.path.startswith(f"{path}/") for path in wanted)
        ]
        _tell(problems, form, len(paths) if paths and all(path.is_file() for path in paths) else files)
    return PROBLEMS if errors(problems) else OK


@main.command(help="把几个数据文件夹汇总成一个，词表、打法等以第一个为准；有冲突就全部列出，什么也不写。", options_metavar="[选项]", add_help_option=False)
@click.argument("out", metavar="结果文件夹", type=click.Path(path_type=Path))
@click.argument("folders", nargs=-1, metavar="数据文件夹 …", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--replace", is_flag=True, help="结果文件夹里有别的东西，也整个换掉。")
@FORM
@watched
@HELP
def merge(out: Path, folders: tuple[Path, ...], replace: bool, form: str, timings: bool, quiet: bool) -> int:
    if len(folders) < 2:
        click.echo("先写结果文件夹，再写至少两个数据文件夹；第一个数据文件夹里的词表、打法等为准。", err=True)
        return USAGE
    result = out.resolve()
    for folder in (*folders, Path()):
        here = folder.resolve()
        if here.is_relative_to(result) or (folder in folders and result.is_relative_to(here)):
            click.echo(f"结果文件夹 {out} 和 {folder} 是同一个，或者一个在另一个里面。换一个结果文件夹。", err=True)
            return USAGE
    with _watching(timings, quiet) as watch:
        from .build import assemble_merged
        from .problem import errors
        from .publish import merged

        watch(Stage.START, 0, 0)
        if not replace and (own := merged.own_work(result)):
            watch.clear()
            some = "、".join(own[:3]) + "……" * (len(own) > 3)
            click.echo(f"{out} 里有 {len(own)} 个文件不是汇总写的，或者后来改过：{some}", err=True)
            click.echo("改动要在原来的文件夹里改；换一个结果文件夹，或者确定不要这些文件了，加 --replace。", err=True)
            return USAGE
        parts, outcome = assemble_merged(folders, watch)
        if not (wrong := errors(outcome.problems)):
            merged.write(parts, result, watch)
        watch.clear()
        _tell(outcome.problems, form, outcome.files)
        if not wrong:
            count = f"{len(folders)} 个文件夹的 {len(outcome.book.stations)} 个派出所，共 {len(parts)} 个文件"
            click.echo(f"汇总好了，在 {out}/：{count}。", err=form != "text")
    return PROBLEMS if wrong else OK


CONFIG_FILE = click.Path(dir_okay=False, path_type=Path)
CONFIG = click.option("--config", "config_file", default="mkdocs.yml", metavar="文件", type=CONFIG_FILE, help="MkDocs 的设置文件。")
STRICT = click.option("--strict", is_flag=True, help="有警告也算失败。")


@main.command(help="检查数据并生成网站；有问题就不动旧的网站。", options_metavar="[选项]", add_help_option=False)
@CONFIG
@click.option("--site", default="site", metavar="文件夹", type=click.Path(file_okay=False, path_type=Path), help="网站放在哪里。")
@STRICT
@CACHE
@watched
@HELP
def build(config_file: Path, site: Path, strict: bool, cache: bool, timings: bool, quiet: bool) -> int:
    if not config_file.is_file():
        click.echo(f"没有 {config_file}。在项目的顶层运行，或用 --config 指明。", err=True)
        return USAGE
    with _watching(timings, quiet) as watch:
        from .plugin import build_site
        from .publish.files import beside
        from .publish.kept import may_go

        watch(Stage.START, 0, 0)
        if not may_go(site, config_file.parent):
            watch.clear()
            click.echo(f"{site} 里有别的文件，不像是从前的网站，没有动它。用 --site 换一个文件夹，或者先把它清空。", err=True)
            return USAGE
        try:
            with _heard(watch), beside(site) as fresh:
                build_site(config_file, fresh, strict=strict, watch=watch, cache=cache, standing=site).publish()
            watch(Stage.SWAP, 0, 0)
        except (click.ClickException, SystemExit) as stop:
            watch.clear()
            click.echo(str(stop), err=True)
            return PROBLEMS
        watch.clear()
        click.echo(f"网站在 {site}/，双击 {site / 'index.html'} 打开。")
    return OK


class Address(click.ParamType):
    """Where a preview is served: ``127.0.0.1:8000``, ``[::1]:8000``, or only a port."""

    name = "地址"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, int]:
        if isinstance(value, tuple):
            return value
        host, _, port = str(value).rpartition(":")
        if not port.isascii() or not port.isdigit() or int(port) > 65535:
            self.fail(value, param, ctx)
        return host.strip("[]") or "127.0.0.1", int(port)


@main.command(help="预览网站；资料、页面一保存，浏览器就显示新的。", options_metavar="[选项]", add_help_option=False)
@CONFIG
@click.option("--addr", "where", default="127.0.0.1:8000", type=Address(), metavar="地址:端口", help="在哪里预览，默认 127.0.0.1:8000。")
@HELP
def serve(config_file: Path, where: tuple[str, int]) -> int:
    if not config_file.is_file():
        click.echo(f"没有 {config_file}。在项目的顶层运行，或用 --config 指明。", err=True)
        return USAGE
    from .plugin import preview

    def build(site: Path, said: IO[bytes]) -> subprocess.Popen[bytes]:
        call = [sys.executable, "-m", "fengpu", "build", "--quiet", "--config", str(config_file), "--site", str(site)]
        # In a session of its own, so that Ctrl-C is for the preview alone.
        quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": said, "start_new_session": True}
        process = subprocess.Popen(call, env=os.environ | {"PYTHONIOENCODING": "utf-8"}, **quiet)  # type: ignore[call-overload]
        if hasattr(os, "setpriority"):  # Whoever looks at a page comes first.
            os.setpriority(os.PRIO_PROCESS, process.pid, os.getpriority(os.PRIO_PROCESS, 0) + 5)
        return process

    host, port = where
    try:
        preview(config_file, host, port, build=build, say=partial(click.echo, err=True))
    except KeyboardInterrupt:
        click.echo("预览结束。", err=True)
    except (click.ClickException, SystemExit) as stop:
        click.echo(str(stop), err=True)
        return PROBLEMS
    except OSError as error:
        why = "可能另一个预览还开着" if error.errno == errno.EADDRINUSE else error.strerror
        click.echo(f"{host}:{port} 用不了：{why}。换一个：fengpu serve --addr 127.0.0.1:{port + 1}", err=True)
        return PROBLEMS
    return OK


@main.command(help="检查数据、生成网站，打成一个离线用的压缩包；有问题就不动旧的。", options_metavar="[选项]", add_help_option=False)
@CONFIG
@click.option("--out", default="fengpu.zip", metavar="文件", type=click.Path(path_type=Path), help="压缩包放在哪里。")
@STRICT
@CACHE
@watched
@HELP
def bundle(config_file: Path, out: Path, strict: bool, cache: bool, timings: bool, quiet: bool) -> int:
    if not config_file.is_file():
        click.echo(f"没有 {config_file}。在项目的顶层运行，或用 --config 指明。", err=True)
        return USAGE
    if out.is_dir():
        click.echo(f"{out} 是文件夹，--out 后面写压缩包的文件名。", err=True)
        return USAGE
    with _watching(timings, quiet) as watch:
        from .plugin import build_site
        from .publish import bundle as publish
        from .publish.files import beside

        watch(Stage.START, 0, 0)
        try:
            with _heard(watch), beside(out) as work:
                # Whatever a server is given: a folder doesn't open its index.html by double-click.
                built = build_site(config_file, work, strict=strict, watch=watch, cache=cache, use_directory_urls=False)
                files, problems = publish.bundle(work, out, built.renderer, built.data, built.source_of)
        except (click.ClickException, SystemExit) as stop:
            watch.clear()
            click.echo(str(stop), err=True)
            return PROBLEMS
        except OSError as error:
            watch.clear()
            click.echo(f"写不成离线包：{error}", err=True)
            return PROBLEMS
    for problem in problems:
        click.echo(str(problem), err=True)
    if problems:
        click.echo(f"没有打包，{out} 不动。先改好上面 {len(problems)} 处。", err=True)
        return PROBLEMS
    click.echo(f"离线包在 {out}，{files} 个文件，{out.stat().st_size / 2**20:.1f} MB。解压后双击 {publish.FOLDER}/index.html 打开。")
    return OK


@main.command(help="把数据的写法（JSON Schema）写进 data/schema。", options_metavar="[选项]", add_help_option=False)
@DATA
@HELP
def schema(data: Path) -> int:
    from . import schema as schemas
    from .publish.files import write

    for name, noun in schemas.FILES.items():
        write(schemas.text(noun), data / "schema" / f"{name}.json")
        click.echo(f"写好 {(data / 'schema' / name).as_posix()}.json")
    return OK
