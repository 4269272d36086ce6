"""The pages that hold what follows from the data: figures by measure, problems, goals, matrix, comparisons, notes and words."""

from __future__ import annotations

import os
import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import chain
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from elements import Element, content, squeezed, target
from markupsafe import Markup

from fengpu import hands
from fengpu.book import Book, Instance
from fengpu.derive import similar
from fengpu.derive.cards import figure_card
from fengpu.derive.compare import differences
from fengpu.derive.figures import MeasureTable, by_measure
from fengpu.derive.status import Level, status
from fengpu.model import Cited, Gap, Grade
from fengpu.progress import Stage
from fengpu.publish import site as publish
from fengpu.publish.kept import Packet
from fengpu.publish.site import Sheaves, stages
from fengpu.render import words
from fengpu.render.pages import GLOSSARY, TRAIT_NAMES, Addresses, Renderer, pair_key

LARGEST = 300_000
ADDRESSES = Addresses(directories=False)


def told(faults: list[str], what: str) -> None:
    """Fail with every fault, or at least with the first thirty."""
    if faults:
        more = f"\n… and {len(faults) - 30} more" if len(faults) > 30 else ""
        pytest.fail(f"{what}\n" + "\n".join(faults[:30]) + more, pytrace=False)


def stripped(html: object) -> str:
    return squeezed(Markup(html).striptags())


@pytest.fixture(scope="module")
def tables(book: Book) -> list[MeasureTable]:
    return by_measure(book)


def rows(page: Element, of: str = "") -> list[list[Element]]:
    """The rows of a page's first table of this class, without its head and its foot."""
    body = page.all("table", of)[0].all("tbody")[0]
    return [[one for one in row.children() if one.tag in ("th", "td")] for row in body.children("tr")]


def refusal(reasons: Sequence[str]) -> str:
    """What is said of numbers that may not be held together: the one reason by its name, or that they may not and all reasons."""
    return squeezed(reasons[0].replace("：", "", 1) if len(reasons) == 1 else f"不能直接比{'；'.join(reasons)}")


def of_one_place(table: MeasureTable) -> bool:
    return len(table.lines) > 1 and len({line.card.id for line in table.lines}) == 1


# ── Comparisons ──


def test_a_comparison_shows_every_number_it_asks_for(site: Path, book: Book) -> None:
    """A row of numbers has every figure of each of its measures, 不详 only where a method has none of them, and names what forbids to rank.

    Where one method alone has numbers they are held against nothing.
    """
    faults, several = [], 0
    for playbook in book.playbooks.values():
        for refs in [tuple(one.ref for one in book.instances[playbook.id]), *playbook.pairs]:
            name = ADDRESSES.file(f"playbooks/{playbook.id}" if refs not in playbook.pairs else pair_key(refs))
            made = rows(content(site / name), "fp-compare")
            for axis, (head, *cells) in zip(playbook.axes, made, strict=False):
                if not axis.measures:
                    continue
                measures = {book.term("measures", word).id for word in axis.measures}
                several += len(measures) > 1
                columns = []
                for ref, cell in zip(refs, cells, strict=True):
                    figures = [one for one in book.method(ref).figures if book.measure(one).id in measures]
                    columns.append(figures)
                    wanted = [stripped(words.written(one)) for one in figures] or ["不详"]
                    wanted += [squeezed(book.measure(one).label) for one in figures if len(measures) > 1]
                    faults += [f"{name}, {axis.label}, {ref}: no {one} in “{cell.text}”" for one in wanted if one not in cell.text]
                entries = [figure_card(one, book.commons) for column in columns for one in column]
                reasons = differences(book.commons, entries) if sum(map(bool, columns)) > 1 else ()
                said = head.text.removeprefix(squeezed(axis.label))
                if said != (refusal(reasons) if reasons else ""):
                    faults.append(f"{name}, {axis.label}: says “{said}” for {reasons}")
    told(faults, "comparison.html does not show what figures say:")
    assert several, "No axis asks for several measures any more, so a part of this proved nothing."


# ── Figures ──


def test_every_figure_stands_on_the_page_of_its_measure(site: Path, book: Book, tables: list[MeasureTable]) -> None:
    """Each figure has one row there: whose it is, value, definition, scope, period and a link to its source."""
    faults, found = [], Counter[str]()
    for table in tables:
        name = f"figures/{table.measure.id}/index.html"
        made = rows(content(site / name), "fp-figures")
        if len(made) != len(table.lines):
            faults.append(f"{name}: {len(made)} rows for {len(table.lines)} figures")
        for line, row in zip(table.lines, made, strict=False):
            figure, text = line.figure, "".join(cell.text for cell in row)
            path, there = target(site, name, row[0].all("a")[0]["href"])
            if path != f"{line.card.key}/index.html" or there is None or there["id"] != f"figure-{figure.id}":
                faults.append(f"{name}: {figure.id} does not lead to {line.card.name}")
            found[f"{line.card.id}/{figure.id}"] += 1
            scope = "本所" if figure.scope == "本所" else book.method(f"{line.card.id}/{figure.scope}").method.name
            said = (stripped(words.written(figure)), stripped(words.cell(figure.definition)), squeezed(scope), figure.period.kind.value)
            faults += [f"{name}: {figure.id} without {wanted}" for wanted in said if wanted not in text]
            if not any(target(site, name, one["href"])[0] == f"sources/{figure.source}/index.html" for one in row[-1].all("a")):
                faults.append(f"{name}: {figure.id} without its source")
    every = Counter(f"{profile.id}/{figure.id}" for profile, figure in book.every_figure())
    told([*faults, *(f"{one} stands on {found[one]} pages" for one in every if found[one] != 1)], "measure.html loses figures:")


def test_figures_are_charted_only_where_they_may_be_compared(site: Path, tables: list[MeasureTable]) -> None:
    """A page with reasons against it names them and has no picture; a page that may has a bar for every value.

    Where all numbers are of one place there is nothing to refuse, and the page says so.
    """
    faults, charts = [], 0
    for table in tables:
        page = content(site / f"figures/{table.measure.id}/index.html")
        pictures = [one for one in page.all("svg") if not any("md-content__button" in above["class"] for above in one.ancestors)]
        charts += len(pictures)
        refused = bool(table.differences) and not of_one_place(table)
        note = next((one.text for one in page.children("p") if "fp-note" in one["class"]), "")
        if refused != bool(page.all(of="fp-incomparable")):
            faults.append(f"{table.measure.id}: marked as not to be compared {'nowhere' if refused else 'without a reason'}")
        if refused and not note.startswith(refusal(table.differences)):
            faults.append(f"{table.measure.id}: does not say “{refusal(table.differences)}” but “{note}”")
        if of_one_place(table) and f"都是{squeezed(table.lines[0].card.name)}的" not in note:
            faults.append(f"{table.measure.id}: does not say that all numbers are of one place")
        if pictures and table.differences:
            faults.append(f"{table.measure.id}: {len(pictures)} pictures of what may not be compared")
        if not table.comparable:
            faults += [f"{table.measure.id}: a picture of nothing to compare"] * bool(pictures)
            continue
        known = [line for line in table.lines if isinstance(line.figure.value, Decimal)]
        if len(pictures) != 1:
            faults.append(f"{table.measure.id}: {len(pictures)} pictures instead of one")
            continue
        picture = pictures[0]
        if picture["role"] != "img" or table.measure.label not in picture["aria-label"]:
            faults.append(f"{table.measure.id}: the picture tells a screen reader nothing")
        bars = sorted((one for one in picture.all("rect") if one["fill"] == "var(--fp-maple)"), key=lambda one: Decimal(one["y"]))
        places = sorted((one for one in picture.all("text") if one["text-anchor"] == "end"), key=lambda one: Decimal(one["y"]))
        if len({one["y"] for one in bars}) != len(known):
            faults.append(f"{table.measure.id}: {len({one['y'] for one in bars})} bars for {len(known)} values")
        order = [squeezed(line.card.name) for line in known]
        if any(not place.text.startswith(name) for place, name in zip(places, order, strict=True)):
            faults.append(f"{table.measure.id}: the bars stand in another order than the table")
        if any(not place.text.endswith(stripped(words.written(line.figure))) for place, line in zip(places, known, strict=True)):
            faults.append(f"{table.measure.id}: the bars are not named with their numbers as the text writes them")
        drawn = [(Decimal(bar["width"]), line.figure.value) for bar, line in zip(bars, known, strict=False)]
        if len({round(width / value, 3) for width, value in drawn if value}) > 1:
            faults.append(f"{table.measure.id}: the lengths are not those of the values")
    told(faults, "measure.html or charts.py is not honest:")
    assert charts, "No measure may be compared any more, so this proved nothing: give two figures one definition."


def test_what_was_worked_out_says_so(site: Path, tables: list[MeasureTable]) -> None:
    """A derived value stands in its figure's row under 推算, marked 计算, with its formula; where there is none there is no such column."""
    faults, derived = [], 0
    for table in tables:
        name = f"figures/{table.measure.id}/index.html"
        page = content(site / name)
        heads = [one.text for one in page.all("table", "fp-figures")[0].all("thead")[0].all("th")]
        derives = any(line.derived for line in table.lines)
        if ("推算" in heads) != derives:
            faults.append(f"{name}: a column 推算 {'is missing' if derives else 'for nothing'}")
            continue
        for line, row in zip(table.lines, rows(page, "fp-figures"), strict=True):
            marks = [mark for cell in row for mark in cell.all(of="fp-derived")]
            if len(marks) != len(line.derived) or any(mark.text != "计算" for mark in marks):
                faults.append(f"{name}: {line.figure.id} has {len(marks)} values marked 计算, not {len(line.derived)}")
            for one in line.derived:
                derived += 1
                about = "约" if one.about else ""
                if squeezed(f"计算{one.label}{about}{words.spoken(one.value)}{one.unit}{one.formula}") not in row[heads.index("推算")].text:
                    faults.append(f"{name}: {line.figure.id} without {one.label} {about}{one.value} {one.unit} = {one.formula}")
    told(faults, "measure.html does not show what was worked out:")
    assert derived, "Nothing is worked out any more, so this proved nothing."


def test_the_list_of_measures_says_which_may_be_compared(site: Path, tables: list[MeasureTable]) -> None:
    """Every measure with figures is listed once with their number and 可以比, the reasons against it, or neither for a single figure."""
    name = "figures/index.html"
    items = {target(site, name, one.all("a")[0]["href"])[0]: one.text for one in content(site / name).all("li")}
    wanted = {}
    for table in tables:
        verdict = "可以比" if table.comparable else refusal(table.differences) if table.differences else ""
        if table.differences and of_one_place(table):
            verdict = "都是一处的数"
        wanted[f"figures/{table.measure.id}/index.html"] = squeezed(f"{table.measure.label}{len(table.lines)}{verdict}")
    assert items == wanted, "measures.html lists other measures, numbers or reasons than derive/figures.py."


# ── Problems, goals, matrix ──


def against(book: Book, vocabulary: str, field: str, term: str) -> list[Instance]:
    """The methods that name a word, found without the code that is tested."""
    found = []
    for instance in book.every_method():
        named = getattr(instance.method, field)
        if not isinstance(named, Gap) and term in {book.term(vocabulary, word).id for word in named}:
            found.append(instance)
    return found


def linked(site: Path, page: str, cells: list[Element]) -> list[str]:
    return [target(site, page, one["href"])[0] for cell in cells for one in cell.all("a") if "fp-term" not in one["class"]]


def test_each_problem_lists_exactly_its_methods(site: Path, book: Book) -> None:
    """A problem's page has one row for each method that names it, with the count of each group, and the list of problems agrees."""
    faults, top = [], "problems/index.html"
    index = {target(site, top, one.all("a")[0]["href"])[0]: one for one in content(site / top).all("article", "fp-card")}
    for term in book.lexicons["problems"].terms:
        name = f"problems/{term.id}/index.html"
        wanted = against(book, "problems", "problems", term.id)
        made = [row for table in content(site / name).all("table", "fp-answers") for row in table.all("tbody")[0].children("tr")]
        shown = linked(site, name, [row.children("th")[0] for row in made])
        if Counter(shown) != Counter(f"{one.key}/index.html" for one in wanted):
            faults.append(f"{name}: {sorted(set(shown) ^ {f'{one.key}/index.html' for one in wanted}) or 'some stand twice'}")
        counts = [int(one.text) for one in content(site / name).all(of="fp-count")]
        if sum(counts) != len(wanted):
            faults.append(f"{name}: the headings count {counts} and not {len(wanted)}")
        for row in made:
            by_key = {f"{one.key}/index.html": one for one in wanted}
            one = by_key.get(linked(site, name, [row.children("th")[0]])[0])
            if one and one.entry.grade.value not in row.text:
                faults.append(f"{name}: {one.ref} without its grade")
        places = len({one.profile.id for one in wanted})
        line = f"{len(wanted)}个做法，{places}处" if wanted else "还没有收录"
        if name not in index or line not in index[name].text:
            faults.append(f"{top}: {term.label} is not said to have {line}")
    told(faults, "These lists differ from the data:")


def test_each_goal_lists_exactly_its_methods(site: Path, book: Book) -> None:
    """Under each goal stand the methods that name it, each once."""
    page, faults = content(site / "goals.html"), []
    sections: dict[str, list[Element]] = {}
    for one in page:
        if one.tag == "h2":
            sections[one["id"]] = []
        elif one.tag == "tbody":
            sections[list(sections)[-1]] += [row.children("td")[0] for row in one.children("tr")]
    for term in book.lexicons["goals"].terms:
        wanted = Counter(f"{one.key}/index.html" for one in against(book, "goals", "goals", term.id))
        shown = Counter(linked(site, "goals.html", sections.get(term.id, [])))
        wrong = [one for one in wanted | shown if shown[one] != wanted[one]]
        faults += [f"{term.label}: {one} stands {shown[one]} times instead of {wanted[one]}" for one in wrong]
    told(faults, "goals.html differs from the data:")


def test_the_matrix_counts_and_adds_up(site: Path, book: Book) -> None:
    """Each cell is the number of methods of its profile and playbook and leads to them; rows and columns give their sums."""
    table = content(site / "matrix.html").all("table", "fp-matrix")[0]
    faults, sums = [], Counter[str]()
    body = table.all("tbody")[0].children("tr")
    assert [row.children("th")[0].text for row in body] == [squeezed(one.name) for one in book.profiles()]
    for profile, row in zip(book.profiles(), body, strict=True):
        *cells, total = row.children("td")
        counted = 0
        for playbook, cell in zip(book.playbooks.values(), cells, strict=True):
            here = [method for method in profile.methods if method.playbook == playbook.id]
            counted += len(here)
            sums[playbook.id] += len(here)
            best = max((book.method(f"{profile.id}/{method.id}").entry.grade for method in here), key=lambda grade: grade.rank, default=None)
            wanted = f"{len(here)}{words.short(best)}" if best else "·"
            if cell.text != wanted:
                faults.append(f"{profile.name}, {playbook.name}: {cell.text} instead of {wanted}")
            elif best:
                link = cell.all("a")[0]
                if target(site, "matrix.html", link["href"])[1] is None:
                    faults.append(f"{profile.name}, {playbook.name}: leads nowhere")
                if f"fp-grade--{best.rank}" not in link["class"].split() or best.value not in link["title"]:
                    faults.append(f"{profile.name}, {playbook.name}: not coloured as {best.value}")
        if total.text != str(counted):
            faults.append(f"{profile.name}: total {total.text} instead of {counted}")
    page = content(site / "matrix.html").text
    faults += [f"The legend does not explain {one.value}" for one in Grade if f"{words.short(one)}{one.value}" not in page]
    every = sum(len(one.methods) for one in book.profiles())
    line = f"表里共{sums.total()}个做法；另有{every - sums.total()}个不属于任何一种打法，不在表里，全部{every}个"
    faults += [f"The page does not say “{line}”"] * (line not in page)
    feet = [one.text for one in table.all("tfoot")[0].all("td")]
    wanted = [str(sums[one]) for one in book.playbooks] + [str(sums.total())]
    told(faults + [f"The last line is {feet} instead of {wanted}"] * (feet != wanted), "matrix.html does not add up:")


# ── Notes ──


def pages_with_notes(book: Book) -> Iterator[str]:
    for profile in book.profiles():
        yield f"{profile.key}/index.html"
        yield from (f"{profile.key}/{method.id}/index.html" for method in profile.methods)
    for playbook in book.playbooks.values():
        yield ADDRESSES.file(f"playbooks/{playbook.id}")
        yield from (ADDRESSES.file(pair_key(pair)) for pair in playbook.pairs)


def place(book: Book, cited: Cited) -> str:
    """What a note says of where something stands: the source's title and the section."""
    section = "章节不详" if isinstance(cited.section, Gap) else cited.section
    return squeezed(f"《{book.sources[cited.source].title}》，{section}")


def test_every_numbered_reference_leads_to_its_note(site: Path, book: Book) -> None:
    """[n] leads to the n-th note of its page, which names a source and a section and links to the source; each note stands there once."""
    faults, seen = [], 0
    known = {squeezed(f"《{one.title}》"): f"sources/{one.id}/index.html" for one in book.sources.values()}
    for name in pages_with_notes(book):
        page = content(site / name)
        for ref in page.all("a", "fp-ref"):
            seen += 1
            _, note = target(site, name, ref["href"])
            if note is None or note.tag != "li" or note.above is None or "fp-notes" not in note.above["class"]:
                faults.append(f"{name}: {ref.text} leads to no note")
                continue
            number = note.above.children("li").index(note) + 1
            if ref.text != f"[{number}]":
                faults.append(f"{name}: {ref.text} leads to note {number}")
            link = note.all("a")[0]
            if known.get(link.text) != target(site, name, link["href"])[0]:
                faults.append(f"{name}: note {number} does not lead to {link.text}")
            if not note.text.removeprefix(link.text).startswith("，"):
                faults.append(f"{name}: note {number} names no section")
        notes = [note.text for one in page.all("ol", "fp-notes") for note in one.children("li")]
        faults += [f"{name}: {one} stands {times} times" for one, times in Counter(notes).items() if times > 1]
    told(faults, "Who follows these references does not find the place:")
    assert seen, "No page has numbered references any more."


def test_figures_and_methods_cite_their_own_place(site: Path, book: Book) -> None:
    """The reference in a figure's row names the figure's source and section, and that in a method's comparison the method's."""
    faults = []
    for profile, figure in book.every_figure():
        names = [f"{profile.key}/index.html"]
        if figure.scope != "本所":
            names.append(f"{profile.key}/{figure.scope}/index.html")
        for name in names:
            row = content(site / name).by_id(f"figure-{figure.id}")
            notes = [target(site, name, one["href"])[1] for one in row.all("a", "fp-ref")] if row else []
            if not any(note and note.text.startswith(place(book, figure)) for note in notes):
                faults.append(f"{name}: {figure.id} does not cite {place(book, figure)}")
    for playbook in book.playbooks.values():
        for refs in [tuple(one.ref for one in book.instances[playbook.id]), *playbook.pairs]:
            name = ADDRESSES.file(f"playbooks/{playbook.id}" if refs not in playbook.pairs else pair_key(refs))
            if not refs:
                continue
            last = content(site / name).all("table", "fp-compare")[0].all("tr", "fp-foot")[-1]
            for ref, cell in zip(refs, last.children("td"), strict=True):
                notes = [target(site, name, one["href"])[1] for one in cell.all("a", "fp-ref")]
                if not any(note and note.text.startswith(place(book, book.method(ref).method)) for note in notes):
                    faults.append(f"{name}: {ref} does not cite {place(book, book.method(ref).method)}")
    told(faults, "These cite another place than the data:")


# ── Words ──

CLOSED = {"a", "button", "code", "pre", "script", "style", "svg", "abbr", "label", "legend", "select", "textarea"}
PARAGRAPHS = {"p", "li", "td", "th", "dt", "dd", "blockquote", "h1", "h2", "h3", "h4", "h5", "h6"}


def paragraph(one: Element) -> Element | None:
    """The nearest paragraph, heading, item or cell that something stands in."""
    return next((above for above in [one, *one.ancestors] if above.tag in PARAGRAPHS), None)


def test_every_word_of_the_glossary_leads_to_its_entry(site: Path, book: Book) -> None:
    """Explained words lead to their entry, never inside a link or code, and only the first time in a paragraph or heading.

    What is a part of a longer word, or of a title, is not explained.
    """
    faults, seen = [], Counter[str]()
    spellings = {squeezed(word): entry for entry in book.entries for word in (entry.term, *entry.other_names)}
    glossary = f"{GLOSSARY}.html"
    for file in sorted(site.rglob("*.html")):
        name = file.relative_to(site).as_posix()
        if name in ("404.html", glossary):
            continue
        page = content(file)
        told_in: dict[tuple[int, str], int] = Counter()
        first: set[tuple[int, str]] = set()
        for element, text in page.words:
            link = next((one for one in [element, *element.ancestors] if "fp-term" in one["class"].split()), None)
            here = paragraph(element)
            if link is None:
                if here is not None and not any(one.tag in CLOSED for one in [element, *element.ancestors]):
                    plain = re.sub("《[^》]*》", "", squeezed(text))
                    found = [word for word in spellings if word in plain]
                    for word in found:
                        longer = any(word != other and word in other for other in found)
                        if not longer and (id(here), spellings[word].id) not in first:
                            faults.append(f"{name}: “{word}” in “{here.text[:40]}” is not explained, or not the first time")
                continue
            around = here.text if here else ""
            whole = max((word for word in spellings if link.text in word and word in around), key=len, default=link.text)
            if whole != link.text and around.count(link.text) == around.count(whole):
                faults.append(f"{name}: “{link.text}” is explained as a part of “{whole}”")
            entry = spellings.get(link.text)
            if entry is None:
                faults.append(f"{name}: “{link.text}” is no word of the glossary")
                continue
            seen[entry.id] += 1
            path, there = target(site, name, link["href"])
            if path != glossary or there is None or there["id"] != entry.id:
                faults.append(f"{name}: “{link.text}” leads to {link['href']}")
            if not link["title"]:
                faults.append(f"{name}: “{link.text}” says nothing under the mouse")
            wrong = [one.tag for one in link.ancestors if one.tag in CLOSED]
            if wrong:
                faults.append(f"{name}: “{link.text}” is explained inside <{wrong[0]}>")
            if here is not None:
                told_in[id(here), entry.id] += 1
                first.add((id(here), entry.id))
                if told_in[id(here), entry.id] == 2:
                    faults.append(f"{name}: “{link.text}” is explained twice in “{here.text[:40]}”")
    told(faults, "gloss.py explains wrongly:")
    assert seen, "No word is explained any more."
    assert not content(site / glossary).all("a", "fp-term"), "The glossary does not explain its own words."


def test_the_glossary_has_every_entry(site: Path, book: Book) -> None:
    """Each entry stands there with its other names and its text."""
    page = content(site / f"{GLOSSARY}.html")
    for entry in book.entries:
        shown = page.by_id(entry.id)
        wanted = [entry.term, *entry.other_names, str(words.inline(entry.text).striptags())]
        lost = [one for one in wanted if shown is None or squeezed(one) not in shown.text]
        assert not lost, f"glossary.html lacks {lost} of {entry.id}."


# ── Rules told in words ──


def test_the_rules_name_every_grade_and_level(root: Path) -> None:
    """docs/evidence.md has a line for each grade and each level, and no other."""
    text = (root / "docs/evidence.md").read_text(encoding="utf-8")
    named = [line.split("|")[1].strip() for line in text.splitlines() if line.startswith("| ")]
    wanted = ["等级", *(one.value for one in Grade), "状态", *(one.value for one in Level)]
    assert named == wanted, "docs/evidence.md must explain each Grade of derive/evidence.py and Level of derive/status.py, in their order."


def test_the_rules_state_the_weights(site: Path, root: Path, book: Book) -> None:
    """docs/evidence.md, the form and every station's page name each field of likeness with its points, 100 in all."""
    weights = {name: f"{TRAIT_NAMES[name]} {points}" for name, points in similar.WEIGHTS.items()}
    assert sum(similar.WEIGHTS.values()) == 100, "The pages say that there are 100 points."
    near = (root / "docs/evidence.md").read_text(encoding="utf-8").split("{ #near }")[1]
    said = "、".join(weights.values())
    assert f"满分 100：{said}。" in near, f"docs/evidence.md must say “满分 100：{said}。” as derive/similar.py does."
    form = content(site / "like/index.html").by_id("fp-like").text
    lost = [points for points in similar.WEIGHTS.values() if f"（{points}分）" not in form]
    assert not lost, f"like_form.html does not say {lost}."
    for station in book.stations.values():
        page = content(site / f"stations/{station.id}/index.html")
        if page.all("ul", "fp-near"):
            assert squeezed("，".join(weights.values())) in page.text, f"{station.name} does not say how likeness is counted."


def test_a_station_names_its_neighbours_as_python_does(site: Path, book: Book) -> None:
    """与它相近的所 lists the nearest stations in order with points, reasons and what is not known."""
    traits = {one.id: similar.traits(book, one) for one in book.stations.values()}
    faults = []
    for station in book.stations.values():
        name = f"stations/{station.id}/index.html"
        items = [item for one in content(site / name).all("ul", "fp-near") for item in one.children("li")]
        wanted, nearest = [], similar.neighbours(traits[station.id], traits.values())
        for one in nearest:
            missing = f"；不详：{'、'.join(TRAIT_NAMES[field] for field in one.missing)}" if one.missing else ""
            gave = "，".join(f"{TRAIT_NAMES[field]} +{points}" for field, points in one.reasons if points)
            wanted.append(squeezed(f"{book.stations[one.id].name}{one.points}分{gave}{missing}"))
        if [item.text for item in items] != wanted:
            faults.append(f"{name}: {[item.text for item in items]} instead of {wanted}")
        if linked(site, name, items) != [f"stations/{one.id}/index.html" for one in nearest]:
            faults.append(f"{name}: the links lead elsewhere")
    told(faults, "profile.html names other neighbours:")


def test_a_playbook_shows_where_it_stands(site: Path, book: Book) -> None:
    """Its page and the list in the rules say the level, the best evidence, the last check, until when it holds and what is missing."""
    faults = []
    levels = {squeezed(row.children("th")[0].text): row.text for row in content(site / "evidence.html").all("tr") if row.children("th")}
    for playbook in book.playbooks.values():
        now = status(book, playbook)
        until = now.expires.in_chinese if now.expires else "不详"
        page = content(site / ADDRESSES.file(f"playbooks/{playbook.id}")).text
        checked = now.last_checked.in_chinese if now.last_checked else "不详"
        wanted = f"{now.level.value}，最好的证据是“{now.best.value}”最近核对{checked}，有效期至{until}；要升一级：{now.missing}"
        if squeezed(wanted) not in page:
            faults.append(f"playbooks/{playbook.id}.html: {wanted}")
        row = levels.get(squeezed(playbook.name), "")
        said = (now.level.value, now.best.value, until, now.missing)
        faults += [f"evidence.html, {playbook.name}: {one}" for one in said if squeezed(one) not in row]
        oldest = min((one.profile.checked for one in book.instances[playbook.id]), default=None)
        if oldest and (now.expires.year, now.expires.month) != (oldest.year + 2, oldest.month):
            faults.append(f"{playbook.name}: holds until {now.expires}, though the oldest check is of {oldest}")
    told(faults, "This is not to be read:")


# ── Size ──


def test_no_profile_is_too_large(site: Path, book: Book) -> None:
    """A station's page can be opened on a slow line."""
    sizes = {one.key: (site / one.key / "index.html").stat().st_size for one in book.profiles()}
    large = [f"{key}: {size} bytes" for key, size in sizes.items() if size > LARGEST]
    assert not large, f"Split these profiles, or show less of each method (at most {LARGEST} bytes): {large}"


def test_work_is_counted_as_it_is_done(book: Book) -> None:
    renderer = Renderer(book, ADDRESSES)
    sheaves = Sheaves(renderer, lambda filled: filled.html)
    for name in book.cards:
        asked = Counter(chain.from_iterable(map(stages, sheaves.of(book.cards.key(name)))))
        assert sheaves.amount({name}) == asked, f"Sheaves.amount must count what Sheaves.of gives for {name}."


def test_no_file_of_a_list_is_made_twice_or_by_nobody(book: Book) -> None:
    sheaves = Sheaves(Renderer(book, ADDRESSES), lambda filled: filled.html)
    several = [name for name in sheaves.names if name.rpartition("/")[2] not in book.cards]
    asked = sorted(sheaf.file for name in several for sheaf in sheaves.of(name))
    for many in (1, 2, 3):
        shared = sorted(sheaf.file for dealt in sheaves.dealt(several, many) for _, sheaf in sheaves.some(dealt))
        assert shared == asked, f"{many} processes must make each file of a list once."


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Elsewhere there is one process.")
@pytest.mark.parametrize("few", [True, False])
def test_where_little_has_changed_two_work_and_one_speaks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, few: bool) -> None:
    """What the other would say to the terminal has been said, or is for this process to say."""
    monkeypatch.setattr(hands, "_may_split", lambda: True)  # Other tests leave threads behind.
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: {0, 1})
    here, spoken = os.getpid(), tmp_path / "spoken"

    def watch(stage: Stage, done: int, total: int) -> None:
        with spoken.open("a") as file:
            file.write(f"{os.getpid()}\n")

    def made(name: str) -> Packet:
        return Packet(name, str(os.getpid()).encode())

    monkeypatch.setattr(publish, "search_scripts", lambda *given: (given[-1](Stage.SEARCH, 1, 1), made("index"))[1])
    monkeypatch.setattr(publish, "put", lambda *given: (given[-1](Stage.RENDER, 1, 1), ([made("pages")], ["end"]))[1])
    traces: Any = SimpleNamespace(few=few)
    nothing: Any = None
    packets, ended = publish.make(nothing, nothing, (), tmp_path, (), traces, nothing, nothing, nothing, watch)
    where = {packet.name: int(packet.mark) for packet in packets}
    assert where["pages"] == here and (where["index"] != here) == few, "Pages are made here, and the index elsewhere where both are small."
    assert ended == ["end"]
    assert set(spoken.read_text().split()) == {str(here)}, "A process that only helps has spoken."


def test_an_empty_list_of_area_types_says_nothing(book: Book) -> None:
    station = book.stations["beijie"]
    said = similar.traits(book.commons, type(station).model_construct(**station.__dict__ | {"area_types": ()}))
    assert said.area_types is None, "What is not said is 不详; an empty set would be divided by."
    assert similar.neighbours(said, [one for one in book.census if one.id != "beijie"])
