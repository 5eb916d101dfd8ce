"""The reference tables under ``data/reference``: one typed, validated loader.

Every row keeps its ``source`` and ``confidence``; what shows a row shows them too. Figures that
sources give as text ("1500+", "1-2") stay text.
"""

from __future__ import annotations

from functools import cache
from typing import Final

import geopandas as gpd
import pandas as pd
import pandera.pandas as pa

from domain.boundaries import adcode_of
from domain.paths import DATA
from geo.crs import CGCS2000
from geo.errors import GanyuanError

# The frame of the province with a margin; every reference point lies inside it.
_LON = pa.Check.in_range(113.5, 118.6)
_LAT = pa.Check.in_range(24.4, 30.2)


class BrokenTableError(GanyuanError):
    """A reference table does not have the promised shape."""

    code = "REF-001"


def _text(*, nullable: bool = False, unique: bool = False, isin: tuple[str, ...] = ()) -> pa.Column:
    checks = [pa.Check.isin(isin)] if isin else []
    return pa.Column("string", nullable=nullable, unique=unique, checks=checks)


def _number(check: pa.Check | None = None, *, nullable: bool = True) -> pa.Column:
    return pa.Column("float64", nullable=nullable, checks=[check] if check else [])


_POSITIVE: Final = pa.Check.gt(0)
_NOT_NEGATIVE: Final = pa.Check.ge(0)
_PROVENANCE: Final = {"source": _text(nullable=True), "confidence": _text()}
_POINT: Final = {"lon": _number(_LON), "lat": _number(_LAT)}

SCHEMAS: Final[dict[str, pa.DataFrameSchema]] = {
    "zones": pa.DataFrameSchema(
        {
            "zone_id": _text(unique=True),
            "name_zh": _text(unique=True),
            "name_en": _text(),
            "level": _text(isin=("national", "provincial")),
            "kind": _text(isin=("etdz", "htdz", "cbz", "industrial_park", "other")),
            "prefecture": _text(),
            "county": _text(),
            "approved_year": _number(nullable=True),
            "approved_area_ha": _number(_POSITIVE),
            "leading_industries": _text(nullable=True),
            **_POINT,
            "lonlat_precision": _text(nullable=True),
            "name_former": _text(nullable=True),
            "status": _text(),
            "recalled_fields": _text(nullable=True),
            "coord_source": _text(nullable=True),
            **_PROVENANCE,
        }
    ),
    "zone_indicators": pa.DataFrameSchema(
        {
            "zone_id": _text(),
            "name_zh": _text(),
            "indicator": _text(),
            "year": _text(nullable=True),
            "period": _text(),
            "value": _text(),
            "unit": _text(),
            "note": _text(nullable=True),
            **_PROVENANCE,
        }
    ),
    "zone_merges": pa.DataFrameSchema(
        {
            "case_id": _text(unique=True),
            "year": _text(nullable=True),
            "date": _text(nullable=True),
            "action": _text(),
            "is_consolidation": _text(isin=("0", "1")),
            "absorbing_zone_id": _text(),
            "absorbing_name_zh": _text(),
            "absorbed_zone_id": _text(nullable=True),
            "absorbed_name_zh": _text(nullable=True),
            "prefecture": _text(),
            "note": _text(nullable=True),
            **_PROVENANCE,
        }
    ),
    "clusters": pa.DataFrameSchema(
        {
            "cluster_id": _text(unique=True),
            "name_zh": _text(),
            "name_en": _text(),
            "sector_code": _text(),
            "prefecture": _text(),
            "county": _text(),
            "host_zone": _text(nullable=True),
            "level": _text(),
            "revenue_yi": _number(_POSITIVE),
            "revenue_year": _text(nullable=True),
            **_POINT,
            "lonlat_precision": _text(),
            **_PROVENANCE,
        }
    ),
    "belt_members": pa.DataFrameSchema(
        {
            "member_type": _text(isin=("prefecture", "county", "zone")),
            "name_zh": _text(),
            "role": _text(),
            "sub_industries": _text(nullable=True),
            **_PROVENANCE,
        }
    ),
    "belt_stations": pa.DataFrameSchema(
        {
            "line": _text(),
            "order": _number(_POSITIVE, nullable=False),
            "station_zh": _text(nullable=True),
            "station_en": _text(nullable=True),
            "county": _text(nullable=True),
            **_POINT,
            **_PROVENANCE,
        }
    ),
    "targets": pa.DataFrameSchema(
        {
            "target_id": _text(unique=True),
            "subject": _text(),
            "metric": _text(),
            "comparator": _text(
                isin=(">=", ">", "<=", "=", "~", "between", "done", "reduce", "rank", "do")
            ),
            "value": _text(nullable=True),
            "unit": _text(nullable=True),
            "due": _text(),
            "scope": _text(),
            "clause": _text(),
            "source": _text(),
        }
    ),
    "actuals": pa.DataFrameSchema(
        {
            "actual_id": _text(unique=True),
            "subject": _text(),
            "metric": _text(),
            "value": _text(),
            "unit": _text(nullable=True),
            "period": _text(nullable=True),
            "scope": _text(),
            "target_id": _text(nullable=True),
            "note": _text(nullable=True),
            **_PROVENANCE,
        }
    ),
    "prefectures": pa.DataFrameSchema(
        {
            "name_zh": _text(unique=True),
            "name_en": _text(),
            "adcode": _text(unique=True),
            "area_km2": _number(_POSITIVE, nullable=False),
            "population_2020": _number(_POSITIVE, nullable=False),
            "urban_share_2020_pct": _number(_POSITIVE, nullable=False),
            **{f"gdp_{year}_yi": _number(_POSITIVE) for year in range(2018, 2024)},
            "electronics_revenue_yi": _text(nullable=True),
            "electronics_revenue_year": _text(nullable=True),
            "belt_role": _text(nullable=True),
            **_PROVENANCE,
        }
    ),
    "sectors": pa.DataFrameSchema(
        {
            "sector_code": _text(unique=True),
            "name_zh": _text(),
            "name_en": _text(),
            "tier": _text(isin=("2", "6", "N", "-")),
            "annex": _text(nullable=True),
            "target_yi": _number(_POSITIVE),
            "target_id": _text(nullable=True),
            "colour_order": _number(nullable=False),
            **_PROVENANCE,
        }
    ),
    "boundary_adjustments": pa.DataFrameSchema(
        {
            "adjustment_id": _text(unique=True),
            "zone_id": _text(),
            "name_zh": _text(),
            "approval": _text(),
            "approved_on": _text(),
            "old_ha": _number(_POSITIVE, nullable=False),
            "expanded_ha": _number(_NOT_NEGATIVE, nullable=False),
            "removed_ha": _number(_NOT_NEGATIVE, nullable=False),
            "new_ha": _number(_POSITIVE, nullable=False),
            **_PROVENANCE,
        }
    ),
    "industry_words": pa.DataFrameSchema(
        {
            "word": _text(unique=True),
            "sector_code": _text(nullable=True),
            **_PROVENANCE,
        }
    ),
    "industry_divisions": pa.DataFrameSchema(
        {
            "code": _text(unique=True),
            "name_zh": _text(unique=True),
            "name_en": _text(),
            "code_version": _text(),
            **_PROVENANCE,
        }
    ),
    "industry_codes": pa.DataFrameSchema(
        {
            "word": _text(unique=True),
            "code": _text(),
            "code_version": _text(),
            **_PROVENANCE,
        }
    ),
    "control_indicators": pa.DataFrameSchema(
        {
            "version": _text(),
            "code_version": _text(nullable=True),
            "code": _text(nullable=True),
            "group_zh": _text(),
            "group_en": _text(),
            "indicator": _text(),
            "comparator": _text(isin=(">=", "<=")),
            "value": _number(_POSITIVE),
            "unit": _text(isin=("ratio", "wan/ha")),
            "force": _text(isin=("normative", "recommended", "legacy", "local")),
            **_PROVENANCE,
            "note": _text(nullable=True),
        },
        unique=["version", "code_version", "code", "indicator"],
    ),
    "land_classes": pa.DataFrameSchema(
        {
            "standard": _text(),
            "code": _text(),
            "name_zh": _text(),
            "major_class": _text(),
            "analysis_class": _text(),
            "provenance": _text(isin=("sourced", "recalled")),
            "note": _text(nullable=True),
        },
        unique=["standard", "code"],
    ),
}
"""What each table must hold; columns beyond these are kept as text."""


@cache
def _table(name: str) -> pd.DataFrame:
    raw = pd.read_csv(DATA / "reference" / f"{name}.csv", dtype="string")
    schema = SCHEMAS[name]
    for column, spec in schema.columns.items():
        if column in raw and str(spec.dtype) == "float64":
            raw[column] = pd.to_numeric(raw[column]).astype("float64")
    try:
        return schema.validate(raw, lazy=True)
    except pa.errors.SchemaErrors as err:
        cases = err.failure_cases
        raise BrokenTableError(
            f"data/reference/{name}.csv: {len(cases)} cells break the schema, first: "
            f"{cases.iloc[0].to_dict()}",
            rows=cases["index"].tolist(),
            values={"table": name},
        ) from err


def table(name: str) -> pd.DataFrame:
    """One reference table.

    Args:
        name: A key of :data:`SCHEMAS`.

    Returns:
        Fresh copy with a RangeIndex; ``string`` and ``float64`` columns.

    Raises:
        BrokenTableError: The file breaks its schema.
    """
    return _table(name).copy()


def zones() -> gpd.GeoDataFrame:
    """Development zones as points, with the codes of their county and prefecture.

    Returns:
        118 rows, RangeIndex, EPSG:4490; two zones have no place and no geometry. Positions
        are those of the seat of the county or town (``lonlat_precision``), never surveyed, and
        several zones share one. Adds ``county_adcode``, ``prefecture_adcode``.
    """
    return _placed(table("zones"))


@cache
def zone_prefectures() -> dict[str, str]:
    """Code of the prefecture of every zone by ``zone_id``."""
    rows = zones()
    return dict(zip(rows["zone_id"], rows["prefecture_adcode"], strict=True))


def clusters() -> gpd.GeoDataFrame:
    """Industrial clusters as points; same form as :func:`zones`.

    A cluster over several prefectures or counties carries the code of the first one named.
    Revenues are of several kinds (see ``source``) and must not be summed.
    """
    return _placed(table("clusters"))


def _placed(frame: pd.DataFrame) -> gpd.GeoDataFrame:
    first_county = frame["county"].str.split(";").str[0]
    first_prefecture = frame["prefecture"].str.split(";").str[0]
    frame["county_adcode"] = first_county.map(adcode_of).astype("string")
    frame["prefecture_adcode"] = first_prefecture.map(adcode_of).astype("string")
    placed = frame["lon"].notna() & frame["lat"].notna()
    points = gpd.GeoSeries(
        gpd.points_from_xy(frame["lon"], frame["lat"]), index=frame.index, crs=CGCS2000
    )
    return gpd.GeoDataFrame(frame, geometry=points.where(placed, None))
