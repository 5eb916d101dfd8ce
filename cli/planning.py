"""``ganyuan consolidate``, ``belt`` and ``targets``: the planning analyses on the command line."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import typer

from analytics import belt as belt_line
from analytics import targets as plan_targets
from cli import consolidate
from cli.printed import DayOption, JsonOption, StoreOption, judged_day, print_json, records
from domain import boundaries, reference
from domain.rules import load_rules


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    consolidate.register(app)
    app.command("belt")(belt)
    app.command("targets")(targets)


def belt(
    *, store: StoreOption = None, as_of: DayOption = None, as_json: JsonOption = False
) -> None:
    """Measure the Jingjiu electronics belt and list what lies along it."""
    del store
    day = judged_day(as_of)
    rules = load_rules("belt", as_of=day)
    stations = reference.table("belt_stations")
    axis = belt_line.axis(stations, rules=rules)
    areas = [boundaries.layer(name) for name in ("prefecture", "county")]
    places = gpd.GeoDataFrame(pd.concat(areas, ignore_index=True), crs=areas[0].crs)
    members = belt_line.members(reference.table("belt_members"), places, reference.zones(), axis)
    zones = members[members["member_type"] == "zone"]
    along = belt_line.places(reference.clusters(), zones, axis, rules=rules)
    evidence = plan_targets.evidence(
        reference.table("targets"), reference.table("actuals"), as_of=day
    )
    series = belt_line.electronics(evidence)
    on_axis = members.loc[members["member_type"] == "county", "on_axis"]
    if as_json:
        print_json(
            {
                "as_of": day.isoformat(),
                "length_km": round(axis.length_km, 1),
                "counties_on_axis": int(on_axis.sum()),
                "members": records(members),
                "stations": records(belt_line.stations(stations, axis)),
                "places": records(along),
                "electronics_revenue": records(series),
                "revenue_is_proxy": True,
                "attribution": "© OpenStreetMap contributors (ODbL); GeoNames (CC BY 4.0)",
            }
        )
        return
    typer.echo(f"Axis {axis.length_km:.1f} km, {int(on_axis.sum())} counties crossed")
    for row in along.to_dict("records"):
        typer.echo(
            f"{row['chainage_km']:7.1f} km  {row['distance_km']:5.1f} km off  "
            f"{row['place_kind']:<7}  {row['name_zh']}"
        )
    for row in series[series["province"]].tail(1).to_dict("records"):
        typer.echo(
            f"Province, as a proxy of the belt: {row['number']:,.0f} yi CNY in {row['year']}"
        )


def targets(
    *, store: StoreOption = None, as_of: DayOption = None, as_json: JsonOption = False
) -> None:
    """Hold every target of the action plan against published figures."""
    del store
    day = judged_day(as_of)
    table, actuals = reference.table("targets"), reference.table("actuals")
    rules = load_rules("targets", as_of=day)
    progress = plan_targets.progress(table, actuals, as_of=day, rules=rules)
    summary = plan_targets.summary(progress)
    if as_json:
        evidence = plan_targets.evidence(table, actuals, as_of=day)
        print_json(
            {
                "as_of": day.isoformat(),
                "summary": {str(state): int(n) for state, n in summary.items()},
                "targets": records(progress),
                "evidence": records(evidence),
            }
        )
        return
    for row in progress.to_dict("records"):
        figure = "—" if pd.isna(row["actual_number"]) else f"{row['actual_number']:,.1f}"
        year = "" if pd.isna(row["actual_year"]) else f" ({row['actual_year']})"
        wanted = (
            f"{row['comparator']} {row['value']}" if pd.notna(row["value"]) else row["comparator"]
        )
        typer.echo(
            f"{row['target_id']}  {row['state']:<11}  {wanted:<14}  {figure}{year}  "
            f"{row['subject']}"
        )
    typer.echo(", ".join(f"{state} {n}" for state, n in summary.items()))
