"""The Jingjiu electronics belt: axis with station ticks, members by role, clusters and zones."""

from __future__ import annotations

from typing import Final

from layers.palette import ACCENT, COUNTY_LINE, INK, ZONE_KIND
from layers.spec import Field, LayerClass, LayerSpec, Symbol

SOURCE: Final = "belt.source.axis"
_DERIVED: Final = (5.0, 3.0)
"""Dashes of what stands in for something that was not published or found."""
_MEMBER_LINE: Final = "#4C7CA8"


def belt_axis() -> LayerSpec:
    """The axis as one line; needs ``id`` and ``name``."""
    return LayerSpec(
        id="belt_axis",
        title="belt.layer.axis",
        geometry="line",
        classes=(LayerClass("axis", "belt.layer.axis", Symbol(None, ACCENT, 3.0)),),
        source=SOURCE,
        name_column="name",
        fields=(Field("length_km", "belt.field.length", "number"),),
        interactive=False,
    )


def belt_stations() -> LayerSpec:
    """Stations as ticks on the axis; those whose place is a stand-in are dashed.

    Needs ``station_zh``, ``tick`` (``station`` or ``proxy``) and ``chainage_km``.
    """
    seen = Symbol("#FFFFFF", ACCENT, 1.6, 1.0, shape="square", size=8.0)
    proxy = Symbol("#FFFFFF", ACCENT, 1.2, 1.0, dash=(2.0, 2.0), shape="square", size=8.0)
    return LayerSpec(
        id="belt_stations",
        title="belt.layer.stations",
        geometry="point",
        column="tick",
        classes=(
            LayerClass("station", "belt.layer.station", seen),
            LayerClass("proxy", "belt.layer.station_proxy", proxy),
        ),
        source=SOURCE,
        id_column="station_zh",
        name_column="station_zh",
        fields=(Field("chainage_km", "belt.field.chainage", "number"),),
        anchored=True,
    )


def belt_members() -> LayerSpec:
    """Prefectures by their published role; needs ``key``, ``name_zh``, ``role_group``."""
    return LayerSpec(
        id="belt_members",
        title="belt.layer.members",
        geometry="polygon",
        column="role_group",
        classes=(
            _area("core", Symbol("#A9C8E3", _MEMBER_LINE, 1.2, 0.75)),
            _area("node", Symbol("#D8E6F2", _MEMBER_LINE, 1.2, 0.75)),
            _area("radiating", Symbol(None, COUNTY_LINE, 0.8)),
        ),
        source="belt.source.members",
        id_column="key",
        name_column="name_zh",
        fields=(
            Field("role", "belt.field.role"),
            Field("sub_industries", "belt.field.industries"),
            Field("source", "belt.field.source"),
        ),
    )


def belt_counties() -> LayerSpec:
    """Counties that the axis crosses or that hold an electronics cluster.

    Membership of counties is derived, so those off the axis are dashed. Needs ``key``,
    ``name_zh``, ``role_group``.
    """
    return LayerSpec(
        id="belt_counties",
        title="belt.layer.counties",
        geometry="polygon",
        column="role_group",
        classes=(
            _area("on_axis", Symbol(None, "#7F9DB9", 0.9)),
            _area("on_axis_cluster", Symbol("#5A90C0", "#2B68A1", 1.0, 0.45)),
            _area("off_axis_cluster", Symbol("#5A90C0", "#2B68A1", 1.2, 0.18, _DERIVED)),
            _area("conventional", Symbol(None, "#7F9DB9", 1.2, dash=_DERIVED)),
        ),
        source="belt.source.counties",
        id_column="key",
        name_column="name_zh",
        fields=(
            Field("sub_industries", "belt.field.industries"),
            Field("source", "belt.field.source"),
        ),
    )


def belt_places() -> LayerSpec:
    """Electronics clusters and zones of the belt as points.

    Needs ``id``, ``name_zh``, ``place_kind`` (``cluster`` or ``zone``), ``chainage_km`` and
    ``distance_km``.
    """
    cluster = Symbol("#E37D30", INK, 0.8, 0.95, shape="circle", size=9.0)
    zone = Symbol(ZONE_KIND["htdz"], "#FFFFFF", 0.8, 0.95, shape="diamond", size=10.0)
    return LayerSpec(
        id="belt_places",
        title="belt.layer.places",
        geometry="point",
        column="place_kind",
        classes=(
            LayerClass("cluster", "belt.layer.cluster", cluster),
            LayerClass("zone", "belt.layer.zone", zone),
        ),
        source="belt.source.places",
        name_column="name_zh",
        fields=(
            Field("chainage_km", "belt.field.chainage", "number"),
            Field("distance_km", "belt.field.distance", "number"),
        ),
    )


def _area(key: str, symbol: Symbol) -> LayerClass:
    return LayerClass(key, f"belt.role.{key}", symbol)
