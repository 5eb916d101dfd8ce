"""The score of land intensity: every indicator opens to formula, data, ideal value and points.

The structure is that of TD/T 1029; weights and ideal values are those of the scheme, product
defaults until an office fills in its own. What is missing is left out and told: a score says what
share of the weight it rests on, and zones of which too little is known have no rank.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd

from domain.indicators import contradictions
from domain.rules import RuleSet
from domain.schemes import PER, IntensityIndicator, IntensityScheme, Quotient
from geo.errors import SchemaError

_FULL: Final = 100.0
_ROUNDING: Final = 1e-9
STATES: Final = ("known", "no_ideal", "missing", "zero_base", "not_due", "contradiction")
"""``known`` has points; ``no_ideal`` has a value and no ideal; ``missing`` lacks data;
``zero_base`` would divide by zero; ``not_due`` too, where that says that there is nothing to judge,
and weighs nothing then; ``contradiction`` rests on figures that cannot be true."""


def quotients(inputs: pd.DataFrame, figure: Quotient) -> pd.DataFrame:
    """Value of one figure for every row, with what is above and below the line.

    Args:
        inputs: n rows with any columns of the figure, float64; an absent column is missing.
        figure: The figure.

    Returns:
        ``numerator``, ``denominator``, ``value`` (float64, in the unit of the figure) and
        ``missing`` (names of the columns without a value, joined by ``;``) on the index of
        ``inputs``. The value is missing where an input is or the denominator is not above zero.
    """
    wanted = inputs.reindex(columns=list(dict.fromkeys(figure.inputs))).astype("float64")
    above = wanted[list(figure.numerator)].sum(axis=1, skipna=False)
    if figure.less:
        above -= wanted[list(figure.less)].sum(axis=1, skipna=False)
    below = (
        wanted[list(figure.denominator)].sum(axis=1, skipna=False)
        if figure.denominator
        else pd.Series(1.0, index=inputs.index)
    )
    value = above / below.where(below > 0) * PER[figure.unit]
    gaps = wanted.isna().to_numpy()
    names = np.array(wanted.columns, dtype=object)
    missing = [";".join(names[row]) for row in gaps]
    return pd.DataFrame(
        {
            "numerator": above,
            "denominator": below,
            "value": value,
            "missing": pd.Series(missing, index=inputs.index, dtype="string"),
        }
    )


def zone_types(inputs: pd.DataFrame, *, rules: RuleSet) -> pd.DataFrame:
    """Type of each zone and what it rests on.

    Args:
        inputs: n zones with ``zone_type``, or with ``built_industrial_m2`` and ``built_m2``.
        rules: The rules ``intensity``.

    Returns:
        ``zone_type`` (``industry_led``, ``mixed`` or missing) and ``type_basis`` (``stated``;
        ``by_share``: the share of industrial land against ``INT-TYPE-SHARE``; ``unknown``).
    """
    stated = inputs.get("zone_type", pd.Series(pd.NA, index=inputs.index)).astype("string")
    areas = inputs.reindex(columns=["built_industrial_m2", "built_m2"]).astype("float64")
    share = areas["built_industrial_m2"] / areas["built_m2"].where(areas["built_m2"] > 0)
    led = share >= rules.value("INT-TYPE-SHARE")
    guessed = pd.Series(np.where(led, "industry_led", "mixed"), index=inputs.index, dtype="string")
    guessed = guessed.mask(share.isna())
    basis = np.select([stated.notna(), guessed.notna()], ["stated", "by_share"], "unknown")
    return pd.DataFrame({"zone_type": stated.fillna(guessed), "type_basis": basis})


def indicators(inputs: pd.DataFrame, scheme: IntensityScheme, *, rules: RuleSet) -> pd.DataFrame:
    """Every indicator of every zone.

    Args:
        inputs: n zones of one year with the columns of :mod:`domain.indicators`; areas in m2,
            money in 10k CNY. The index names the zones.
        scheme: The scheme.
        rules: The rules ``intensity``.

    Returns:
        n rows for each indicator, RangeIndex, zones together and indicators in display order:
        ``zone`` (label), ``zone_type``, ``type_basis``, ``indicator``, ``target``, ``numerator``,
        ``denominator``, ``value``, ``unit``, ``ideal``, ``standard``, ``points`` (0-100, missing
        where not ``known``), ``weight`` (share of the whole score, over the indicators that have
        an ideal value; 0 for the others), ``state`` (see :data:`STATES`), ``missing`` (columns),
        ``formula_status`` and ``ideal_status``.

    Raises:
        SchemaError: A zone stands twice.
    """
    if not inputs.index.is_unique:
        twice = inputs.index[inputs.index.duplicated()].tolist()
        raise SchemaError(
            "a zone stands twice; give one row per zone", rows=twice, values={"columns": "zone_id"}
        )
    types = zone_types(inputs, rules=rules)
    wrong = contradictions(inputs)
    tables = [_one(inputs, types, wrong, figure) for figure in scheme.indicator]
    out = pd.concat(tables, keys=range(len(tables)), names=["order"]).reset_index("order")
    out["place"] = np.tile(np.arange(len(inputs)), len(tables))
    out = out.sort_values(["place", "order"], ignore_index=True).drop(columns=["place", "order"])
    return out.assign(weight=_weights(out, scheme))


def scores(table: pd.DataFrame, scheme: IntensityScheme, *, rules: RuleSet) -> pd.DataFrame:
    """Score of each target and of each zone, ranked apart by type.

    Args:
        table: Result of :func:`indicators`.
        scheme: The scheme.
        rules: The rules ``intensity``.

    Returns:
        One row per zone, index ``zone`` in the order of ``table``: ``zone_type``, ``type_basis``,
        one column of points per target (0-100, over its known indicators), ``score`` (0-100, over
        the known weight), ``known_share``, ``enough_known`` (at least ``INT-KNOWN-MIN``),
        ``rank`` within the type (1 best, equal scores share the better rank) and ``of``; rank and
        ``of`` are missing where too little is known or the type is unknown. ``status`` is the
        certainty of the scheme.
    """
    counted = table[table["state"] == "known"]
    zones = pd.Index(table["zone"].unique(), name="zone")
    weighed = counted["points"] * counted["weight"]
    out = table.drop_duplicates("zone").set_index("zone")[["zone_type", "type_basis"]]
    for target in scheme.target:
        mine = counted["target"] == target.id
        known = counted["weight"][mine].groupby(counted["zone"]).sum()
        out[target.id] = (weighed[mine].groupby(counted["zone"]).sum() / known).reindex(zones)
    known = counted["weight"].groupby(counted["zone"]).sum().reindex(zones, fill_value=0.0)
    total = weighed.groupby(counted["zone"]).sum().reindex(zones)
    out["score"] = total / known.where(known > 0)
    whole = table["weight"].groupby(table["zone"]).sum().reindex(zones)
    out["known_share"] = known / whole.where(whole > 0)
    out["enough_known"] = out["known_share"] >= rules.value("INT-KNOWN-MIN") - _ROUNDING
    ranked = out["score"].where(out["enough_known"]).round(9)
    groups = ranked.groupby(out["zone_type"])
    out["rank"] = groups.rank(method="min", ascending=False).astype("Int64")
    out["of"] = groups.transform("count").where(out["rank"].notna()).astype("Int64")
    return out.assign(status=scheme.status)


def contributions(table: pd.DataFrame) -> pd.Series:
    """What each indicator adds to the score of its zone; those of a zone add up to it.

    Args:
        table: Result of :func:`indicators`.

    Returns:
        Points of the score on the index of ``table``; missing where an indicator has no points.
    """
    weight = table["weight"].where(table["state"] == "known", 0.0)
    known = weight.groupby(table["zone"]).transform("sum")
    return (table["points"] * weight / known.where(known > 0)).rename("contribution")


def _one(
    inputs: pd.DataFrame, types: pd.DataFrame, wrong: pd.DataFrame, figure: IntensityIndicator
) -> pd.DataFrame:
    """One indicator of every zone."""
    out = quotients(inputs, figure).assign(zone=inputs.index, **types)
    by_type = {name: float(value) for name, value in figure.ideal.items()}
    ideal = types["zone_type"].map(by_type).astype("float64")
    if len(set(by_type.values())) == 1 and len(by_type) > 1:
        # Both types have one ideal value, so that nothing hangs on the type.
        ideal = ideal.fillna(next(iter(by_type.values())))
    if figure.zero_at is not None:
        ideal[:] = 0.0
    broken = wrong["column"].isin(figure.inputs) | (
        (wrong["check"] == "part") & wrong["whole"].isin(figure.inputs)
    )
    points = _points(out["value"], ideal, figure)
    out["state"] = np.select(
        [
            inputs.index.isin(wrong.loc[broken, "row"]),
            (out["missing"] != "").to_numpy(bool),
            out["value"].isna().to_numpy(),
            points.isna().to_numpy(),
        ],
        ["contradiction", "missing", figure.zero_base, "no_ideal"],
        default="known",
    )
    return out.assign(
        indicator=figure.id,
        target=figure.target,
        unit=figure.unit,
        ideal=ideal,
        standard=figure.standard,
        points=points.where(out["state"] == "known"),
        formula_status=figure.status,
        ideal_status=figure.ideal_status,
        inner=figure.weight,
    )


def _points(value: pd.Series, ideal: pd.Series, figure: IntensityIndicator) -> pd.Series:
    """Points of 0 to 100; missing without value or ideal."""
    if figure.zero_at is not None:
        return _FULL * (1 - value / figure.zero_at).clip(0, 1)
    ratio = value / ideal
    if figure.standard == "symmetric":
        return _FULL * (1 - (ratio - 1).abs()).clip(lower=0)
    return _FULL * ratio.clip(0, 1)


def _weights(table: pd.DataFrame, scheme: IntensityScheme) -> pd.Series:
    """Share of each indicator in the whole score of its zone."""
    scored = {i.id for i in scheme.indicator if i.ideal or i.zero_at is not None}
    due = table["indicator"].isin(scored) & (table["state"] != "not_due")
    inner = table["inner"].where(due, 0.0)
    of_target = inner.groupby([table["zone"], table["target"]]).transform("sum")
    outer = table["target"].map({t.id: t.weight for t in scheme.target})
    return (outer * inner / of_target.where(of_target > 0)).fillna(0.0)
