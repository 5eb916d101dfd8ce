"""What is known of every zone for a year: one figure a cell, and where each comes from.

Entered figures (填报) come before those that are worked out: from land status, surveyed land use,
parcels of approved land, and what the dataset of outlines states. The four nested areas are taken
together from one source (:func:`analytics.evaluation.intensity_inputs.chosen`). A figure that no
source has is missing. Made-up figures are never mixed with real ones in one zone: where a zone has
a real figure, those made up are left out.

Whoever needs figures of zones takes them from here: :func:`inputs` for land intensity,
:func:`units` for per-mu evaluation, :func:`evidence` and :func:`facts` for consolidation. Pages and
commands get them ready made from :mod:`views.zone_figures`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, get_args

import numpy as np
import pandas as pd

from analytics.consolidation.terms import EVIDENCE
from analytics.evaluation import intensity_inputs
from analytics.evaluation.permu import per_mu
from domain import indicators
from domain.rules import RuleSet

Name = Literal["entered", "status", "land_use", "parcels", "outlines"]
SOURCES: Final[tuple[Name, ...]] = get_args(Name)
"""Where a figure can come from, the preferred one first."""

FIGURES: Final[tuple[str, ...]] = indicators.figures()
"""Columns of figures; areas m2, money 10k CNY, open cases 0 or 1."""

WAN_PER_YI: Final = 10_000.0

FACTS: Final = (
    "tax_wan", "built_m2", "idle_m2", "supplied_m2", "unsupplied_m2", "not_started_m2",
    "digestion_years",
)  # fmt: skip
"""Figures that :func:`facts` hands on as they are."""

LAND: Final = tuple(c.column for c in indicators.columns() if c.group == "land")
"""Areas, which polygons can give where there are any."""

_YEARLY: Final = frozenset(c.column for c in indicators.columns() if c.group == "economy")
_SLACK_M2: Final = 1.0


@dataclass(frozen=True)
class Source:
    """Figures of zones from one source.

    Attributes:
        name: One of :data:`SOURCES`.
        figures: Zones (unique index) by figures, float64; other columns are left out.
        demonstration: The whole source is made up.
        years: Year of the figures by zone, Int64; None where they are those of the day.
    """

    name: Name
    figures: pd.DataFrame = field(repr=False)
    demonstration: bool = False
    years: pd.Series | None = field(default=None, repr=False)


@dataclass(frozen=True)
class ZoneFigures:
    """What is known of every zone.

    Attributes:
        year: The year that was asked for.
        figures: Zones (index ``zone_id``) by :data:`FIGURES`, float64; missing is missing.
        origin: The same shape, text: one of :data:`SOURCES`, empty where there is no figure.
        facts: Index as ``figures``: ``year`` (Int64, year of the entered row that is used; missing
            without one), ``older`` (bool, it is not the year asked for), ``zone_type``,
            ``leading_industries``, ``figures_source``, ``note`` (string, as entered), and
            ``demonstration`` (bool, a figure of the zone is made up).
        stated: Rates as they were entered, per cent, on the same index: ``development_rate``,
            ``supply_rate``, ``built_rate``, ``use_rate``.
        sources: What each source gave, by name, as it was used.
        years: Year of each source by zone, Int64, one column a source that has years.
    """

    year: int
    figures: pd.DataFrame = field(repr=False)
    origin: pd.DataFrame = field(repr=False)
    facts: pd.DataFrame = field(repr=False)
    stated: pd.DataFrame = field(repr=False)
    sources: Mapping[str, pd.DataFrame] = field(repr=False)
    years: pd.DataFrame = field(repr=False)

    @property
    def demonstration(self) -> bool:
        """Some figure is made up."""
        return bool(self.facts["demonstration"].any())


def zone_figures(
    zones: pd.Index,
    *,
    year: int,
    entered: pd.DataFrame,
    computed: Sequence[Source] = (),
    older: bool = True,
    demonstration: bool = True,
) -> ZoneFigures:
    """One figure for every zone and column, with where it comes from.

    Args:
        zones: Ids of the zones to list, unique; figures of others are left out.
        year: Year that is asked for.
        entered: Rows of the ledger ``indicators``: ``zone_id``, ``year``, ``demonstration`` and
            any of its columns, each zone and year once.
        computed: The other sources, in any order.
        older: Where a zone has no row of the year, take its newest older one and tell; otherwise
            its entered figures are missing.
        demonstration: Use made-up figures where a zone has no real one; otherwise never.
    """
    rows = entered[entered["year"] <= year] if older else entered[entered["year"] == year]
    rows = rows[rows["zone_id"].isin(zones)]
    usable = [s for s in computed if demonstration or not s.demonstration]
    made_up = rows["demonstration"].astype("bool")
    real = _real(rows[~made_up], usable)
    rows = rows[~made_up | (~rows["zone_id"].isin(real) & demonstration)]
    newest = intensity_inputs.latest(rows, until=year).reindex(zones.rename("zone_id"))
    tables = {"entered": newest.reindex(columns=list(FIGURES)).astype("float64")}
    for source in sorted(usable, key=lambda s: SOURCES.index(s.name)):
        own = [name for name in FIGURES if name in source.figures]
        given = source.figures.reindex(index=newest.index, columns=own).astype("float64")
        left_out = given.index.isin(real) & source.demonstration
        tables[source.name] = given.mask(pd.Series(left_out, index=given.index), axis=0)
    found = intensity_inputs.chosen(tables)
    origin = found.origin.reindex(columns=list(FIGURES))
    used = {s.name for s in usable if s.demonstration}
    mixed = origin.isin(used).any(axis=1)
    made_up = newest["demonstration"].astype("boolean").fillna(value=False).astype("bool")
    facts = _facts(newest, year).assign(demonstration=mixed | made_up)
    return ZoneFigures(
        year=year,
        figures=found.figures.reindex(columns=list(FIGURES)),
        origin=origin,
        facts=facts,
        stated=_stated(newest),
        sources=tables,
        years=_years(facts, usable),
    )


def from_outlines(footprints: pd.DataFrame, *, year: int, older: bool = True) -> Source | None:
    """The figures that a dataset of outlines states; None where it states none.

    Args:
        footprints: Rows with ``zone_id`` and any of :data:`FIGURES`, ``revenue_yi`` and
            ``figures_year``; of several rows of a zone the first counts. ``demonstration`` (bool)
            where the dataset is made up.
        year: Year that is asked for.
        older: Yearly figures of an older year count too.

    Returns:
        Yearly figures count where ``figures_year`` is the year (or older); where it is not known
        they count and have no year.
    """
    rows = pd.DataFrame(footprints).drop_duplicates("zone_id").set_index("zone_id")
    if "revenue_yi" in rows and "revenue_wan" not in rows:
        rows = rows.assign(revenue_wan=rows["revenue_yi"].astype("float64") * WAN_PER_YI)
    own = [name for name in FIGURES if name in rows]
    if not own:
        return None
    none = pd.Series(pd.NA, index=rows.index)
    years = rows.get("figures_year", none).astype("Float64").astype("Int64")
    fits = ((years <= year) if older else (years == year)).fillna(value=True).astype("bool")
    values = rows[own].astype("float64")
    yearly = [name for name in own if name in _YEARLY]
    values[yearly] = values[yearly].where(fits)
    made_up = bool(rows.get("demonstration", none).astype("boolean").fillna(value=False).any())
    return Source("outlines", values, demonstration=made_up, years=years.where(fits))


def covered(figures: pd.DataFrame, *, rules: RuleSet) -> pd.DataFrame:
    """Figures from polygons of zones that they cover; the others are missing.

    Args:
        figures: :func:`analytics.evaluation.intensity_inputs.from_status` or ``from_land_use``.
        rules: The rules ``intensity``; polygons must cover ``INT-COVERED-MIN`` of an outline.
    """
    enough = figures["covered_share"] >= rules.value("INT-COVERED-MIN")
    return figures.drop(columns="covered_share").where(enough)


def inputs(known: ZoneFigures) -> pd.DataFrame:
    """The figures and ``zone_type``, as :mod:`analytics.evaluation.intensity_score` takes them."""
    return known.figures.assign(zone_type=known.facts["zone_type"])


def units(known: ZoneFigures, prefectures: Mapping[str, str]) -> pd.DataFrame:
    """What :func:`analytics.evaluation.permu.evaluate` takes of zones.

    Args:
        known: The figures.
        prefectures: Code of the prefecture by zone.

    Returns:
        The figures with ``environment_open`` and ``safety_open`` as boolean, and
        ``prefecture_adcode``.
    """
    flags = {
        name: known.figures[name].astype("boolean") for name in ("environment_open", "safety_open")
    }
    codes = known.figures.index.to_series().map(dict(prefectures)).astype("string")
    return known.figures.assign(**flags, prefecture_adcode=codes)


def evidence(known: ZoneFigures) -> pd.DataFrame:
    """Evaluation figures for the terms of consolidation.

    Returns:
        Index ``zone_id``, float64 columns :data:`~analytics.consolidation.terms.EVIDENCE`, and
        ``demonstration`` (bool). Both areas of a share come from the first source that has them
        both; it is missing where the part is larger than the whole. Tax per mu is over built land.
    """
    figures = known.figures
    out = pd.DataFrame(index=figures.index, columns=list(EVIDENCE), dtype="float64")
    out["use_rate"] = _share(known, "built_m2", "developable_m2")
    out["tax_per_mu"] = per_mu(figures["tax_wan"], figures["built_m2"])
    out["idle_share"] = _share(known, "idle_m2", "supplied_m2")
    out["digestion_years"] = figures["digestion_years"]
    out["environment_open"] = figures["environment_open"]
    return out.assign(demonstration=known.facts["demonstration"])


def facts(known: ZoneFigures) -> pd.DataFrame:
    """What :func:`analytics.consolidation.whatif.figures` takes as ``footprints``.

    Returns:
        RangeIndex: ``zone_id``, ``revenue_yi`` and ``figures_year`` (of the revenue), the columns
        :data:`FACTS`, ``demonstration``. Zones of which nothing is known are left out.
    """
    out = known.figures[list(FACTS)].assign(
        revenue_yi=known.figures["revenue_wan"] / WAN_PER_YI,
        figures_year=years_of(known, "revenue_wan").astype("Float64"),
        demonstration=known.facts["demonstration"],
    )
    told = known.figures.notna().any(axis=1)
    return out[told].rename_axis("zone_id").reset_index()


def years_of(known: ZoneFigures, figure: str) -> pd.Series:
    """Year of one figure of every zone, Int64; missing where its source is of a day."""
    origin = known.origin[figure]
    out = pd.Series(pd.NA, index=origin.index, dtype="Int64")
    for name in known.years:
        out = out.mask(origin == name, known.years[name])
    return out


def computed(known: ZoneFigures) -> intensity_inputs.Chosen:
    """The figures as they would stand without anything entered, and where each comes from."""
    rest = {name: frame for name, frame in known.sources.items() if name != "entered"}
    if not rest:
        empty = pd.DataFrame(index=known.figures.index)
        return intensity_inputs.Chosen(empty, empty)
    return intensity_inputs.chosen(rest)


def comparison(known: ZoneFigures, *, rules: RuleSet) -> pd.DataFrame:
    """Entered figures beside computed ones.

    Returns:
        :func:`analytics.evaluation.intensity_inputs.side_by_side` of :data:`LAND` and whatever
        else another source gives, without what neither side has, with
        ``source`` (where the computed figure comes from), ``year`` (of the entered row) and
        ``demonstration``.
    """
    worked_out = computed(known)
    columns = list(dict.fromkeys([*LAND, *map(str, worked_out.figures.columns)]))
    figures = worked_out.figures.reindex(columns=columns)
    table = intensity_inputs.side_by_side(known.sources["entered"], figures, rules=rules)
    table = table[table["state"] != "neither"].reset_index(drop=True)
    named = worked_out.origin.reindex(columns=columns, fill_value="").to_dict("index")
    pairs = zip(table["zone"], table["figure"], strict=True)
    return table.assign(
        source=pd.Series([named[zone][name] for zone, name in pairs], dtype="string"),
        year=table["zone"].map(known.facts["year"]).astype("Int64"),
        demonstration=table["zone"].map(known.facts["demonstration"]).astype("bool"),
    )


def _real(rows: pd.DataFrame, sources: Sequence[Source]) -> set[str]:
    """Zones of which a figure that is not made up is known."""
    out = set(rows.loc[rows.reindex(columns=list(FIGURES)).notna().any(axis=1), "zone_id"])
    for source in sources:
        if not source.demonstration:
            own = source.figures.reindex(columns=list(FIGURES))
            out |= set(own.index[own.notna().any(axis=1)])
    return out


def _facts(newest: pd.DataFrame, year: int) -> pd.DataFrame:
    texts = ("zone_type", "leading_industries", "figures_source", "note")
    out = pd.DataFrame({"year": newest["year"].astype("Float64").astype("Int64")})
    out["older"] = (out["year"] != year).fillna(value=False).astype("bool")
    none = pd.Series(pd.NA, index=newest.index)
    return out.assign(**{name: newest.get(name, none).astype("string") for name in texts})


def _stated(newest: pd.DataFrame) -> pd.DataFrame:
    rates = [c.column for c in indicators.columns() if c.group == "rates"]
    return newest.reindex(columns=rates).astype("float64")


def _years(facts_: pd.DataFrame, sources: Sequence[Source]) -> pd.DataFrame:
    out = pd.DataFrame({"entered": facts_["year"]})
    for source in sources:
        if source.years is not None:
            out[source.name] = source.years.reindex(out.index).astype("Int64")
    return out


def _share(known: ZoneFigures, part: str, whole: str) -> pd.Series:
    """Part over whole from the first source that has both; missing where they cannot be true."""
    index = known.figures.index
    above, below = pd.Series(np.nan, index=index), pd.Series(np.nan, index=index)
    for frame in known.sources.values():
        if part in frame and whole in frame:
            fresh = below.isna() & frame[part].notna() & frame[whole].notna()
            above, below = above.mask(fresh, frame[part]), below.mask(fresh, frame[whole])
    true = (below > 0) & (above >= 0) & (above <= below + _SLACK_M2)
    return (above / below).where(true)
