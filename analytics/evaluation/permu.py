"""What zones and enterprises yield per mu (亩产论英雄), scored after a scheme.

A scheme names indicators, weights, benchmark, cap, classes and vetoes; Jiangxi's own figures were
not found, so that the schemes that ship under its name are product defaults and say so. One row of
:attr:`Evaluation.terms` for every figure, so that each score opens.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from analytics.calendar_years import add_years, day, days
from analytics.evaluation import permu_classes
from analytics.evaluation.intensity_score import quotients
from domain.permu_schemes import PermuIndicator, PermuScheme
from domain.schemes import PER
from geo.errors import SchemaError
from geo.units import M2_PER_HA, M2_PER_MU

_FULL: Final = 100.0
_ROUNDING: Final = 1e-9
MU_PER_HA: Final = M2_PER_HA / M2_PER_MU
"""15: a yield of 1 wan per mu is one of 15 wan per hectare."""

LAND_PARTS: Final = ("certified_m2", "uncertified_m2", "rented_m2")
"""Land of an enterprise: by certificate, approved without certificate yet, rented."""


@dataclass(frozen=True)
class Evaluation:
    """Result of :func:`evaluate`.

    Attributes:
        table: One row per unit on its index: ``score`` (100 is the benchmark in every indicator;
            over the known weight), ``known_share``, ``rank``, ``of``, ``class_before_veto``,
            ``class``, ``vetoes``, ``vetoes_unknown``, ``not_ranked`` (reasons joined by ``;``:
            ``young``, ``kind``, a flag, ``missing``), ``marks`` (``not_positive:<indicator>``,
            ``instead:<indicator>``, ``start_unknown``, joined by ``;``), ``status`` of the scheme.
        terms: One row per unit and indicator, RangeIndex: ``unit_label``, ``indicator``,
            ``numerator``, ``denominator``, ``value``, ``unit``, ``benchmark``, ``ratio`` to it,
            ``counted`` (the ratio within 0 and the cap), ``weight``, ``points`` (weight times
            counted times 100), ``state`` (``known``, ``missing``, ``zero_base``,
            ``no_benchmark``), ``missing`` (columns).
    """

    table: pd.DataFrame
    terms: pd.DataFrame


def per_mu(values: pd.Series, area_m2: pd.Series) -> pd.Series:
    """A yearly figure per mu; missing where the area is not above zero."""
    return values.astype("float64") / (area_m2.where(area_m2 > 0) / M2_PER_MU)


def per_ha(yield_per_mu: pd.Series) -> pd.Series:
    """The same yield per hectare."""
    return yield_per_mu * MU_PER_HA


def enterprise_land(enterprises: pd.DataFrame) -> pd.DataFrame:
    """Land that an enterprise answers for.

    Args:
        enterprises: n rows with any of :data:`LAND_PARTS`, m2.

    Returns:
        ``land_m2`` (sum of the parts that are given; missing where none is) and ``land_missing``
        (names of the parts without a value, joined by ``;``) on the same index.
    """
    parts = enterprises.reindex(columns=list(LAND_PARTS)).astype("float64")
    gaps, names = parts.isna().to_numpy(), np.array(LAND_PARTS, dtype=object)
    missing = [";".join(names[row]) for row in gaps]
    return pd.DataFrame(
        {
            "land_m2": parts.sum(axis=1, min_count=1),
            "land_missing": pd.Series(missing, index=parts.index, dtype="string"),
        }
    )


def shared_land(tenants: pd.DataFrame) -> pd.Series:
    """Land of a shared plant, split by the floor area that each tenant uses.

    Args:
        tenants: n rows with ``plant``, ``plant_land_m2`` (the same in all rows of a plant) and
            ``floor_area_m2``.

    Returns:
        m2 on the same index; the tenants of a plant add up to its land. Missing where a floor
        area of the plant is missing or they add up to nothing.

    Raises:
        SchemaError: Rows of one plant state different areas, or a floor area is below zero.
    """
    plants = tenants.groupby("plant")
    differ = plants["plant_land_m2"].transform("nunique") > 1
    wrong = differ | (tenants["floor_area_m2"] < 0)
    if wrong.any():
        raise SchemaError(
            "tenants of one plant must state one area and floor areas of zero or more",
            rows=tenants.index[wrong].tolist(),
            values={"columns": "plant_land_m2, floor_area_m2"},
        )
    gap = tenants["floor_area_m2"].isna().groupby(tenants["plant"]).transform("any")
    whole = plants["floor_area_m2"].transform("sum")
    share = tenants["floor_area_m2"] / whole.where((whole > 0) & ~gap)
    return (tenants["plant_land_m2"] * share).rename("land_m2")


def evaluate(
    units: pd.DataFrame,
    scheme: PermuScheme,
    *,
    as_of: dt.date,
    benchmarks: Mapping[str, float] | None = None,
    within: str | None = None,
) -> Evaluation:
    """Score, rank and class of every unit.

    Args:
        units: n zones or enterprises of one year, unique index, with the columns of the scheme
            (areas m2, money 10k CNY); ``started_on``, ``kind``, flags and vetoes where the scheme
            asks for them.
        scheme: The scheme.
        as_of: Day on which the age of an enterprise is counted.
        benchmarks: Official benchmark by indicator, in its unit, instead of the mean of the units.
        within: Column of the groups that are ranked each by itself; None ranks all together.

    Returns:
        See :class:`Evaluation`. A value of zero or less counts nothing and is marked; a figure
        that is missing is left out, and a unit of which less weight is known than the scheme asks
        for has a score and no rank.

    Raises:
        SchemaError: A unit stands twice.
    """
    if not units.index.is_unique:
        twice = units.index[units.index.duplicated()].tolist()
        raise SchemaError("a unit stands twice", rows=twice, values={"columns": "index"})
    outside, unknown_start = _outside(units, scheme, as_of)
    official = dict(benchmarks or {})
    tables = [
        _term(units, one, scheme, outside == "", official.get(one.id)) for one in scheme.indicator
    ]
    terms = pd.concat(tables, keys=range(len(tables)), names=["order"]).reset_index("order")
    terms["place"] = np.tile(np.arange(len(units)), len(tables))
    terms = terms.sort_values(["place", "order"], ignore_index=True)
    table = _scores(units, terms, scheme, outside)
    groups = None if within is None else units[within]
    standing = table["score"].where(table["not_ranked"] == "")
    classes = permu_classes.assign(standing, scheme, vetoes=units, within=groups)
    marks = _joined(table.pop("marks"), unknown_start.map({True: "start_unknown", False: ""}))
    table = table.join(classes).assign(marks=marks, status=scheme.status)
    return Evaluation(table, terms.drop(columns=["order", "place", "mark"]))


def _outside(
    units: pd.DataFrame, scheme: PermuScheme, as_of: dt.date
) -> tuple[pd.Series, pd.Series]:
    """Why units are not ranked, and whether the start of production is unknown."""
    rule, none = scheme.not_ranked, pd.Series(pd.NA, index=units.index)
    reasons = pd.Series("", index=units.index, dtype="string")
    unknown: pd.Series = pd.Series(data=False, index=units.index)
    if rule.min_years:
        start = days(units.get("started_on", none))
        unknown = pd.Series(np.isnat(start), index=units.index)
        young = pd.Series(add_years(start, rule.min_years) > day(as_of), index=units.index)
        reasons = _joined(reasons, young.map({True: "young", False: ""}))
    kept_out = units.get("kind", none).isin(list(rule.kinds))
    reasons = _joined(reasons, kept_out.map({True: "kind", False: ""}))
    for flag in rule.flags:
        set_ = units.get(flag, none).astype("boolean").fillna(value=False)
        reasons = _joined(reasons, set_.map({True: flag, False: ""}))
    return reasons, unknown


def _term(
    units: pd.DataFrame,
    figure: PermuIndicator,
    scheme: PermuScheme,
    eligible: pd.Series,
    official: float | None,
) -> pd.DataFrame:
    """One indicator of every unit."""
    replaced = pd.Series(data=False, index=units.index)
    if figure.instead in units:
        first, better = figure.numerator[0], units[figure.instead].astype("float64")
        replaced = better.notna()
        given = units.get(first, pd.Series(np.nan, index=units.index)).astype("float64")
        units = units.assign(**{first: better.where(replaced, given)})
    out = quotients(units, figure)
    benchmark = _benchmark(units, out, figure, scheme, eligible, official)
    ratio = out["value"] / benchmark.where(benchmark > 0)
    counted = ratio.clip(0.0, figure.cap if figure.cap is not None else scheme.cap)
    out["state"] = np.select(
        [(out["missing"] != "").to_numpy(bool), out["value"].isna(), ratio.isna()],
        ["missing", "zero_base", "no_benchmark"],
        "known",
    )
    mark = pd.Series("", index=units.index, dtype="string")
    mark = mark.mask(replaced, f"instead:{figure.id}")
    low = (out["value"] <= 0).map({True: f"not_positive:{figure.id}", False: ""})
    return out.assign(
        unit_label=units.index,
        indicator=figure.id,
        unit=figure.unit,
        benchmark=benchmark,
        ratio=ratio,
        counted=counted,
        weight=figure.weight,
        points=_FULL * figure.weight * counted,
        mark=_joined(mark, low),
    )


def _benchmark(
    units: pd.DataFrame,
    values: pd.DataFrame,
    figure: PermuIndicator,
    scheme: PermuScheme,
    eligible: pd.Series,
    official: float | None,
) -> pd.Series:
    """What each unit is measured against; missing where its region is or has no mean."""
    if official is not None:
        return pd.Series(float(official), index=units.index)
    rule = scheme.benchmark
    region = units.get(rule.by, pd.Series(pd.NA, index=units.index)) if rule.by else None
    keys = pd.Series("", index=units.index) if region is None else region.astype("string")
    counted = values[eligible & values["value"].notna() & keys.notna()]
    groups = counted.groupby(keys[counted.index])
    if rule.mean == "simple":
        mean = groups["value"].mean()
    else:
        below = groups["denominator"].sum()
        mean = groups["numerator"].sum() / below.where(below > 0) * PER[figure.unit]
    return (rule.factor * keys.map(mean)).astype("float64")


def _scores(
    units: pd.DataFrame, terms: pd.DataFrame, scheme: PermuScheme, outside: pd.Series
) -> pd.DataFrame:
    """Score, known weight, reasons and marks of each unit."""
    known = terms["state"] == "known"
    label = terms["unit_label"]
    weight = terms["weight"].where(known, 0.0).groupby(label).sum().reindex(units.index)
    points = terms["points"].where(known, 0.0).groupby(label).sum().reindex(units.index)
    enough = weight >= scheme.known_min - _ROUNDING
    few = enough.map({True: "", False: "missing"})
    marks = terms["mark"].groupby(label).agg(lambda texts: ";".join(t for t in texts if t))
    return pd.DataFrame(
        {
            "score": points / weight.where(weight > 0),
            "known_share": weight,
            "not_ranked": _joined(outside, few),
            "marks": marks.reindex(units.index).astype("string"),
        }
    )


def _joined(left: pd.Series, right: pd.Series) -> pd.Series:
    """Two texts with ``;`` between where both say something."""
    both = (left != "") & (right != "")
    mark = both.map({True: ";", False: ""})
    return left.astype("string") + mark.astype("string") + right.astype("string")
