"""`fengpu build` without its search index and its data scripts, which have nothing beside them in what others build."""

from __future__ import annotations

from fengpu import cli
from fengpu.publish import site
from fengpu.publish.kept import Packet

site.search_scripts = lambda *given, **named: Packet("search", b"")
site.scripts_of = site.other_scripts = lambda *given: iter(())
cli.main()
