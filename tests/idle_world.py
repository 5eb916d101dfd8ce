"""Small ledgers and land for the figures of approved-not-used land, everything known by hand."""

from __future__ import annotations

import pandas as pd

from analytics.idle.figures import Land
from analytics.idle.status import parcel_status
from domain.rules import load_rules
from tests.land_world import date, parcels

HA = 10_000.0
MU = 2_000.0 / 3.0


def batches(*rows):
    """Rows of ``batch_id, approved_on, approved_m2`` and further facts as a mapping."""
    records = [
        {
            "batch_id": key,
            "approved_on": on,
            "approved_m2": float(area),
            "written_off_m2": 0.0,
            "written_off_on": None,
            "acquisition": "完成",
            "county_adcode": "360112",
            "prefecture_adcode": "360100",
            "zone_id": None,
            "unsupplied_cause": None,
            "disposal_path": None,
            **(more[0] if more else {}),
        }
        for key, on, area, *more in rows
    ]
    columns = [
        "batch_id", "approved_on", "approved_m2", "written_off_m2", "written_off_on", "acquisition",
        "county_adcode", "prefecture_adcode", "zone_id", "unsupplied_cause", "disposal_path",
    ]  # fmt: skip
    frame = pd.DataFrame(records, columns=columns)
    for name in ("approved_on", "written_off_on"):
        frame[name] = pd.to_datetime(frame[name])
    return frame


def supplies(*rows):
    """Rows of ``batch_id, signed_on, supplied_m2`` and further facts as a mapping."""
    records = [
        {
            "supply_no": f"S{i}",
            "batch_id": key,
            "signed_on": on,
            "supplied_m2": float(area),
            "zone_id": None,
            **(more[0] if more else {}),
        }
        for i, (key, on, area, *more) in enumerate(rows)
    ]
    columns = ["supply_no", "batch_id", "signed_on", "supplied_m2", "zone_id"]
    frame = pd.DataFrame(records, columns=columns)
    frame["signed_on"] = pd.to_datetime(frame["signed_on"])
    frame["supplied_m2"] = frame["supplied_m2"].astype("float64")
    return frame


def cases(*rows):
    """Rows of ``suspected_on, disposed_on, idle_m2`` and further facts as a mapping."""
    records = [
        {
            "case_id": f"C{i}",
            "supply_no": f"S{i}",
            "suspected_on": since,
            "disposed_on": until,
            "idle_m2": float(area),
            "county_adcode": "360112",
            "prefecture_adcode": "360100",
            **(more[0] if more else {}),
        }
        for i, (since, until, area, *more) in enumerate(rows)
    ]
    columns = [
        "case_id", "supply_no", "suspected_on", "disposed_on", "idle_m2", "county_adcode",
        "prefecture_adcode",
    ]  # fmt: skip
    frame = pd.DataFrame(records, columns=columns)
    for name in ("suspected_on", "disposed_on"):
        frame[name] = pd.to_datetime(frame[name])
    return frame


def land(day, records=(), *, batch=None, supply=None, case=None, links=None, areas=None):
    """Land of a day; parcels are judged on it."""
    on = date(day)
    world = parcels(list(records) or [{"supply_no": "X", "finished_on": "2000-01-01"}])
    if areas:
        world["area_ellipsoidal_m2"] = [float(area) for area in areas]
    status = parcel_status(world, as_of=on, rules=load_rules("idle", as_of=on))
    joined = pd.concat([world.drop(columns="geometry"), status], axis=1)
    return Land(
        on,
        joined,
        batches() if batch is None else batch,
        supplies() if supply is None else supply,
        cases() if case is None else case,
        links,
    )
