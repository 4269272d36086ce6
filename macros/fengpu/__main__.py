"""``python -m fengpu`` is ``fengpu``."""

from .cli import main

main()
