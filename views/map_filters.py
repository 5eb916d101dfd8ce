"""Filters of the map page: in the sidebar, kept in the address."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import geopandas as gpd
import pandas as pd
import streamlit as st

from analytics.idle.status import STATUSES
from domain import boundaries, reference
from layers.catalogue.zones import ZONE_CLASS
from layers.spec import spoken
from layers.web import Bounds
from views import address
from views.context import Context

GROUPS: Final = ("zones", "clusters", "footprints", "belt", "parcels")
"""Groups of layers that can be switched on, besides the boundaries."""

ZONE_CLASSES: Final = ("etdz", "htdz", "cbz", "new_area", "provincial", "former")
_SHOWN_FIRST: Final = ("zones", "parcels")
_UNITS: Final = ("county", "zone")


@dataclass(frozen=True)
class Filters:
    """What the person asked to see.

    Attributes:
        prefecture: Code of a prefecture; empty for the whole province.
        county: Code of a county; empty for all.
        zone_classes: Classes of zones; empty for all.
        sectors: Codes of sectors of clusters; empty for all.
        text: Part of a name; empty for all.
        groups: Groups of layers to draw.
        statuses: Statuses of parcels; empty for all.
        unit: Unit over which parcels are summed at small scales.
    """

    prefecture: str
    county: str
    zone_classes: tuple[str, ...]
    sectors: tuple[str, ...]
    text: str
    groups: tuple[str, ...]
    statuses: tuple[str, ...]
    unit: str

    @property
    def places(self) -> tuple[str, ...]:
        """Code of the smallest unit that is asked for."""
        place = self.county or self.prefecture
        return (place,) if place else ()

    @property
    def adcode(self) -> str:
        """Code of the place that the page is about."""
        return self.county or self.prefecture or boundaries.PROVINCE_ADCODE

    @property
    def home(self) -> Bounds | None:
        """Frame of that place; None for the whole province."""
        if not self.places:
            return None
        west, south, east, north = boundaries.geometry_of(self.adcode).bounds
        return west, south, east, north

    def here(self, frame: pd.DataFrame) -> pd.Series:
        """Which rows lie in the place that is asked for, by ``*_adcode`` columns."""
        inside = pd.Series(data=True, index=frame.index)
        if self.prefecture:
            inside &= (frame["prefecture_adcode"] == self.prefecture).fillna(value=False)
        if self.county:
            inside &= (frame["county_adcode"] == self.county).fillna(value=False)
        return inside

    def zones(self, frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        """The zones that pass; needs ``zone_class`` and names."""
        keep = self.here(frame) & self._named(frame)
        if self.zone_classes:
            keep &= frame[ZONE_CLASS].isin(self.zone_classes)
        return frame[keep]

    def clusters(self, frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        """The clusters that pass."""
        keep = self.here(frame) & self._named(frame)
        if self.sectors:
            keep &= frame["sector_code"].isin(self.sectors)
        return frame[keep]

    def _named(self, frame: pd.DataFrame) -> pd.Series:
        if not self.text:
            return pd.Series(data=True, index=frame.index)
        found = pd.Series(data=False, index=frame.index)
        for column in ("name", "name_zh", "name_en", "name_former", "host_zone"):
            if column in frame:
                hit = frame[column].str.contains(self.text, case=False, regex=False)
                found |= hit.fillna(value=False).astype(bool)
        return found


def ask(ctx: Context, *, with_parcels: bool) -> Filters:
    """Draw the filters in the sidebar and return what they say."""
    with st.sidebar:
        text = st.text_input(
            ctx.t("map.search"),
            key="q",
            placeholder=ctx.t("map.search_hint"),
            max_chars=60,
            bind="query-params",
        )
        prefecture = _prefecture(ctx)
        county = _county(ctx, prefecture)
        groups = _groups(ctx)
        classes = _many(ctx, "zone_class", ZONE_CLASSES, "layers.zone_class.{}")
        sectors = _sectors(ctx)
        statuses: tuple[str, ...] = ()
        unit = _UNITS[0]
        if with_parcels:
            statuses = _many(ctx, "status", STATUSES, "idle.status.{}")
            unit = _unit(ctx)
    return Filters(
        prefecture=prefecture,
        county=county,
        zone_classes=classes,
        sectors=sectors,
        text=text.strip(),
        groups=groups,
        statuses=statuses,
        unit=unit,
    )


def _prefecture(ctx: Context) -> str:
    table = boundaries.layer("prefecture")
    names = dict(zip(table["adcode"], table[spoken(table, "name", ctx.t)], strict=True))
    return _place(ctx, "prefecture", names, ctx.t("map.all_prefectures"))


def _county(ctx: Context, prefecture: str) -> str:
    table = boundaries.layer("county")
    if prefecture:
        table = table[table["city_adcode"] == prefecture]
    names = dict(zip(table["adcode"], table[spoken(table, "name", ctx.t)], strict=True))
    return _place(ctx, "county", names, ctx.t("map.all_counties"))


def _place(ctx: Context, name: str, names: dict[str, str], everywhere: str) -> str:
    """A unit by its code, under the key that the other pages use for it."""
    address.seed(name, ["", *names], "")
    chosen = st.selectbox(
        ctx.t(f"map.{name}"),
        ["", *names],
        format_func=lambda code: names.get(code, everywhere),
        key=name,
        persist_state="session",
    )
    address.keep(name, "")
    return chosen or ""


def _groups(ctx: Context) -> tuple[str, ...]:
    address.seed_many("show", GROUPS, _SHOWN_FIRST)
    chosen = st.pills(
        ctx.t("map.groups"),
        GROUPS,
        selection_mode="multi",
        format_func=lambda name: ctx.t(f"map.group_{name}"),
        key="show",
        persist_state="session",
    )
    address.keep_many("show", _SHOWN_FIRST)
    return tuple(chosen or ())


def _many(ctx: Context, name: str, options: tuple[str, ...], text: str) -> tuple[str, ...]:
    address.seed_many(name, options, ())
    chosen = st.multiselect(
        ctx.t(f"map.{name}"),
        options,
        format_func=lambda option: ctx.t(text.format(option)),
        key=name,
        placeholder=ctx.t("map.all"),
        persist_state="session",
    )
    address.keep_many(name, ())
    return tuple(chosen)


def _sectors(ctx: Context) -> tuple[str, ...]:
    table = reference.table("sectors").sort_values("colour_order", na_position="last")
    column = "name_zh" if ctx.t.language == "zh_CN" else "name_en"
    names = dict(zip(table["sector_code"], table[column], strict=True))
    address.seed_many("sector", list(names), ())
    chosen = st.multiselect(
        ctx.t("map.sector"),
        list(names),
        format_func=names.__getitem__,
        key="sector",
        placeholder=ctx.t("map.all"),
        persist_state="session",
    )
    address.keep_many("sector", ())
    return tuple(chosen)


def _unit(ctx: Context) -> str:
    address.seed("by", _UNITS, _UNITS[0])
    chosen = st.segmented_control(
        ctx.t("map.unit"),
        _UNITS,
        required=True,
        format_func=lambda name: ctx.t(f"map.unit_{name}"),
        key="by",
        help=ctx.t("map.unit_help"),
        persist_state="session",
    )
    address.keep("by", _UNITS[0])
    return chosen or _UNITS[0]
