"""Jinja with less to do for each value: a page has hundreds of them, and a site hundreds of thousands of pages.

The templates and what they may say stay Jinja's own. Only the Python that it makes of them is leaner: a template gathers
its text in a list, what is printed is escaped only where it needs to be, functions are called without asking whether
they want the context (none here does), a macro is a plain function, and all names that a template knows lie in one
dictionary. The theme keeps an environment of its own, of which only the list of files is made shorter.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, MutableMapping, Sequence
from contextlib import suppress
from functools import cache, cached_property, lru_cache, partial
from io import StringIO
from keyword import iskeyword
from pathlib import PurePath
from typing import Any

import jinja2
from jinja2 import FileSystemBytecodeCache, FileSystemLoader, nodes
from jinja2.bccache import Bucket
from jinja2.compiler import CodeGenerator, Frame, MacroRef, optimizeconst
from jinja2.environment import TemplateModule
from jinja2.nodes import EvalContext
from jinja2.runtime import Context, markup_join, missing
from markupsafe import Markup, escape
from markupsafe import _escape_inner as harmless  # All that `escape` does to a string but make markup of it.

from ..cache import made_by

safe = partial(str.__new__, Markup)
"""A string as markup; to call `Markup` itself takes twice as long, as does `escape`, which calls it."""


def escaped(text: str) -> Markup:
    """A string as markup in which nothing is special any more."""
    return safe(harmless(text))


class _Lean(CodeGenerator):
    def write_commons(self) -> None:
        super().write_commons()
        self.writeline("shown, joined, safe = environment.shown, environment.joined, environment.safe")

    def enter_frame(self, frame: Frame) -> None:
        if frame.rootlevel:
            self.buffer(frame)
        super().enter_frame(frame)

    def leave_frame(self, frame: Frame, with_python_scope: bool = False) -> None:
        if frame.rootlevel:
            self.writeline(f"yield concat({frame.buffer})")
        super().leave_frame(frame, with_python_scope)

    def _output_child_pre(self, node: nodes.Expr, frame: Frame, finalize: Any) -> None:
        self.write("shown(")

    @optimizeconst
    def visit_Concat(self, node: nodes.Concat, frame: Frame) -> None:
        self.write("joined((")
        for one in node.nodes:
            self.visit(one, frame)
            self.write(", ")
        self.write("))")

    @optimizeconst
    def visit_Getattr(self, node: nodes.Getattr, frame: Frame) -> None:
        # Only what has no such attribute is left to the environment, which looks for an item and tells what is wrong.
        self.write("(found if (found := getattr(owner := ")
        self.visit(node.node, frame)
        self.write(f", {node.attr!r}, missing)) is not missing else environment.getattr(owner, {node.attr!r}))")

    def visit_Call(self, node: nodes.Call, frame: Frame, forward_caller: bool = False) -> None:
        if forward_caller:
            super().visit_Call(node, frame, forward_caller=forward_caller)
            return
        self.visit(node.node, frame)
        stream, self.stream = self.stream, StringIO()
        self.signature(node, frame)
        stream, self.stream = self.stream, stream
        self.write(f"({stream.getvalue().removeprefix(', ')})")

    def return_buffer_contents(self, frame: Frame, force_unescaped: bool = False) -> None:
        self.writeline(f"return safe(concat({frame.buffer}))")

    def macro_def(self, macro_ref: MacroRef, frame: Frame) -> None:
        names = [argument.name for argument in macro_ref.node.args]
        if macro_ref.accesses_kwargs or macro_ref.accesses_varargs or macro_ref.accesses_caller or any(map(iskeyword, names)):
            super().macro_def(macro_ref, frame)
            return
        parameters = ", ".join(f"{name}=missing" for name in names)
        self.write(f"(lambda macro: lambda {parameters}: macro({', '.join(names)}))(macro)")


class _Names(dict[str, Any]):
    def __missing__(self, name: str) -> Any:
        return missing


class _Context(Context):
    """What a template knows; Jinja keeps what it was given apart from what it has set, and asks both for every name."""

    def __init__(
        self, environment: jinja2.Environment, parent: Mapping[str, Any], name: str | None, blocks: Any, globals: Any = None
    ) -> None:
        self.environment, self.name = environment, name
        self.parent = self.vars = _Names(parent)
        self.resolve_or_missing = self.vars.__getitem__  # type: ignore[method-assign]
        self.exported_vars = set()
        self.blocks = {block: [function] for block, function in blocks.items()}
        self._globals = globals

    @cached_property
    def eval_ctx(self) -> EvalContext:  # type: ignore[override]
        return EvalContext(self.environment, self.name)

    @cached_property
    def globals_keys(self) -> set[str]:  # type: ignore[override]
        return set(self._globals or ())

    def get_all(self) -> dict[str, Any]:
        return self.vars


@cache
def _has_items(kind: type) -> bool:
    return hasattr(kind, "__getitem__")


class _Template(jinja2.Template):
    def new_context(
        self, vars: dict[str, Any] | None = None, shared: bool = False, locals: Mapping[str, Any] | None = None
    ) -> Context:
        # Jinja puts together what the context then copies.
        context = _Context(self.environment, (vars or {}) if shared else self.globals, self.name, self.blocks, self.globals)
        if vars and not shared:
            context.vars.update(vars)
        for name, value in locals.items() if locals else ():
            if value is not missing:
                context.vars[name] = value
        return context


ALIKE = 1024
"""So many values are remembered with what is made of them."""


def remembering(function: Callable[[Any], Markup]) -> Callable[[Any], Markup]:
    """A function that remembers what it made of things of late; of two that say the same it makes it twice.

    To ask whether two records say the same takes longer than most functions.
    """
    made: dict[int, tuple[Any, Markup]] = {}

    def ask(thing: Any) -> Markup:
        known = made.get(id(thing))
        if known is None:
            if len(made) >= ALIKE:
                made.clear()
            known = made[id(thing)] = thing, function(thing)  # Nothing else can get its id while it is held here.
        return known[1]

    return ask


class Macros:
    """The macros of a template, made once; on which page they are called they are told before.

    To make them anew for every page would take longer than most of what they do there, and leave circles to be swept up.
    """

    def __init__(self, template: jinja2.Template, alike: Iterable[str] = (), records: Iterable[str] = ()) -> None:
        """Those that are ``alike`` are given a few different words, those of ``records`` one record, and look at nothing else."""
        context = template.new_context()
        self.module = TemplateModule(template, context)
        self._names, self._own = context.vars, dict(context.vars)
        self.module.__dict__.update((name, lru_cache(ALIKE)(self._own[name])) for name in alike)
        self.module.__dict__.update((name, remembering(self._own[name])) for name in records)

    def on(self, page: Mapping[str, Any]) -> TemplateModule:
        """The same macros, to be called on the page of which this is known until they are told of another."""
        self._names.clear()
        self._names.update(self._own)
        self._names.update(page)
        return self.module


class _Compiled(FileSystemBytecodeCache):
    """What was made of templates' texts before.

    It is run as it stands. So it lies where Jinja puts it, in a folder that nobody else can write, and not with what else
    is kept: that comes with a project, whoever wrote it.
    """

    def __init__(self) -> None:
        super().__init__(pattern="__fengpu_%s.cache")
        self._made_by = made_by().hex()

    def get_source_checksum(self, source: str) -> str:
        # Jinja works out beforehand what it can, so that all of our code has a say.
        return super().get_source_checksum(self._made_by + jinja2.__version__ + source)

    def load_bytecode(self, bucket: Bucket) -> None:
        try:
            super().load_bytecode(bucket)
        except Exception:  # There is no end to what half a file can raise.
            bucket.reset()

    def dump_bytecode(self, bucket: Bucket) -> None:
        with suppress(OSError):
            super().dump_bytecode(bucket)


def _compiled() -> _Compiled | None:
    try:
        return _Compiled()
    except (OSError, RuntimeError):  # There is no such folder, or others can write it.
        return None


class Environment(jinja2.Environment):
    """An environment that always escapes; all have the same filters."""

    code_generator_class = _Lean
    context_class = _Context
    template_class = _Template
    safe = staticmethod(safe)

    def __init__(self, loader: jinja2.BaseLoader, **options: Any) -> None:
        # Templates are read once, since no environment outlives a change.
        super().__init__(loader=loader, autoescape=True, auto_reload=False, cache_size=-1, bytecode_cache=_compiled(), **options)
        self._known: dict[str, jinja2.Template] = {}

    def get_template(
        self, name: str | jinja2.Template, parent: str | None = None, globals: MutableMapping[str, Any] | None = None
    ) -> jinja2.Template:
        if globals or not isinstance(name, str):
            return super().get_template(name, parent, globals)
        if name not in self._known:
            self._known[name] = super().get_template(name, parent)
        return self._known[name]

    def getitem(self, obj: Any, argument: Any) -> Any:
        if _has_items(type(obj)):
            try:
                return obj[argument]
            except (AttributeError, TypeError, LookupError):
                return super().getitem(obj, argument)
        return self.getattr(obj, argument) if isinstance(argument, str) else super().getitem(obj, argument)

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        return super().make_globals(d) if d else self.globals  # A chain of two is slow to go through, once for every page.

    @staticmethod
    def shown(value: Any) -> str:
        """What is printed for a value."""
        kind = type(value)
        if kind is str:
            return harmless(value)
        if kind is Markup:
            return value
        if kind is int:
            return str(value)
        if kind is jinja2.Undefined:  # What an ``if`` without an ``else`` leaves; all else that is undefined is strict.
            return ""
        return escape(value)

    @staticmethod
    def joined(parts: Sequence[Any]) -> str:
        """What ``~`` makes of values: markup if one of them is."""
        for part in parts:
            if type(part) is not str:
                return markup_join(parts)
        return "".join(parts)


# ── The theme's own environment ──────────────────────────────────────────────


class _Shown(FileSystemLoader):
    def list_templates(self) -> list[str]:
        found = set()
        for folder in self.searchpath:
            for here, folders, names in os.walk(folder, followlinks=self.followlinks):
                folders[:] = (name for name in folders if not name.startswith("."))
                found.update(PurePath(here, name).relative_to(folder).as_posix() for name in names)
        return sorted(found)


def without_hidden(theme: jinja2.Environment) -> jinja2.Environment:
    """A theme's environment that lists no hidden files: MkDocs copies none, and Material has fourteen thousand icons there."""
    if type(theme.loader) is FileSystemLoader:
        theme.loader = _Shown(theme.loader.searchpath)
    return theme
