"""Golden cases of what follows from the book: each is a small data folder, a question and the whole answer in lines."""

from __future__ import annotations

import difflib
import json
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml
from test_cases import CASES, put

from fengpu.book import Book, Card, Instance
from fengpu.build import assemble
from fengpu.derive import evidence, figures, ledger, lists, matrix, problems, similar
from fengpu.derive.compare import compare
from fengpu.derive.status import status
from fengpu.model import Figure, Gap
from fengpu.rules.finding import cited

EVERY = sorted((CASES / "derive").glob("*.yml"))


def said(value: object) -> str:
    return value.value if isinstance(value, Gap) else str(value)


def amount(figure: Figure) -> str:
    return f"{said(figure.value)}{figure.unit}"


def comparison(book: Book, playbook: str) -> Iterator[str]:
    found = compare(book, book.playbooks[playbook])
    yield " | ".join(["", *(one.ref for one in found.instances)])
    for row in found.rows:
        cells = [cell.text or ("、".join(map(amount, cell.figures)) if cell.figures else said(cell.gap)) for cell in row.cells]
        yield " | ".join([row.axis.label, *cells]) + (f" ⇒ {'；'.join(row.differences)}" if row.differences else " ⇒ 可以排" * row.sortable)


def measures(book: Book) -> Iterator[str]:
    for table in figures.by_measure(book):
        yield f"{table.measure.label}：{'可以比' if table.comparable else '；'.join(table.differences) or '只有一个'}"
        for line in table.lines:
            derived = [f"{one.label} {'约' * one.about}{one.value}{one.unit} = {one.formula}" for one in line.derived]
            yield f"  {line.card.id} {amount(line.figure)}{' ' * bool(derived)}{'；'.join(derived)}"


def grades(book: Book, ref: str) -> Iterator[str]:
    instance = book.method(ref)
    assert instance, f"The case asks about {ref}, which is not in its data."
    for answer in evidence.answers(book, instance):
        yield f"{answer.question}：{said(answer.finding)}（{answer.grade.value}，{answer.said_by.value if answer.said_by else '没有人说'}）"


def standing(book: Book, playbook: str) -> Iterator[str]:
    now = status(book, book.playbooks[playbook])
    yield f"{now.level.value}：{now.instances} 个做法，{now.profiles} 处，最好 {now.best.value}，有效期至 {now.expires}"
    yield now.missing


def nearness(book: Book, station: str) -> Iterator[str]:
    traits = {one.id: similar.traits(book, one) for one in book.stations.values()}
    for one in similar.neighbours(traits[station], traits.values()):
        yield f"{one.id} {one.points}：{'，'.join(f'{name}+{points}' for name, points in one.reasons)}；不详 {'、'.join(one.missing)}"


def claims(book: Book, name: str) -> Iterator[str]:
    profile = book.profile(name)
    assert profile, f"The case asks about {name}, which is not in its data."
    found = ledger.ledger(book, list(cited(profile)))
    yield f"{found.claims} 条，{found.with_section} 条有章节，{'，'.join(f'{who} {count}' for who, count in found.by_speaker.items())}"


def crossing(book: Book) -> Iterator[str]:
    found = matrix.cross(book)
    for row in found.rows:
        yield f"{row.card.id}：{'、'.join(f'{spot.playbook.id} {len(spot.instances)}（{spot.best.value}）' for spot in row.spots)}，共 {row.total}"
    yield f"合计 {'、'.join(map(str, found.totals))}，不属于任何打法 {matrix.others(book, book.cards)}"


def against(book: Book, problem: str) -> Iterator[str]:
    for answer in problems.answers(book, problems.index(book, "problems", "problems")[problem]):
        yield f"{answer.playbook.name if answer.playbook else '其他'}：{'、'.join(one.ref for one in answer.instances)}"


def named(member: Card | Instance) -> str:
    return member.ref if isinstance(member, Instance) else member.id


def shelved(book: Book, facet: str) -> Iterator[str]:
    for shelf in lists.Lists(book).facets[facet].shelves.values():
        groups = "；".join(f"{group.label}（{'、'.join(map(named, group.items))}）" for group in shelf.groups)
        yield f"{shelf.id} {shelf.label} {shelf.total}{shelf.unit}{'：' * bool(groups)}{groups}"


def like_it(book: Book, ref: str) -> Iterator[str]:
    instance = book.method(ref)
    assert instance, f"The case asks about {ref}, which is not in its data."
    yield "、".join(one.ref for one in lists.Lists(book).others(instance))


ASK: dict[str, Callable[..., Iterator[str]]] = {
    "compare": comparison,
    "figures": measures,
    "evidence": grades,
    "status": standing,
    "near": nearness,
    "ledger": claims,
    "matrix": crossing,
    "problem": against,
    "browse": shelved,
    "others": like_it,
}


@pytest.mark.parametrize("file", EVERY, ids=lambda file: file.stem.replace("-", " "))
def test_case(file: Path, tmp_path: Path) -> None:
    case = yaml.safe_load(file.read_text(encoding="utf-8"))
    put(case, tmp_path)
    outcome = assemble(tmp_path / "data", "data")
    wrong = [str(problem) for problem in outcome.problems if problem.severity == "error"]
    assert not wrong, "A case about what follows from good data must have good data:\n" + "\n".join(wrong)
    question, *arguments = case["ask"].split()
    answer = list(ASK[question](outcome.book, *arguments))
    if os.environ.get("FENGPU_BLESS") == "1":
        above = re.split(r"^answer:", file.read_text(encoding="utf-8"), maxsplit=1, flags=re.MULTILINE)[0]
        lines = "".join(f"\n  - {json.dumps(line, ensure_ascii=False)}" for line in answer) or " []"
        file.write_text(f"{above}answer:{lines}\n", encoding="utf-8")
    elif answer != case["answer"]:
        diff = "\n".join(difflib.unified_diff(case["answer"], answer, "expected", "answered", lineterm="", n=99))
        pytest.fail(f"{file.name}\n{case['about']}\n\n{diff}\n\nIf this is right: FENGPU_BLESS=1 pytest tests/test_derive.py", pytrace=False)
