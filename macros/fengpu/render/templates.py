"""Jinja with less to do for each value: a page has hundreds of them, and a site hundreds of thousands of pages.

The templates and what they may say stay Jinja's own. Only the Python that it makes of them is leaner in three places:
what is printed is escaped only where it needs to be, functions are called without asking whether they want the
context (none here does), and a macro is a plain function.
"""

from __future__ import annotations

import re
from io import StringIO
from keyword import iskeyword
from typing import Any

import jinja2
from jinja2 import nodes
from jinja2.compiler import CodeGenerator, Frame, MacroRef
from markupsafe import Markup, escape

_SPECIAL = re.compile("[&<>\"']").search


class _Lean(CodeGenerator):
    def _output_child_pre(self, node: nodes.Expr, frame: Frame, finalize: Any) -> None:
        self.write("environment.shown(")

    def visit_Call(self, node: nodes.Call, frame: Frame, forward_caller: bool = False) -> None:
        if forward_caller:
            super().visit_Call(node, frame, forward_caller)
            return
        self.visit(node.node, frame)
        stream, self.stream = self.stream, StringIO()
        self.signature(node, frame)
        stream, self.stream = self.stream, stream
        self.write(f"({stream.getvalue().removeprefix(', ')})")

    def macro_def(self, macro_ref: MacroRef, frame: Frame) -> None:
        names = [argument.name for argument in macro_ref.node.args]
        if macro_ref.accesses_kwargs or macro_ref.accesses_varargs or macro_ref.accesses_caller or any(map(iskeyword, names)):
            super().macro_def(macro_ref, frame)
            return
        parameters = ", ".join(f"{name}=missing" for name in names)
        self.write(f"(lambda macro: lambda {parameters}: Markup(macro({', '.join(names)})))(macro)")


class Environment(jinja2.Environment):
    """An environment that always escapes."""

    code_generator_class = _Lean

    def __init__(self, loader: jinja2.BaseLoader, **options: Any) -> None:
        # Templates are read once: a preview makes a new environment for every change.
        super().__init__(loader=loader, autoescape=True, auto_reload=False, cache_size=-1, **options)

    @staticmethod
    def shown(value: Any) -> str:
        """What is printed for a value."""
        kind = type(value)
        if kind is Markup or (kind is str and not _SPECIAL(value)):
            return value
        return escape(value)
