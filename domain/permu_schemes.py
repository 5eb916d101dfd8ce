"""Schemes of per-mu evaluation as data: weights, benchmark, cap, classes, vetoes.

One TOML file ``permu_*.toml`` per scheme, of the product or of an office.
"""

from __future__ import annotations

import math
import tomllib
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, ValidationError, model_validator

from domain.schemes import (
    FOLDER,
    Part,
    Quotient,
    Sourced,
    require_distinct,
    require_whole,
    unreadable,
)

Subject = Literal["zone", "enterprise"]


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


class Benchmark(Part):
    """What values are measured against: ``factor`` times the mean of a region.

    Attributes:
        by: Column of the region; empty takes all units as one.
        factor: Times the mean.
        mean: ``total`` divides the sums of all units, ``simple`` averages their quotients.
    """

    by: str = ""
    factor: float = Field(default=1.0, gt=0)
    mean: Literal["total", "simple"] = "total"


class ClassCut(Part):
    """One class of the result.

    Attributes:
        name: Letter of the class.
        upto: Share of the ranked units, from the best, that it ends at.
    """

    name: str
    upto: float = Field(gt=0, le=1)


class Veto(Part):
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


class NotRanked(Part):
    """Units that are shown and not ranked.

    Attributes:
        min_years: Years since the start of production.
        kinds: Values of the column ``kind``.
        flags: bool columns any of which keeps a unit out.
    """

    min_years: int = Field(default=0, ge=0)
    kinds: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()


class PermuScheme(Sourced):
    """How zones or enterprises are scored by what they yield per mu.

    The status ``default`` says that no office set the figures.

    Attributes:
        id: Stable name.
        title_zh: Chinese name.
        title_en: English name.
        subject: What is scored.
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
        require_whole("weights", (i.weight for i in self.indicator))
        require_distinct(i.id for i in self.indicator)
        require_distinct(c.name for c in self.classes)
        if any(after.upto <= before.upto for before, after in pairwise(self.classes)):
            raise ValueError("the classes must follow one another")
        if not math.isclose(self.classes[-1].upto, 1.0):
            raise ValueError("the last class must end at 1")
        unknown = {v.at_best for v in self.veto} - {c.name for c in self.classes}
        if unknown:
            raise ValueError(f"no class {', '.join(sorted(unknown))}")
        return self


@cache
def permu_scheme(path: Path) -> PermuScheme:
    """One scheme of per-mu evaluation, of the product or of an office.

    Raises:
        SchemeError: The file cannot be read or contradicts itself.
    """
    try:
        return PermuScheme.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, ValidationError) as err:
        raise unreadable(path, err) from err


def permu_schemes(folder: Path = FOLDER) -> dict[str, PermuScheme]:
    """Every per-mu scheme of a folder (``permu_*.toml``) by its id, in the order of file names.

    Raises:
        SchemeError: A file cannot be read, or two have one id.
    """
    found: dict[str, PermuScheme] = {}
    for path in sorted(folder.glob("permu_*.toml")):
        scheme = permu_scheme(path)
        if scheme.id in found:
            raise unreadable(path, ValueError(f"the id {scheme.id} is given twice"))
        found[scheme.id] = scheme
    return found
