"""What the browse map is told at its start; nothing of it grows with the parcels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Final

from analytics.idle.status import STATUSES
from domain import boundaries, formats, reference
from domain.land_classes import GROUPS
from layers.catalogue import zones as zone_layers
from layers.catalogue.parcels import land_classes, parcel_status
from layers.palette import NEIGHBOUR, PROVINCE, RAMP
from layers.spec import LayerClass, spoken
from layers.web import JIANGXI
from settings import Basemap
from store import Version
from views import address, data
from views.browse import base
from views.browse.recorded import marks_of
from views.browse.tickets import map_ticket
from views.context import Context
from views.day import FIRST_DAY, default_day
from views.judged import Marks

Json = dict[str, Any]

LAYERS_OFF: Final = ("footprints",)
"""Layers that are switched off at the start."""

_TEXTS: Final = (
    "map", "panel", "parcels", "reset", "colour", "colour_status", "colour_group", "all", "none",
    "only", "only_help", "count", "over", "over_grid", "over_county", "over_zone", "over_close",
    "over_grid_note", "over_county_note", "over_zone_note", "over_unit", "section_filters",
    "section_layers", "section_source", "prefecture", "county", "zone", "everywhere",
    "every_county", "every_zone", "q", "q_hint", "area", "area_from", "area_to", "dated",
    "approved_on", "signed_on", "date_from", "date_to", "opacity", "layer_parcels",
    "layer_overview", "layer_zones", "layer_footprints", "layer_boundaries", "layer_labels",
    "dataset", "version", "day", "compare", "split", "close", "loading", "trouble", "sources",
    "mark_recalled", "mark_default", "mark_recalled_help", "mark_default_help", "demonstration",
    "zoom_to", "class", "selection", "sel_note", "sel_export", "sel_clear", "sel_count",
    "sel_area", "sel_inside", "sel_whole", "sel_shape", "sel_status", "sel_list", "sel_list_some",
    "parcel", "help", "help_note", "find", "find_hint", "parcels_found", "nothing_found",
    "level_prefecture", "level_county", "no_place", "tools", "tool_panel", "tool_in", "tool_out",
    "tool_home", "tool_box", "tool_outline", "tool_circle", "tool_length", "tool_area",
    "tool_compare", "tool_link", "tool_help", "hint_box", "hint_outline", "hint_circle",
    "hint_length", "hint_area", "radius", "perimeter", "key_move", "key_zoom", "key_done",
    "key_undo", "key_back", "copied", "copy_by_hand", "unreachable", "reload", "no_webgl",
    "kind_zone", "kind_cell", "kind_unit", "click_more", "crs_zone",
)  # fmt: skip


def scene(ctx: Context, versions: Sequence[Version], chosen: Version) -> Json:
    """Everything that the map needs besides its routes.

    Args:
        ctx: The run.
        versions: The versions in force, each of another dataset.
        chosen: The one that is shown first.
    """
    prefix = address.base_path()
    marks = marks_of(ctx.store)
    return {
        "base": prefix,
        "language": ctx.t.language,
        "unit": ctx.unit,
        "unit_text": ctx.t(f"layers.unit.{ctx.unit}"),
        "unit_m2": 1.0 / formats.in_unit(1.0, ctx.unit),
        "decimals": 2 if ctx.unit == "ha" else 1,
        "texts": {name: ctx.t(f"browse.{name}") for name in _TEXTS}
        | {"ribbon": ctx.t("frame.demonstration")},
        "datasets": [_dataset(ctx, version, marks) for version in versions],
        "dataset": chosen.dataset,
        "first_day": FIRST_DAY.isoformat(),
        "classes": {
            "status": _classes(ctx, parcel_status().classes, STATUSES),
            "group": _classes(ctx, land_classes(), GROUPS),
        },
        "zone_symbols": {entry.key: asdict(entry.symbol) for entry in zone_layers.zones().classes},
        "ramp": list(RAMP),
        "colours": {"province": PROVINCE, "neighbour": NEIGHBOUR},
        "prefectures": _places(ctx, "prefecture"),
        "counties": _places(ctx, "county"),
        "zones": _zones(ctx),
        "base_version": base.version(),
        "basemap": _basemap(ctx.settings.basemap(), prefix) or None,
        "bounds": list(JIANGXI),
        "layers_off": list(LAYERS_OFF),
        "footprints": _footprints(ctx, prefix),
        "sources": _sources(ctx),
    }


def _dataset(ctx: Context, version: Version, marks: Marks) -> Json:
    """A dataset with all its versions, the one in force first."""
    mark = ctx.t("data.demonstration_mark") if version.demonstration else ""
    history = ctx.store.history(version.dataset, ctx.viewer)
    return {
        "dataset": version.dataset,
        "label": f"{version.dataset}{mark}",
        "bounds": list(version.bounds) if version.bounds else None,
        "demonstration": version.demonstration,
        "versions": [
            {
                "demonstration": one.demonstration,
                "number": one.number,
                "label": f"v{one.number} · {one.committed_at:%Y-%m-%d}",
                "day": default_day(one).isoformat(),
                "ticket": map_ticket(str(ctx.settings.store), one, ctx.viewer, marks),
            }
            for one in history
        ],
    }


def _classes(ctx: Context, classes: Sequence[LayerClass], numbers: Sequence[str]) -> list[Json]:
    return [
        {
            **asdict(entry.symbol),
            "key": entry.key,
            "label": ctx.t.get(entry.label, entry.label),
            "number": numbers.index(entry.key),
        }
        for entry in classes
    ]


def _places(ctx: Context, level: str) -> list[Json]:
    frame = boundaries.layer("prefecture" if level == "prefecture" else "county")
    names = frame[spoken(frame, "name", ctx.t)]
    parent = frame["city_adcode"] if "city_adcode" in frame else frame["adcode"]
    return [
        {"code": code, "name": name, "prefecture": above}
        for code, name, above in zip(frame["adcode"], names, parent, strict=True)
    ]


def _zones(ctx: Context) -> list[Json]:
    table = reference.table("zones")
    names = table[ctx.t.pick("name_zh", "name_en")]
    return [
        {"code": code, "name": name} for code, name in zip(table["zone_id"], names, strict=True)
    ]


def _footprints(ctx: Context, prefix: str) -> str | None:
    """Address of the outlines of zones, where the store has some."""
    version = data.current_version(ctx, "zones")
    if version is None:
        return None
    ticket = map_ticket(str(ctx.settings.store), version, ctx.viewer)
    return f"{prefix}/gy/map/{ticket}/{FIRST_DAY.isoformat()}/outlines"


def _basemap(layers: Sequence[Basemap], prefix: str) -> list[Json]:
    return [
        {
            "url": layer.url if "://" in layer.url else f"{prefix}{layer.url}",
            "size": layer.size,
            "attribution": layer.attribution,
            "first": layer.first_zoom,
            "last": layer.last_zoom,
        }
        for layer in layers
    ]


def _sources(ctx: Context) -> list[str]:
    basemap = [layer.attribution for layer in ctx.settings.basemap() if layer.attribution]
    own = [ctx.settings.attribution] if ctx.settings.attribution else []
    boundaries_and_zones = [ctx.t("layers.source.boundaries"), ctx.t("layers.source.zones")]
    return [*dict.fromkeys([*boundaries_and_zones, *basemap, *own])]
