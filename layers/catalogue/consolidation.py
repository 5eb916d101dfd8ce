"""Pairs of zones for a consolidation study: lines between host and absorbed, and the zones."""

from __future__ import annotations

from typing import Final

from layers.palette import ACCENT, INK
from layers.spec import Field, LayerClass, LayerSpec, Symbol

SOURCE: Final = "consolidation.source.map"
_CANDIDATE: Final = "#C8631B"
_LINK: Final = "#7A7A7A"


def candidates_links() -> LayerSpec:
    """Lines from host to absorbed zone.

    Needs ``id``, ``name``, ``link`` (``candidate``, ``existing`` or ``selected``), ``score``.
    """
    return LayerSpec(
        id="consolidation_links",
        title="consolidation.layer.links",
        geometry="line",
        column="link",
        classes=(
            _line("existing", Symbol(None, _LINK, 2.0, dash=(4.0, 4.0))),
            _line("candidate", Symbol(None, _CANDIDATE, 3.0)),
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


def _line(key: str, symbol: Symbol) -> LayerClass:
    return LayerClass(key, f"consolidation.link.{key}", symbol)


def _point(key: str, symbol: Symbol) -> LayerClass:
    return LayerClass(key, f"consolidation.part.{key}", symbol)
