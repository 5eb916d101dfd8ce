"""``ganyuan idle batches`` and ``allocate`` on a world known by hand."""

from __future__ import annotations

import json

import pandas as pd
import pytest
import typer
from typer.testing import CliRunner

from cli import idle
from tests.land_world import parcels

RUN = CliRunner()
S1, S2, S3 = (f"3601122020B0000{i}" for i in (1, 2, 3))
HA = 10_000.0


@pytest.fixture(scope="module")
def app():
    out = typer.Typer()
    idle.register(out)
    return out


@pytest.fixture
def store(empty_store, viewer):
    """Two batches, one that may lapse on 2024-06-01; S1 on A, S2 half on A, S3 off the map."""
    records = [
        {"parcel_id": "P0", "batch_id": "A", "supply_no": S1, "signed_on": "2020-05-01"},
        {"parcel_id": "P1", "batch_id": "A", "supply_no": S2, "signed_on": "2020-05-01"},
        {"parcel_id": "P2", "supply_no": S2, "signed_on": "2020-05-01"},
    ]
    empty_store.commit("parcels", parcels(records), kind="parcels", viewer=viewer, reason="t")
    batch = {
        "batch_id": ["A", "C"],
        "approved_on": pd.to_datetime(["2016-01-01", "2022-06-01"]),
        "county_adcode": ["360112", "360121"],
        "approved_m2": [5 * HA, HA],
        "supplied_m2": [0.0, 0.0],
        "written_off_m2": [0.0, 0.0],
        "unsupplied_m2": [5 * HA, HA],
        "acquisition": ["完成", "未实施"],
    }
    supply = {
        "supply_no": [S1, S2, S3],
        "county_adcode": ["360112"] * 3,
        "supplied_m2": [HA, 2 * HA, HA],
        "signed_on": pd.to_datetime(["2020-05-01"] * 3),
    }
    for table, rows in (("batch", batch), ("supply", supply)):
        empty_store.put_ledger(table, pd.DataFrame(rows), viewer=viewer, reason="t")
    return empty_store


def run(app, store, *args, code=0):
    result = RUN.invoke(app, ["idle", *args, "--store", str(store.root)])
    assert result.exit_code == code, result.output
    return result.output


def asked(app, store, *args):
    return json.loads(run(app, store, *args, "--json"))


def test_batches_with_state_rule_and_account(app, store):
    out = asked(app, store, "batches", "--as-of", "2024-06-01")
    assert out["states"] == {"lapse_risk": 1, "acquired": 1}
    assert [row["batch_id"] for row in out["rows"]] == ["C", "A"]
    row = out["rows"][0]
    assert (row["rule"], row["certainty"], row["missing"]) == ("APPR-LAPSE", "recalled", "")
    assert (row["unsupplied_m2"], row["verdict"]) == (HA, "no_parcels")
    assert out["totals"]["unsupplied_m2"] == 6 * HA
    before = asked(app, store, "batches", "--as-of", "2024-05-31", "--state", "approved")
    assert before["rows"][0]["days_to_next"] == 1
    assert before["count"] == 1


def test_a_county_a_limit_and_an_unknown_state(app, store):
    day = ("batches", "--as-of", "2024-06-01")
    rows = asked(app, store, *day, "--county", "360112")["rows"]
    assert [row["batch_id"] for row in rows] == ["A"]
    assert "1 of 2 batches" in run(app, store, *day, "--limit", "1")
    run(app, store, *day, "--state", "lost", code=2)


def test_proposals_are_only_shown(app, store, viewer):
    out = asked(app, store, "allocate")
    assert out["acceptable"] == [S1, S2]
    assert out["written"] == 0
    areas = {row["supply_no"]: row["area_m2"] for row in out["links"]}
    assert areas == pytest.approx({S1: HA, S2: HA}, abs=1.0)
    why = {row["supply_no"]: row["why"] for row in out["remainder"]}
    assert why == {S1: "", S2: "outside", S3: "no_parcel"}
    total = sum(r["allocated_m2"] + r["outside_m2"] + r["contested_m2"] for r in out["remainder"])
    assert total == pytest.approx(4 * HA)
    assert "nothing written" in run(app, store, "allocate")
    assert store.ledger("supply_batch", viewer).empty


def test_accepting_writes_with_the_reason(app, store, viewer):
    run(app, store, "allocate", "--accept", code=2)
    one = asked(app, store, "allocate", "--accept", "--reason", "核对", "--supply", S1)
    assert one["written"] == 1
    assert "1 links written" in run(app, store, "allocate", "--accept", "--reason", "核对")
    rows = store.ledger("supply_batch", viewer)
    assert rows["link_id"].tolist() == [f"{S1}/A", f"{S2}/A"]
    assert set(store.changes("supply_batch", viewer)["reason"]) == {"核对"}
    left = asked(app, store, "allocate")
    assert [row["supply_no"] for row in left["remainder"]] == [S3]


def test_nothing_to_allocate(app, store):
    out = asked(app, store, "allocate", "--supply", "none", "--accept", "--reason", "r")
    assert (out["links"], out["remainder"], out["written"]) == ([], [], 0)
    assert "nothing to allocate" in run(app, store, "allocate", "--supply", "none")
