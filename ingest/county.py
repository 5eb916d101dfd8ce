"""In which county each parcel lies: what the file states against where it is."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from domain import boundaries
from ingest.model import Finding

Floats = npt.NDArray[np.float64]
Objects = npt.NDArray[np.object_]

_CODE_DIGITS = 6


def declared_codes(values: pd.Series) -> pd.Series:
    """County codes of what a file states as county: a code of 6 to 19 digits, or a name.

    Returns:
        string Series on the same index; missing where nothing is stated or it is unknown.
    """
    distinct = {value: _code(str(value)) for value in values.dropna().unique()}
    return values.map(distinct).astype("string")


def _code(value: str) -> str | None:
    digits = value[:_CODE_DIGITS]
    text = digits if len(value) >= _CODE_DIGITS and digits.isdigit() else value
    try:
        return boundaries.adcode_of(text)
    except boundaries.UnknownPlaceError:
        return None


def is_county(adcode: str) -> bool:
    """Whether a code is that of a county, not of a prefecture or the province."""
    return not adcode.endswith("00")


def only_county(values: pd.Series) -> str | None:
    """The county that a whole file states; None where it states none or several."""
    codes = declared_codes(values).dropna().unique()
    counties = [code for code in codes if is_county(code)]
    return counties[0] if len(counties) == 1 and len(codes) == 1 else None


def settle(
    lonlat: Floats, stated: pd.Series | None, rows: pd.Series
) -> tuple[pd.Series, list[Finding]]:
    """County of each parcel.

    Args:
        lonlat: n by 2 longitudes and latitudes, EPSG:4490, of a point that lies where each parcel
            lies; see :class:`ingest.drawn.Drawn`.
        stated: What the file states, on the index of ``rows``; None where it states nothing.
        rows: Row numbers of the sender.

    Returns:
        string Series on the index of ``rows``: the stated county where it is one, else where the
        parcel lies, else the nearest; and what has to be said.
    """
    places = _nearest_where_missing(lonlat, boundaries.counties_of(lonlat))
    located = pd.Series(places, index=rows.index, name="county_adcode", dtype="string")
    if stated is None:
        return located, []
    codes = declared_codes(stated)
    findings = [
        Finding(code="PLC-006", row=int(row), values={"value": str(value)})
        for row, value in zip(
            rows[stated.notna() & codes.isna()], stated[stated.notna() & codes.isna()], strict=True
        )
    ]
    usable = codes.notna() & ~codes.str.endswith("00").fillna(value=True).astype(bool)
    county = located.mask(usable, codes)
    differs = (usable & (codes != located)).fillna(value=False).astype(bool)
    findings += [
        Finding(
            code="PLC-005",
            row=int(row),
            values={"stated": boundaries.name_of(said), "located": boundaries.name_of(found)},
        )
        for row, said, found in zip(rows[differs], codes[differs], located[differs], strict=True)
    ]
    return county, findings


def _nearest_where_missing(lonlat: Floats, located: Objects) -> Objects:
    """Parcels just outside the generalised outline belong to the nearest county."""
    missing = pd.isna(located)
    if not missing.any():
        return located
    counties = boundaries.layer("county")
    tree = shapely.STRtree(counties.geometry.to_numpy())
    nearest = tree.nearest(shapely.points(lonlat[missing]))
    filled = located.copy()
    filled[missing] = counties["adcode"].to_numpy()[nearest]
    return filled
