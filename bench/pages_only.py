"""`fengpu build` without its search index: everything else is made as ever."""

from __future__ import annotations

from fengpu import cli
from fengpu.publish import site

site.search_scripts = lambda *given, **named: []
cli.main()
