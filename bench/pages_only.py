"""`fengpu build` without its search index: everything else is made as ever."""

from __future__ import annotations

from fengpu import cli
from fengpu.publish import site
from fengpu.publish.kept import Packet

site.search_scripts = lambda *given, **named: Packet("search", b"")
cli.main()
