"""What would become of invalid shapes. Nothing is repaired here; a person decides row by row."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from ingest.found import Found, Numbers, Shapes

Ints = npt.NDArray[np.intp]


def proposed_repairs(shapes: Shapes, positions: Ints) -> pd.DataFrame:
    """Proposals for the invalid ones among some shapes.

    Args:
        shapes: n shapes in metres, as the sender drew them.
        positions: Which of them to look at; valid and missing ones are passed over.

    Returns:
        One row an invalid shape, RangeIndex: ``position``, ``reason`` (text of GEOS),
        ``area_before_m2`` (of the shape as drawn, where lobes that run the other way count
        negative), ``area_after_m2``, ``parts`` (polygons after), ``geometry`` (polygon or
        multipolygon; None where nothing would be left).
    """
    chosen = shapes[positions]
    broken = ~shapely.is_valid(chosen) & ~shapely.is_missing(chosen)
    positions, chosen = positions[broken], chosen[broken]
    mended = shapely.make_valid(chosen, method="structure", keep_collapsed=False)
    empty = shapely.is_empty(mended)
    after = shapely.area(mended)
    parts = np.where(empty, 0, shapely.get_num_geometries(mended))
    mended[empty] = None
    return pd.DataFrame(
        {
            "position": positions,
            "reason": [_reason(text) for text in shapely.is_valid_reason(chosen)],
            "area_before_m2": shapely.area(chosen),
            "area_after_m2": after,
            "parts": parts,
            "geometry": mended,
        }
    )


def _reason(text: str) -> str:
    return text.partition("[")[0].strip()


def repair_findings(repairs: pd.DataFrame, numbers: Numbers) -> list[Found]:
    """Proposals as findings.

    Args:
        repairs: As :func:`proposed_repairs` returns them.
        numbers: Row numbers of the sender of all shapes.
    """
    usable = repairs[repairs["parts"] > 0]
    if usable.empty:
        return []
    return [
        Found(
            "GEO-026",
            numbers[usable["position"].to_numpy(dtype=np.intp)],
            {
                "before": [f"{a:,.2f}" for a in usable["area_before_m2"]],
                "after": [f"{a:,.2f}" for a in usable["area_after_m2"]],
                "parts": usable["parts"].tolist(),
            },
        )
    ]
