"""What a layer is, independent of who draws it. Web map, print sheet and documents read it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import geopandas as gpd
import pandas as pd

from domain.i18n import Translator
from geo.errors import GanyuanError

GeometryKind = Literal["polygon", "line", "point"]
Shape = Literal["circle", "triangle", "diamond", "square"]
Hatch = Literal["diagonal", "dots"]
Format = Literal["text", "area", "count", "number", "date", "year", "share", "code"]


class UnknownClassError(GanyuanError):
    """The data holds a class that the legend does not know."""

    code = "LYR-001"


@dataclass(frozen=True, slots=True)
class Symbol:
    """How one class is drawn.

    Attributes:
        fill: Colour ``#RRGGBB`` of areas and points; None leaves areas open.
        stroke: Colour of outlines and lines.
        weight: Width of outlines and lines in CSS pixels (1/96 inch on paper).
        opacity: Opacity of the fill, 0 to 1.
        dash: Lengths of dashes and gaps in pixels; empty draws a full line.
        hatch: Hatching instead of a plain fill, so that it can lie over another layer.
        shape: Marker of a point layer.
        size: Diameter of a marker in pixels.
        glyph: One character written inside a marker; empty for none.
    """

    fill: str | None = "#CCCCCC"
    stroke: str = "#555555"
    weight: float = 0.8
    opacity: float = 0.85
    dash: tuple[float, ...] = ()
    hatch: Hatch | None = None
    shape: Shape = "circle"
    size: float = 10.0
    glyph: str = ""


@dataclass(frozen=True, slots=True)
class LayerClass:
    """One entry of a legend.

    Attributes:
        key: Value of the layer's class column.
        label: Text key of the legend label; where no such key exists it is shown as it is.
        symbol: How it is drawn.
    """

    key: str
    label: str
    symbol: Symbol


@dataclass(frozen=True, slots=True)
class Field:
    """One attribute that hovering or a card shows.

    Attributes:
        column: Column of the bound frame.
        label: Text key of its name.
        format: How a value is written; ``area`` columns are in m2 and follow the unit switch.
    """

    column: str
    label: str
    format: Format = "text"


@dataclass(frozen=True, slots=True)
class LayerSpec:
    """A layer of the map.

    Attributes:
        id: Stable id, also the name in URLs, exports and on the command line.
        title: Text key of the title.
        geometry: Kind of geometry.
        column: Column that holds class keys; None where the layer has one class only.
        classes: Legend in drawing order; keys absent from the data are not drawn.
        id_column: Column that names a feature for clicks and cards.
        name_column: Column shown when hovering; None shows nothing.
        label_column: Column written on the map; None writes nothing.
        fields: Attributes of the hover table and the card.
        area_column: Column in m2 that the legend sums; None counts only.
        source: Text key of the citation printed with every map.
        interactive: Whether hovering and clicking react.
        listed: Whether the legend lists it; the ground of a map is not listed.
        anchored: Markers that belong on a line or edge: they keep their place, others give way.
    """

    id: str
    title: str
    geometry: GeometryKind
    classes: tuple[LayerClass, ...]
    source: str
    column: str | None = None
    id_column: str = "id"
    name_column: str | None = None
    label_column: str | None = None
    fields: tuple[Field, ...] = ()
    area_column: str | None = None
    interactive: bool = True
    listed: bool = True
    anchored: bool = False

    def bind(self, frame: gpd.GeoDataFrame, *, demonstration: bool = False) -> BoundLayer:
        """Join the specification with data and work out the legend.

        Args:
            frame: Features in EPSG:4490 with the columns that the specification names.
            demonstration: The data is made up; every rendering says so.

        Raises:
            UnknownClassError: The class column holds a key without a legend class.
        """
        return BoundLayer(self, frame, self._legend(frame), demonstration=demonstration)

    def _legend(self, frame: gpd.GeoDataFrame) -> tuple[LegendRow, ...]:
        keys = self.keys(frame)
        unknown = set(keys.unique()) - {c.key for c in self.classes}
        if unknown:
            raise UnknownClassError(
                f"layer {self.id!r} has no legend class for {sorted(map(str, unknown))}",
                rows=frame.index[keys.isin(unknown)].tolist(),
                values={"layer": self.id, "classes": ", ".join(sorted(map(str, unknown)))},
            )
        counts = keys.value_counts()
        areas = frame[self.area_column].groupby(keys.to_numpy()).sum() if self.area_column else None
        return tuple(
            LegendRow(c, int(counts[c.key]), float(areas[c.key]) if areas is not None else None)
            for c in self.classes
            if c.key in counts.index
        )

    def keys(self, frame: gpd.GeoDataFrame) -> pd.Series:
        """Class key of each feature, on the index of ``frame``."""
        if self.column is None:
            return pd.Series(self.classes[0].key, index=frame.index, dtype="object")
        keys: pd.Series = frame[self.column].astype("object")
        return keys


@dataclass(frozen=True, slots=True)
class LegendRow:
    """A class that is present, with how much of it."""

    layer_class: LayerClass
    count: int
    area_m2: float | None = None


@dataclass(frozen=True)
class BoundLayer:
    """A specification with its data: what renderers draw.

    Attributes:
        spec: The specification.
        frame: Features in EPSG:4490.
        legend: Classes present, in legend order, with counts and areas.
        demonstration: The data is made up.
        visible: Whether it is switched on when the map opens.
    """

    spec: LayerSpec
    frame: gpd.GeoDataFrame = field(repr=False)
    legend: tuple[LegendRow, ...]
    demonstration: bool = False
    visible: bool = True


def spoken(frame: gpd.GeoDataFrame, column: str, t: Translator) -> str:
    """The column in the reader's language: ``name_en`` beside ``name`` or ``name_zh``, if any."""
    english = f"{column.removesuffix('_zh')}_en"
    return english if t.language == "en" and english in frame.columns else column


def is_demonstration(layers: Sequence[BoundLayer]) -> bool:
    """Whether any of the layers shows made-up data."""
    return any(layer.demonstration for layer in layers)
