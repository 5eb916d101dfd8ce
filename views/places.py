"""Where to look and how to sum: the place filter and the unit level of the land pages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeVar

import geopandas as gpd
import pandas as pd
import streamlit as st

from domain import boundaries, reference
from layers.spec import spoken
from layers.web import Bounds
from views import address, data
from views.context import Context

Frame = TypeVar("Frame", bound=pd.DataFrame)
By = Literal["prefecture_adcode", "county_adcode", "zone_id"]
LEVELS: Final[dict[str, By]] = {
    "prefecture": "prefecture_adcode",
    "county": "county_adcode",
    "zone": "zone_id",
}
"""Unit levels and the parcel column that names the unit."""


@dataclass(frozen=True, slots=True)
class Place:
    """The place that a page is about.

    Attributes:
        prefecture: Code of a prefecture; empty for the whole province.
        county: Code of a county; empty for all.
        zone: Id of a development zone; empty for all.
    """

    prefecture: str = ""
    county: str = ""
    zone: str = ""

    @property
    def whole_province(self) -> bool:
        """Nothing narrower was chosen."""
        return not (self.prefecture or self.county or self.zone)

    def here(self, frame: pd.DataFrame) -> pd.Series:
        """Which rows lie in the place, by their code columns."""
        inside = pd.Series(data=True, index=frame.index)
        wanted = {
            "prefecture_adcode": self.prefecture,
            "county_adcode": self.county,
            "zone_id": self.zone,
        }
        for column, code in wanted.items():
            if code:
                inside &= (frame[column] == code).fillna(value=False).astype(bool)
        return inside

    def within(self, frame: Frame) -> Frame:
        """The rows in the place; the frame itself for the whole province."""
        return frame if self.whole_province else frame[self.here(frame)]

    def bounds(self, parcels: gpd.GeoDataFrame) -> Bounds | None:
        """Frame on a map: outline of a prefecture, parcels of a county or zone; else None."""
        if (self.county or self.zone) and len(parcels):
            west, south, east, north = parcels.total_bounds
            return float(west), float(south), float(east), float(north)
        if not self.prefecture:
            return None
        west, south, east, north = boundaries.geometry_of(self.prefecture).bounds
        return west, south, east, north

    def name(self, ctx: Context) -> str:
        """Name of the place."""
        if self.zone:
            return unit_names(ctx, "zone_id").get(self.zone, self.zone)
        if self.county:
            return boundaries.name_of(self.county, ctx.t.language)
        code = self.prefecture or boundaries.PROVINCE_ADCODE
        return unit_names(ctx, "prefecture_adcode").get(code, code)


def follow_click(map_key: str, layer_id: str) -> None:
    """Go where a unit was clicked on the map of the last run: one level down.

    Call it before :func:`choose_place`. A click is followed once; later choices in the sidebar
    stay.

    Args:
        map_key: Key of the map.
        layer_id: Layer of the units.
    """
    state = st.session_state.get(map_key)
    selected = getattr(state, "selected", None)
    done = f"{map_key}-followed"
    if selected == st.session_state.get(done):
        return
    st.session_state[done] = selected
    if not isinstance(selected, (list, tuple)) or list(selected[:1]) != [layer_id]:
        return
    unit = str(selected[1])
    zones = reference.zones().set_index("zone_id")
    if unit in zones.index:
        st.session_state["zone"] = unit
        st.session_state["county"] = ""
        st.session_state["prefecture"] = str(zones.loc[unit, "prefecture_adcode"])
    elif unit in boundaries.known_adcodes():
        prefecture = boundaries.prefecture_of(unit)
        st.session_state["prefecture"] = prefecture
        st.session_state["county"] = unit if unit != prefecture else ""
        st.session_state["zone"] = ""


def choose_place(ctx: Context, parcels: pd.DataFrame) -> Place:
    """Draw the place filter in the sidebar: prefecture, county, zone, each within the former."""
    with st.sidebar:
        prefecture = _one(ctx, "prefecture", parcels, "prefecture_adcode")
        parcels = Place(prefecture).within(parcels)
        county = _one(ctx, "county", parcels, "county_adcode")
        parcels = Place(prefecture, county).within(parcels)
        zone = _one(ctx, "zone", parcels, "zone_id")
    return Place(prefecture, county, zone)


def choose_level(ctx: Context, place: Place) -> By:
    """Draw the choice of the unit over which figures are summed: those below the place."""
    levels = list(LEVELS)
    if place.prefecture or place.county:
        levels = levels[1:] if not place.county else levels[2:]
    address.seed("level", levels, levels[0])
    with st.sidebar:
        level = st.segmented_control(
            ctx.t("data.level"),
            levels,
            required=True,
            format_func=lambda name: ctx.t(f"data.level_{name}"),
            key="level",
        )
    address.keep("level", levels[0])
    return LEVELS[level or levels[0]]


def _one(ctx: Context, name: str, parcels: pd.DataFrame, column: By) -> str:
    names = unit_names(ctx, column)
    codes = ["", *sorted(map(str, parcels[column].dropna().unique()))]
    address.seed(name, codes, "")
    chosen = st.selectbox(
        ctx.t(f"data.{name}"),
        codes,
        format_func=lambda code: names.get(code, code) or ctx.t(f"data.all_{name}"),
        key=name,
        persist_state="session",
    )
    address.keep(name, "")
    return chosen or ""


def unit_names(ctx: Context, by: By) -> dict[str, str]:
    """Name of every unit of a level by its code, in the language of the page."""
    if by == "zone_id":
        zones = reference.table("zones")
        column = ctx.t.pick("name_zh", "name_en")
        return dict(zip(zones["zone_id"], zones[column], strict=True))
    rows = boundaries.layer("county" if by == "county_adcode" else "prefecture")
    names = dict(zip(rows["adcode"], rows[spoken(rows, "name", ctx.t)], strict=True))
    province = {boundaries.PROVINCE_ADCODE: ctx.t("data.province")}
    return names if by == "county_adcode" else province | names


def english_names() -> pd.Series:
    """English name of every prefecture, county and zone by its code."""
    tables = [boundaries.layer("prefecture"), boundaries.layer("county"), reference.table("zones")]
    parts = [
        table.set_index("adcode" if "adcode" in table else "zone_id")["name_en"] for table in tables
    ]
    names: pd.Series = pd.concat(parts)
    return names


def named(ctx: Context, units: pd.Series, by: By) -> pd.Series:
    """Names of units; an empty code is land outside every unit."""
    names = {"": ctx.t("data.no_unit")} | unit_names(ctx, by)
    return units.map(lambda code: names.get(code, code))


def unit_shapes(ctx: Context, by: By) -> gpd.GeoDataFrame:
    """Outlines of every unit of a level: ``unit``, ``name``, geometry in EPSG:4490.

    Zones have outlines only where a dataset of zone footprints stands; else there are no rows.
    """
    if by == "zone_id":
        found = data.footprints(ctx)
        if found is None:
            return gpd.GeoDataFrame({"unit": [], "name": []}, geometry=[], crs=4490)
        frame = found[1].assign(unit=found[1]["zone_id"].astype("str"))
    else:
        layer = boundaries.layer("prefecture" if by == "prefecture_adcode" else "county")
        frame = layer.assign(unit=layer["adcode"].astype("str"))
    frame["name"] = named(ctx, frame["unit"], by)
    return frame[["unit", "name", "geometry"]].reset_index(drop=True)
