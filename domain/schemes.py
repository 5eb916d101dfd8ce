"""Schemes of evaluation as data: indicators, ideal values and weights of land intensity.

One TOML file per scheme under ``data/schemes``; those of per-mu evaluation are read by
:mod:`domain.permu_schemes`. A scheme carries its own certainty; what shows a score shows it too,
since most weights are product defaults until an office fills in its own.
"""

from __future__ import annotations

import datetime as dt
import math
import tomllib
from collections import Counter
from collections.abc import Iterable
from functools import cache
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


class Part(BaseModel):
    """A part of a scheme: nothing in it changes, and a word that it does not know is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Sourced(Part):
    """A part that says where it was read.

    Attributes:
        status: Certainty.
        source: Where it was read, in the words of the document.
        source_en: The same in English; empty where nobody put it into English.
    """

    status: Status
    source: str
    source_en: str = ""

    @property
    def source_in_english(self) -> str:
        """:attr:`source_en`, or the source as it stands where there is none."""
        return self.source_en or self.source


class Target(Part):
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


class Quotient(Sourced):
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


class ReferenceValue(Sourced):
    """A published mean to stand beside the value of a zone; it takes no part in the score.

    Attributes:
        indicator: Indicator, in the unit of it.
        value: The mean.
        scope_zh: Of which zones, in Chinese.
        scope_en: The same in English.
        as_of: Day of the data, or the last day of the year of the notice.
    """

    indicator: str
    value: float
    scope_zh: str
    scope_en: str
    as_of: dt.date


class LandUseClasses(Sourced):
    """Which analysis classes of surveyed land count as what.

    Attributes:
        built: Built urban construction land.
        industrial: Industrial, mining and storage land, part of ``built``.
        residential: Residential land, part of ``built``.
        unbuildable: Land that cannot be built on.
    """

    built: tuple[str, ...]
    industrial: tuple[str, ...]
    residential: tuple[str, ...]
    unbuildable: tuple[str, ...]

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


class IntensityScheme(Sourced):
    """How the land intensity of zones is scored; the certainty is that of the weights as a whole.

    Attributes:
        id: Stable name.
        title_zh: Chinese name.
        title_en: English name.
        target: The targets.
        indicator: The indicators, in display order.
        land_use: Which surveyed land counts as what.
        reference: Published means.
    """

    id: str
    title_zh: str
    title_en: str
    target: tuple[Target, ...]
    indicator: tuple[IntensityIndicator, ...]
    land_use: LandUseClasses
    reference: tuple[ReferenceValue, ...] = ()

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        require_whole("targets", (t.weight for t in self.target))
        require_distinct((*(t.id for t in self.target), *(i.id for i in self.indicator)))
        stray = {i.target for i in self.indicator} - {t.id for t in self.target}
        if stray:
            raise ValueError(f"no target {', '.join(sorted(stray))}")
        unknown = {r.indicator for r in self.reference} - {i.id for i in self.indicator}
        if unknown:
            raise ValueError(f"no indicator {', '.join(sorted(unknown))}")
        return self


def require_whole(what: str, shares: Iterable[float]) -> None:
    """Refuse shares that do not add up to 1.

    Raises:
        ValueError: They do not.
    """
    total = math.fsum(shares)
    if abs(total - 1.0) > _WHOLE:
        raise ValueError(f"{what} add up to {total:g} instead of 1")


def require_distinct(names: Iterable[str]) -> None:
    """Refuse a name that is given twice.

    Raises:
        ValueError: One is.
    """
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
        raise unreadable(path, err) from err


def unreadable(path: Path, error: Exception) -> SchemeError:
    """The error of a scheme file, with the first reason."""
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
