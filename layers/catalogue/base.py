"""Background: neighbours, province, prefectures and counties."""

from __future__ import annotations

from layers.palette import COUNTY_LINE, NEIGHBOUR, PREFECTURE_LINE, PROVINCE
from layers.spec import LayerClass, LayerSpec, Symbol

SOURCE = "layers.source.boundaries"


def neighbour() -> LayerSpec:
    """The six neighbouring provinces as a quiet ground; needs ``adcode`` and ``name``."""
    return _area("neighbour", Symbol(fill=NEIGHBOUR, stroke="#D5D5D0", weight=0.5, opacity=1.0))


def province() -> LayerSpec:
    """The ground of the province itself."""
    return _area("province", Symbol(fill=PROVINCE, stroke=PREFECTURE_LINE, weight=1.2, opacity=1.0))


def prefecture() -> LayerSpec:
    """Prefecture lines with the names of the prefectures; needs ``name`` and a label position."""
    return _lines("prefecture", Symbol(fill=None, stroke=PREFECTURE_LINE, weight=1.0), label="name")


def county(*, labels: bool = False) -> LayerSpec:
    """County lines; with ``labels`` also the names of the counties."""
    symbol = Symbol(fill=None, stroke=COUNTY_LINE, weight=0.5)
    return _lines("county", symbol, label="name" if labels else None)


def _area(name: str, symbol: Symbol) -> LayerSpec:
    return _lines(name, symbol, label=None, listed=False)


def _lines(name: str, symbol: Symbol, *, label: str | None, listed: bool = True) -> LayerSpec:
    title = f"layers.{name}.title"
    return LayerSpec(
        id=name,
        title=title,
        geometry="polygon",
        classes=(LayerClass(name, title, symbol),),
        source=SOURCE,
        id_column="adcode",
        name_column="name",
        label_column=label,
        interactive=False,
        listed=listed,
    )
