"""Before and after a pair, or a host with several zones, is joined; what is missing stays missing.

A sum is known only where all its parts are. A zone held in trust keeps its own figures: nothing is
added, and only the management bodies become one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Final, Literal

import numpy as np
import pandas as pd
import shapely

from analytics import adjustments, industries
from analytics.consolidation import candidates as consolidation
from analytics.consolidation.facts import industry_texts
from domain.rules import RuleSet
from geo.errors import GanyuanError
from geo.units import M2_PER_HA, M2_PER_MU

Form = Literal["merge", "trusteeship"]

ADDED: Final = (
    "area_m2", "revenue_yi", "tax_wan", "tax_mu", "idle_parcels", "idle_m2", "supplied_m2",
    "backlog_m2", "yearly_m2",
)  # fmt: skip
"""Figures that are summed. ``backlog_m2`` is approved or supplied land not built on, ``yearly_m2``
what of it is digested in a year."""
RATIOS: Final = {
    "tax_per_mu": ("tax_wan", "tax_mu"),
    "idle_share": ("idle_m2", "supplied_m2"),
    "digestion_years": ("backlog_m2", "yearly_m2"),
}
"""Figures that follow from two sums."""
TARGETS: Final = (
    ("revenue_yi", "CON-PLAN-LARGE", 1),
    ("digestion_years", "CON-DIGESTION", -1),
    ("idle_share", "CON-IDLE-HOST", -1),
)
"""Figure, rule and direction of each target: at least (1) or at most (-1)."""

_REVENUE: Final = "operating_revenue"
_SLIVER_M2: Final = 1.0


class OverlapError(GanyuanError):
    """Outlines of zones that are to be joined lie on each other."""

    code = "CPL-006"


@dataclass(frozen=True)
class Card:
    """A host and the zones it takes, before and after.

    Attributes:
        figures: Index :data:`ADDED`, the keys of :data:`RATIOS`, ``sectors`` and ``bodies``:
            ``host``, ``absorbed`` (the others together), ``before`` (all, each on its own:
            sums and counts only), ``after`` (the unit that the host then is), float64; and
            ``missing``, the zones that lack the figure, joined by ``;`` (``year`` where
            revenues are of different years).
        targets: One row per target: ``figure``, ``rule``, ``limit``, ``host`` and ``after``
            (reached, boolean; missing where the figure is).
        sectors: Sector codes of the unit, of the host alone, and those gained, joined by ``;``.
        form: ``merge`` or ``trusteeship``.
    """

    figures: pd.DataFrame = field(repr=False)
    targets: pd.DataFrame = field(repr=False)
    sectors: dict[str, str]
    form: Form


def figures(
    inputs: consolidation.Inputs,
    *,
    as_of: dt.date,
    footprints: pd.DataFrame | None = None,
    idle_parcels: pd.Series | None = None,
) -> pd.DataFrame:
    """What is known of every zone, for plans and cards.

    Args:
        inputs: The reference tables.
        as_of: Indicators of later years are left out.
        footprints: The dataset of outlines with any of ``revenue_yi`` and ``figures_year``,
            ``tax_wan``, ``built_m2``, ``idle_m2``, ``supplied_m2``, ``unsupplied_m2``,
            ``not_started_m2``, ``digestion_years``; its figures come before published ones.
        idle_parcels: Number of idle parcels by ``zone_id``.

    Returns:
        Index ``zone_id``: ``prefecture_adcode``, ``has_body``, ``taken``, :data:`ADDED`,
        ``revenue_year`` Int64, ``revenue_from`` (``dataset``, ``published`` or missing) and
        ``sectors`` (codes joined by ``;``). Published lower bounds count with their bound.
    """
    zones = inputs.zones.set_index("zone_id")
    linked = consolidation.links(inputs.zones, inputs.merges)
    out = pd.DataFrame({"prefecture_adcode": zones["prefecture_adcode"]})
    out["has_body"] = (zones["status"] == "active") & ~zones.index.isin(linked["absorbed_id"])
    count = linked.groupby("host_id").size()
    out["taken"] = count.reindex(out.index, fill_value=0)
    rows = _rows(footprints)

    def taken(column: str) -> pd.Series:
        values = rows.get(column, pd.Series(np.nan, index=rows.index))
        return values.reindex(out.index).astype("float64")

    out["area_m2"] = zones["approved_area_ha"].astype("float64") * M2_PER_HA
    own, year = taken("revenue_yi"), taken("figures_year")
    published = _published(inputs.indicators, as_of).reindex(out.index)
    out["revenue_yi"] = own.fillna(published["revenue_yi"])
    out["revenue_year"] = year.where(own.notna(), published["year"]).astype("Int64")
    source = pd.Series(np.select([own.notna()], ["dataset"], "published"), out.index, "string")
    out["revenue_from"] = source.where(out["revenue_yi"].notna())
    out["tax_wan"], out["tax_mu"] = taken("tax_wan"), taken("built_m2") / M2_PER_MU
    idle = pd.Series(dtype="float64") if idle_parcels is None else idle_parcels
    out["idle_parcels"] = idle.reindex(out.index).astype("float64")
    out["idle_m2"], out["supplied_m2"] = taken("idle_m2"), taken("supplied_m2")
    out["backlog_m2"] = taken("unsupplied_m2") + taken("not_started_m2")
    years = taken("digestion_years")
    out["yearly_m2"] = out["backlog_m2"] / years.where(years > 0)
    return out.assign(sectors=_sectors(inputs))


def card(
    host_id: str,
    absorbed_ids: Sequence[str],
    known: pd.DataFrame,
    *,
    rules: RuleSet,
    form: Form = "merge",
    expanded_m2: float = 0.0,
    removed_m2: float = 0.0,
) -> Card:
    """A host with the zones it takes, before and after.

    Args:
        host_id: The host.
        absorbed_ids: One zone or several.
        known: :func:`figures`.
        rules: The rules ``consolidation``.
        form: ``merge`` adds figures; ``trusteeship`` adds none.
        expanded_m2: Land added to the boundary with the merger.
        removed_m2: Land taken out of it.

    Raises:
        KeyError: A zone is not listed.
        AdjustmentError: The boundary arithmetic cannot be: new = old + expanded - removed.
    """
    parts = known.loc[[host_id, *absorbed_ids]]
    sums = _sums(parts)
    after = (sums["before"] if form == "merge" else sums["host"]).copy()
    old, more, less = after[["area_m2"]], pd.Series([expanded_m2]), pd.Series([removed_m2])
    same = old.index
    after["area_m2"] = float(
        adjustments.new_area(old, more.set_axis(same), less.set_axis(same)).iloc[0]
    )
    added = sums.assign(after=after)[["host", "absorbed", "before", "after", "missing"]]
    sectors = _joined_sectors(parts["sectors"], form)
    out = pd.concat([added, _ratios(added), _counts(parts, sectors)])
    return Card(out, _targets(out, rules), sectors, form)


def outline(
    shapes: Sequence[shapely.Geometry],
    *,
    names: Sequence[str] = (),
    expanded: shapely.Geometry | None = None,
    removed: shapely.Geometry | None = None,
) -> shapely.Geometry:
    """The outline of the unit: the zones together, less what is removed, with what is added.

    Args:
        shapes: Outlines of the zones, polygons in one projected CRS, metres.
        names: Their ids, for the error.
        expanded: Land added, same CRS.
        removed: Land taken out, same CRS.

    Raises:
        OverlapError: Zones lie on each other by more than one square metre; rows are their ids.
        AdjustmentError: See :func:`analytics.adjustments.new_boundary`.
    """
    together = shapely.union_all(list(shapes))
    double = float(shapely.area(list(shapes)).sum() - shapely.area(together))
    if double > _SLIVER_M2:
        rows = _overlapping(shapes, names)
        raise OverlapError(
            f"the outlines of {', '.join(rows)} lie on each other by {double:.1f} m2; "
            "correct them first",
            rows=rows,
            values={"area": f"{double:.1f}"},
        )
    nothing = shapely.Polygon()
    return adjustments.new_boundary(together, expanded or nothing, removed or nothing)


def bar_lengths(figures: pd.DataFrame) -> pd.DataFrame:
    """Every figure over the largest of its row, 0 to 1, so that rows of any unit compare.

    Args:
        figures: Rows of :class:`Card` and the sides to compare.

    Returns:
        float64 in the form of ``figures``; missing where a figure is, or where none is positive.
    """
    values = figures.astype("float64")
    most = values.max(axis=1)
    return values.div(most.where(most > 0), axis=0)


def _overlapping(shapes: Sequence[shapely.Geometry], names: Sequence[str]) -> list[str]:
    """Names of the shapes that lie on another one with some land."""
    own = list(names) or [str(i) for i in range(len(shapes))]
    found = [
        (a, b)
        for a, b in combinations(range(len(shapes)), 2)
        if shapely.area(shapely.intersection(shapes[a], shapes[b])) > 0
    ]
    return [own[i] for i in sorted({i for pair in found for i in pair})]


def _rows(footprints: pd.DataFrame | None) -> pd.DataFrame:
    if footprints is None:
        return pd.DataFrame(index=pd.Index([], name="zone_id", dtype="object"))
    return pd.DataFrame(footprints).drop_duplicates("zone_id").set_index("zone_id")


def _published(indicators: pd.DataFrame, as_of: dt.date) -> pd.DataFrame:
    """Latest published revenue of a whole year, by zone: ``revenue_yi`` and ``year``."""
    rows = indicators[(indicators["indicator"] == _REVENUE) & (indicators["period"] == "year")]
    year = pd.to_numeric(rows["year"]).astype("float64")
    value = pd.to_numeric(rows["value"].str.lstrip(">")).astype("float64")
    found = pd.DataFrame({"zone_id": rows["zone_id"], "revenue_yi": value, "year": year})
    found = found[found["year"] <= as_of.year].sort_values("year", kind="stable")
    return found.drop_duplicates("zone_id", keep="last").set_index("zone_id")


def _sectors(inputs: consolidation.Inputs) -> pd.Series:
    zones = inputs.zones.set_index("zone_id")
    told = industry_texts(inputs.zones, inputs.evidence)
    named = industries.sectors(told["text"].mask(told["demonstration"]), inputs.words)
    every = industries.with_clusters(named, zones["name_zh"], inputs.clusters)
    return industries.shared(every, every)


def _sums(parts: pd.DataFrame) -> pd.DataFrame:
    """:data:`ADDED` of the host, of the others, and of all; the first row is the host."""
    values = parts[list(ADDED)].astype("float64")
    lacking = [";".join(values.index[values[name].isna()]) for name in ADDED]
    out = pd.DataFrame(
        {
            "host": values.iloc[0],
            "absorbed": values.iloc[1:].sum(skipna=False),
            "before": values.sum(skipna=False),
            "missing": pd.Series(lacking, index=list(ADDED), dtype="object"),
        }
    )
    if len(parts["revenue_year"].dropna().unique()) > 1:
        # Revenues of different years are not added.
        revenue = pd.Series(out.index == "revenue_yi", index=out.index)
        for column in ("absorbed", "before"):
            out[column] = out[column].mask(revenue)
        out["missing"] = out["missing"].mask(revenue, "year")
    return out


def _ratios(added: pd.DataFrame) -> pd.DataFrame:
    """:data:`RATIOS` of the host, of the others together, and of the unit."""
    tops, bottoms = (
        added.loc[[pair[i] for pair in RATIOS.values()]].set_axis(list(RATIOS)) for i in (0, 1)
    )
    columns = ["host", "absorbed", "after"]
    wholes = bottoms[columns].astype("float64")
    out = tops[columns].astype("float64") / wholes.where(wholes > 0)
    lacking = tops["missing"] + ";" + bottoms["missing"]
    names = [";".join(dict.fromkeys(z for z in str(t).split(";") if z)) for t in lacking]
    return out.assign(before=np.nan, missing=names)


def _joined_sectors(sectors: pd.Series, form: Form) -> dict[str, str]:
    lists = [[code for code in str(text).split(";") if code] for text in sectors.fillna("")]
    host = set(lists[0])
    unit = host.union(*lists[1:]) if form == "merge" else host
    parts = {"host": host, "after": unit, "gained": unit - host}
    return {name: ";".join(sorted(codes)) for name, codes in parts.items()}


def _counts(parts: pd.DataFrame, sectors: dict[str, str]) -> pd.DataFrame:
    """Sectors and management bodies; no sectors at all means that none are known."""
    names = parts["sectors"].fillna("")
    lacking = ";".join(names.index[names == ""])
    size = {name: float(len([c for c in text.split(";") if c])) for name, text in sectors.items()}
    bodies = parts["has_body"].astype("float64")
    known = not lacking
    others = {code for text in names.iloc[1:] for code in text.split(";") if code}
    rows = {
        "sectors": (
            size["host"] if names.iloc[0] else np.nan,
            float(len(others)) if (names.iloc[1:] != "").all() else np.nan,
            np.nan,
            size["after"] if known else np.nan,
            lacking,
        ),
        "bodies": (
            bodies.iloc[0], bodies.iloc[1:].sum(), bodies.sum(),
            bodies.sum() - bodies.iloc[1:].sum(), "",
        ),
    }  # fmt: skip
    columns = ["host", "absorbed", "before", "after", "missing"]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns)


def _targets(out: pd.DataFrame, rules: RuleSet) -> pd.DataFrame:
    names, ids = [name for name, _, _ in TARGETS], [rule for _, rule, _ in TARGETS]
    limits = pd.Series([rules.value(rule) for rule in ids], index=names)
    sign = pd.Series([sign for _, _, sign in TARGETS], index=names)
    values = out.loc[names, ["host", "after"]].astype("float64")
    reached = values.sub(limits, axis=0).mul(sign, axis=0) >= 0
    told = reached.astype("boolean").mask(values.isna())
    facts = pd.DataFrame({"figure": names, "rule": ids, "limit": limits.to_numpy()})
    return pd.concat([facts, told.reset_index(drop=True)], axis=1)
