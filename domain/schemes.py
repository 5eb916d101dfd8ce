"""Schemes of evaluation as data: indicators, ideal values, weights, classes, vetoes.

One TOML file per scheme under ``data/schemes``. A scheme carries its own certainty; what shows a
score shows it too, since most weights are product defaults until an office fills in its own.
"""

from __future__ import annotations

import datetime as dt
import math
import tomllib
from collections import Counter
from collections.abc import Iterable
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from domain.land_classes import GROUP_OF
from domain.paths import DATA
from domain.rules import Status
from geo.errors import GanyuanError
from geo.units import M2_PER_HA, M2_PER_MU

ZoneType = Literal["industry_led", "mixed"]
Unit = Literal["ratio", "wan/ha", "wan/mu", "wan/tce", "wan/eq", "wan/person"]
Standard = Literal["min", "symmetric", "deduct"]
Subject = Literal["zone", "enterprise"]

FOLDER: Final = DATA / "schemes"

PER: Final[dict[Unit, float]] = {
    "ratio": 1.0,
    "wan/ha": M2_PER_HA,
    "wan/mu": M2_PER_MU,
    "wan/tce": 1.0,
    "wan/eq": 1.0,
    "wan/person": 1.0,
}
"""What a quotient of stored values is multiplied with; areas are stored in m2, money in 10k CNY."""

_WHOLE: Final = 1e-9


class SchemeError(GanyuanError):
    """A scheme file cannot be read or contradicts itself."""

    code = "SCM-001"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Target(_Part):
    """One target of the evaluation of intensity: state of use, benefit, management.

    Attributes:
        id: ``A``, ``B``, ``C``.
        weight: Share of the score; the targets add up to 1.
        title_zh: Chinese name.
        title_en: English name.
        status: Certainty of the weight.
    """

    id: str
    weight: float = Field(ge=0, le=1)
    title_zh: str
    title_en: str
    status: Status


class Quotient(_Part):
    """A figure worked out from columns of one year.

    Attributes:
        id: Stable name, printed with every value.
        title_zh: Chinese name.
        title_en: English name.
        numerator: Columns that are added.
        less: Columns that are taken from the numerator.
        denominator: Columns that are added below the line; none takes the numerator as it is.
        unit: Unit of the result.
        formula_zh: The formula in Chinese words.
        formula_en: The same in English.
        status: Certainty of the formula.
        source: Where it was read.
    """

    id: str
    title_zh: str
    title_en: str
    numerator: tuple[str, ...] = Field(min_length=1)
    less: tuple[str, ...] = ()
    denominator: tuple[str, ...] = ()
    unit: Unit
    formula_zh: str
    formula_en: str
    status: Status
    source: str = ""

    @property
    def inputs(self) -> tuple[str, ...]:
        """Every column that the figure rests on."""
        return (*self.numerator, *self.less, *self.denominator)


class IntensityIndicator(Quotient):
    """An indicator of intensity with its ideal value.

    Attributes:
        target: Target that it belongs to.
        weight: Weight within the target, against the others that have an ideal value.
        standard: ``min`` takes min(actual / ideal, 1); ``symmetric`` also takes points off above
            the ideal, as many as below; ``deduct`` is full at 0 and empty at ``zero_at``.
        ideal: Ideal value by type of zone; a type without one is shown and not scored.
        zero_at: Value without points, of ``deduct``.
        zero_base: What a zero below the line means: ``not_due`` where it says that there is
            nothing to judge.
        ideal_status: Certainty of ideal value and weight.
    """

    target: str
    weight: float = Field(default=1.0, gt=0)
    standard: Standard = "min"
    ideal: dict[ZoneType, float] = {}
    zero_at: float | None = None
    zero_base: Literal["zero_base", "not_due"] = "zero_base"
    ideal_status: Status = "default"

    @model_validator(mode="after")
    def _limits(self) -> Self:
        if (self.standard == "deduct") != (self.zero_at is not None):
            raise ValueError(f"{self.id}: `deduct` and `zero_at` belong together")
        if any(value <= 0 for value in (*self.ideal.values(), self.zero_at or 1.0)):
            raise ValueError(f"{self.id}: an ideal value must be above zero")
        return self


class ReferenceValue(_Part):
    """A published mean to stand beside the value of a zone; it takes no part in the score.

    Attributes:
        indicator: Indicator, in the unit of it.
        value: The mean.
        scope_zh: Of which zones, in Chinese.
        scope_en: The same in English.
        as_of: Day of the data, or the last day of the year of the notice.
        status: Certainty.
        source: Where it was read.
    """

    indicator: str
    value: float
    scope_zh: str
    scope_en: str
    as_of: dt.date
    status: Status
    source: str


class LandUseClasses(_Part):
    """Which analysis classes of surveyed land count as what.

    Attributes:
        built: Built urban construction land.
        industrial: Industrial, mining and storage land, part of ``built``.
        residential: Residential land, part of ``built``.
        unbuildable: Land that cannot be built on.
        status: Certainty.
        source: Where it was read.
    """

    built: tuple[str, ...]
    industrial: tuple[str, ...]
    residential: tuple[str, ...]
    unbuildable: tuple[str, ...]
    status: Status
    source: str

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        classes = {*self.built, *self.unbuildable}
        stray = classes - set(GROUP_OF)
        if stray:
            raise ValueError(f"no land class {', '.join(sorted(stray))}")
        if not {*self.industrial, *self.residential} <= set(self.built):
            raise ValueError("industrial and residential land must be built land")
        if {*self.built} & {*self.unbuildable}:
            raise ValueError("land is built or cannot be built on, not both")
        return self


class IntensityScheme(_Part):
    """How the land intensity of zones is scored.

    Attributes:
        id: Stable name.
        title_zh: Chinese name.
        title_en: English name.
        status: Certainty of the weights as a whole.
        source: Where the structure was read.
        target: The targets.
        indicator: The indicators, in display order.
        land_use: Which surveyed land counts as what.
        reference: Published means.
    """

    id: str
    title_zh: str
    title_en: str
    status: Status
    source: str
    target: tuple[Target, ...]
    indicator: tuple[IntensityIndicator, ...]
    land_use: LandUseClasses
    reference: tuple[ReferenceValue, ...] = ()

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        _require_whole("targets", (t.weight for t in self.target))
        _require_distinct((*(t.id for t in self.target), *(i.id for i in self.indicator)))
        stray = {i.target for i in self.indicator} - {t.id for t in self.target}
        if stray:
            raise ValueError(f"no target {', '.join(sorted(stray))}")
        unknown = {r.indicator for r in self.reference} - {i.id for i in self.indicator}
        if unknown:
            raise ValueError(f"no indicator {', '.join(sorted(unknown))}")
        return self


class PermuIndicator(Quotient):
    """An indicator of per-mu performance.

    Attributes:
        weight: Share of the score; the indicators of a scheme add up to 1.
        cap: Greatest ratio to the benchmark that counts; None takes that of the scheme.
        instead: Column that replaces the numerator where it is given, such as tax before refunds.
    """

    weight: float = Field(gt=0, le=1)
    cap: float | None = Field(default=None, gt=0)
    instead: str = ""


class Benchmark(_Part):
    """What values are measured against: ``factor`` times the mean of a region.

    Attributes:
        by: Column of the region; empty takes all units as one.
        factor: Times the mean.
        mean: ``total`` divides the sums of all units, ``simple`` averages their quotients.
    """

    by: str = ""
    factor: float = Field(default=1.0, gt=0)
    mean: Literal["total", "simple"] = "total"


class ClassCut(_Part):
    """One class of the result.

    Attributes:
        name: Letter of the class.
        upto: Share of the ranked units, from the best, that it ends at.
    """

    name: str
    upto: float = Field(gt=0, le=1)


class Veto(_Part):
    """A fact that keeps a unit out of the better classes.

    Attributes:
        column: bool column that states it.
        at_best: Best class that remains.
        title_zh: Chinese name.
        title_en: English name.
    """

    column: str
    at_best: str
    title_zh: str
    title_en: str


class NotRanked(_Part):
    """Units that are shown and not ranked.

    Attributes:
        min_years: Years since the start of production.
        kinds: Values of the column ``kind``.
        flags: bool columns any of which keeps a unit out.
    """

    min_years: int = Field(default=0, ge=0)
    kinds: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()


class PermuScheme(_Part):
    """How zones or enterprises are scored by what they yield per mu.

    Attributes:
        id: Stable name.
        title_zh: Chinese name.
        title_en: English name.
        subject: What is scored.
        status: Certainty; ``default`` says that no office set the figures.
        source: Where it was read.
        cap: Greatest ratio to the benchmark that counts.
        known_min: Weight that must be known for a rank.
        ties: Equal scores across a cut: all in the ``better`` or all in the ``worse`` class.
        rounding: Units of a class where the cut is no whole number: ``down`` or ``up``.
        benchmark: What values are measured against.
        indicator: The indicators.
        classes: The classes from the best on; the last ends at 1.
        veto: Facts that cap the class.
        not_ranked: Units that are left out.
    """

    id: str
    title_zh: str
    title_en: str
    subject: Subject
    status: Status
    source: str
    cap: float = Field(gt=0)
    known_min: float = Field(gt=0, le=1)
    ties: Literal["better", "worse"]
    rounding: Literal["down", "up"]
    benchmark: Benchmark
    indicator: tuple[PermuIndicator, ...]
    classes: tuple[ClassCut, ...] = Field(min_length=1)
    veto: tuple[Veto, ...] = ()
    not_ranked: NotRanked = NotRanked()

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        _require_whole("weights", (i.weight for i in self.indicator))
        _require_distinct(i.id for i in self.indicator)
        _require_distinct(c.name for c in self.classes)
        if any(after.upto <= before.upto for before, after in pairwise(self.classes)):
            raise ValueError("the classes must follow one another")
        if not math.isclose(self.classes[-1].upto, 1.0):
            raise ValueError("the last class must end at 1")
        unknown = {v.at_best for v in self.veto} - {c.name for c in self.classes}
        if unknown:
            raise ValueError(f"no class {', '.join(sorted(unknown))}")
        return self


def _require_whole(what: str, shares: Iterable[float]) -> None:
    total = math.fsum(shares)
    if abs(total - 1.0) > _WHOLE:
        raise ValueError(f"{what} add up to {total:g} instead of 1")


def _require_distinct(names: Iterable[str]) -> None:
    twice = [name for name, n in Counter(names).items() if n > 1]
    if twice:
        raise ValueError(f"given twice: {', '.join(twice)}")


@cache
def intensity_scheme(path: Path = FOLDER / "intensity.toml") -> IntensityScheme:
    """The scheme of land intensity.

    Raises:
        SchemeError: The file cannot be read or contradicts itself.
    """
    try:
        return IntensityScheme.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, ValidationError) as err:
        raise _unreadable(path, err) from err


@cache
def permu_scheme(path: Path) -> PermuScheme:
    """One scheme of per-mu evaluation, of the product or of an office.

    Raises:
        SchemeError: The file cannot be read or contradicts itself.
    """
    try:
        return PermuScheme.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, ValidationError) as err:
        raise _unreadable(path, err) from err


def permu_schemes(folder: Path = FOLDER) -> dict[str, PermuScheme]:
    """Every per-mu scheme of a folder (``permu_*.toml``) by its id, in the order of file names.

    Raises:
        SchemeError: A file cannot be read, or two have one id.
    """
    found: dict[str, PermuScheme] = {}
    for path in sorted(folder.glob("permu_*.toml")):
        scheme = permu_scheme(path)
        if scheme.id in found:
            raise _unreadable(path, ValueError(f"the id {scheme.id} is given twice"))
        found[scheme.id] = scheme
    return found


def _unreadable(path: Path, error: Exception) -> SchemeError:
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        reason = f"{place}: {first['msg']}" if place else str(first["msg"])
    else:
        reason = str(error).splitlines()[0]
    return SchemeError(
        f"{path.name} cannot be used: {reason}; correct the file",
        values={"file": path.name, "reason": reason},
    )
