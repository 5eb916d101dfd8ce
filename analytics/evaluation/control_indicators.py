"""Control indicators of industrial projects (工业项目建设用地控制指标): pass or fail, and why.

The limits are ``data/reference/control_indicators.csv`` by version of the table. Limits by industry
hang on codes of GB/T 4754, which was renumbered in 2011 and 2017: a project states the version of
its code, and a code of another version is never matched. A limit that nobody found is no limit
here; it is told.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd

from analytics.evaluation.intensity_score import quotients
from domain.rules import RuleSet
from domain.schemes import Quotient
from geo.errors import GanyuanError, SchemaError

VERDICTS: Final = ("pass", "fail", "unknown")
REASONS: Final = (
    "met",
    "not_met",
    "missing",
    "no_limit",
    "no_code",
    "no_code_version",
    "code_too_short",
    "code_not_listed",
)
"""Why a verdict is what it is: the value meets the limit or not; a figure is missing; the table has
no value; the project has no code, does not say of which version it is, names a group that the table
splits further, or one that it does not list."""

_HAIR: Final = 1e-9
_LIMIT: Final = ["comparator", "value", "force", "confidence", "source"]


def _measure(
    name: str, titles: tuple[str, str], formula: tuple[str, str], above: tuple[str, ...], below: str
) -> Quotient:
    return Quotient(
        id=name,
        title_zh=titles[0],
        title_en=titles[1],
        numerator=above,
        denominator=(below,),
        unit="wan/ha" if above[0].endswith("_wan") else "ratio",
        formula_zh=formula[0],
        formula_en=formula[1],
        status="sourced",
        source="m9009.cn 2023-07-04（指标解释）",
    )


MEASURES: Final[dict[str, Quotient]] = {
    measure.id: measure
    for measure in (
        _measure(
            "far",
            ("容积率", "Floor area ratio"),
            (
                "总建筑面积（层高超过8米的加倍）÷项目用地面积",
                "floor area (high storeys double) ÷ land",
            ),
            ("counted_floor_m2",),
            "land_m2",
        ),
        _measure(
            "building_coefficient",
            ("建筑系数", "Building coefficient"),
            (
                "（建筑物＋构筑物＋露天堆场占地面积）÷项目用地面积",
                "footprint of buildings, structures and open storage ÷ land",
            ),
            ("building_footprint_m2", "structure_footprint_m2", "open_storage_m2"),
            "land_m2",
        ),
        _measure(
            "admin_land_share",
            ("行政办公及生活服务设施用地所占比重", "Land for administration and living"),
            (
                "行政办公及生活服务设施用地÷项目用地面积；无法单独计算时按建筑面积比例分摊",
                "land for it ÷ land; apportioned by floor area where it cannot be separated",
            ),
            ("admin_land_m2",),
            "land_m2",
        ),
        _measure(
            "admin_floor_share",
            ("行政办公及生活服务设施建筑面积所占比重", "Floor area for administration and living"),
            ("行政办公及生活服务设施建筑面积÷总建筑面积", "floor area for it ÷ floor area"),
            ("admin_floor_m2",),
            "floor_area_m2",
        ),
        _measure(
            "green_share",
            ("绿地率", "Share of green land"),
            ("绿地面积÷项目用地面积", "green land ÷ land"),
            ("green_m2",),
            "land_m2",
        ),
        _measure(
            "investment_intensity",
            ("固定资产投资强度", "Fixed assets per area"),
            (
                "固定资产投资（厂房、设备、地价款）÷项目用地面积",
                "fixed assets (plant, equipment, land price) ÷ land",
            ),
            ("fixed_assets_wan",),
            "land_m2",
        ),
        _measure(
            "output_rate",
            ("土地产出率", "Revenue per area"),
            ("营业收入÷项目用地面积", "revenue ÷ land"),
            ("revenue_wan",),
            "land_m2",
        ),
        _measure(
            "land_tax",
            ("土地税收", "Tax per area"),
            ("税收÷项目用地面积", "tax ÷ land"),
            ("tax_wan",),
            "land_m2",
        ),
    )
}
"""How each indicator is worked out from columns of a project; areas m2, money 10k CNY."""


class UnknownTableError(GanyuanError):
    """There is no table of control indicators of the version that was asked for."""

    code = "CTL-001"


def counted_floor_area(storeys: pd.DataFrame, *, rules: RuleSet) -> pd.DataFrame:
    """Floor area as the floor area ratio counts it: high storeys double.

    Args:
        storeys: n storeys with ``project``, ``floor_area_m2`` and ``height_m``; a storey without
            a height counts once and is told.
        rules: The rules ``control``.

    Returns:
        One row per project, index ``project``: ``floor_area_m2``, ``counted_floor_m2`` (missing
        where the area of a storey is), ``doubled`` and ``height_unknown`` (storeys, int64).

    Raises:
        SchemaError: A floor area or height is below zero.
    """
    area, height = storeys["floor_area_m2"].astype("float64"), storeys["height_m"].astype("float64")
    wrong = (area < 0) | (height < 0)
    if wrong.any():
        raise SchemaError(
            "floor areas and heights must not be below zero",
            rows=storeys.index[wrong].tolist(),
            values={"columns": "floor_area_m2, height_m"},
        )
    high = height > rules.value("CTL-STOREY")
    counted = area.where(~high, area * rules.value("CTL-STOREY-FACTOR"))
    rows = pd.DataFrame(
        {
            "floor_area_m2": area,
            "counted_floor_m2": counted,
            "doubled": high.astype("int64"),
            "height_unknown": height.isna().astype("int64"),
        }
    )
    groups = rows.groupby(storeys["project"].rename("project"))
    out = groups.sum()
    gaps = area.isna().groupby(storeys["project"]).any()
    return out.assign(
        floor_area_m2=out["floor_area_m2"].mask(gaps),
        counted_floor_m2=out["counted_floor_m2"].mask(gaps),
    )


def assess(projects: pd.DataFrame, table: pd.DataFrame, *, version: str) -> pd.DataFrame:
    """Every indicator of the table for every project.

    Args:
        projects: n projects, unique index, with ``code`` (GB/T 4754, text) and ``code_version``
            and the columns of :data:`MEASURES`; ``collective`` (bool) where land is collective.
            Without ``admin_land_m2`` the land is apportioned by ``admin_floor_m2`` over
            ``floor_area_m2``.
        table: The table ``control_indicators``, possibly with rows of an office (force ``local``).
        version: Version of the table.

    Returns:
        One row per project and indicator of the version, RangeIndex: ``project``, ``indicator``,
        ``numerator``, ``denominator``, ``value``, ``unit``, ``comparator``, ``limit``, ``force``,
        ``binding`` (normative or local, on state land), ``verdict`` (:data:`VERDICTS`),
        ``reason`` (:data:`REASONS`), ``missing`` (columns), ``apportioned`` (bool),
        ``matched_code`` (empty where the limit is for all), ``version``, ``code_version``,
        ``confidence`` and ``source`` of the limit. A value at its limit passes.

    Raises:
        UnknownTableError: The table has no such version.
        SchemaError: A project stands twice.
    """
    rows = table[table["version"] == version]
    if rows.empty:
        known = ", ".join(sorted(table["version"].unique()))
        raise UnknownTableError(
            f"no control indicators of version {version}; there are {known}",
            values={"version": version, "known": known},
        )
    if not projects.index.is_unique:
        twice = projects.index[projects.index.duplicated()].tolist()
        raise SchemaError("a project stands twice", rows=twice, values={"columns": "index"})
    whole, apportioned = _with_admin_land(projects)
    parts = [
        _one(whole, rows[rows["indicator"] == name], MEASURES[str(name)], apportioned)
        for name in rows["indicator"].unique()
    ]
    out = pd.concat(parts, keys=range(len(parts)), names=["order"]).reset_index("order")
    out["place"] = np.tile(np.arange(len(projects)), len(parts))
    out = out.sort_values(["place", "order"], ignore_index=True).drop(columns=["place", "order"])
    return out.assign(version=version)


def overall(assessed: pd.DataFrame) -> pd.DataFrame:
    """Verdict on each project over its binding indicators.

    Args:
        assessed: Result of :func:`assess`.

    Returns:
        Index ``project``: ``verdict`` (``fail`` where one fails, else ``unknown`` where one
        is unknown or none binds, else ``pass``), ``failed`` and ``unknown`` (indicators joined by
        ``;``), ``recalled`` (indicators judged by a limit that was not read in a text).
    """
    projects = pd.Index(assessed["project"].unique(), name="project")
    binding = assessed[assessed["binding"]]

    def named(mask: pd.Series) -> pd.Series:
        chosen = binding[mask]
        names = chosen.groupby("project")["indicator"].agg(";".join)
        return names.reindex(projects, fill_value="").astype("string")

    failed, unknown = named(binding["verdict"] == "fail"), named(binding["verdict"] == "unknown")
    bound = projects.isin(binding["project"])
    verdict = np.select(
        [(failed != "").to_numpy(bool), (unknown != "").to_numpy(bool) | ~bound],
        ["fail", "unknown"],
        "pass",
    )
    judged = (binding["verdict"] != "unknown") & (binding["confidence"] != "sourced")
    return pd.DataFrame(
        {"verdict": verdict, "failed": failed, "unknown": unknown, "recalled": named(judged)},
        index=projects,
    )


def _with_admin_land(projects: pd.DataFrame) -> tuple[pd.DataFrame, pd.Series]:
    """Projects with the land of their offices, apportioned by floor area where not separate."""
    wanted = ["admin_land_m2", "admin_floor_m2", "floor_area_m2", "land_m2"]
    known = projects.reindex(columns=wanted).astype("float64")
    floor = known["floor_area_m2"].where(known["floor_area_m2"] > 0)
    share = known["land_m2"] * known["admin_floor_m2"] / floor
    apportioned = known["admin_land_m2"].isna() & share.notna()
    return projects.assign(admin_land_m2=known["admin_land_m2"].fillna(share)), apportioned


def _one(
    projects: pd.DataFrame, rows: pd.DataFrame, measure: Quotient, apportioned: pd.Series
) -> pd.DataFrame:
    """One indicator of every project."""
    out = quotients(projects, measure).join(_limits(projects, rows))
    least = (out["comparator"] == ">=").to_numpy(bool, na_value=False)
    beyond = np.where(least, out["limit"] - out["value"], out["value"] - out["limit"])
    out["reason"] = np.select(
        [(out["reason"] != "").to_numpy(bool), out["value"].isna().to_numpy(), beyond <= _HAIR],
        [out["reason"].to_numpy(dtype=object), "missing", "met"],
        "not_met",
    )
    absent = pd.Series(data=False, index=projects.index)
    collective = projects.get("collective", absent).astype("boolean").fillna(value=False)
    binding = out["force"].isin(["normative", "local"]) & ~collective.astype(bool)
    return out.assign(
        project=projects.index,
        indicator=measure.id,
        unit=measure.unit,
        binding=binding,
        verdict=out["reason"].map({"met": "pass", "not_met": "fail"}).fillna("unknown"),
        apportioned=apportioned if measure.id == "admin_land_share" else absent,
    )


def _limits(projects: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """The limit that applies to each project, or why there is none."""
    none = pd.Series(pd.NA, index=projects.index, dtype="string")
    codes = projects.get("code", none).astype("string").fillna("").str.strip()
    versions = projects.get("code_version", none).astype("string").fillna("").str.strip()
    pairs = list(zip(versions, codes, strict=True))
    found = {pair: _match(rows, *pair) for pair in set(pairs)}
    out = pd.DataFrame([found[pair] for pair in pairs], index=projects.index)
    return out.assign(code_version=versions).rename(columns={"value": "limit"})


def _match(rows: pd.DataFrame, code_version: str, code: str) -> dict[str, object]:
    """The row of the longest listed code that begins the code, else the row for all."""
    listed = rows["code"].notna()
    mine = rows[listed & (rows["code_version"] == code_version)]
    begin = mine[[code.startswith(str(one)) for one in mine["code"]]] if code else mine.iloc[:0]
    reason = ""
    if len(begin):
        row = begin.iloc[int(begin["code"].str.len().to_numpy().argmax())]
    elif (~listed).any():
        row = rows[~listed].iloc[0]
    else:
        row = rows.iloc[0].copy()
        row["value"], row["code"] = np.nan, pd.NA
        if not code:
            reason = "no_code"
        elif mine.empty:
            reason = "no_code_version"
        else:
            further = any(str(one).startswith(code) for one in mine["code"])
            reason = "code_too_short" if further else "code_not_listed"
    if not reason and pd.isna(row["value"]):
        reason = "no_limit"
    matched = "" if pd.isna(row["code"]) else str(row["code"])
    return {name: row[name] for name in _LIMIT} | {"matched_code": matched, "reason": reason}
