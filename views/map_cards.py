"""The card of whatever was clicked on the map page."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Final

import numpy as np
import pandas as pd

from domain import boundaries, formats, reference
from export.references import cited
from layers.spec import Field, Format
from layers.web import write
from views import map_layers
from views.context import Context
from views.facts import Card, Certainty, Fact, fact
from views.map_layers import Scene
from views.map_panel import Click
from views.parcel_cards import area_text, parcel_card, unit_name

_ZONE_FACTS: Final[tuple[tuple[str, Format], ...]] = (
    ("name_former", "text"),
    ("prefecture", "text"),
    ("county", "text"),
    ("approved_year", "year"),
    ("approved_area_ha", "number"),
    ("leading_industries", "text"),
)
_CLUSTER_FACTS: Final = ("prefecture", "county", "host_zone", "level")


def card(ctx: Context, click: Click, scene: Scene, day: dt.date) -> Card | None:
    """The card of a feature; None where it is not (or no longer) among what is shown."""
    makers: dict[str, Callable[[], Card | None]] = {
        "zones": lambda: zone_card(ctx, click.feature_id),
        "zone-footprints": lambda: zone_card(ctx, click.feature_id),
        "clusters": lambda: _cluster(ctx, click.feature_id),
        "parcel_status": lambda: _parcel(ctx, click.feature_id, scene, day),
        map_layers.TOTALS_ID: lambda: _totals(ctx, click.feature_id, scene),
        "belt_members": lambda: _belt_member(ctx, click.feature_id),
        "belt_stations": lambda: _station(ctx, click.feature_id),
    }
    make = makers.get(click.layer_id)
    return make() if make else None


def _row(frame: pd.DataFrame, column: str, key: str) -> pd.Series | None:
    hit = frame[frame[column] == key]
    return hit.iloc[0] if len(hit) else None


def zone_card(ctx: Context, zone_id: str) -> Card | None:
    """The card of a zone of the reference table; None where there is none of this id."""
    row = _row(map_layers.zones(), "zone_id", zone_id)
    if row is None:
        return None
    facts = [
        fact(
            ctx.t(f"map.field.{name}"),
            _listed(
                ctx, write(row[_spoken(ctx, row, name)], Field(name, "", form), ctx.t, ctx.unit)
            ),
            source=row["source"],
            certainty=zone_certainty(row, name),
        )
        for name, form in _ZONE_FACTS
        if name in {"approved_year", "approved_area_ha"} or not formats.is_missing(row[name])
    ]
    facts = [_other_name(ctx, row), *facts, _zone_state(ctx, row), _place(ctx, row)]
    return Card(
        title=row[map_layers.names(ctx)],
        kind=ctx.t(f"layers.zone_class.{row['zone_class']}"),
        facts=[("", facts), (ctx.t("map.indicators"), _indicators(ctx, zone_id))],
    )


def _listed(ctx: Context, text: str) -> str:
    """What the tables join by semicolons, joined the way the page does it."""
    return text.replace(";", ctx.t.pick("、", ", "))


def _other_name(ctx: Context, row: pd.Series) -> Fact:
    """The name in the other language."""
    column = "name_en" if map_layers.names(ctx) == "name_zh" else "name_zh"
    return fact(ctx.t(f"map.field.{column}"), row[column], source=row["source"])


def zone_certainty(row: pd.Series, name: str) -> Certainty:
    """Whether a field of a zone was read in a source or comes from memory."""
    if row["confidence"] == "recalled":
        return "recalled"
    noted = "" if formats.is_missing(row["recalled_fields"]) else str(row["recalled_fields"])
    tokens = [token.strip() for token in noted.split(";")]
    return "recalled" if any(t == "all" or t.startswith(name) for t in tokens) else "sourced"


def _zone_state(ctx: Context, row: pd.Series) -> Fact:
    status = str(row["status"])
    kind = status.replace(":", " ").split(" ", maxsplit=1)[0]
    partner = _partner(ctx, status)
    note = ctx.t("map.with_zone", zone=partner) if partner else ""
    return fact(
        ctx.t("map.field.status"),
        ctx.t.get(f"map.zone_status.{kind}", status),
        source=row["source"],
        note=note,
    )


def _partner(ctx: Context, status: str) -> str:
    """Name of the zone that a status names."""
    code = next((part for part in status.replace(":", " ").split() if part.startswith("jx-")), "")
    row = _row(reference.zones(), "zone_id", code) if code else None
    return "" if row is None else str(row[map_layers.names(ctx)])


def _place(ctx: Context, row: pd.Series) -> Fact:
    """The position, always named as what it is: the seat of a county or town."""
    if formats.is_missing(row["lon"]):
        return fact(ctx.t("map.field.position"), None, note=ctx.t("map.no_place"))
    precision = str(row["lonlat_precision"]).rsplit(":", maxsplit=1)[-1]
    return fact(
        ctx.t("map.field.position"),
        f"{row['lon']:.3f}°E {row['lat']:.3f}°N",
        source=row.get("coord_source", ""),
        certainty="recalled" if "recalled" in precision else "sourced",
        note=ctx.t.get(f"map.precision.{precision}", ctx.t("map.precision.county")),
    )


def _indicators(ctx: Context, zone_id: str) -> list[Fact]:
    table = reference.table("zone_indicators")
    rows = table[table["zone_id"] == zone_id]
    rows = rows.sort_values(["indicator", "year"], ascending=[True, False])
    return [_indicator(ctx, row) for _, row in rows.iterrows()]


def _indicator(ctx: Context, row: pd.Series) -> Fact:
    name, _, detail = str(row["indicator"]).partition(":")
    label = ctx.t.get(f"map.indicator.{name}", name.replace("_", " "))
    year = "" if formats.is_missing(row["year"]) else str(row["year"])
    period = ctx.t.get(f"map.period.{row['period']}", str(row["period"]))
    unit = ctx.t.get(f"map.indicator_unit.{row['unit']}", str(row["unit"]))
    return fact(
        f"{label} {detail}".strip(),
        f"{row['value']} {unit}".strip(),
        source=row["source"],
        certainty="sourced" if row["confidence"] == "sourced" else "recalled",
        note=f"{year}{period}".strip(),
    )


def _cluster(ctx: Context, cluster_id: str) -> Card | None:
    row = _row(map_layers.clusters(), "cluster_id", cluster_id)
    if row is None:
        return None
    recalled = str(row["confidence"]).startswith("recalled")
    certainty: Certainty = "recalled" if recalled else "sourced"
    facts = [
        fact(
            ctx.t(f"map.field.{name}"),
            _cluster_fact(ctx, row, name),
            source=row["source"],
            certainty=certainty,
        )
        for name in _CLUSTER_FACTS
        if not formats.is_missing(row[name])
    ]
    year = "" if formats.is_missing(row["revenue_year"]) else str(row["revenue_year"])
    revenue = (
        None
        if formats.is_missing(row["revenue_yi"])
        else (f"{formats.number(row['revenue_yi'])} {ctx.t('unit.yi_cny')}")
    )
    facts.append(
        fact(
            ctx.t("map.field.revenue"),
            revenue,
            source=row["source"],
            certainty=certainty,
            note=f"{year} {ctx.t('map.revenue_note')}".strip(),
        )
    )
    facts.append(fact(ctx.t("map.field.confidence"), _confidence(ctx, str(row["confidence"]))))
    facts = [_other_name(ctx, row), *facts, _place(ctx, row)]
    sector = _row(reference.table("sectors"), "sector_code", row["sector_code"])
    kind = "" if sector is None else str(sector[map_layers.names(ctx)])
    return Card(row[map_layers.names(ctx)], kind, [("", facts)])


def _cluster_fact(ctx: Context, row: pd.Series, name: str) -> str:
    if name == "host_zone":
        zones = reference.table("zones").set_index("name_zh")["name_en"]
        return ctx.t.pick(str(row[name]), str(zones.get(row[name], row[name])))
    text = str(row[_spoken(ctx, row, name)])
    return ctx.t.get(f"map.level.{text}", text)


def _spoken(ctx: Context, row: pd.Series, name: str) -> str:
    """The field in the language of the page where the row has it."""
    return f"{name}_en" if ctx.t.language == "en" and f"{name}_en" in row.index else name


def _confidence(ctx: Context, text: str) -> str:
    return ctx.t.get(f"map.confidence.{text}", text)


def _parcel(ctx: Context, parcel_id: str, scene: Scene, day: dt.date) -> Card | None:
    if scene.version is None or scene.parcels is None:
        return None
    row = scene.parcels.row_of(parcel_id)
    if row is None:
        return None
    return parcel_card(ctx, ctx.store.read_row(scene.version, ctx.viewer, row), scene.version, day)


def _totals(ctx: Context, unit: str, scene: Scene) -> Card | None:
    if scene.version is None or scene.parcels is None:
        return None
    by = "county_adcode" if unit in boundaries.known_adcodes() else "zone_id"
    counts, areas = scene.parcels.within(by, unit, "status")
    if not counts.any():
        return None
    statuses = scene.parcels.parcels.coded("status")[1]
    facts = [
        fact(
            ctx.t(f"idle.status.{statuses[i]}"),
            ctx.t(
                "map.count_and_area",
                n=formats.count(int(counts[i])),
                area=area_text(ctx, float(areas[i])),
            ),
        )
        for i in np.flatnonzero(counts).tolist()
    ]
    return Card(
        unit_name(ctx, unit, by),
        ctx.t("map.group_parcels"),
        [("", facts)],
        demonstration=scene.version.demonstration,
        source=ctx.t("map.version_source", version=cited(scene.version)),
    )


def _belt_member(ctx: Context, key: str) -> Card | None:
    if key not in boundaries.known_adcodes():
        return None
    row = _row(reference.table("belt_members"), "name_zh", boundaries.name_of(key))
    if row is None:
        return None
    role = ctx.t.get(f"map.role.{row['role']}", str(row["role"]))
    facts = [
        fact(ctx.t("map.field.role"), role, source=row["source"]),
        fact(ctx.t("map.field.sub_industries"), row["sub_industries"], source=row["source"]),
        fact(ctx.t("map.field.confidence"), _confidence(ctx, str(row["confidence"]))),
    ]
    name = boundaries.name_of(key, ctx.t.language)
    return Card(name, ctx.t("map.group_belt"), [("", facts)])


def _station(ctx: Context, name: str) -> Card | None:
    row = _row(reference.table("belt_stations"), "station_zh", name)
    if row is None:
        return None
    proxy = str(row["confidence"]) in {"recalled", "medium_proxy"}
    facts = [
        fact(ctx.t("map.field.county"), row["county"], source=row["source"]),
        fact(
            ctx.t("map.field.position"),
            f"{row['lon']:.4f}°E {row['lat']:.4f}°N",
            source=row["source"],
            certainty="recalled" if proxy else "sourced",
        ),
    ]
    return Card(name, ctx.t("map.station"), [("", facts)])
