from __future__ import annotations

import datetime as dt
import math

import pandas as pd
import pytest

from analytics.idle.totals import summarise
from analytics.overview import (
    FIGURES,
    Entered,
    entered,
    headlines,
    prefecture_figures,
    standing,
)
from domain import reference


@pytest.fixture
def prefectures():
    return pd.DataFrame(
        {
            "adcode": ["360100", "360200", "360000"],
            "name_zh": ["甲市", "乙市", "江西省"],
            "name_en": ["A", "B", "Jiangxi"],
            "gdp_2023_yi": [10.0, 20.0, 30.0],
            "population_2020": [1.0, 2.0, 3.0],
        }
    )


@pytest.fixture
def zones():
    return pd.DataFrame(
        {
            "prefecture_adcode": ["360100"] * 4,
            "level": ["national", "provincial", "provincial", "national"],
            "status": ["active", "merged 2015", "managed_by:x", "overlay"],
        }
    )


@pytest.fixture
def clusters():
    return pd.DataFrame({"prefecture_adcode": ["360200", "360200"]})


def test_merged_and_overlay_zones_are_not_counted(prefectures, zones, clusters):
    assert standing(zones).tolist() == [True, False, True, False]
    out = prefecture_figures(prefectures, zones, clusters)
    assert out.index.tolist() == ["360100", "360200"]
    assert out["zones"].tolist() == [2.0, 0.0]
    assert out["zones_national"].tolist() == [1.0, 0.0]
    assert out["clusters"].tolist() == [0.0, 2.0]


def test_without_parcels_land_is_missing_and_never_zero(prefectures, zones, clusters):
    out = prefecture_figures(prefectures, zones, clusters)
    assert out[["unused_m2", "unused_share", "suspected_m2"]].isna().all(axis=None)


def test_unused_land_is_what_is_not_supplied_or_not_started(prefectures, zones, clusters):
    parcels = pd.DataFrame(
        {"prefecture_adcode": ["360100"] * 4, "area_ellipsoidal_m2": [100.0, 200.0, 300.0, 400.0]}
    )
    status = pd.DataFrame(
        {
            "status": ["unsupplied", "suspected_a2", "suspected_b", "completed"],
            "started": [False, False, True, True],
            "excluded": "",
        }
    )
    land = summarise(parcels, status, by="prefecture_adcode")
    out = prefecture_figures(prefectures, zones, clusters, land)
    assert out.loc["360100", "unused_m2"] == 300.0
    assert out.loc["360100", "unused_share"] == pytest.approx(0.3)
    assert out.loc["360100", "suspected_m2"] == 500.0
    assert out.loc["360200", ["unused_m2", "unused_share"]].isna().all()


def test_the_real_tables_give_every_figure_for_eleven_prefectures():
    out = prefecture_figures(
        reference.table("prefectures"), reference.zones(), reference.clusters()
    )
    assert len(out) == 11
    assert {f.id for f in FIGURES} <= set(out.columns)
    assert out["zones"].sum() == standing(reference.zones()).sum()
    assert out["gdp_2023_yi"].sum() == pytest.approx(32200.1, abs=0.1)


def test_headlines_carry_period_and_source():
    lines = {h.id: h for h in headlines(reference.table("actuals"))}
    assert lines["electronics"].value == 10800
    assert lines["electronics"].period == "2023"
    assert lines["clearing_period"].value == 3.0
    assert all(h.source and not math.isnan(h.value) for h in lines.values())


def test_zones_of_the_newest_year_are_counted_and_made_up_rows_told():
    rows = pd.DataFrame(
        [
            ("a", 2024.0, False),
            ("b", 2024.0, False),
            ("a", 2025.0, False),
            ("a", 2025.0, True),
            ("b", 2026.0, True),
        ],
        columns=["zone_id", "year", "demonstration"],
    )
    # A zone with a real row does not hang on the made-up one beside it.
    assert entered(rows, as_of=dt.date(2025, 6, 30)) == Entered(2025, 1, demonstration=False)
    assert entered(rows, as_of=dt.date(2024, 12, 31)) == Entered(2024, 2, demonstration=False)
    assert entered(rows, as_of=dt.date(2026, 1, 1)) == Entered(2026, 1, demonstration=True)
    assert entered(rows, as_of=dt.date(2023, 12, 31)) is None
