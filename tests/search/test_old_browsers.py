"""The site works in Chromium 80: our scripts and style sheets use nothing that came later, nor what file:// refuses."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ASSETS = Path(__file__).parents[2] / "macros/fengpu/assets"
SCRIPTS = {
    r"\.at\(": "Array.at came with 92: use [length - 1]",
    r"\.replaceAll\(": "replaceAll came with 85: use replace with /…/g",
    r"\breplaceChildren\b": "replaceChildren came with 86: use fengpu.fill",
    r"\bstructuredClone\b": "structuredClone came with 98",
    r"\?\?=|\|\|=|&&=": "assignment with ??, || or && came with 85",
    r"\.findLast(Index)?\(": "findLast came with 97",
    r"\bObject\.(hasOwn|groupBy)\b|\bMap\.groupBy\b": "Object.hasOwn came with 93, groupBy with 117",
    r"\.(toSorted|toReversed|toSpliced|with)\(": "copying changes of arrays came with 110",
    r"\b(Promise\.(any|withResolvers|try)|AggregateError|WeakRef|FinalizationRegistry)\b": "these came with 84 and later",
    r"\bArray\.fromAsync\b|\.(isWellFormed|toWellFormed)\(": "these came with 111 and later",
    r"\bIntl\.(Segmenter|DurationFormat)\b": "Intl.Segmenter came with 87",
    r"\b(randomUUID|startViewTransition|checkVisibility|showPopover|requestIdleCallback)\b": "these are too new or not everywhere",
    r"\bAbortSignal\.(timeout|any)\b|\bCSS\.highlights\b": "these came with 103 and later",
    r"(?:^|[;{}\s])#\w+\s*\(|\bstatic\s*\{|\b#\w+ in\b": "private methods came with 84, static blocks with 94",
    r"\b\d+_\d+\b.*n\b|(?<=[=(,:?\s])/(?:[^/\\\n]|\\.)+/[gimsuy]*[dv][gimsuy]*\b(?=[.,;)\s])": "flags d and v came with 90 and 112",
    r"\bfetch\(|\bXMLHttpRequest\b|\bnew (Shared)?Worker\b|\bimport\s*\(|^\s*(import|export)\b|\bWebAssembly\b": "file:// refuses this",
}
STYLES = {
    r":is\(|:where\(": ":is and :where came with 88",
    r":has\(": ":has came with 105",
    r":focus-visible": ":focus-visible came with 86",
    r"\baspect-ratio\s*:": "aspect-ratio came with 88",
    r"(?<![\w-])inset(-block|-inline)?\s*:": "inset came with 87",
    r"\b(margin|padding)-(block|inline)\s*:": "these shorthands came with 87",
    r"\baccent-color\b|color-mix\(|@layer|@container|\b\d+[dsl]v[hw]\b": "these came with 93 and later",
    r"(?<![\w-])(translate|rotate|scale)\s*:": "came as properties with 104",
    r"overflow\s*:\s*clip|content-visibility": "came with 90 and 85",
    r"^\s*&": "nesting came with 112",
}


def without_comments(text: str) -> str:
    return re.sub(r"/\*.*?\*/|(?<![:\"'\\])//[^\n]*", lambda match: "\n" * match[0].count("\n"), text, flags=re.DOTALL)


def tell(file: Path, text: str, too_new: dict[str, str]) -> None:
    faults = [f"{file.name}:{text.count(chr(10), 0, match.start()) + 1}: {match[0].strip()}: {why}"
              for pattern, why in too_new.items() for match in re.finditer(pattern, text, re.MULTILINE)]  # fmt: skip
    assert not faults, "Chromium 80 cannot do this:\n" + "\n".join(faults)


@pytest.mark.parametrize("file", sorted(ASSETS.glob("*.js")), ids=lambda file: file.name)
def test_scripts_use_nothing_too_new(file: Path) -> None:
    tell(file, without_comments(file.read_text(encoding="utf-8")), SCRIPTS)


def blocks(text: str) -> list[tuple[str, str]]:
    """Each rule or at-rule of a style sheet: what stands before its braces and what in them."""
    found, start, depth, opened = [], 0, 0, 0
    for at, character in enumerate(text):
        if character == "{":
            depth += 1
            if depth == 1:
                opened = at
        elif character == "}":
            depth -= 1
            if depth == 0:
                found.append((text[start:opened].strip(), text[opened + 1 : at]))
                start = at + 1
    return found


@pytest.mark.parametrize("file", sorted(ASSETS.glob("*.css")), ids=lambda file: file.name)
def test_style_sheets_use_nothing_too_new(file: Path) -> None:
    """What is for paper alone may be newer; who prints from an old browser gets plainer pages."""
    top = blocks(without_comments(file.read_text(encoding="utf-8")))
    rules = [rule for before, inside in top if before.startswith("@media") and "print" not in before for rule in blocks(inside)]
    rules += [(before, inside) for before, inside in top if not before.startswith("@")]
    tell(file, "\n".join(f"{before} {{{inside}}}" for before, inside in rules), STYLES)
    spaced = "".join(before for name, inside in top if name == "@supports not (inset: 0)" for before, _ in blocks(inside))
    bare = [before for before, inside in rules if re.search(r"display:\s*(inline-)?flex", inside) and re.search(r"(?<![\w-])gap:", inside)
            and before not in re.sub(r" > \*( \+ \*)?", "", spaced)]  # fmt: skip
    assert not bare, f"Chromium knew gap in flex only from 84 on; give the items of these a margin under @supports not (inset: 0): {bare}"
