"""Belt: the Jingjiu electronics belt, its axis, members and what lies along it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import streamlit as st

from analytics import belt, targets
from analytics.consolidation import candidates as consolidation
from domain import boundaries, formats, reference
from domain.rules import RuleSet, load_rules
from layers.catalogue import base
from layers.catalogue import belt as catalogue
from layers.spec import BoundLayer, spoken
from views import belt_charts, data, places
from views.charts import show_chart
from views.context import Context
from views.frame import Figure, empty_state, key_figures, section, title_line
from views.map_panel import Click, show_map

_MAP_HEIGHT: Final = 560
_TARGET: Final = "T16"
_MEMBER_COLUMNS: Final = (
    "member_type",
    "name_zh",
    "role_group",
    "membership",
    "on_axis",
    "chainage_km",
    "distance_km",
    "sub_industries",
    "source",
    "confidence",
)
_CITY_COLUMNS: Final = ("name_zh", "role_group", "year", "number", "source", "confidence", "note")
_STATION_COLUMNS: Final = (
    "station_zh",
    "line",
    "chainage_km",
    "distance_km",
    "proxy",
    "confidence",
    "source",
)
_CARD_FIELDS: Final = (
    "name_zh",
    "role_group",
    "membership",
    "on_axis",
    "sub_industries",
    "revenue_yi",
    "revenue_year",
    "chainage_km",
    "distance_km",
    "source",
    "confidence",
)

_CODED: Final = {"role_group": "role", "membership": "membership"}
"""Fields whose values are keys of texts."""


@dataclass(frozen=True)
class Belt:
    """Everything the page shows.

    Attributes:
        axis: The measured axis.
        members: Prefectures, counties and zones with their role.
        stations: Stations of the axis.
        places: Clusters and zones along it.
        series: Electronics figures by year and scope.
        target: Target of the belt in 100 million CNY.
        near_km: Distance that counts as along the axis.
    """

    axis: belt.Axis
    members: gpd.GeoDataFrame
    stations: gpd.GeoDataFrame
    places: gpd.GeoDataFrame
    series: pd.DataFrame
    target: float
    near_km: float


def page(ctx: Context) -> None:
    """Draw the page."""
    t = ctx.t
    as_of = data.choose_day(ctx, None)
    title_line(
        ctx,
        t("belt.title"),
        place=t("belt.place"),
        as_of=as_of.isoformat(),
        version=t("belt.version"),
        help_text=t("belt.help"),
    )
    rules = load_rules("belt", as_of=as_of)
    with st.sidebar:
        near = st.slider(
            t("belt.filter.near"), 5, 60, int(rules.value("BELT-NEAR")), key="belt-near"
        )
        shown = {
            name: st.toggle(t(f"belt.filter.{name}"), value=True, key=f"belt-{name}")
            for name in ("counties", "places", "stations")
        }
    found = _belt(as_of, consolidation.with_values(rules, {"BELT-NEAR": float(near)}))
    _key_figures(ctx, found)
    left, right = st.columns([3, 2], gap="medium")
    with left:
        click = _map(ctx, found, shown)
    with right:
        _revenue(ctx, found)
        _cities(ctx, found)
    if click:
        _card(ctx, found, click)
    _strip(ctx, found)
    _tables(ctx, found)


def _belt(as_of: dt.date, rules: RuleSet) -> Belt:
    stations = reference.table("belt_stations")
    axis = belt.axis(stations, rules=rules)
    areas = [boundaries.layer(name) for name in ("prefecture", "county")]
    members = belt.members(
        reference.table("belt_members"),
        gpd.GeoDataFrame(pd.concat(areas, ignore_index=True), crs=areas[0].crs),
        reference.zones(),
        axis,
    )
    members["name_en"] = members["key"].map(places.english_names())
    zones = members[members["member_type"] == "zone"]
    plan = reference.table("targets")
    evidence = targets.evidence(plan, reference.table("actuals"), as_of=as_of)
    low = targets.parse_targets(plan).set_index(plan["target_id"])["low"]
    return Belt(
        axis=axis,
        members=members,
        stations=belt.stations(stations, axis),
        places=belt.places(reference.clusters(), zones, axis, rules=rules),
        series=belt.electronics(evidence),
        target=float(low[_TARGET]),
        near_km=rules.value("BELT-NEAR"),
    )


def _key_figures(ctx: Context, found: Belt) -> None:
    t, members = ctx.t, found.members
    counties = members[members["member_type"] == "county"]
    clusters = found.places["place_kind"] == "cluster"
    figures = {
        "length": (formats.number(found.axis.length_km, 1), "km", {}),
        "cities": (formats.count((members["membership"] == "published").sum()), "cities", {}),
        "counties": (formats.count(counties["on_axis"].sum()), "counties", {}),
        "clusters": (
            formats.count(clusters.sum()),
            "clusters",
            {"km": formats.number(found.near_km, 0)},
        ),
    }
    key_figures(
        [
            Figure(
                t(f"belt.figure.{name}"),
                value,
                unit=t(f"belt.unit.{unit}"),
                note=t(f"belt.figure.{name}_note", **values),
            )
            for name, (value, unit, values) in figures.items()
        ]
        + [_revenue_figure(ctx, found)]
    )


def _revenue_figure(ctx: Context, found: Belt) -> Figure:
    """The province's latest electronics revenue, named as a proxy; missing before the first."""
    t, label = ctx.t, ctx.t("belt.figure.revenue")
    province = found.series[found.series["province"]]
    if province.empty:
        return Figure(label, formats.MISSING, note=t("belt.figure.revenue_none"))
    latest = province.iloc[-1]
    note = t("belt.figure.revenue_note", year=latest["year"], target=formats.count(found.target))
    return Figure(label, formats.count(latest["number"]), t("belt.unit.yi"), note)


def _map(ctx: Context, found: Belt, shown: dict[str, bool]) -> Click | None:
    click = show_map(ctx, _layers(ctx, found, shown), key="belt", height=_MAP_HEIGHT)
    st.caption(ctx.t("belt.map.note"))
    return click


def _layers(ctx: Context, found: Belt, shown: dict[str, bool]) -> list[BoundLayer]:
    members = found.members
    prefectures = members[members["member_type"] == "prefecture"]
    counties = members[members["member_type"] == "county"]
    stations = found.stations.assign(
        tick=found.stations["proxy"].map({True: "proxy", False: "station"})
    )
    layers = [
        base.neighbour().bind(boundaries.layer("neighbour")),
        base.province().bind(boundaries.layer("province")),
        catalogue.belt_members().bind(prefectures),
    ]
    if shown["counties"]:
        layers.append(catalogue.belt_counties().bind(counties))
    layers += [
        base.prefecture().bind(boundaries.layer("prefecture")),
        catalogue.belt_axis().bind(belt.frame(found.axis, name=ctx.t("belt.axis_name"))),
    ]
    if shown["stations"]:
        layers.append(catalogue.belt_stations().bind(stations))
    if shown["places"] and len(found.places):
        layers.append(catalogue.belt_places().bind(found.places))
    return layers


def _revenue(ctx: Context, found: Belt) -> None:
    """The province's figures, named as a proxy of the belt's, with their contradictions."""
    t = ctx.t
    section(t("belt.chart.title"))
    province = found.series[found.series["province"]]
    if province.empty:
        empty_state(t("belt.figure.revenue_none"), next_step=t("belt.chart.none_next"))
        return
    words = [_words(ctx, row) for row in province.to_dict("records")]
    chart = belt_charts.revenue(ctx, province.assign(words=words), target=found.target)
    show_chart(chart, key="belt-revenue", source=t("belt.chart.source"))
    clash = province["contradicted"].to_numpy()
    if clash.any():
        pairs = zip(province["year"], words, clash, strict=True)
        said = t.pick("、", ", ").join(f"{year} {text}" for year, text, odd in pairs if odd)
        st.caption(t("belt.chart.conflict", rows=said))


def _words(ctx: Context, row: dict[Any, Any]) -> str:
    """A figure with its qualifier; the words for a city or year without one."""
    if formats.is_missing(row["number"]):
        return ctx.t("belt.cities.none")
    return ctx.t(f"targets.q.{row['qualifier']}", value=formats.number(row["number"], 1))


def _cities(ctx: Context, found: Belt) -> None:
    t = ctx.t
    section(t("belt.cities.title"))
    rows = belt.city_figures(found.series, found.members)
    names = places.unit_names(ctx, "prefecture_adcode")
    shown = rows.assign(
        name_zh=rows["name_zh"].map(boundaries.adcode_of).map(names),
        role_group=[t(f"belt.role.{role}") for role in rows["role_group"]],
        number=[_words(ctx, row) for row in rows.to_dict("records")],
    )
    _plain(ctx, shown, _CITY_COLUMNS, key="belt-cities")


def _card(ctx: Context, found: Belt, click: Click) -> None:
    """All facts of what was clicked on the map, with source and confidence."""
    tables = {
        "belt_places": (found.places, "id"),
        "belt_members": (found.members, "key"),
        "belt_counties": (found.members, "key"),
    }
    if click.layer_id not in tables:
        return
    table, column = tables[click.layer_id]
    row = table[table[column] == click.feature_id].iloc[0]
    section(ctx.t("belt.card.title", name=row[spoken(table, "name_zh", ctx.t)]))
    fields = [f for f in _CARD_FIELDS if f in row and not formats.is_missing(row[f])]
    shown = pd.DataFrame(
        {
            "field": [ctx.t(f"belt.col.{f}") for f in fields],
            "value": [_cell(ctx, f, row[spoken(table, f, ctx.t)]) for f in fields],
        }
    )
    _plain(ctx, shown, ("field", "value"), key="belt-card")


def _cell(ctx: Context, field: str, value: object) -> str:
    """One fact of the card in words."""
    if field in _CODED:
        return ctx.t(f"belt.{_CODED[field]}.{value}")
    if isinstance(value, bool | np.bool_):
        return ctx.t("belt.yes" if value else "belt.no")
    if field == "confidence":
        return _confidence(ctx, value)
    return formats.number(value, 1) if isinstance(value, float) else str(value)


def _confidence(ctx: Context, text: object) -> str:
    """What is recorded about the confidence, in words of the page as far as they are known."""
    if formats.is_missing(text):
        return formats.MISSING
    return ctx.t.get(f"belt.confidence.{text}", str(text))


def _strip(ctx: Context, found: Belt) -> None:
    t = ctx.t
    section(t("belt.strip.title"))
    if (found.places["place_kind"] != "cluster").all():
        empty_state(t("belt.nothing_near"), next_step=t("belt.nothing_near_next"))
    length = found.axis.length_km
    upper = belt_charts.strip_revenue(ctx, found.places, length_km=length)
    lower = belt_charts.strip_rows(ctx, found.places, found.stations, length_km=length)
    show_chart(upper, key="belt-strip-revenue", source="")
    show_chart(lower, key="belt-strip-rows", source=t("belt.strip.source"))


def _tables(ctx: Context, found: Belt) -> None:
    t = ctx.t
    yes_no = {True: t("belt.yes"), False: t("belt.no")}
    members, stations = found.members, found.stations
    with st.expander(t("belt.members.title", n=len(members))):
        shown = members.assign(
            name_zh=members[spoken(members, "name_zh", t)],
            member_type=[t(f"belt.type.{kind}") for kind in members["member_type"]],
            role_group=[t(f"belt.role.{role}") for role in members["role_group"]],
            membership=[t(f"belt.membership.{kind}") for kind in members["membership"]],
            on_axis=members["on_axis"].astype("object").map(yes_no),
        )
        _plain(ctx, shown, _MEMBER_COLUMNS, key="belt-members-table")
    with st.expander(t("belt.stations.title", n=len(stations))):
        shown = stations.assign(
            station_zh=stations[t.pick("station_zh", "station_en")],
            line=[t(f"belt.line.{line}") for line in stations["line"]],
            proxy=stations["proxy"].map(yes_no),
        )
        _plain(ctx, shown, _STATION_COLUMNS, key="belt-stations-table")


def _plain(ctx: Context, frame: pd.DataFrame, names: tuple[str, ...], *, key: str) -> None:
    shown = pd.DataFrame(frame[list(names)])
    if "confidence" in shown:
        shown["confidence"] = [_confidence(ctx, text) for text in shown["confidence"]]
    config: dict[str, Any] = {}
    for name in names:
        title = ctx.t(f"belt.col.{name}")
        if shown[name].dtype == "float64":
            config[name] = st.column_config.NumberColumn(title, format="%.1f")
        else:
            config[name] = st.column_config.Column(title)
    st.dataframe(shown, column_config=config, hide_index=True, placeholder=formats.MISSING, key=key)
