"""The nouns: source, station, method, playbook, figure and vocabulary.

The descriptions below are the fields' only documentation. They are Chinese because a clerk reads them:
they become the JSON Schema that an editor shows, and the labels on the site.
"""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import cache, lru_cache
from typing import Annotated, Any, ClassVar, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    StringConstraints,
)
from pydantic_core import PydanticCustomError, core_schema

T = TypeVar("T")


class Choice(StrEnum):
    """One of a few words that a field may hold."""

    def __reduce_ex__(self, protocol: Any) -> tuple[Any, ...]:
        return type(self), (self.value,)  # Until Python 3.11.4 by what looks an attribute up, which nothing folded may hold.


class Gap(Choice):
    """Why a cell holds no value; the three never look alike and never sort together."""

    UNSAID = "不详"
    """The text does not say."""
    INAPPLICABLE = "不适用"
    """The question makes no sense here."""
    NONE = "无"
    """The text says that there is none."""


_GAPS = {gap.value: gap for gap in Gap}


class _Gappable:
    """Lets a field hold a `Gap` in place of its value, without the error paths of a union."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        def gap_or_value(value: Any, inner: core_schema.ValidatorFunctionWrapHandler) -> Any:
            return _GAPS[value] if isinstance(value, str) and value in _GAPS else inner(value)

        return core_schema.no_info_wrap_validator_function(
            gap_or_value, handler(source), serialization=core_schema.to_string_ser_schema(when_used="json")
        )

    def __get_pydantic_json_schema__(self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler) -> Any:
        return {"anyOf": [{"enum": list(_GAPS)}, handler(schema)]}


Maybe = Annotated[T, _Gappable()]
"""``Maybe[X]``: an X or a `Gap`."""


_BREAK = re.compile(r"(?<=[\u3000-\u303f\u3400-\u9fff\uff00-\uffef])\s*\n\s*(?=[\u3000-\u303f\u3400-\u9fff\uff00-\uffef])")


def _fold(text: str) -> str:
    # Chinese writes no space where a line was wrapped.
    return " ".join(_BREAK.sub("", text).split()) if "\n" in text else text


Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000), AfterValidator(_fold)]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)]
Word = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60)]
"""A vocabulary word: a term's id or its Chinese label."""


@dataclass(frozen=True, slots=True, order=True)
class PartialDate:
    """A date known to the year, the month or the day."""

    year: int
    month: int = 0
    day: int = 0

    @classmethod
    def parse(cls, text: Any) -> PartialDate:
        if isinstance(text, PartialDate):
            return text
        made = _date(text) if isinstance(text, str) else None
        if made is None:
            raise PydanticCustomError("partial_date", "not a date")
        return made

    def __reduce__(self) -> tuple[Any, ...]:
        return PartialDate, (self.year, self.month, self.day)

    @property
    def first(self) -> date:
        return date(self.year, self.month or 1, self.day or 1)

    @property
    def last(self) -> date:
        month = self.month or 12
        return date(self.year, month, self.day or monthrange(self.year, month)[1])

    def is_after(self, other: PartialDate) -> bool:
        """Whether all of it comes after all of the other; a month that goes on to the 31st, as none has to, makes no difference."""
        return (self.year, self.month or 1, self.day or 1) > (other.year, other.month or 12, other.day or 31)

    def __str__(self) -> str:
        if self.day:
            return f"{self.year:04}-{self.month:02}-{self.day:02}"
        return f"{self.year:04}-{self.month:02}" if self.month else f"{self.year:04}"

    @property
    def in_chinese(self) -> str:
        return f"{self.year}年" + f"{self.month}月" * bool(self.month) + f"{self.day}日" * bool(self.day)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(
            cls.parse, serialization=core_schema.to_string_ser_schema()
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler) -> Any:
        return {"type": "string", "pattern": r"^\d{4}(-\d{2}(-\d{2})?)?$"}


@lru_cache(4096)  # The same few dates come again and again.
def _date(text: str) -> PartialDate | None:
    match = re.fullmatch(r"(\d{4})(?:-(\d\d))?(?:-(\d\d))?", text, re.ASCII)
    if not match or "00" in match.groups()[1:]:  # 0 would read as “not known”.
        return None
    made = PartialDate(int(match[1]), int(match[2] or 0), int(match[3] or 0))
    try:
        date(made.year, made.month or 1, made.day or 1)
    except ValueError:
        return None
    return made


def _number(value: Any) -> Any:
    # Decimal alone would take "1e3", "NaN" and "1_000".
    if isinstance(value, str) and not re.fullmatch(r"\d{1,15}(\.\d{1,6})?", value, re.ASCII):
        raise PydanticCustomError("plain_number", "not a plain number")
    return value


Number = Annotated[
    Decimal, BeforeValidator(_number, json_schema_input_type=str), Field(json_schema_extra={"type": "string"})
]


class Record(BaseModel):
    """What all nouns share: nothing unknown is let in and nothing changes afterwards."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    def __reduce_ex__(self, protocol: Any) -> tuple[Any, ...]:
        noun = type(self)
        return revived, (noun, *map(self.__dict__.__getitem__, _fields(noun)))


def revived(noun: type[Record], *values: Any) -> Record:
    """A record as it was when it was pickled; pydantic's own way takes thrice the time and twice the room."""
    record = object.__new__(noun)
    # Fields of all records go by the same strings, so that they are found without a look at their letters.
    _set_dict(record, dict(zip(_fields(noun), values, strict=False)))
    _set_fields(record, _all_fields(noun))
    _set_extra(record, None)
    _set_private(record, None)
    return record


_set_dict, _set_fields, _set_extra, _set_private = (
    vars(BaseModel)[f"__{slot}__"].__set__ for slot in ("dict", "pydantic_fields_set", "pydantic_extra", "pydantic_private")
)


@cache
def _fields(noun: type[Record]) -> tuple[str, ...]:
    return tuple(noun.model_fields)


@cache
def _all_fields(noun: type[Record]) -> frozenset[str]:
    return frozenset(noun.model_fields)


class Basis(Choice):
    """Whether the text prints a date or place, or it was worked out."""

    PRINTED = "载明"
    INFERRED = "推定"


# ── Sources ──────────────────────────────────────────────────────────────────


class SourceKind(Choice):
    """Who speaks, in the order of growing distance from the station."""

    SELF = "单位自述"
    PRESS = "媒体报道"
    OFFICIAL = "官方发布"
    INDEPENDENT = "独立研究"
    LAW = "法律法规"


class Byline(Record):
    """One person or office named as having made the text."""

    name: Text = Field(title="姓名", description="署名。")
    work: Text = Field(title="分工", description="例如：文、图、编辑。")


class Source(Record):
    """One published text."""

    id: Slug = Field(title="编号", description="小写字母、数字和连字符，例如 zhuze-2023。全站不能重复。")
    title: Text = Field(title="标题", description="原文标题。原文没有标题时写一个说明性的名称，并在 note 里说明。")
    subtitle: Maybe[Text] = Field(Gap.UNSAID, title="副题", description="副标题、肩题；没有就写“无”。")
    other_names: tuple[Text, ...] = Field((), title="简称", description="别的叫法，用于搜索，例如 个保法。")
    publisher: Maybe[Text] = Field(title="发布者", description="报纸、网站、客户端或机关的名称；看不出来写“不详”。")
    bylines: tuple[Byline, ...] = Field((), title="署名", description="作者、摄影、编辑，一人一条。")
    date: Maybe[PartialDate] = Field(title="日期", description="写成 2023、2023-12 或 2023-12-28。")
    date_basis: Basis = Field(title="日期依据", description="文中印有日期写“载明”，由内容推算写“推定”。")
    date_why: Text | None = Field(None, title="推定理由", description="日期是推定的，就要写凭什么推定。")
    kind: SourceKind = Field(title="来源性质", description="谁在说话：单位自己、媒体、上级机关、独立研究，还是法律条文。")
    url: Annotated[str, StringConstraints(pattern=r"^https?://\S+$", max_length=500)] | None = Field(
        None, title="网址", description="公开网址，以 https:// 开头；没有就不写。"
    )
    note: Text | None = Field(None, title="说明", description="缺页、串栏、没有标题等需要读者知道的情况。")


class Cited(Record):
    """Anything that a source says."""

    source: Word = Field(title="来源", description="来源编号：本文件 sources 里的，或 data/sources.yml 里的。")
    section: Maybe[Text] = Field(Gap.UNSAID, title="章节", description="在原文的哪个小标题下，方便核对。没有小标题就写段落，例如“导语”。")


# ── Evidence ─────────────────────────────────────────────────────────────────


class Grade(Choice):
    """From nothing said to evaluated by others; a later one is better evidence, not a better result."""

    NOTHING = "没有说"
    CLAIM = "只有说法"
    COUNT = "有计数"
    BEFORE_AFTER = "有前后变化"
    COMPARED = "有对照"
    INDEPENDENT = "独立评估"

    @property
    def rank(self) -> int:
        return _RANKS[self]


_RANKS = {grade: rank for rank, grade in enumerate(Grade)}


# ── Figures ──────────────────────────────────────────────────────────────────


class Bound(Choice):
    """How exact the text means its number to be."""

    EXACT = "整"
    ABOUT = "约"
    OVER = "余"
    AT_LEAST = "以上"
    UNDER = "不足"


class PeriodKind(Choice):
    POINT = "时点"
    SPAN = "时段"
    YEARLY = "年均"
    CUMULATIVE = "累计"


class Period(Record):
    """The time that a number is about."""

    label: Text = Field(title="原文说法", description="例如：近三年、今年以来、报道时。原文没说就写“原文未写”。")
    kind: PeriodKind = Field(title="类型", description="某一时点、一段时间、年平均，还是没有起点的累计。")
    start: Maybe[PartialDate] = Field(Gap.UNSAID, alias="from", title="起", description="起始日期；时点写“不适用”，不知道写“不详”。")
    end: Maybe[PartialDate] = Field(Gap.UNSAID, alias="to", title="止", description="截止日期，可以只写到年或月。")
    basis: Basis = Field(title="依据", description="日期是文中载明的，还是推定的。")
    why: Text | None = Field(None, title="推定理由", description="推定的，写理由。")


class Direction(Choice):
    UP = "上升"
    DOWN = "下降"
    FLAT = "持平"


class Change(Record):
    """A number's movement against an earlier state."""

    direction: Direction = Field(title="方向", description="上升、下降或持平。")
    value: Maybe[Number] = Field(Gap.UNSAID, title="幅度", description="阿拉伯数字，例如 21.5；没说写“不详”。")
    unit: Maybe[Text] = Field(Gap.UNSAID, title="单位", description="例如 % 或 个百分点；没有幅度写“不适用”。")
    against: Maybe[Text] = Field(title="相比", description="跟什么比：同比、比上年、推行之前……没说写“不详”。")


class Control(Record):
    """The same number, over the same period, of somebody who did without the method."""

    who: Text = Field(title="对照的一方", description="哪个没有这样做的所、社区或人群。")
    value: Maybe[Number] = Field(Gap.UNSAID, title="数值", description="他们在同一时期的同一个数，单位相同；没说写“不详”。")
    change: Change | None = Field(None, title="变化", description="他们在同一时期的升降；原文说了才写。")


OWN_SCOPE = "本所"


class Figure(Cited):
    """One number of one station, with all that must be known before it may stand beside another."""

    id: Slug = Field(title="编号", description="在本所的数据里不重复，例如 mediated-2025。")
    measure: Word = Field(title="指标", description="data/vocab/measures.yml 里的词。")
    definition: Maybe[Text] = Field(title="口径", description="数的是什么、怎么算的。原文没解释就照实写明。")
    value: Maybe[Number] = Field(title="数值", description="阿拉伯数字，不带逗号和“万”；只有变化没有数值时写“不详”。")
    bound: Bound = Field(Bound.EXACT, title="约数", description="原文写“余、多”就填“余”，写“约”填“约”，写“以上”填“以上”；没有就不写。")
    unit: Text = Field(title="单位", description="起、件、人、人次、%……")
    printed: Text | None = Field(None, title="原文写法", description="原文的写法和 value 不同时填，例如 1.4万余人。")
    scope: Word = Field(title="范围", description="全所（或全地区）的数字写“本所”；某个做法的数字写那个做法的编号。")
    period: Period = Field(title="时期", description="这个数字说的是什么时间。")
    change: Change | None = Field(None, title="变化", description="原文说了升降才写。")
    control: Control | None = Field(None, title="对照", description="原文拿没有这样做的一方来对照，才写。")
    total_of: tuple[Word, ...] = Field((), title="由哪些相加", description="这个数是本文件另几条数据的总和时，写它们的编号，程序会核对。")
    differs_from: tuple[Word, ...] = Field((), title="另有数字", description="同一篇文章对同一件事给出了不同的数字时，写另一条的编号；两条都留下。")
    note: Text | None = Field(None, title="说明", description="读者要知道的疑点。")


# ── Methods ──────────────────────────────────────────────────────────────────


class MethodKind(Choice):
    ROOM = "工作室"
    TEAM = "队伍"
    MECHANISM = "机制"
    WAY = "工作法"
    RULE = "制度"
    BRAND = "品牌"
    PROGRAMME = "行动"
    PLACE = "阵地"
    WINDOW = "窗口"
    PLATFORM = "平台"
    PRINCIPLE = "理念"


class Actor(Record):
    """One kind of person or body that takes part in a method."""

    role: Word = Field(title="角色", description="data/vocab/roles.yml 里的词。")
    does: Maybe[Text] = Field(Gap.UNSAID, title="做什么", description="在这个做法里承担什么；没说写“不详”。")


class Part(Record):
    """One named component of a method."""

    name: Text = Field(title="名称", description="这一部分的名称。")
    text: Maybe[Text] = Field(Gap.UNSAID, title="内容", description="它是什么。原文只列名称、没有解释，就写“不详”。")
    parts: tuple[Part, ...] = Field((), title="下级组成", description="还能再分时写在这里。")


class Limit(Cited):
    """One legal or privacy bound on a practice."""

    text: Text = Field(title="边界", description="法律或隐私上的限制，用自己的话写。")


class Method(Cited):
    """One named practice at one station."""

    id: Slug = Field(title="编号", description="在本所里不重复，例如 laoli。")
    name: Text = Field(title="名称", description="原文用的名称，例如 老李调解室。")
    kind: MethodKind = Field(title="类别", description="它是一间工作室、一支队伍、一种机制，还是别的。")
    playbook: Maybe[Word] = Field(title="所属打法", description="data/playbooks 里的编号；哪一种都不是就写“不适用”。")
    aliases: tuple[Slug, ...] = Field((), title="旧编号", description="改过编号时，把旧的留在这里，旧网址就不会失效。")
    other_names: tuple[Text, ...] = Field((), title="别名", description="别的叫法、简称，用于搜索。")
    part_of: Maybe[Word] = Field(Gap.INAPPLICABLE, title="属于", description="是本所另一个做法的一部分时，写那个做法的编号。")
    summary: Text = Field(title="一句话", description="用一句中性的话说清它是什么。不照抄原文，不评价。")
    problems: Maybe[tuple[Word, ...]] = Field(Gap.UNSAID, title="针对的问题", description="data/vocab/problems.yml 里的词，可以多个。")
    targets: Maybe[tuple[Word, ...]] = Field(Gap.UNSAID, title="服务对象", description="data/vocab/targets.yml 里的词，可以多个。")
    goals: Maybe[tuple[Word, ...]] = Field(Gap.UNSAID, title="对应目标", description="data/vocab/goals.yml 里的词：原文把它归在哪个目标之下。")
    means: Maybe[tuple[Word, ...]] = Field(Gap.UNSAID, title="手段", description="data/vocab/means.yml 里的词。会看到人的手段（视频、背景摸排……）必须写 limits。")
    actors: Maybe[tuple[Actor, ...]] = Field(Gap.UNSAID, title="参与者", description="谁来做，一种角色一条。")
    parts: tuple[Part, ...] = Field((), title="组成", description="由哪些部分组成，按原文的顺序。")
    steps: Maybe[tuple[Text, ...]] = Field(Gap.UNSAID, title="步骤", description="一步一条，按先后；原文没说怎么做就写“不详”。")
    axes: dict[Word, Maybe[Text]] = Field(default_factory=dict, title="对照项", description="所属打法的各个对照项在这里的情况；没写到的都算“不详”。")
    effect: Maybe[Text] = Field(Gap.UNSAID, title="成效", description="原文说带来了什么结果。数字写进 figures，这里只用一句话概括。")
    mechanism: Maybe[Text] = Field(Gap.UNSAID, title="机理", description="原文认为它为什么有用。")
    moderators: Maybe[Text] = Field(Gap.UNSAID, title="适用条件", description="在什么样的地方、对什么样的人和事有用或不适合。")
    implementation: Maybe[Text] = Field(Gap.UNSAID, title="实施", description="怎样办起来、靠什么运转。")
    cost: Maybe[Text] = Field(Gap.UNSAID, title="成本", description="人、钱、场地、时间。")
    limits: Maybe[tuple[Limit, ...]] = Field(Gap.UNSAID, title="边界", description="法律和隐私上的限制。会看到人的做法必须写。")
    note: Text | None = Field(None, title="编者说明", description="原文点了名却没解释的地方、前后不一的地方，在这里照实说明。")


# ── Stations ─────────────────────────────────────────────────────────────────


class Place(Record):
    """Where a station is."""

    province: Word = Field(title="省份", description="data/vocab/provinces.yml 里的词，例如 山西省。")
    city: Maybe[Text] = Field(Gap.UNSAID, title="市", description="地级市、州、盟；直辖市写“不适用”。")
    county: Maybe[Text] = Field(Gap.UNSAID, title="县区", description="县、区、县级市。")
    town: Maybe[Text] = Field(Gap.UNSAID, title="乡镇街道", description="乡、镇、街道。")
    basis: Basis = Field(Basis.PRINTED, title="依据", description="地名都在文中就写“载明”；有一级是推出来的就写“推定”。")
    why: Text | None = Field(None, title="推定理由", description="推定的，写理由。")


class Honour(Cited):
    """One honour that a station was given."""

    title: Word = Field(title="荣誉", description="data/vocab/honours.yml 里的词。")
    date: Maybe[PartialDate] = Field(title="时间", description="写到年、月或日；没说写“不详”。")
    basis: Basis = Field(Basis.PRINTED, title="时间依据", description="时间是文中载明的，还是推定的。")
    why: Text | None = Field(None, title="推定理由", description="推定的，写理由。")
    batch: Maybe[Text] = Field(Gap.UNSAID, title="批次", description="例如 第二批；不分批写“不适用”。")
    by: Maybe[Text] = Field(Gap.UNSAID, title="授予者", description="例如 公安部。")
    note: Text | None = Field(None, title="说明", description="原文的叫法不一致等。")


class Person(Cited):
    """One official or director, in the public role in which the text names them."""

    name: Text = Field(title="姓名", description="只写以公开身份出现的人。纠纷当事人、群众一律不写。")
    role: Text = Field(title="公开身份", description="例如：所长、老李调解室主任。")
    about: Text | None = Field(None, title="资历", description="与职务有关的公开资历。")
    methods: tuple[Word, ...] = Field((), title="相关做法", description="与哪些做法有关，写编号。")


class Case(Cited):
    """One dispute or incident, told in a neutral sentence that names nobody."""

    text: Text = Field(title="经过", description="一句中性的话：什么样的事，怎样处理，结果如何。不写任何当事人。")
    methods: tuple[Word, ...] = Field(min_length=1, title="用到的做法", description="它说明哪些做法，写编号。")
    date: Maybe[PartialDate] = Field(Gap.UNSAID, title="时间", description="写到年或月；没说写“不详”。")
    basis: Basis = Field(Basis.PRINTED, title="时间依据", description="时间是文中载明的，还是推定的。")
    why: Text | None = Field(None, title="推定理由", description="推定的，写理由。")


class Event(Cited):
    """One dated event in the life of a station or region."""

    date: PartialDate = Field(title="时间", description="写到年、月或日。")
    basis: Basis = Field(Basis.PRINTED, title="时间依据", description="时间是文中载明的，还是推定的。")
    why: Text | None = Field(None, title="推定理由", description="推定的，写理由。")
    text: Text = Field(title="事件", description="一句话。")


class Profile(Cited):
    """What a station and a region have in common: methods, figures and where they come from."""

    folder: ClassVar[str]
    """Where its pages and its file lie."""

    id: Slug = Field(title="编号", description="和文件名一致：编号 beijie，文件就叫 beijie.yml。")
    name: Text = Field(title="名称", description="简称，例如 北街派出所。")
    aliases: tuple[Slug, ...] = Field((), title="旧编号", description="改过编号时，把旧的留在这里，旧网址就不会失效。")
    other_names: tuple[Text, ...] = Field((), title="别名", description="别的叫法，用于搜索。")
    summary: Text = Field(title="概要", description="用两三句中性的话写：在哪里，主要有哪些做法。")
    people: tuple[Person, ...] = Field((), title="公开身份人员", description="以公开身份出现的负责人。")
    methods: tuple[Method, ...] = Field((), title="做法", description="一个做法一条。")
    figures: tuple[Figure, ...] = Field((), title="数据", description="一个数字一条。")
    cases: tuple[Case, ...] = Field((), title="案例", description="一件一条，一句话，不出现当事人。")
    events: tuple[Event, ...] = Field((), title="大事", description="有日期的事，一件一条；荣誉不必再写。")
    sources: tuple[Source, ...] = Field((), title="来源", description="只讲它的文章可以直接写在这里；几处共用的写进 data/sources.yml。")
    checked: PartialDate = Field(title="核对日期", description="最近一次对照原文核对的日期，例如 2026-11-22。")
    note: Text | None = Field(None, title="编者说明", description="全篇需要说明的情况。")

    @property
    def key(self) -> str:
        """What links call its page: ``stations/beijie``."""
        return f"{self.folder}/{self.id}"


class Station(Profile):
    """One community-police station."""

    folder = "stations"

    full_name: Text = Field(title="派出所名称", description="带上级机关的全称。")
    place: Place = Field(title="所在地", description="省、市、县区、乡镇街道。")
    founded: Maybe[PartialDate] = Field(Gap.UNSAID, title="建所时间", description="写到年、月或日；没说写“不详”。")
    area_types: Maybe[tuple[Word, ...]] = Field(Gap.UNSAID, title="辖区类型", description="data/vocab/area-types.yml 里的词，可以多个。")
    jurisdiction: Maybe[Text] = Field(Gap.UNSAID, title="辖区概况", description="用一两句话写；面积、人口等数字写进 figures。")
    staffing: Maybe[Text] = Field(Gap.UNSAID, title="警力配备", description="用一两句话写；人数写进 figures。")
    honours: Maybe[tuple[Honour, ...]] = Field(Gap.UNSAID, title="荣誉", description="一项一条。")


class Region(Profile):
    """A province or the whole country, for what is said of no single station."""

    folder = "regions"

    province: Maybe[Word] = Field(title="省份", description="data/vocab/provinces.yml 里的词；全国写“不适用”。")


# ── Playbooks ────────────────────────────────────────────────────────────────


class Axis(Record):
    """One question on which a playbook's instances are held side by side."""

    id: Slug = Field(title="编号", description="例如 leader。")
    label: Text = Field(title="名称", description="例如 谁主持。")
    ask: Text = Field(title="问的是什么", description="一句话，让填写的人知道该填什么。")
    measures: tuple[Word, ...] = Field(
        (), title="指标", description="这一项是数字时，写指标，可以多个；格子里的数字从 figures 来，不另外填写。不是数字就不写。"
    )


class Playbook(Record):
    """The general pattern that methods are instances of."""

    id: Slug = Field(title="编号", description="和文件名一致。")
    name: Text = Field(title="名称", description="例如 调解室。")
    aliases: tuple[Slug, ...] = Field((), title="旧编号", description="改过编号时，把旧的留在这里。")
    other_names: tuple[Text, ...] = Field((), title="别名", description="别的叫法，用于搜索。")
    order: Annotated[int, Field(ge=1, le=999)] = Field(title="次序", description="在列表里的先后。")
    summary: Text = Field(title="一句话", description="这一类做法是什么。")
    answers: Text = Field(title="回答什么问题", description="一个所遇到什么情况时会想到它。")
    problems: Maybe[tuple[Word, ...]] = Field(Gap.UNSAID, title="针对的问题", description="data/vocab/problems.yml 里的词。")
    goals: Maybe[tuple[Word, ...]] = Field(Gap.UNSAID, title="对应目标", description="data/vocab/goals.yml 里的词。")
    axes: tuple[Axis, ...] = Field(min_length=1, title="对照项", description="各所的同类做法按这些项目并排比较。")
    related: tuple[Word, ...] = Field((), title="相关打法", description="常常一起用、容易混淆的打法。")
    pairs: tuple[tuple[Word, ...], ...] = Field(
        (), title="并排的做法", description="值得单独并排看的两到五个做法，写成 [beijie/laoli, zhuze/laochen]；每一组有一个页面。"
    )


# ── Vocabularies ─────────────────────────────────────────────────────────────


class Term(Record):
    """One word of a vocabulary."""

    id: Slug = Field(title="编号", description="用在网址里，定了就不改。")
    label: Word = Field(title="名称", description="填写和显示用的中文。")
    synonyms: tuple[Text, ...] = Field((), title="同义词", description="别的说法，用于搜索和纠错提示。")
    note: Text | None = Field(None, title="说明", description="这个词包括什么，不包括什么。")


class Comparable(Choice):
    YES = "可比"
    SAME_DEFINITION = "同口径才可比"
    NO = "不可比"


class MeasureKind(Choice):
    """What a number can be evidence of: only work and results speak of effect."""

    SIZE = "规模"
    WORK = "工作量"
    RESULT = "结果"


class Measure(Term):
    """What a number counts, and whether two such numbers may be held together."""

    kind: MeasureKind = Field(
        MeasureKind.SIZE, title="性质", description="规模是有多少人和物；工作量是做了多少；结果是带来什么变化。只有后两种算成效的证据。"
    )

    group: Text = Field(title="分组", description="警力、辖区、调解……")
    units: tuple[Text, ...] = Field(min_length=1, title="单位", description="允许的单位。")
    compare: Comparable = Field(title="可比性", description="不同单位的这种数字能不能比。")
    why: Text | None = Field(None, title="理由", description="不能直接比的理由。")


class HonourTitle(Term):
    level: Text = Field(title="级别", description="全国、部级、省级、市级……")
    by: Maybe[Text] = Field(Gap.UNSAID, title="授予者", description="通常由谁授予。")


class Means(Term):
    watches: Annotated[bool, BeforeValidator(lambda value: {"是": True, "否": False}.get(value, value))] = Field(
        False, title="会看到人", description="“是”：涉及个人信息或监看，用到它的做法必须写边界。", json_schema_extra={"enum": ["是", "否"]}
    )


class Vocabulary(Record):
    """One list of words."""

    title: Text = Field(title="词表名称", description="中文名称。")
    terms: tuple[Term, ...] = Field(min_length=1, title="词条", description="一词一条。")


class MeasureVocabulary(Vocabulary):
    terms: tuple[Measure, ...] = Field(min_length=1, title="指标", description="一个指标一条。")


class HonourVocabulary(Vocabulary):
    terms: tuple[HonourTitle, ...] = Field(min_length=1, title="荣誉", description="一项荣誉一条。")


class MeansVocabulary(Vocabulary):
    terms: tuple[Means, ...] = Field(min_length=1, title="手段", description="一种手段一条。")


class SourceList(Record):
    """The texts that more than one profile uses."""

    sources: tuple[Source, ...] = Field(title="来源", description="一篇一条。")


class Entry(Record):
    """One word that a reader may not know."""

    id: Slug = Field(title="编号", description="用在网址里，定了就不改。")
    term: Word = Field(title="词", description="例如 三会一课。")
    other_names: tuple[Text, ...] = Field((), title="别的写法", description="页面里出现这些写法，也给出解释。")
    text: Text = Field(title="解释", description="一两句话，说清它是什么。")
    source: Word | None = Field(None, title="来源", description="解释的依据，写来源编号；通用的说法可以不写。")


class Glossary(Record):
    """The words that are explained wherever they appear."""

    entries: tuple[Entry, ...] = Field(title="词条", description="一词一条。")


VOCABULARIES: dict[str, type[Vocabulary]] = {
    "area-types": Vocabulary,
    "goals": Vocabulary,
    "honours": HonourVocabulary,
    "means": MeansVocabulary,
    "measures": MeasureVocabulary,
    "problems": Vocabulary,
    "provinces": Vocabulary,
    "roles": Vocabulary,
    "targets": Vocabulary,
}
"""The word lists by file name; each is a file in ``data/vocab/``."""
