"""Development zones and industrial clusters."""

from __future__ import annotations

from typing import Final

import geopandas as gpd
import pandas as pd

from layers.palette import ZONE_KIND
from layers.spec import Field, LayerClass, LayerSpec, Shape, Symbol

ZONE_CLASS: Final = "zone_class"
"""Column with the class of a zone on the map, made by :func:`zone_classes`."""

_SHAPES: Final[dict[str, tuple[Shape, float]]] = {
    "etdz": ("triangle", 14.0),
    "htdz": ("diamond", 14.0),
    "cbz": ("square", 12.0),
    "provincial": ("circle", 9.0),
}
_NEW_AREA: Final = Symbol(
    fill="#FFFFFF", stroke=ZONE_KIND["etdz"], weight=2.0, shape="square", size=13.0, opacity=1.0
)
_FORMER: Final = Symbol(
    fill="#FFFFFF", stroke="#8A97A6", weight=1.2, shape="circle", size=9.0, dash=(2.0, 1.5)
)

TIER_COLOUR: Final[dict[str, str]] = {
    "2": "#9A3324",
    "6": "#A4660A",
    "N": "#3F7A3A",
    "-": "#6B6B6B",
}
"""Fill of a cluster marker by the tier of its sector in the "2+6+N" plan."""

GLYPH: Final[dict[str, str]] = {
    "nonferrous": "金",
    "electronics": "电",
    "equipment": "装",
    "petrochem": "化",
    "building_materials": "建",
    "textiles": "纺",
    "food": "食",
    "automotive": "车",
    "aviation": "航",
    "tcm": "药",
    "mobile_iot": "联",
    "led": "光",
    "vr": "虚",
    "envprot": "环",
    "other_new_energy": "能",
    "other_furniture": "家",
    "other_light": "轻",
    "other_medical_device": "械",
    "other_steel": "钢",
    "other_digital": "数",
}
"""Character inside the marker of each sector."""


def zone_classes(zones: pd.DataFrame) -> pd.Series:
    """Class of each zone on the map.

    Args:
        zones: n zones with ``level`` and ``kind``, and ``status`` where known.

    Returns:
        string Series on the index of ``zones``, named ``zone_class``: ``etdz``, ``htdz``, ``cbz``,
        ``new_area`` (any other national zone), ``provincial`` or ``former`` (merged and gone).
    """
    national = zones["level"] == "national"
    kinds = zones["kind"].where(zones["kind"].isin(["etdz", "htdz", "cbz"]), "new_area")
    out = kinds.where(national, "provincial").astype("string")
    if "status" in zones:
        out = out.mask(zones["status"].str.startswith("merged").fillna(value=False), "former")
    return out.rename(ZONE_CLASS)


def zones(*, name: str = "name_zh") -> LayerSpec:
    """Zones as points by level and kind.

    Needs ``zone_id``, ``zone_class``, ``name``, ``prefecture`` and ``county``.
    """
    return LayerSpec(
        id="zones",
        title="layers.zones.title",
        geometry="point",
        classes=(
            *(_zone_class(key, _marker(key)) for key in ("etdz", "htdz", "cbz")),
            _zone_class("new_area", _NEW_AREA),
            _zone_class("provincial", _marker("provincial")),
            _zone_class("former", _FORMER),
        ),
        source="layers.source.zones",
        column=ZONE_CLASS,
        id_column="zone_id",
        name_column=name,
        fields=(
            Field("prefecture", "layers.field.prefecture"),
            Field("county", "layers.field.county"),
        ),
    )


def zone_footprints(*, name: str = "name") -> LayerSpec:
    """Outlines of zones by level and kind.

    Needs ``zone_id``, ``zone_class``, ``name`` and ``approved_area_ha``.
    """
    return LayerSpec(
        id="zone-footprints",
        title="layers.zone_footprints.title",
        geometry="polygon",
        classes=tuple(
            _zone_class(key, _outline(colour))
            for key, colour in [*ZONE_KIND.items(), ("new_area", ZONE_KIND["etdz"])]
        ),
        source="layers.source.footprints",
        column=ZONE_CLASS,
        id_column="zone_id",
        name_column=name,
        fields=(Field("approved_area_ha", "layers.field.approved_area_ha", "number"),),
    )


def clusters(sectors: pd.DataFrame, *, name: str = "name_zh") -> LayerSpec:
    """Clusters as points with a glyph by sector, coloured by tier.

    Args:
        sectors: The reference table of sectors.
        name: Column of cluster and sector names in the language of the map.
    """
    ordered = sectors.sort_values("colour_order", na_position="last")
    columns = (ordered["sector_code"], ordered[name], ordered["tier"])
    return LayerSpec(
        id="clusters",
        title="layers.clusters.title",
        geometry="point",
        classes=tuple(
            LayerClass(code, label, _cluster(code, tier))
            for code, label, tier in zip(*columns, strict=True)
        ),
        source="layers.source.clusters",
        column="sector_code",
        id_column="cluster_id",
        name_column=name,
        fields=(
            Field("prefecture", "layers.field.prefecture"),
            Field("county", "layers.field.county"),
        ),
    )


def placed(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The rows that have a place; the others can only be listed."""
    return frame[frame.geometry.notna() & ~frame.geometry.is_empty]


def _zone_class(key: str, symbol: Symbol) -> LayerClass:
    return LayerClass(key, f"layers.zone_class.{key}", symbol)


def _marker(key: str) -> Symbol:
    shape, size = _SHAPES[key]
    return Symbol(
        fill=ZONE_KIND[key], stroke="#FFFFFF", weight=1.0, opacity=1.0, shape=shape, size=size
    )


def _outline(colour: str) -> Symbol:
    return Symbol(fill=colour, stroke=colour, weight=1.2, opacity=0.12)


def _cluster(code: str, tier: str) -> Symbol:
    return Symbol(
        fill=TIER_COLOUR[tier],
        stroke="#FFFFFF",
        weight=1.0,
        opacity=1.0,
        size=15.0,
        glyph=GLYPH.get(code, ""),
    )
