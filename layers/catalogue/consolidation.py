"""Pairs of zones for a consolidation study: lines between host and absorbed, and the zones."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from layers.palette import ACCENT, INK
from layers.spec import Field, LayerClass, LayerSpec, Symbol

SOURCE: Final = "consolidation.source.map"
_CANDIDATE: Final = "#C8631B"
_ABSORBED: Final = "#F0B27A"
_LINK: Final = "#7A7A7A"
_ADDED: Final = "#216F75"
_TAKEN_OUT: Final = "#BB232C"
_RED_LINE: Final = "#9B2230"
_FARMLAND: Final = "#8A6D00"
_ROAD: Final = "#7A6A5A"


def candidates_links() -> LayerSpec:
    """Lines from host to absorbed zone.

    Needs ``id``, ``name``, ``link`` (``candidate``, ``trust``, ``existing`` or
    ``selected``), ``score``, ``distance_km``.
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
        fields=(
            Field("score", "consolidation.field.score", "number"),
            Field("distance_km", "consolidation.field.distance", "number"),
        ),
    )


def candidates_zones() -> LayerSpec:
    """The zones of the pairs; needs ``zone_id``, ``name_zh``, ``part``."""
    return LayerSpec(
        id="consolidation_zones",
        title="consolidation.layer.zones",
        geometry="point",
        column="part",
        classes=(
            _point("absorbed", Symbol(_ABSORBED, INK, 0.8, 1.0, shape="circle", size=8.0)),
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


def barriers() -> LayerSpec:
    """Land that a link between zones should not cross; needs ``barrier``, ``category``, ``name``.

    ``barrier`` is one of :data:`analytics.consolidation.barriers.KINDS`; lines of any dataset.
    """
    return LayerSpec(
        id="consolidation_barriers",
        title="consolidation.layer.barriers",
        geometry="polygon",
        column="barrier",
        classes=(
            LayerClass(
                "farmland",
                "consolidation.barrier.farmland",
                Symbol(_FARMLAND, _FARMLAND, 1.0, 0.9, hatch="dots"),
            ),
            LayerClass(
                "red_line",
                "consolidation.barrier.red_line",
                Symbol(_RED_LINE, _RED_LINE, 1.2, 0.9, hatch="diagonal"),
            ),
            LayerClass(
                "other", "consolidation.barrier.other", Symbol(_LINK, _LINK, 1.0, 0.9, hatch="dots")
            ),
        ),
        source="consolidation.layer.barriers_source",
        id_column="feature_id",
        name_column="name",
        fields=(
            Field("category", "consolidation.field.category"),
            Field("dataset", "consolidation.field.dataset"),
        ),
    )


def roads() -> LayerSpec:
    """The roads that distances are taken from; needs ``id``, ``name``, ``road``, ``dataset``."""
    return LayerSpec(
        id="consolidation_roads",
        title="consolidation.layer.roads",
        geometry="line",
        column="road",
        classes=(LayerClass("road", "consolidation.layer.roads", Symbol(None, _ROAD, 1.4)),),
        source="consolidation.layer.roads_source",
        name_column="name",
        fields=(Field("dataset", "consolidation.field.network"),),
    )


def chosen_zones(*, size: float = 1.0) -> LayerSpec:
    """The zones of pairs that a scenario has chosen; columns as of :func:`candidates_zones`.

    Args:
        size: Factor on the size of the markers.
    """
    spec = candidates_zones()
    classes = (
        replace(
            c,
            label=f"consolidation.chosen.{c.key}",
            symbol=replace(c.symbol, size=c.symbol.size * size),
        )
        for c in spec.classes
    )
    return replace(spec, classes=tuple(classes))


def unit_outlines() -> LayerSpec:
    """Outlines of units and of the zones in them.

    Needs ``id``, ``name``, ``label``, ``pairs`` (what is known of its pairs, as text), ``part``
    (see :data:`analytics.consolidation.outline.PARTS`) and ``area_m2``.
    """
    return LayerSpec(
        id="consolidation_outlines",
        title="conunit.layer",
        geometry="polygon",
        column="part",
        classes=(
            _outline("host", Symbol(_CANDIDATE, _CANDIDATE, 1.0, 0.42)),
            _outline("absorbed", Symbol(_ABSORBED, _CANDIDATE, 1.0, 0.38)),
            _outline("trust", Symbol(None, _CANDIDATE, 2.0, dash=(7.0, 5.0))),
            _outline("expanded", Symbol(_ADDED, _ADDED, 1.5, 0.9, hatch="diagonal")),
            _outline("removed", _taken_out()),
            _outline("unit", Symbol(None, ACCENT, 3.0)),
        ),
        source="conunit.layer_source",
        name_column="name",
        label_column="label",
        fields=(
            Field("area_m2", "conunit.field.area", "area"),
            Field("pairs", "conunit.field.pairs"),
        ),
    )


def _taken_out() -> Symbol:
    """Land that is no longer of the unit: its old line is broken."""
    return Symbol(_TAKEN_OUT, _TAKEN_OUT, 1.5, 0.9, dash=(4.0, 3.0), hatch="dots")


def _outline(key: str, symbol: Symbol) -> LayerClass:
    return LayerClass(key, f"conunit.part.{key}", symbol)


def _line(key: str, symbol: Symbol) -> LayerClass:
    return LayerClass(key, f"consolidation.link.{key}", symbol)


def _point(key: str, symbol: Symbol) -> LayerClass:
    return LayerClass(key, f"consolidation.part.{key}", symbol)
