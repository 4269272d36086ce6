"""Fengpu turns YAML profiles of community-police stations into a site of comparable practices."""

__version__ = "0.1.0"
