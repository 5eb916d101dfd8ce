"""What could be done with idle, unsupplied and not yet started land, and what it takes.

One row for each item and option, open or barred. Months, staff days and money are product defaults
of ``data/rules/disposal.toml``; what the law leaves open comes from
:func:`analytics.idle.routes.routes_of`. Areas are m2, money 10,000 CNY.

**Which land is an item.** Idle and not started land: the parcel. Unsupplied land: the batch, with
the area that its ledger has not supplied, for cause and way of disposal are recorded by batch and
targets count by batch. An unsupplied parcel is an item of its own only where the ledger knows no
batch of its name; so nothing counts twice.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from analytics.approval_balance import TOLERANCE_M2
from analytics.disposal.causes import batch_options
from analytics.idle.status import SUSPECTED
from domain.code_lists import code_of
from domain.parcels import AREA
from domain.rules import RuleSet
from geo.errors import SchemaError

IDLE_OPTIONS: Final = ("D1", "D2", "D3", "D4", "D4B", "D5", "D6", "D7", "D8", "D9")
"""Routes of idle land."""
START_OPTION: Final = "N1"
"""Land that is not idle yet is urged to start."""
UNSUPPLIED_OPTIONS: Final = ("S1", "S2", "S3", "S4", "S5", "S6")
"""Ways of disposal of approved land that is not supplied."""
OPTIONS: Final = (*IDLE_OPTIONS, START_OPTION, *UNSUPPLIED_OPTIONS)
KINDS: Final = ("idle", "not_started", "unsupplied")
STARTS: Final = ("D9", "N1")
"""Options that rest on a start which an office can urge but not make; capped in sum."""
TAKEN_BACK: Final = ("D4", "D4B", "D8")
"""Routes after which the land is back in the unsupplied pool."""
SUPPLIED: Final = ("S1", "S4", "S6")
"""Ways after which the land is supplied and waits for its start."""
SUPPLIED_BUILT: Final = ("S2",)
"""Ways after which the land is supplied and built on."""
GIVEN_UP: Final = ("S3", "S5")
"""Ways after which the approval is written off."""
WAITING: Final = ("due_soon", "overdue")
"""Statuses of land that is urged to start before it falls idle."""

COLUMNS: Final = (
    "item", "label", "ref", "name", "county_adcode", "zone_id", "kind", "option", "area_m2",
    "permitted", "barred_by", "months", "staff_days", "cost_wan", "own_wan", "income_wan",
    "effort_wan", "price_assumed", "idle_m2", "unsupplied_m2", "old_m2", "stock_m2", "digested_m2",
    "capped", "needs", "rule", "certainty", "assumed", "recorded",
)  # fmt: skip
"""Columns of :func:`candidates`."""

_TEXT: Final = (
    "item", "ref", "name", "county_adcode", "zone_id", "kind", "option", "barred_by", "needs",
    "rule", "certainty",
)  # fmt: skip
_YUAN_PER_WAN: Final = 10_000.0
_PARCEL: Final = (
    "parcel_id", "name", "county_adcode", "zone_id", "batch_id", "price_wan", "idle_cause",
    "disposal_route", "approved_on", "status", "excluded", "started", AREA,
)  # fmt: skip


def candidates(
    parcels: pd.DataFrame,
    routes: pd.DataFrame,
    batches: pd.DataFrame,
    balances: pd.DataFrame,
    *,
    rules: RuleSet,
    fee_share: float,
    old_before: int,
) -> pd.DataFrame:
    """Every option of every item, with what it takes and what it counts for.

    Idle land that the statistics list apart (sealed, in agreed temporary use) is no item.

    Args:
        parcels: n parcels with the status columns of :func:`analytics.idle.status.parcel_status`.
        routes: Long frame of :func:`analytics.idle.routes.routes_of` for them (``label``,
            ``route``, ``permitted``, ``barred_by``, ``needs``, ``rule``, ``certainty``), with the
            assumed cause where suspected land is to be planned.
        batches: Batch ledger of the place.
        balances: Result of :func:`analytics.approvals.balance` for it.
        rules: The rules of ``disposal``.
        fee_share: Idle fee as a share of the price (rule IDLE-FEE).
        old_before: First approval year of the newer cohort (rule APPR-COHORT).

    Returns:
        One row per item and option with :data:`COLUMNS`, sorted by both, RangeIndex. ``item``
        (``p:`` and the row label, or ``b:`` and the batch), ``label`` (row label or missing),
        ``barred_by`` (stable words joined by ``;``), ``months``, ``staff_days``, ``cost_wan`` (all
        money), ``own_wan`` (of it from the own budget), ``income_wan`` (fee; missing without a
        price), ``effort_wan`` (money and staff days in one figure, what a plan minimises); the area
        that counts as disposed idle land, as disposed unsupplied land, of it the old cohort, the
        change of the stock 批而未用 (negative is less) and the area digested; ``capped`` (rests on
        a start), ``assumed`` (depends on a cause that the investigation has yet to find),
        ``recorded`` (the ledger names this way).

    Raises:
        SchemaError: A column of ``parcels`` is absent.
    """
    absent = ", ".join(name for name in _PARCEL if name not in parcels.columns)
    if absent:
        raise SchemaError(f"missing columns: {absent}", values={"columns": absent})
    parts = [
        _idle(parcels, routes),
        _not_started(parcels),
        _unsupplied(parcels, batches, balances, old_before),
    ]
    kept = [part for part in parts if len(part)]
    if not kept:
        return _typed(pd.DataFrame(columns=list(COLUMNS)))
    rows = pd.concat(kept, ignore_index=True)
    return _typed(_effects(_money(_times(rows, rules), rules, fee_share)))


def option_figures(rules: RuleSet) -> pd.DataFrame:
    """What each option takes by the rules.

    Returns:
        One row an option (index), in the order of :data:`OPTIONS`: ``months``, ``staff_days``,
        ``yuan_m2``, ``share`` of the price; float64, zero where there is no such rule.
    """
    names = {"months": "MONTHS", "staff_days": "DAYS", "yuan_m2": "COST", "share": "SHARE"}
    return pd.DataFrame(
        {
            column: [
                rules.value(f"DISP-{option}-{name}") if f"DISP-{option}-{name}" in rules else 0.0
                for option in OPTIONS
            ]
            for column, name in names.items()
        },
        index=pd.Index(OPTIONS, name="option"),
    )


def _typed(rows: pd.DataFrame) -> pd.DataFrame:
    """The columns in order and of one dtype whatever rows there are."""
    out = rows.reindex(columns=list(COLUMNS))
    out[list(_TEXT)] = out[list(_TEXT)].astype("object").fillna("").astype("str")
    flags = ["permitted", "price_assumed", "capped", "assumed", "recorded"]
    out[flags] = out[flags].astype("bool")
    numbers = [c for c in COLUMNS if c.endswith(("_m2", "_wan"))] + ["months", "staff_days"]
    out[numbers] = out[numbers].astype("float64")
    return out.sort_values(["item", "option"], ignore_index=True)


def _of_parcels(parcels: pd.DataFrame, kind: str) -> pd.DataFrame:
    """The columns that an item takes from its parcel."""
    return pd.DataFrame(
        {
            "item": "p:" + parcels.index.astype("str"),
            "label": parcels.index,
            "ref": parcels["parcel_id"],
            "name": parcels["name"],
            "county_adcode": parcels["county_adcode"],
            "zone_id": parcels["zone_id"],
            "kind": kind,
            "area_m2": parcels[AREA].astype("float64"),
            "price_wan": parcels["price_wan"].astype("Float64").astype("float64"),
            "began": parcels["started"].astype("bool"),
            "extra_months": 0.0,
            "extra_days": 0.0,
            "extra_yuan_m2": 0.0,
            "old": False,
            "assumed": False,
        },
        index=parcels.index,
    )


def _idle(parcels: pd.DataFrame, routes: pd.DataFrame) -> pd.DataFrame:
    suspected = parcels["status"].isin(SUSPECTED)
    idle = (suspected | (parcels["status"] == "determined")) & (parcels["excluded"] == "")
    facts = _of_parcels(parcels[idle], "idle")
    facts["suspected"] = suspected[idle]
    facts["assumed"] = suspected[idle] & parcels.loc[idle, "idle_cause"].isna()
    facts["ledger"] = code_of("disposal_route", parcels.loc[idle, "disposal_route"]).fillna("")
    known = routes[routes["label"].isin(facts.index) & routes["route"].isin(IDLE_OPTIONS)]
    rows = known.rename(columns={"route": "option"})[
        ["label", "option", "permitted", "barred_by", "needs", "rule", "certainty"]
    ].merge(facts.drop(columns="label"), left_on="label", right_index=True, how="inner")
    rows["needs"] = _also(rows["needs"], rows["suspected"], "investigate")
    rows["recorded"] = rows["option"] == rows["ledger"]
    return rows.drop(columns="ledger")


def _also(words: pd.Series, where: pd.Series, word: str) -> pd.Series:
    """The joined words with one more in front, where a flag says so."""
    given = words.astype("object").fillna("")
    return given.mask(where, (word + ";" + given).str.rstrip(";"))


def _not_started(parcels: pd.DataFrame) -> pd.DataFrame:
    waiting = parcels["status"].isin(WAITING) & (parcels["excluded"] == "")
    rows = _of_parcels(parcels[waiting], "not_started").assign(
        option=START_OPTION,
        permitted=True,
        barred_by="",
        needs="holder_starts",
        rule="IDLE-START",
        certainty="default",
        recorded=False,
        suspected=False,
    )
    return rows.reset_index(drop=True)


def _unsupplied(
    parcels: pd.DataFrame, batches: pd.DataFrame, balances: pd.DataFrame, old_before: int
) -> pd.DataFrame:
    """Batches with land left, and unsupplied parcels of no known batch."""
    left = balances[balances["unsupplied_m2"] > TOLERANCE_M2]
    own = batches.loc[left.index]
    of_batches = pd.DataFrame(
        {
            "item": "b:" + own["batch_id"].astype("str"),
            "label": pd.NA,
            "ref": own["batch_id"],
            "name": "",
            "county_adcode": own["county_adcode"],
            "zone_id": own["zone_id"],
            "kind": "unsupplied",
            "area_m2": left["unsupplied_m2"].astype("float64"),
            "price_wan": np.nan,
            "began": False,
            "old": own["approved_on"].dt.year < old_before,
            "cause": code_of("unsupplied_cause", own["unsupplied_cause"]),
            "path": code_of("disposal_path", own["disposal_path"]),
            "acquisition": code_of("acquisition", own["acquisition"]),
        }
    )
    alone = (parcels["status"] == "unsupplied") & ~parcels["batch_id"].isin(batches["batch_id"])
    rest = _of_parcels(parcels[alone], "unsupplied")
    rest["old"] = (parcels.loc[alone, "approved_on"].dt.year < old_before).fillna(value=False)
    rest[["cause", "path", "acquisition"]] = None
    items = [frame for frame in (of_batches, rest) if len(frame)]
    if not items:
        return of_batches.iloc[:0]
    return batch_options(pd.concat(items, ignore_index=True))


def _times(rows: pd.DataFrame, rules: RuleSet) -> pd.DataFrame:
    figures = option_figures(rules)
    look = rows["suspected"].fillna(value=False).astype("bool")
    acquire = rows["acquire"] if "acquire" in rows else pd.Series(data=False, index=rows.index)
    acquire = acquire.astype("boolean").fillna(value=False).astype("bool")
    return rows.assign(
        months=rows["option"].map(figures["months"])
        + look * rules.value("DISP-INVESTIGATE-MONTHS")
        + acquire * rules.value("DISP-ACQUIRE-MONTHS"),
        staff_days=rows["option"].map(figures["staff_days"])
        + look * rules.value("DISP-INVESTIGATE-DAYS"),
        yuan_m2=rows["option"].map(figures["yuan_m2"]) + acquire * rules.value("DISP-ACQUIRE-COST"),
        share=rows["option"].map(figures["share"]),
    )


def _money(rows: pd.DataFrame, rules: RuleSet, fee_share: float) -> pd.DataFrame:
    area, bond = rows["area_m2"], rows["option"] == "D4B"
    assumed = area * rules.value("DISP-PRICE") / _YUAN_PER_WAN
    priced = rows["price_wan"].fillna(assumed)
    paid = rows["share"] * priced
    works = rows["yuan_m2"] * area / _YUAN_PER_WAN
    cost = works + paid * (1.0 + bond * rules.value("DISP-D4B-INTEREST"))
    own = works + paid * np.where(bond, rules.value("DISP-D4B-OWN"), 1.0)
    fee = rows["option"] == "D7"
    return rows.assign(
        cost_wan=cost,
        own_wan=own,
        income_wan=(rows["price_wan"] * fee_share).where(fee, 0.0),
        price_assumed=(rows["share"] > 0) & rows["price_wan"].isna(),
        effort_wan=cost + rows["staff_days"] * rules.value("DISP-DAY"),
    )


def _effects(rows: pd.DataFrame) -> pd.DataFrame:
    """What each option counts for; land that was started before is no part of the stock."""
    option, area = rows["option"], rows["area_m2"]
    began = rows["began"].astype("bool")
    leaves = option.isin([*GIVEN_UP, *SUPPLIED_BUILT]) | (option.isin(STARTS) & ~began)
    comes = option.isin([*TAKEN_BACK, "D5"]) & began
    supply = rows["kind"] == "unsupplied"
    return rows.assign(
        idle_m2=_part(area, rows["kind"] == "idle"),
        unsupplied_m2=_part(area, supply),
        old_m2=_part(area, supply & rows["old"].astype("bool")),
        stock_m2=_part(area, comes) - _part(area, leaves),
        digested_m2=_part(area, supply),
        capped=option.isin(STARTS),
    )


def _part(area: pd.Series, where: pd.Series | npt.NDArray[np.bool_]) -> pd.Series:
    return area.where(where, 0.0)
