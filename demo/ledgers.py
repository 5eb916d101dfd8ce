"""Approval batches and supplies that agree with the parcels to the square metre."""

from __future__ import annotations

import datetime as dt
from typing import Final

import numpy as np
import pandas as pd

from demo import uses
from demo.draws import chance
from demo.lives import Lives
from domain import boundaries
from domain.ledgers import with_link_ids
from geo.units import M2_PER_HA, M2_PER_MU

_SHARED: Final = (
    "supply_no",
    "batch_id",
    "name",
    "holder",
    "location",
    "county_adcode",
    "zone_id",
    "supply_mode",
    "price_wan",
    "signed_on",
    "handover_due",
    "handover_on",
    "start_due",
    "start_due_amended",
    "started_on",
    "finish_due",
    "finished_on",
)
"""Fields that a parcel and its contract both carry."""

_ROADS_AFTER: Final = 0.6  # share of a batch supplied before its streets are
_JOINT: Final = 4  # of so many pairs of batches that could build a road together, one does
_WRITTEN_OFF: Final = 0.12
_OLD_YEARS: Final = 3.0
_YOUNG_YEARS: Final = 0.6
_CAUSES: Final = (
    "征地拆迁未完成",
    "规划调整",
    "招商项目未落地",
    "基础设施未配套",
    "储备待供",
    "生态红线/永久基本农田冲突",
    "资金不足",
)
_CAUSE_SHARES: Final = (0.24, 0.1, 0.3, 0.16, 0.12, 0.03, 0.05)
_PATH: Final = {
    "征地拆迁未完成": "加快供应",
    "规划调整": "调整规划后供应",
    "招商项目未落地": "加快供应",
    "基础设施未配套": "加快供应",
    "储备待供": "加快供应",
    "生态红线/永久基本农田冲突": "撤回/核销批文",
    "资金不足": "加快供应",
    "边角零星地": "置换",
    "已建未办供地手续": "补办供地手续",
}


def batch_names(zone_of_batch: pd.Series, approved: pd.Series, zones: pd.DataFrame) -> pd.DataFrame:
    """Names and numbers of the batches.

    Args:
        zone_of_batch: Position of each batch's zone.
        approved: Day of approval of each batch.
        zones: Zone table.

    Returns:
        ``batch_id``, ``approval_no``, ``county_adcode``, ``zone_id``, ``approved_on`` on the index
        of the batches.
    """
    zone = zones.iloc[zone_of_batch.to_numpy()]
    county = pd.Series(zone["county_adcode"].to_numpy(), index=approved.index, dtype="string")
    names = boundaries.layer("county").set_index("adcode")["name"]
    year = approved.dt.year.astype("string")
    number = (county.groupby([county, year]).cumcount() + 1).astype("string")
    serial = (year.groupby(year).cumcount() + 1).astype("string").str.zfill(3)
    return pd.DataFrame(
        {
            "batch_id": county.map(names) + year + "年度第" + number + "批次城市建设用地（演示）",
            "approval_no": "演示用地批字〔" + year + "〕" + serial + "号",
            "county_adcode": county,
            "zone_id": zone["zone_id"].to_numpy(),
            "approved_on": approved,
        }
    )


def acquired(
    life: Lives, batches: pd.DataFrame, as_of: dt.date, rng: np.random.Generator
) -> pd.Series:
    """Whether the land of each batch has been taken over."""
    signed = pd.Series(life.supplied).groupby(life.batch).any()
    age = (pd.Timestamp(as_of) - batches["approved_on"]).dt.days / 365.25
    done = pd.Series(rng.random(len(batches)) < np.clip(age / 1.6, 0.05, 0.93))
    return signed.reindex(batches.index, fill_value=False) | done


def supplies(
    parcels: pd.DataFrame, batches: pd.DataFrame, streets_m2: pd.Series, rng: np.random.Generator
) -> pd.DataFrame:
    """Contracts and allocation decisions: one per supplied parcel, one for a batch's streets.

    Some neighbouring batches have their streets in one allocation: it names one of the two.

    Args:
        parcels: Parcels with contracts.
        batches: Lines of :func:`batch_names`.
        streets_m2: Street area of each batch, on the index of ``batches``.
        rng: Source.

    Returns:
        Rows of the supply ledger, with ``second_batch`` and ``second_m2`` for :func:`links`.
    """
    mine = parcels[parcels["supply_no"].notna()]
    n = len(mine)
    industry = mine["name"].str.split("演示项目").str[0]
    far = np.select(
        [mine["land_class"].isin(["0601", "0508"]), mine["land_class"].isin(["0701", "05H1"])],
        [rng.choice([0.8, 1.0, 1.2], n), rng.choice([1.8, 2.0, 2.5], n)],
        rng.choice([0.5, 0.8], n),
    )
    industrial = mine["land_class"] == "0601"
    own = mine[list(_SHARED)].assign(
        contract_no="演示" + mine["supply_no"],
        supplied_m2=mine["area_stated_m2"],
        land_use=mine["land_class"].map(uses.CATEGORY),
        industry=industry.where(industrial),
        far_min=far,
        far_max=np.round(far * rng.choice([1.5, 2.0], n), 1),
        approved_by="演示批准单位",
        intensity_wan_ha=(mine["invest_total_wan"] / (mine["area_stated_m2"] / M2_PER_HA))
        .round(0)
        .where(industrial),
    )
    return pd.concat([own, _roads(mine, parcels, batches, streets_m2)], ignore_index=True)


def _roads(
    supplied: pd.DataFrame, parcels: pd.DataFrame, batches: pd.DataFrame, streets_m2: pd.Series
) -> pd.DataFrame:
    """Allocation of the streets of batches that are mostly supplied."""
    all_m2 = parcels.groupby("batch_id")["area_stated_m2"].sum()
    done_m2 = supplied.groupby("batch_id")["area_stated_m2"].sum().reindex(all_m2.index).fillna(0)
    median = supplied.groupby("batch_id")["signed_on"].median().dt.normalize()
    rows = batches.assign(
        share=batches["batch_id"].map(done_m2 / all_m2),
        signed_on=batches["batch_id"].map(median),
        supplied_m2=streets_m2,
    )
    rows = rows[(rows["share"] >= _ROADS_AFTER) & (rows["supplied_m2"] >= 1.0)]
    rows = _joint(rows, rows["batch_id"].map(all_m2 - done_m2))
    year = rows["signed_on"].dt.year.astype("string")
    head = rows["county_adcode"] + year + "A"
    serial = 90001 + head.groupby(head).cumcount()  # parcels count from 1
    number = head + serial.astype("string")
    return pd.DataFrame(
        {
            "supply_no": number,
            "batch_id": rows["batch_id"],
            "name": "道路演示项目" + number.str[-5:],
            "holder": "演示单位" + rows["county_adcode"].str[2:],
            "location": rows["batch_id"] + "内道路",
            "second_batch": rows["second_batch"],
            "second_m2": rows["second_m2"],
            "county_adcode": rows["county_adcode"],
            "zone_id": rows["zone_id"],
            "supply_mode": "划拨",
            "price_wan": 0.0,
            "signed_on": rows["signed_on"],
            "handover_due": rows["signed_on"],
            "handover_on": rows["signed_on"],
            "contract_no": "演示" + number,
            "supplied_m2": rows["supplied_m2"],
            "land_use": uses.CATEGORY[uses.ROADS[0]],
            "approved_by": "演示批准单位",
        }
    )


def _joint(rows: pd.DataFrame, parcels_left_m2: pd.Series) -> pd.DataFrame:
    """Streets of two batches of a zone that were allocated at once.

    The batch that the allocation names has more parcels left than the other has streets, so that
    not even counting all of it there takes more than was approved.

    Args:
        rows: Batches with ``zone_id``, ``approved_on``, ``signed_on``, ``supplied_m2`` (streets).
        parcels_left_m2: Area of the parcels without a contract, on the index of ``rows``.

    Returns:
        The rows without the second of each pair; ``supplied_m2`` is that of both,
        ``second_batch`` and ``second_m2`` name the second.
    """
    rows = rows.sort_values(["zone_id", "approved_on"], kind="stable")
    later = rows.shift(1)  # the batch before it, on the line of the batch that is named
    fits = (later["zone_id"] == rows["zone_id"]) & (later["signed_on"] <= rows["signed_on"])
    least = rows["supplied_m2"].clip(lower=later["supplied_m2"]) + 1.0
    fits &= parcels_left_m2.reindex(rows.index) > least
    chosen = fits & ((fits.cumsum() - 1) % _JOINT == 0)  # so no two lines in a row
    second = later.where(chosen)
    out = rows.assign(
        second_batch=second["batch_id"],
        second_m2=second["supplied_m2"],
        supplied_m2=rows["supplied_m2"] + second["supplied_m2"].fillna(0.0),
    )
    return out[~chosen.shift(-1, fill_value=False)].sort_index()


def batch_ledger(
    batches: pd.DataFrame,
    parcels: pd.DataFrame,
    supply: pd.DataFrame,
    linked: pd.DataFrame,
    streets_m2: pd.Series,
    as_of: dt.date,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """The batch ledger: approved = supplied + written off + not supplied, in square metres.

    Args:
        batches: Lines of :func:`batch_names` with ``acquired``.
        parcels: All parcels.
        supply: Rows of :func:`supplies`.
        linked: Rows of :func:`links`.
        streets_m2: Street area of each batch.
        as_of: Reference day.
        rng: Source.
    """
    n = len(batches)
    key = batches["batch_id"]
    parcel_m2 = key.map(parcels.groupby("batch_id")["area_stated_m2"].sum())
    supplied = key.map(linked.groupby("batch_id")["area_m2"].sum()).fillna(0.0)
    approved = parcel_m2 + streets_m2
    left = approved - supplied
    age = (pd.Timestamp(as_of) - batches["approved_on"]).dt.days / 365.25
    # Only leftovers are written off; a parcel without a contract stays on the map and in the stock.
    leftover = left < streets_m2 + 1.0
    gives_up = leftover & (left > 0.0) & (age > _OLD_YEARS) & chance(_WRITTEN_OFF, n, rng)
    written_off = left.where(gives_up, 0.0)
    unsupplied = left - written_off
    months = pd.to_timedelta(rng.integers(400, 900, n), unit="D")
    first = key.map(supply.groupby("batch_id")["signed_on"].min())
    taken = batches["approved_on"] + pd.to_timedelta(rng.integers(60, 420, n), unit="D")
    taken = taken.where(first.isna() | (taken <= first), first)
    taken = taken.where(taken <= pd.Timestamp(as_of), pd.Timestamp(as_of))
    part = ~batches["acquired"] & (age > _YOUNG_YEARS) & chance(0.6, n, rng)
    state = np.select([batches["acquired"], part], ["完成", "部分"], "未实施")
    cause = _causes(unsupplied, leftover, rng)
    return batches.drop(columns="acquired").assign(
        batch_kind=rng.choice(["城市批次", "单独选址", "增减挂钩"], n, p=[0.88, 0.04, 0.08]),
        approved_by="演示批准机关",
        approved_m2=approved,
        new_construction_m2=(approved * rng.uniform(0.85, 1.0, n)).round(0),
        farmland_m2=(approved * rng.uniform(0.6, 0.84, n)).round(0),
        cropland_m2=(approved * rng.uniform(0.25, 0.58, n)).round(0),
        acquisition=state,
        acquired_on=taken.where(batches["acquired"]),
        supplied_m2=supplied,
        written_off_m2=written_off,
        written_off_on=(batches["approved_on"] + months).where(gives_up),
        unsupplied_m2=unsupplied,
        unsupplied_cause=cause,
        disposal_path=cause.map(_PATH),
        disposal_due=pd.Series(pd.Timestamp(as_of.year + 1, 12, 31), index=key.index).where(
            cause.notna()
        ),
        office="演示责任单位",
    )


def _causes(unsupplied: pd.Series, leftover: pd.Series, rng: np.random.Generator) -> pd.Series:
    n = len(unsupplied)
    drawn = pd.Series(rng.choice(_CAUSES, n, p=_CAUSE_SHARES), index=unsupplied.index)
    small = pd.Series(
        np.where(unsupplied < 10 * M2_PER_MU, "边角零星地", "已建未办供地手续"),
        index=unsupplied.index,
    )
    return drawn.mask(leftover, small).where(unsupplied > 0.0)


def links(supply: pd.DataFrame) -> pd.DataFrame:
    """Which batches each supply comes from, and how much of it: rows of ``supply_batch``.

    Args:
        supply: Rows of :func:`supplies`.
    """
    place = ["supply_no", "county_adcode"]
    second = supply["second_m2"].fillna(0.0)
    first = supply[[*place, "batch_id"]].assign(area_m2=supply["supplied_m2"] - second)
    joint = supply[second > 0.0]
    other = joint[place].assign(batch_id=joint["second_batch"], area_m2=joint["second_m2"])
    return with_link_ids(pd.concat([first, other], ignore_index=True))


def first_supply(supply: pd.DataFrame, linked: pd.DataFrame, batches: pd.Series) -> pd.Series:
    """Day of the first contract of each batch, by the links.

    Args:
        supply: Rows of :func:`supplies`.
        linked: Rows of :func:`links`.
        batches: Names of batches.
    """
    signed = linked["supply_no"].map(supply.set_index("supply_no")["signed_on"])
    return batches.map(signed.groupby(linked["batch_id"]).min())
