"""Choropleths: a numeric column as a layer of graduated classes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from domain import formats
from layers.palette import RAMP
from layers.spec import Field, Format, LayerClass, LayerSpec, Symbol

Breaks = Literal["quantile", "pretty"]

MISSING_CLASS: Final = "missing"
_NICE: Final = (1.0, 2.0, 2.5, 5.0, 10.0)


def graduated(  # noqa: PLR0913 (a layer has this many independent traits)
    layer_id: str,
    title: str,
    column: str,
    values: pd.Series,
    *,
    ramp: Sequence[str] = RAMP,
    n: int = 5,
    breaks: Breaks = "quantile",
    format: Format = "number",  # noqa: A002 (the name of the field it fills)
    label_format: Callable[[float], str] | None = None,
    id_column: str = "adcode",
    name_column: str | None = "name",
    label_column: str | None = None,
    fields: tuple[Field, ...] = (),
    source: str = "",
) -> tuple[LayerSpec, pd.Series]:
    """A polygon layer coloured by a number, and the class of each row.

    Put the second result into the frame as column ``spec.column`` before binding. Classes are left
    closed, the last one closed on both sides; a missing value is a class of its own with a dashed
    edge, last in the legend.

    Args:
        layer_id: Id of the layer.
        title: Text key of the title, or the title itself.
        column: Column that is shown.
        values: The n numbers of that column.
        ramp: Colours from low to high; intermediate ones are taken evenly.
        n: Most classes; fewer where there are fewer distinct values.
        breaks: ``quantile`` puts about equally many rows in each class, ``pretty`` takes equal
            steps of a round number.
        format: How a single value is written in the hover table.
        label_format: How a class limit is written in the legend.
        id_column: Column that names a feature.
        name_column: Column shown when hovering.
        label_column: Column written on the map.
        fields: Attributes of the hover table; the shown column if empty.
        source: Text key of the citation, or the citation itself.

    Returns:
        The specification, and a string Series on the index of ``values`` with class keys.
    """
    numbers = pd.to_numeric(values, errors="coerce").astype("float64")
    present = np.asarray(numbers.dropna(), dtype=np.float64)
    limits = class_limits(present, n=n, breaks=breaks)
    write = label_format or formats.number
    count = max(len(limits) - 1, 0)
    classes = [
        LayerClass(f"c{i}", _label(limits[i], limits[i + 1], write), _symbol(colour))
        for i, colour in enumerate(_colours(ramp, count))
    ]
    place = np.searchsorted(limits, numbers.to_numpy(np.float64), side="right") - 1
    place = np.where(numbers.isna(), count, np.clip(place, 0, max(count - 1, 0)))
    labels = np.array([*(f"c{i}" for i in range(count)), MISSING_CLASS], dtype=object)
    keys = pd.Series(labels[place], index=values.index, dtype="string")
    classes.append(LayerClass(MISSING_CLASS, "layers.graduated.missing", _MISSING_SYMBOL))
    spec = LayerSpec(
        id=layer_id,
        title=title,
        geometry="polygon",
        classes=tuple(classes),
        source=source,
        column=f"{column}_class",
        id_column=id_column,
        name_column=name_column,
        label_column=label_column,
        fields=fields or (Field(column, title, format),),
    )
    return spec, keys.rename(spec.column)


def class_limits(
    numbers: npt.NDArray[np.float64], *, n: int, breaks: Breaks
) -> npt.NDArray[np.float64]:
    """Limits of at most n classes, ascending; empty without numbers.

    One distinct value gives one class from it to itself.
    """
    if len(numbers) == 0:
        return np.array([], dtype=np.float64)
    low, high = float(numbers.min()), float(numbers.max())
    if low == high:
        return np.array([low, high])
    if breaks == "pretty":
        step = _nice_step((high - low) / n)
        first, last = np.floor(low / step), np.ceil(high / step)
        return np.asarray(np.arange(first, last + 1) * step, dtype=np.float64)
    limits = np.unique(np.quantile(numbers, np.linspace(0.0, 1.0, n + 1)))
    return np.asarray(limits, dtype=np.float64)


def _nice_step(step: float) -> float:
    """The smallest of 1, 2, 2.5, 5, 10 times a power of ten that is not below ``step``."""
    power = 10.0 ** np.floor(np.log10(step))
    return float(next(nice * power for nice in _NICE if nice * power >= step * (1 - 1e-9)))


def _label(low: float, high: float, write: Callable[[float], str]) -> str:
    first, last = write(low), write(high)
    return first if first == last else f"{first} – {last}"


def _colours(ramp: Sequence[str], count: int) -> list[str]:
    if count == 1:
        return [ramp[len(ramp) // 2]]
    return [ramp[round(i * (len(ramp) - 1) / (count - 1))] for i in range(count)]


def _symbol(colour: str) -> Symbol:
    return Symbol(fill=colour, stroke="#FFFFFF", weight=0.8, opacity=1.0)


_MISSING_SYMBOL: Final = Symbol(
    fill="#FFFFFF", stroke="#8A8A8A", weight=0.8, opacity=1.0, dash=(3.0, 2.0)
)
