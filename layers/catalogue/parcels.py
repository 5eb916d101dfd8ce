"""Parcels: by status on the way from approval to completion, and by land class."""

from __future__ import annotations

from typing import Final

from layers.palette import INK, LAND, STATUS
from layers.spec import Field, LayerClass, LayerSpec, Symbol

SOURCE: Final = "idle.source.parcels"
PARCELS_AT_ONCE: Final = 5_000
"""Beyond this many parcels a map shows units, not parcels."""

_EDGE: Final = "#6B6B6B"
_STATUS_ORDER: Final = (
    "suspected_a2",
    "suspected_a1",
    "suspected_b",
    "determined",
    "overdue",
    "due_soon",
    "not_due",
    "unknown_start",
    "unsupplied",
    "in_progress",
    "completed",
)
"""Legend from what needs action to what is settled."""

_FIELDS: Final = (
    Field("name", "idle.field.name"),
    Field("holder", "idle.field.holder"),
    Field("area_ellipsoidal_m2", "idle.field.area", "area"),
)


def parcel_status() -> LayerSpec:
    """Parcels coloured by status.

    Needs the schema of ``domain.parcels`` and the columns of
    ``analytics.idle.status.parcel_status``. Approved-not-supplied land is hatched,
    so that it can lie over a land class.
    """
    return LayerSpec(
        id="parcel_status",
        title="idle.layer.status",
        geometry="polygon",
        column="status",
        classes=tuple(
            LayerClass(key, f"idle.status.{key}", _status_symbol(key)) for key in _STATUS_ORDER
        ),
        source=SOURCE,
        id_column="parcel_id",
        name_column="parcel_id",
        fields=(
            *_FIELDS,
            Field("start_on", "idle.field.start_on", "date"),
            Field("days_to_next", "idle.field.days_to_next", "count"),
        ),
        area_column="area_ellipsoidal_m2",
    )


def land_use() -> LayerSpec:
    """Parcels coloured by land class; needs ``land_group`` (``domain.land_classes.groups``)."""
    return LayerSpec(
        id="land_use",
        title="land_use.layer.parcels",
        geometry="polygon",
        column="land_group",
        classes=land_classes(),
        source=SOURCE,
        id_column="parcel_id",
        name_column="parcel_id",
        fields=(*_FIELDS, Field("land_class_name", "land_use.field.class_name")),
        area_column="area_ellipsoidal_m2",
    )


def land_classes() -> tuple[LayerClass, ...]:
    """Legend classes of the display groups, in their fixed order."""
    return tuple(LayerClass(key, f"land_use.group.{key}", _land_symbol(key)) for key in LAND)


def _status_symbol(key: str) -> Symbol:
    if key == "unsupplied":
        return Symbol(fill=STATUS[key], stroke=STATUS[key], weight=0.8, hatch="diagonal")
    if key == "unknown_start":
        return Symbol(fill=STATUS[key], stroke=INK, weight=0.8, dash=(3.0, 3.0))
    if key == "suspected_b":
        return Symbol(fill=STATUS[key], stroke=INK, weight=1.4)
    return Symbol(fill=STATUS[key], stroke=_EDGE, weight=0.5)


def _land_symbol(key: str) -> Symbol:
    if key == "unknown":
        return Symbol(fill=LAND[key], stroke=INK, weight=0.8, dash=(3.0, 3.0))
    return Symbol(fill=LAND[key], stroke=_EDGE, weight=0.5)
