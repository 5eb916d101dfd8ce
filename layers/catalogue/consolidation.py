"""Pairs of zones for a consolidation study: lines between host and absorbed, and the zones."""

from __future__ import annotations

from typing import Final

from layers.palette import ACCENT, INK
from layers.spec import Field, LayerClass, LayerSpec, Symbol

SOURCE: Final = "consolidation.source.map"
_CANDIDATE: Final = "#C8631B"
_LINK: Final = "#7A7A7A"
_ADDED: Final = "#216F75"
_TAKEN_OUT: Final = "#BB232C"


def candidates_links() -> LayerSpec:
    """Lines from host to absorbed zone.

    Needs ``id``, ``name``, ``link`` (``candidate``, ``trust``, ``existing`` or
    ``selected``), ``score``.
    """
    return LayerSpec(
        id="consolidation_links",
        title="consolidation.layer.links",
        geometry="line",
        column="link",
        classes=(
            _line("existing", Symbol(None, _LINK, 2.0, dash=(4.0, 4.0))),
            _line("candidate", Symbol(None, _CANDIDATE, 3.0)),
            _line("trust", Symbol(None, _CANDIDATE, 3.0, dash=(7.0, 5.0))),
            _line("selected", Symbol(None, ACCENT, 4.0)),
        ),
        source=SOURCE,
        name_column="name",
        fields=(Field("score", "consolidation.field.score", "number"),),
    )


def candidates_zones() -> LayerSpec:
    """The zones of the pairs; needs ``zone_id``, ``name_zh``, ``part``."""
    return LayerSpec(
        id="consolidation_zones",
        title="consolidation.layer.zones",
        geometry="point",
        column="part",
        classes=(
            _point("absorbed", Symbol("#F0B27A", INK, 0.8, 1.0, shape="circle", size=8.0)),
            _point("both", Symbol("#D98B45", INK, 0.8, 1.0, shape="square", size=8.0)),
            _point("host", Symbol(_CANDIDATE, INK, 0.8, 1.0, shape="triangle", size=10.0)),
            _point("linked", Symbol("#D9D9D9", _LINK, 0.8, 1.0, shape="circle", size=6.0)),
        ),
        source=SOURCE,
        id_column="zone_id",
        name_column="name_zh",
        fields=(
            Field("leading_industries", "consolidation.field.industries"),
            Field("coord_source", "consolidation.field.position"),
        ),
    )


def unit_outlines() -> LayerSpec:
    """Outlines of units and of the zones in them.

    Needs ``id``, ``name``, ``part`` (see :data:`analytics.consolidation.outline.PARTS`) and
    ``area_m2``.
    """
    return LayerSpec(
        id="consolidation_outlines",
        title="conunit.layer",
        geometry="polygon",
        column="part",
        classes=(
            _outline("host", Symbol(_CANDIDATE, _CANDIDATE, 1.0, 0.25)),
            _outline("absorbed", Symbol("#F0B27A", _CANDIDATE, 1.0, 0.45)),
            _outline("trust", Symbol(None, _CANDIDATE, 2.0, dash=(7.0, 5.0))),
            _outline("expanded", Symbol(_ADDED, _ADDED, 1.5, 0.9, hatch="diagonal")),
            _outline("removed", Symbol(_TAKEN_OUT, _TAKEN_OUT, 1.5, 0.9, hatch="dots")),
            _outline("unit", Symbol(None, ACCENT, 3.0)),
        ),
        source="conunit.layer_source",
        name_column="name",
        fields=(Field("area_m2", "conunit.field.area", "area"),),
    )


def _outline(key: str, symbol: Symbol) -> LayerClass:
    return LayerClass(key, f"conunit.part.{key}", symbol)


def _line(key: str, symbol: Symbol) -> LayerClass:
    return LayerClass(key, f"consolidation.link.{key}", symbol)


def _point(key: str, symbol: Symbol) -> LayerClass:
    return LayerClass(key, f"consolidation.part.{key}", symbol)
