"""Write a project of any size: the real stations and as many invented ones as are asked for.

    python bench/corpus.py --stations 3000 --seed 1 OUT --pages PEERS

``OUT`` then builds and checks like the real project, and ``PEERS`` holds the same pages for other site generators
(`facts`). Names and words come from ``phrases.yml``; shares of gaps,
lengths and kinds of figures follow the real profiles of middle size. The same number and seed give the same bytes, and a
smaller number gives a part of what a larger one gives: an invented station is a function of the seed and of its own
number, so that one station can be changed or added while all others stay as they were.

No invented station, person or number stands for a real one; each file says so in its first lines.
"""

from __future__ import annotations

import argparse
import math
import re
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from random import Random
from typing import Any

import yaml

ROOT = Path(__file__).parents[1]
PROJECT = ("mkdocs.yml", "docs", "overrides", "data")
"""What a project needs to be checked and built."""
MARK = "corpus.txt"
"""Lies in a folder that was written here and may be written again."""
HEAD = "# yaml-language-server: $schema=../schema/station.json\n# 虚构的派出所，只供测试；与真实的地方、单位和人无关。\n"
UNSAID = "不详"
CHECKED = (2026, 11)
"""No source is later than this month."""
TOWNS = 40
"""So many stations a county can have."""
METHODS = (8, 14, 21, 21, 15, 10, 6, 3, 2)
"""How many stations in a hundred have one method, two, three …"""
YEARS = {2026: 14, 2025: 22, 2024: 18, 2023: 15, 2022: 10, 2021: 7, 2020: 5, 2019: 4, 2018: 3, 2017: 2}
"""How many sources in a hundred are of a year."""
MUNICIPALITIES = {"北京市", "天津市", "上海市", "重庆市"}
FENGQIAO = {"第一批": "2019-11", "第二批": "2022-05", "第三批": "2023-11"}
"""Batches of the title “枫桥式公安派出所” and when they were named."""


# ── Words ────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Name:
    """A name with its spelling in an id."""

    text: str
    slug: str

    def __add__(self, other: Name) -> Name:
        return Name(self.text + other.text, self.slug + other.slug)


def _terms(vocabulary: str) -> list[dict[str, Any]]:
    file = Path(__file__).parents[1] / "data" / "vocab" / f"{vocabulary}.yml"
    return yaml.load(file.read_text(encoding="utf-8"), yaml.CBaseLoader)["terms"]


class Phrases:
    """What ``phrases.yml`` holds, with its names taken apart."""

    def __init__(self) -> None:
        loaded = yaml.load(Path(__file__).with_name("phrases.yml").read_text(encoding="utf-8"), yaml.CBaseLoader)
        self.words: dict[str, list[str]] = loaded["words"]
        self.station: dict[str, Any] = loaded["station"]
        self.playbooks: list[dict[str, Any]] = loaded["playbooks"]
        self.own_figures: list[dict[str, Any]] = loaded["own_figures"]
        self.own_limits: list[str] = loaded["own_limits"]
        self.shared_limits: list[list[str]] = loaded["shared_limits"]
        self.provinces = {name: int(counties) for name, counties in loaded["names"].pop("provinces").items()}
        self.existing = frozenset(loaded["names"].pop("existing").split())
        self.names = {kind: [self._name(word) for word in words.split()] for kind, words in loaded["names"].items()}
        self.watching = frozenset(term["label"] for term in _terms("means") if term.get("watches") == "是")
        """Means under which a method must say where its limits are."""
        self._parts: dict[str, tuple[str, ...]] = {}

    @staticmethod
    def _name(word: str) -> Name:
        match = re.fullmatch(r"([^a-z]+)([a-z]+)", word)
        assert match, word
        return Name(match[1], match[2])

    def parts(self, phrase: str) -> tuple[str, ...]:
        """A phrase as text and slots in turn, starting with text."""
        if phrase not in self._parts:
            self._parts[phrase] = tuple(re.split("<([^>]+)>", phrase))
        return self._parts[phrase]


@dataclass(frozen=True)
class Place:
    """Where an invented station is."""

    province: str
    city: str
    county: str
    town: Name
    id: str

    @property
    def station(self) -> str:
        return f"{self.town.text}派出所"

    @property
    def full_name(self) -> str:
        if self.county.endswith("区"):
            return f"{self.province if self.city == '不适用' else self.city}公安局{self.county[:-1]}分局{self.station}"
        return f"{self.county}公安局{self.station}"

    @property
    def where(self) -> str:
        return f"{self.province}{'' if self.city == '不适用' else self.city}{self.county}"


class Gazetteer:
    """An invented country: counties in every province, and the towns of each."""

    def __init__(self, phrases: Phrases, seed: str) -> None:
        self.seed = seed
        self.names = phrases.names
        random = Random(f"{seed}:counties")
        pairs = [one + two for one in (*self.names["first"], *self.names["brands"]) for two in self.names["second"]]
        pairs = [pair for pair in pairs if pair.text not in phrases.existing]
        unique = list({pair.slug: pair for pair in pairs}.values())
        order = sorted(range(len(unique)), key=lambda number: (random.random(), number))
        fresh = iter([unique[number] for number in order])
        self.counties: list[tuple[str, str, Name]] = []
        for province, count in phrases.provinces.items():
            cities = [f"{pairs[int(random.random() * len(pairs))].text}市" for _ in range(max(1, count // 9))]
            for number in range(count):
                pair = next(fresh)
                if province in MUNICIPALITIES:
                    city, kind = "不适用", "区"
                else:
                    city = cities[number % len(cities)]
                    kind = "区" if number < len(cities) else "市" if random.random() < 0.2 else "县"
                self.counties.append((province, city, pair + Name(kind, "")))
        self.size = len(self.counties) * TOWNS
        self.stride = next(step for step in range(int(self.size * 0.618), self.size) if math.gcd(step, self.size) == 1)
        self.start = int(random.random() * self.size)
        self._towns: dict[int, list[Name]] = {}

    def place(self, number: int) -> Place:
        """The place of a station; two stations are never in one, and neighbouring numbers lie far apart."""
        if number >= self.size:
            raise ValueError(f"There is room for {self.size} invented stations, not for {number + 1}.")
        county, town = divmod((self.start + number * self.stride) % self.size, TOWNS)
        province, city, name = self.counties[county]
        here = self._towns_of(county)[town]
        return Place(province, city, name.text, here, f"{here.slug}-{name.slug}")

    def _towns_of(self, county: int) -> list[Name]:
        if county not in self._towns:
            draw = Draw(Random(f"{self.seed}:towns:{county}"))
            found: dict[str, Name] = {}
            while len(found) < TOWNS:
                if draw.chance(0.35):
                    name = draw.one(self.names["towns"])
                else:
                    name = draw.any(self.names["first"]) + draw.any(self.names["second"])
                found.setdefault(name.slug, name)
            self._towns[county] = list(found.values())
        return self._towns[county]


class Draw:
    """Choices for one station, all made out of `Random.random`, which Python promises never to change."""

    def __init__(self, random: Random) -> None:
        self.random = random.random
        self.turn = self.random()
        """What this station speaks of more than others do."""

    def chance(self, share: float) -> bool:
        return self.random() < share

    def number(self, low: int, high: int) -> int:
        return low + int(self.random() * (high - low + 1))

    def any(self, choices: Sequence[Any]) -> Any:
        return choices[int(self.random() * len(choices))]

    def one(self, choices: Sequence[Any]) -> Any:
        """One of several, the second half as likely as the first, as words are in a language (Zipf)."""
        index = int((len(choices) + 1) ** self.random()) - 1
        if self.random() < 0.4:
            index = (index + int(self.turn * len(choices))) % len(choices)
        return choices[index]

    def several(self, choices: Sequence[Any], count: int) -> list[Any]:
        """Different ones, in the order in which they stand in the list."""
        if count >= len(choices):
            return list(choices)
        found: set[int] = set()
        while len(found) < count:
            found.add(int((len(choices) + 1) ** self.random()) - 1)
        return [choices[index] for index in sorted(found)]

    def weighted(self, weights: dict[Any, float] | Sequence[float]) -> Any:
        """A key, or the place in a list, as often as its weight says."""
        pairs = list(weights.items() if isinstance(weights, dict) else enumerate(weights))
        left = self.random() * sum(weight for _, weight in pairs)
        for choice, weight in pairs:
            left -= weight
            if left < 0:
                return choice
        return pairs[-1][0]


# ── YAML ─────────────────────────────────────────────────────────────────────


_PLAIN = re.compile(r"[\w“《（][^:#,\[\]{}\"'&*!|>%@`\\]*")


def scalar(text: object) -> str:
    """A value as YAML reads it back, in quotes only where it needs them."""
    text = str(text)
    if _PLAIN.fullmatch(text) and text == text.strip():
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def flow(words: Sequence[str]) -> str:
    return f"[{', '.join(map(scalar, words))}]"


def inline(pairs: dict[str, object]) -> str:
    return f"{{{', '.join(f'{key}: {scalar(value)}' for key, value in pairs.items())}}}"


# ── A station ────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Text:
    """A source as far as what it tells must know of it."""

    id: str
    year: int
    month: int

    @property
    def date(self) -> str:
        return f"{self.year}-{self.month:02}"

    @property
    def printed(self) -> str:
        return f"文章日期为{self.year}年{self.month}月"


class Writer:
    """Writes one invented station as YAML."""

    def __init__(self, phrases: Phrases, place: Place, random: Random) -> None:
        self.phrases = phrases
        self.place = place
        self.draw = Draw(random)
        self.lines: list[str] = []
        self.methods: dict[str, str] = {}
        self.figures: list[str] = []
        self.local: dict[str, str | list[str]] = {
            "town": place.town.text,
            "county": place.county,
            "city": (place.province if place.city == "不适用" else place.city).removesuffix("市"),
            "province": place.province,
            "where": place.where,
            "street": [self._pair() + self.draw.one(("街", "路", "巷", "大道", "里")) for _ in range(3)],
            "hamlet": [self._pair() + self.draw.one(("村", "屯", "社区", "庄", "组")) for _ in range(4)],
            "method": f"{place.town.text}调解室",
        }
        self._baptise()
        self.texts = self._dates()

    def _pair(self) -> str:
        names = self.phrases.names
        ones = names["first"] if self.draw.chance(0.5) else names["surnames"]
        return self.draw.any(ones).text + self.draw.any(names["second"]).text

    def _baptise(self) -> None:
        """Give the next method a surname and a brand of its own."""
        names = self.phrases.names
        self.surname = self.draw.one(names["surnames"])
        self.brand = self.draw.any(names["brands"]) + self.draw.any(names["brands"])
        self.local |= {"surname": self.surname.text, "brand": self.brand.text}

    def _dates(self) -> list[Text]:
        found = []
        for _ in range(2 if self.draw.chance(0.24) else 1):
            year = self.draw.weighted(YEARS)
            month = self.draw.number(1, 10 if year == CHECKED[0] else 12)
            found.append((year, month))
        ids = [f"{self.place.id}-{year}" for year, _ in found]
        if len(ids) == 2 and ids[0] == ids[1]:
            ids[1] += "-2"
        return [Text(name, year, month) for name, (year, month) in zip(ids, found, strict=True)]

    # ── Saying ──

    def say(self, phrase: str) -> str:
        """Fill a phrase's slots; no slot of one phrase gets the same word as another."""
        parts = self.phrases.parts(phrase)
        if len(parts) == 1:
            return phrase
        said = [parts[0]]
        for index in range(1, len(parts), 2):
            for _ in range(4):
                word = self._word(parts[index])
                if word not in said:
                    break
            said += (word, parts[index + 1])
        return "".join(said)

    def _word(self, slot: str) -> str:
        here = self.local.get(slot)
        if here is not None:
            return here if isinstance(here, str) else self.draw.one(here)
        if slot[0].isdigit():
            low, _, high = slot.partition("-")
            return str(self.draw.number(int(low), int(high)))
        return self.draw.one(self.phrases.words[slot])

    def tell(self, phrases: Sequence[str]) -> str:
        return self.say(self.draw.one(phrases))

    # ── Writing ──

    def line(self, indent: int, key: str, value: object) -> None:
        self.lines.append(f"{' ' * indent}{key}: {scalar(value)}")

    def raw(self, text: str) -> None:
        self.lines.append(text)

    def maybe(self, indent: int, key: str, share: float, made: Callable[[], object], unsaid: float = 0.3) -> None:
        """A field that a share of the profiles knows; of the others some say that it is not known."""
        if self.draw.chance(share):
            self.line(indent, key, made())
        elif self.draw.chance(unsaid):
            self.line(indent, key, UNSAID)

    def cite(self, indent: int, text: Text | None = None, section: str | None = None) -> None:
        self.line(indent, "source", (text or self.text()).id)
        if section is None and self.draw.chance(0.92):
            section = self.draw.one(self.headings)
        if section:
            self.line(indent, "section", section)

    def text(self) -> Text:
        """Mostly the first source."""
        return self.texts[1] if len(self.texts) > 1 and self.draw.chance(0.35) else self.texts[0]

    @cached_property
    def headings(self) -> list[str]:
        return list(dict.fromkeys(self.tell(self.phrases.station["headings"]) for _ in range(self.draw.number(3, 6))))

    def yaml(self) -> str:
        """The whole file."""
        draw, place, told = self.draw, self.place, self.phrases.station
        plans = [self._plan() for _ in range(draw.weighted(METHODS) + 1)]
        self.line(0, "id", place.id)
        self.line(0, "name", place.station)
        self.line(0, "full_name", place.full_name)
        if draw.chance(0.2):
            self.raw(f"other_names: {flow([place.county[:-1] + place.station])}")
        self._place()
        self.maybe(0, "founded", 0.22, self._founded)
        areas = draw.several(told["areas"], draw.number(1, 3))
        if draw.chance(0.62):
            self.raw(f"area_types: {flow(areas)}")
        elif draw.chance(0.5):
            self.line(0, "area_types", UNSAID)
        self.maybe(0, "jurisdiction", 0.7, lambda: self.tell(told["jurisdiction"]))
        self.maybe(0, "staffing", 0.45, lambda: self.tell(told["staffing"]))
        names = [name for name, _, _ in plans]
        listed = "、".join(names[:-1]) + f"和{names[-1]}" if len(names) > 1 else names[0]
        self.local["listed"] = listed
        self.line(0, "summary", self.tell(told["opening"]) + self.tell(told["lists"]))
        self._honours()
        self._people()
        self.raw("methods:")
        for plan in plans:
            self._method(*plan)
        self._own_figures()
        if self.figures:
            self.raw("figures:")
            self.lines += self.figures
        self._cases()
        self._events()
        self._sources()
        self.line(0, "checked", self._checked())
        self.line(0, "source", self.texts[0].id)
        self.line(0, "section", self.headings[0])
        if draw.chance(0.3):
            self.line(0, "note", self.tell(told["notes"]))
        return HEAD + "\n".join(self.lines) + "\n"

    def _place(self) -> None:
        place = self.place
        self.raw("place:")
        self.line(2, "province", place.province)
        self.line(2, "city", place.city)
        self.line(2, "county", place.county)
        known = self.draw.chance(0.4)
        self.line(2, "town", f"{place.town.text}{self.draw.one(('镇', '街道', '乡'))}" if known else UNSAID)
        if self.draw.chance(0.6):
            self.line(2, "basis", "载明")
        else:
            self.line(2, "basis", "推定")
            self.line(2, "why", f"原文只印“{place.county}”，其余按行政区划补上。")

    def _founded(self) -> str:
        year = self.draw.number(1950, self.texts[0].year - 1)
        return str(year) if self.draw.chance(0.7) else f"{year}-{self.draw.number(1, 12):02}"

    def _checked(self) -> str:
        last = CHECKED[0] * 12 + CHECKED[1] - 1
        published = max(text.year * 12 + text.month - 1 for text in self.texts)
        month = max(published + 1, last - self.draw.number(0, 30))
        return f"{month // 12}-{month % 12 + 1:02}-{self.draw.number(1, 28):02}"

    # ── Honours and people ──

    def _honours(self) -> None:
        draw = self.draw
        if not draw.chance(0.3):
            if draw.chance(0.6):
                self.line(0, "honours", "无" if draw.chance(0.08) else UNSAID)
            return
        titles = draw.several(("一级公安派出所", "全国“枫桥式公安派出所”", "全国公安机关执法示范单位", "集体一等功"), draw.number(1, 2))
        if self.place.province == "江苏省" and draw.chance(0.5):
            titles.append("江苏省优秀公安基层单位")
        if self.place.province == "山西省" and draw.chance(0.5):
            titles.append("山西省新时代“枫桥经验”先进典型")
        text = self.texts[0]
        batches = {batch: date for batch, date in FENGQIAO.items() if date <= text.date}
        if not batches:
            titles = [title for title in titles if "枫桥式" not in title] or ["一级公安派出所"]
        self.raw("honours:")
        for title in titles:
            self.line(2, "- title", title)
            if "枫桥式" in title:
                batch = draw.any(list(batches))
                self.line(4, "date", batches[batch])
                self.line(4, "batch", batch)
                self.line(4, "by", "公安部")
            elif draw.chance(0.3):
                self.line(4, "date", UNSAID)
                if draw.chance(0.98):
                    self.line(4, "note", "获得的年份原文没有写。")
            else:
                self.line(4, "date", text.year - draw.number(1, 6))
                if draw.chance(0.3):
                    self.line(4, "basis", "推定")
                    self.line(4, "why", f"{text.printed}，文中只写“前几年”。")
            self.cite(4, text)

    def _people(self) -> None:
        draw = self.draw
        if not draw.chance(0.25):
            return
        self.raw("people:")
        for role, about in draw.several(self.phrases.station["people"], draw.number(1, 2)):
            name = draw.one(self.phrases.names["surnames"]).text
            method = draw.any(list(self.methods))
            self.local["method"] = self.methods[method]
            role = self.say(role)
            self.line(2, "- name", f"{name}所长" if "所长" in role else f"{name}教导员" if "教导员" in role else f"老{name}")
            self.line(4, "role", role)
            if about != "null" and draw.chance(0.7):
                self.line(4, "about", self.say(about))
            if draw.chance(0.8):
                self.raw(f"    methods: {flow([method])}")
            self.cite(4)

    # ── Methods ──

    def _plan(self) -> tuple[str, str, dict[str, Any]]:
        """Choose a method before anything is written, since the summary names it."""
        draw = self.draw
        for _ in range(9):
            self._baptise()
            playbook = self.phrases.playbooks[draw.weighted(self._shares)]
            phrase, _, spelled = draw.one(playbook["names"]).partition(" ")
            name = self.say(phrase)
            slug = spelled.replace("<brand>", self.brand.slug).replace("<surname>", self.surname.slug)
            if slug not in self.methods and name not in self.methods.values():
                break
        else:
            slug = f"{slug}-{len(self.methods) + 1}"
        self.methods[slug] = name
        return name, slug, playbook

    @cached_property
    def _shares(self) -> list[float]:
        return [float(playbook["share"]) for playbook in self.phrases.playbooks]

    def _method(self, name: str, slug: str, playbook: dict[str, Any]) -> None:
        draw, told = self.draw, self.phrases.station
        self._baptise()
        self.local["method"] = name
        text = self.text()
        self.line(2, "- id", slug)
        self.line(4, "name", name)
        self.line(4, "kind", draw.one(playbook["kinds"]))
        self.line(4, "playbook", playbook["id"])
        if draw.chance(0.18):
            self.raw(f"    other_names: {flow([name.replace('“', '').replace('”', '') if '“' in name else self.place.town.text + name])}")
        earlier = list(self.methods)[: list(self.methods).index(slug)]
        if earlier and draw.chance(0.12):
            self.line(4, "part_of", draw.any(earlier))
        self.line(4, "summary", self.tell(playbook["summary"]))
        for field, share, most in (("problems", 0.74, 3), ("targets", 0.55, 2), ("goals", 0.5, 1)):
            if draw.chance(share):
                self.raw(f"    {field}: {flow(draw.several(playbook[field], draw.number(1, most)))}")
            elif draw.chance(0.3):
                self.line(4, field, UNSAID)
        means = draw.several(playbook["means"], draw.number(1, 3)) if draw.chance(0.56) else []
        if means:
            self.raw(f"    means: {flow(means)}")
        if draw.chance(0.5):
            self.raw("    actors:")
            for role in draw.several(playbook["roles"], draw.number(1, 3)):
                self.line(6, "- role", role)
                self.maybe(8, "does", 0.75, lambda: self.tell(playbook["does"]))
        if draw.chance(0.4):
            self.raw("    parts:")
            self._parts(6, playbook["parts"], draw.number(2, 4))
        if draw.chance(0.16):
            self.raw("    steps:")
            for step in told["steps"]:
                if draw.chance(0.85):
                    self.raw(f"      - {scalar(self.tell(step))}")
        elif draw.chance(0.2):
            self.line(4, "steps", UNSAID)
        axes = [(axis, said) for axis, said in playbook["axes"].items() if draw.chance(0.66)] if playbook["axes"] else []
        if axes:
            self.raw("    axes:")
            for axis, said in axes:
                self.line(6, axis, self.tell(said) if draw.chance(0.85) else UNSAID)
        for question, share in (("effect", 0.5), ("mechanism", 0.25), ("moderators", 0.2), ("implementation", 0.28), ("cost", 0.1)):
            self.maybe(4, question, share, lambda question=question: self.tell(told[question]), 0.25)
        if self.phrases.watching.intersection(means) or draw.chance(0.12):
            self._limits(text)
        if draw.chance(0.4):
            self.line(4, "note", self.tell(told["notes_of_methods"]))
        heading = draw.one(self.headings)
        self.cite(4, text, heading)
        for kind in playbook["figures"]:
            if draw.chance(float(kind["share"]) / 100):
                self._figure(kind, slug, text, heading)

    def _parts(self, indent: int, parts: Sequence[Sequence[str]], count: int) -> None:
        for name, text in self.draw.several(parts, count):
            self.line(indent, "- name", self.say(name))
            self.line(indent + 2, "text", self.say(text) if self.draw.chance(0.8) else UNSAID)
            if indent < 14 and self.draw.chance(0.06):  # Few have parts of their own, and no real one more than three levels.
                self.raw(f"{' ' * indent}  parts:")
                self._parts(indent + 4, parts, 2)

    def _limits(self, text: Text) -> None:
        self.raw("    limits:")
        for law, article, bound in self.draw.several(self.phrases.shared_limits, self.draw.number(1, 2)):
            self.line(6, "- text", bound)
            self.line(8, "source", law)
            self.line(8, "section", article)
        self.line(6, "- text", self.tell(self.phrases.own_limits))
        self.cite(8, text)

    # ── Figures ──

    def _own_figures(self) -> None:
        draw = self.draw
        text = self.texts[0]
        kinds = [kind for kind in self.phrases.own_figures if draw.chance(float(kind["share"]) / 100)]
        if draw.chance(0.05):
            kinds = [kind for kind in kinds if kind["id"] != "all-staff"]
            self._total(text)
        for kind in kinds:
            self._figure(kind, "本所", text, draw.one(self.headings))

    def _total(self, text: Text) -> None:
        officers, auxiliaries = self.draw.number(6, 28), self.draw.number(8, 48)
        period = self._period("时点", text)
        for name, measure, definition, value, parts in (
            ("all-staff", "民警辅警人数", "民警和辅警合计。", officers + auxiliaries, "[officers, auxiliaries]"),
            ("officers", "民警人数", "在编的民警。", officers, ""),
            ("auxiliaries", "岗位人数", "全所的辅警。", auxiliaries, ""),
        ):
            figure = {"- id": name, "measure": measure, "definition": definition, "value": value, "unit": "名", "scope": "本所"}
            self._add(figure, period, text, self.headings[0], "total_of: " + parts if parts else "")

    def _figure(self, kind: dict[str, Any], scope: str, text: Text, section: str) -> None:
        draw = self.draw
        name = kind["id"] if scope == "本所" else f"{scope}-{kind['id']}"[:60].rstrip("-")
        timing = draw.one(kind["kinds"])
        figure: dict[str, object] = {"- id": name, "measure": kind["measure"], "definition": self.tell(kind["of"])}
        note = ""
        change = ""
        if "change" in kind:
            figure["value"] = UNSAID
            change = self._change(kind["change"])
            note = "基数原文没有写。"
        else:
            value, bound, printed = self._value(kind)
            figure["value"] = value
            if bound:
                figure["bound"] = bound
            if printed:
                figure["printed"] = printed
            if draw.chance(float(kind.get("changes", 0)) / 100):
                change = self._change("3-60")
                if float(value) < 30:
                    note = "总数小，升降了几起原文没有写。"
        figure |= {"unit": kind["unit"], "scope": scope}
        period = self._period(timing, text)
        if figure["value"] == "100" and kind["unit"] == "%" and draw.chance(0.9):
            note = "分母是多少，原文没有写。"
        if period["from"] == UNSAID and timing == "累计" and draw.chance(0.98):
            note = "从何时算起，原文没有写。"
        if not note and draw.chance(0.12):
            note = self._doubt()
        if note:
            figure["note"] = note
        self._add(figure, period, text, section, f"change: {change}" if change else "")
        if scope == "本所" and not change and kind["id"] in {"all-staff", "residents", "disputes"} and draw.chance(0.04):
            again = {field: one for field, one in figure.items() if field not in {"bound", "printed", "note"}}
            more = int(float(str(figure["value"])) * 1.06) + 1
            again |= {"- id": f"{name}-again", "definition": "同一件事，结尾一段的说法。", "value": more}
            self._add(again, period, text, "结尾", f"differs_from: [{name}]")

    def _add(self, figure: dict[str, object], period: dict[str, object], text: Text, section: str, extra: str) -> None:
        made = [f"{'  ' if key.startswith('-') else '    '}{key}: {scalar(value)}" for key, value in figure.items()]
        made.append(f"    period: {inline(period)}")
        if extra:
            made.append(f"    {extra}")
        self.figures += [*made, f"    source: {text.id}", f"    section: {scalar(section)}"]

    def _doubt(self) -> str:
        return self.draw.one(
            (
                "原文只在图片说明里写了这个数。",
                "正文和标题的说法一致，怎样统计没有写。",
                "原文把它和别的数放在一句话里，关系没有交代。",
                "与上级公布的数字不是同一时间。",
                "原文的单位写法和这里不同。",
            )
        )

    def _value(self, kind: dict[str, Any]) -> tuple[str, str, str]:
        """A value with its bound and how the text prints it."""
        draw = self.draw
        low, _, high = kind["range"].partition("-")
        if decimals := int(kind.get("decimals", 0)):
            value = float(low) + draw.random() * (float(high) - float(low))
            if draw.chance(0.03) and kind["unit"] == "%":
                return "100", "", "百分之百"
            return (f"{value:.{decimals}f}".rstrip("0").rstrip("."), "以上" if draw.chance(0.12) else "", "")
        whole = round(math.exp(math.log(float(low) + 1) + draw.random() * math.log((float(high) + 1) / (float(low) + 1)))) - 1
        if kind.get("coarse") and draw.chance(0.75):
            step = 10 ** max(1, len(str(whole)) - 2)
            whole = max(step, whole // step * step)
            bound = draw.one(("余", "约", "以上"))
            amount = f"{whole / 10_000:g}万" if whole >= 10_000 else str(whole)
            printed = {"余": f"{amount}余{kind['unit']}", "约": f"约{amount}{kind['unit']}", "以上": f"{amount}{kind['unit']}以上"}
            return str(whole), bound, printed[bound]
        if whole >= 60 and draw.chance(0.12):
            whole = whole // 10 * 10
            return str(whole), "余", f"{whole}多{kind['unit']}"
        if whole >= 100 and whole % 100 == 0 and draw.chance(0.9):  # A bare round number is rare in print too.
            whole += draw.number(1, 9)
        return str(whole), "", ""

    def _change(self, span: str) -> str:
        low, _, high = span.partition("-")
        direction = self.draw.one(("下降", "上升"))
        against = self.draw.one(("同比", "比上年", "比推行之前", UNSAID))
        if self.draw.chance(0.15):
            return inline({"direction": direction, "value": UNSAID, "unit": "不适用", "against": against})
        value = f"{self.draw.number(int(low) * 10, int(high) * 10) / 10:g}"
        return inline({"direction": direction, "value": value, "unit": "%", "against": against})

    def _period(self, timing: str, text: Text) -> dict[str, object]:
        draw, year = self.draw, text.year
        if timing == "时点":
            if draw.chance(0.65):
                return self._span("原文未写", timing, "不适用", text.date, "原文未写时点，按文章日期")
            return self._span(f"{year - 1}年年底", timing, "不适用", f"{year - 1}-12")
        if timing == "累计":
            if draw.chance(0.6):
                start = year - draw.number(1, 7)
                return self._span(f"{start}年以来", timing, str(start), text.date)
            return self._span("累计", timing, UNSAID, text.date, "原文未写截止时间，按文章日期")
        if timing == "年均":
            years = draw.number(2, 5)
            return self._span(f"近{years}年", timing, str(year - years), str(year - 1), text.printed)
        if draw.chance(0.45):
            return self._span(f"{year - 1}年", timing, f"{year - 1}-01", f"{year - 1}-12")
        if draw.chance(0.4):
            return self._span("去年", timing, f"{year - 1}-01", f"{year - 1}-12", text.printed)
        return self._span("今年以来", timing, f"{year}-01", text.date, text.printed)

    @staticmethod
    def _span(label: str, kind: str, start: str, end: str, why: str = "") -> dict[str, object]:
        made: dict[str, object] = {"label": label, "kind": kind, "from": start, "to": end, "basis": "推定" if why else "载明"}
        return made | {"why": why} if why else made

    # ── Cases, events, sources ──

    def _cases(self) -> None:
        draw = self.draw
        if not draw.chance(0.42):
            return
        self.raw("cases:")
        for _ in range(draw.number(1, 2)):
            text = self.text()
            self.line(2, "- text", self.tell(self.phrases.station["cases"]))
            self.raw(f"    methods: {flow([draw.any(list(self.methods))])}")
            if draw.chance(0.4):
                self.line(4, "date", text.year - 1)
                self.line(4, "basis", "推定")
                self.line(4, "why", f"原文写“去年”，{text.printed}。")
            self.cite(4, text)

    def _events(self) -> None:
        draw = self.draw
        if not draw.chance(0.26):
            return
        self.raw("events:")
        for _ in range(draw.number(1, 2)):
            text = self.text()
            self._baptise()
            if draw.chance(0.7):
                self.line(2, "- date", f"{text.year - draw.number(1, 5)}-{draw.number(1, 12):02}")
            else:
                self.line(2, "- date", text.year - 1)
                self.line(4, "basis", "推定")
                self.line(4, "why", f"原文写“去年”，{text.printed}。")
            self.line(4, "text", self.tell(self.phrases.station["events"]))
            self.cite(4, text)

    def _sources(self) -> None:
        draw, told = self.draw, self.phrases.station
        self.raw("sources:")
        for text in self.texts:
            self._baptise()
            self.line(2, "- id", text.id)
            self.line(4, "title", self.tell(told["titles"]))
            self.line(4, "subtitle", self.tell(told["subtitles"]) if draw.chance(0.4) else "无" if draw.chance(0.6) else UNSAID)
            self.line(4, "publisher", self.tell(told["publishers"]) if draw.chance(0.85) else UNSAID)
            if draw.chance(0.6):
                self.raw("    bylines:")
                for byline in draw.several(told["bylines"], draw.number(1, 2)):
                    self.raw(f"      - {inline({'name': byline, 'work': draw.one(('文', '图', '编辑'))})}")
            if draw.chance(0.75):
                self.line(4, "date", f"{text.date}-{draw.number(1, 28):02}" if draw.chance(0.8) else text.date)
                self.line(4, "date_basis", "载明")
            else:
                self.line(4, "date", text.date)
                self.line(4, "date_basis", "推定")
                self.line(4, "date_why", f"没有印日期，文中以{text.year}年为“今年”。")
            self.line(4, "kind", draw.weighted({"媒体报道": 60, "单位自述": 25, "官方发布": 14, "独立研究": 1}))
            if draw.chance(0.4):
                self.line(4, "url", f"https://example.com/{text.year}/{text.month:02}/{text.id}.html")
            if draw.chance(0.2):
                self.line(4, "note", draw.one(told["source_notes"]))


# ── The whole ────────────────────────────────────────────────────────────────


class Corpus:
    """All invented stations of one seed, each to be had by its number."""

    def __init__(self, seed: str) -> None:
        self.seed = seed
        self.phrases = Phrases()
        self.gazetteer = Gazetteer(self.phrases, seed)

    def station(self, number: int) -> tuple[str, str]:
        """The id of a station and its file."""
        place = self.gazetteer.place(number)
        return place.id, Writer(self.phrases, place, Random(f"{self.seed}:{number}")).yaml()

    def stations(self, count: int) -> Iterator[tuple[str, str]]:
        return (self.station(number) for number in range(count))


def claim(folder: Path, note: str) -> None:
    """Make a folder to write in; one that holds something else is left alone."""
    if folder.is_dir() and any(folder.iterdir()) and not (folder / MARK).is_file():
        raise ValueError(f"{folder} holds something else: name an empty folder or one that was written here.")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MARK).write_text(f"{note}\n", encoding="utf-8")


def write(stations: int, seed: str, out: Path) -> None:
    """Write a project with so many stations, the real ones among them; what lay in its folders is replaced."""
    real = len(list((ROOT / "data/stations").glob("*.yml")))
    if stations < real:
        raise ValueError(f"The {real} real stations are always among them: ask for {real} or more.")
    claim(out, f"{stations} stations, seed {seed}")
    for name in PROJECT:
        source, target = ROOT / name, out / name
        if source.is_dir():
            shutil.rmtree(target, ignore_errors=True)
            shutil.copytree(source, target)
        else:
            shutil.copyfile(source, target)
    folder = out / "data/stations"
    for name, text in Corpus(seed).stations(stations - real):
        (folder / f"{name}.yml").write_text(text, encoding="utf-8", newline="\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0], formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    parser.add_argument("--stations", type=int, required=True, metavar="N", help="how many stations, the real ones among them")
    parser.add_argument("--seed", default="1", metavar="S", help="another seed makes another country")
    parser.add_argument("--pages", type=Path, metavar="DIR", help="also write the pages of stations and methods for other site generators")
    parser.add_argument("out", type=Path, metavar="OUT", help="the project's folder; its data, docs and overrides are replaced")
    given = parser.parse_args()
    start = time.perf_counter()
    try:
        write(given.stations, given.seed, given.out)
        if given.pages:
            claim(given.pages, f"{given.stations} stations, seed {given.seed}")
    except ValueError as error:
        parser.error(str(error))
    files = list((given.out / "data/stations").iterdir())
    size = sum(file.stat().st_size for file in files)
    print(f"{len(files)} stations, {size / 1e6:.1f} MB, {size / len(files) / 1e3:.1f} kB each, {time.perf_counter() - start:.1f} s")
    if given.pages:
        import facts  # Wants our own package, which writing the data does not.

        start = time.perf_counter()
        made = facts.write(given.out / "data", given.pages)
        print(f"{made} pages for others, {time.perf_counter() - start:.1f} s")


if __name__ == "__main__":
    main()
