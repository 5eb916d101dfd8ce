"""The layers of the map page for what was asked."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Final, Literal

import geopandas as gpd
import pandas as pd
import streamlit as st

from analytics import belt
from analytics.parcel_filter import Amounts, ParcelFilter
from domain import boundaries, formats, reference
from domain.rules import load_rules
from export.references import cited
from layers.catalogue import base
from layers.catalogue import belt as belt_layers
from layers.catalogue import zones as zone_layers
from layers.catalogue.parcels import parcel_status
from layers.graduated import graduated
from layers.palette import RAMP
from layers.spec import BoundLayer, Field, LegendRow
from layers.web import LazyLayer
from store import Version
from views import data
from views.browse.chart import Chart, chart
from views.browse.recorded import Recorded, marks_of
from views.context import Context
from views.features import parcels_url
from views.map_filters import Filters

TOTALS_ID: Final = "parcel-totals"
_PALE: Final = RAMP[:4]
# The dark end of the ramp belongs to the markers that lie over these areas.
_UNIT_COLUMNS: Final = ["unit", "name", "name_en", "geometry"]
_UNIT_COLUMN: Final[dict[str, Literal["county_adcode", "zone_id"]]] = {
    "county": "county_adcode",
    "zone": "zone_id",
}


@dataclass
class Scene:
    """What the map shows.

    Attributes:
        layers: From first to last.
        lazy: Parcels by view, where there are any.
        zones: Zones that pass the filter, with and without a place.
        clusters: Clusters that pass.
        parcels: Parcels that pass; None where there are none or they are switched off.
        version: The parcel version.
    """

    layers: list[BoundLayer] = field(default_factory=list)
    lazy: LazyLayer | None = None
    zones: gpd.GeoDataFrame = field(default_factory=gpd.GeoDataFrame)
    clusters: gpd.GeoDataFrame = field(default_factory=gpd.GeoDataFrame)
    parcels: Chart | None = None
    version: Version | None = None

    @property
    def empty(self) -> bool:
        """Whether nothing but boundaries is left."""
        return not (len(self.zones) or len(self.clusters) or self.parcels)


def names(ctx: Context) -> str:
    """Column of names in the language of the page."""
    return "name_zh" if ctx.t.language == "zh_CN" else "name_en"


def place_name(ctx: Context, adcode: str) -> str:
    """Name of the province, a prefecture or a county in the language of the page."""
    if adcode == boundaries.PROVINCE_ADCODE:
        return ctx.t("layers.province.title")
    return boundaries.name_of(adcode, ctx.t.language)


def with_places(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Zones or clusters with ``prefecture_en`` and ``county_en`` beside the Chinese names."""
    english = {
        f"{level}_en": frame[f"{level}_adcode"].map(
            boundaries.layer(level).set_index("adcode")["name_en"]
        )
        for level in ("prefecture", "county")
    }
    return frame.assign(**english)


def zones() -> gpd.GeoDataFrame:
    """The reference zones with their class on the map."""
    frame = with_places(reference.zones())
    frame[zone_layers.ZONE_CLASS] = zone_layers.zone_classes(frame)
    return frame


def clusters() -> gpd.GeoDataFrame:
    """The reference clusters with their places in both languages."""
    return with_places(reference.clusters())


def scene(ctx: Context, filters: Filters, version: Version | None, day: dt.date) -> Scene:
    """Everything the map draws for these filters."""
    out = Scene(version=version)
    groups = set(filters.groups)
    if "zones" in groups:
        out.zones = filters.zones(zones())
    if "clusters" in groups:
        out.clusters = filters.clusters(clusters())
    totals = _parcels(ctx, out, filters, version, day) if version and "parcels" in groups else []
    points = [
        (zone_layers.clusters(reference.table("sectors"), name=names(ctx)), out.clusters),
        (zone_layers.zones(name=names(ctx)), out.zones),
    ]
    band = _belt(day) if "belt" in groups else None
    out.layers = [
        base.neighbour().bind(boundaries.layer("neighbour")),
        base.province().bind(boundaries.layer("province")),
        *(band.areas() if band else []),
        *totals,
        base.county().bind(boundaries.layer("county")),
        base.prefecture().bind(boundaries.layer("prefecture")),
        *(_footprints(ctx, filters) if "footprints" in groups else []),
        *(band.line() if band else []),
        *(spec.bind(zone_layers.placed(frame)) for spec, frame in points if len(frame)),
    ]
    return out


def _footprints(ctx: Context, filters: Filters) -> list[BoundLayer]:
    found = data.footprints(ctx)
    if found is None:
        return []
    version, frame = found
    english = frame["zone_id"].map(reference.table("zones").set_index("zone_id")["name_en"])
    frame = frame.assign(
        name_en=english, **{zone_layers.ZONE_CLASS: zone_layers.zone_classes(frame)}
    )
    shown = filters.zones(frame)
    spec = zone_layers.zone_footprints()
    return [spec.bind(shown, demonstration=version.demonstration)] if len(shown) else []


@dataclass(frozen=True)
class _Belt:
    members: gpd.GeoDataFrame
    axis: gpd.GeoDataFrame
    stations: gpd.GeoDataFrame

    def areas(self) -> list[BoundLayer]:
        return [belt_layers.belt_members().bind(self.members)]

    def line(self) -> list[BoundLayer]:
        return [
            belt_layers.belt_axis().bind(self.axis),
            belt_layers.belt_stations().bind(self.stations),
        ]


@st.cache_resource(max_entries=4, show_spinner=False)
def _belt(day: dt.date) -> _Belt:
    """Members, axis and stations of the belt; shared, never change them in place."""
    stations = reference.table("belt_stations")
    axis = belt.axis(stations, rules=load_rules("belt", as_of=day))
    prefectures = boundaries.layer("prefecture")
    table = reference.table("belt_members")
    members = belt.members(
        table[table["member_type"] == "prefecture"], prefectures, reference.zones(), axis
    )
    members["name_en"] = members["key"].map(prefectures.set_index("adcode")["name_en"])
    ticks = belt.stations(stations, axis)
    line = {"id": ["axis"], "name": [""], "length_km": [axis.length_km]}
    return _Belt(
        members=members.sort_values("key", ignore_index=True),
        axis=gpd.GeoDataFrame(line, geometry=[axis.line], crs=prefectures.crs),
        stations=ticks.assign(tick=ticks["proxy"].map({True: "proxy", False: "station"})),
    )


def _parcels(
    ctx: Context, out: Scene, filters: Filters, version: Version, day: dt.date
) -> list[BoundLayer]:
    asked = ParcelFilter(
        statuses=filters.statuses, prefecture=filters.prefecture, county=filters.county
    )
    recorded = Recorded(ctx.store.root, marks_of(ctx.store))
    shown = chart(ctx.store.map_index(version, ctx.viewer), day, ctx.viewer, asked, recorded)
    sums = shown.sums()
    if not sums.count:
        return []
    out.parcels = shown
    spec = parcel_status()
    by_status = sums.by["status"]
    amounts = dict(
        zip(by_status.keys, zip(by_status.count, by_status.area_m2, strict=True), strict=True)
    )
    out.lazy = LazyLayer(
        spec=spec,
        url=parcels_url(ctx, version, day, statuses=filters.statuses, places=filters.places),
        legend=tuple(
            LegendRow(entry, int(amounts[entry.key][0]), float(amounts[entry.key][1]))
            for entry in spec.classes
            if entry.key in amounts
        ),
        overview=(TOTALS_ID,),
        demonstration=version.demonstration,
    )
    return _totals(ctx, sums.by[_UNIT_COLUMN[filters.unit]], filters.unit, version)


def _totals(ctx: Context, amounts: Amounts, unit: str, version: Version) -> list[BoundLayer]:
    totals = pd.DataFrame(
        {"count": amounts.count, "area_m2": amounts.area_m2},
        index=pd.Index(amounts.keys, dtype="object"),
    )
    frame = _units(ctx, unit).join(totals, on="unit", how="inner").reset_index(drop=True)
    if not len(frame):
        return []
    spec, classes = graduated(
        TOTALS_ID,
        ctx.t(f"map.totals_{unit}", unit=ctx.t(f"layers.unit.{ctx.unit}")),
        "area_m2",
        frame["area_m2"],
        ramp=_PALE,
        n=len(_PALE),
        label_format=lambda value: formats.area(value, ctx.unit),
        id_column="unit",
        fields=(
            Field("count", "map.parcel_count", "count"),
            Field("area_m2", "map.parcel_area", "area"),
        ),
        source=ctx.t("map.version_source", version=cited(version)),
    )
    frame[spec.column] = classes
    return [spec.bind(frame, demonstration=version.demonstration)]


def _units(ctx: Context, unit: str) -> gpd.GeoDataFrame:
    """Shapes over which parcels are summed, with ``unit`` and ``name``."""
    if unit == "county":
        frame = boundaries.layer("county")
        return frame.assign(unit=frame["adcode"].astype("object"))[_UNIT_COLUMNS]
    found = data.footprints(ctx)
    if found is None:
        return gpd.GeoDataFrame({"unit": [], "name": [], "name_en": []}, geometry=[], crs=4490)
    frame = found[1]
    english = frame["zone_id"].map(reference.table("zones").set_index("zone_id")["name_en"])
    frame = frame.assign(unit=frame["zone_id"].astype("object"), name_en=english)
    return frame[_UNIT_COLUMNS]
