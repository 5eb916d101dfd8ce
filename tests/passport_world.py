"""An upload of eight parcels, made by hand: six published, two kept apart, some with warnings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import geopandas as gpd
import pandas as pd

from domain.passport import Passport, read
from ingest.evidence import CrsCandidate, CrsEvidence, EncodingEvidence, FieldMatch, FileEntry
from ingest.model import Choices, Finding, Inspection, Report
from ingest.passport import passport
from ingest.results import result_paths
from ingest.workdir import WorkFolder
from tests.store_world import parcels

NUMBER = "GY20261123-0000AAAA"
BACK = "GY20261124-0000BBBB"
ROWS = 8
KEPT_APART = {3: "GEO-002", 6: "GEO-001"}
WARNED = {1: "VAL-001", 4: "GEO-006", 5: "ARE-001"}
FIELDS = ("地块编号", "供应面积", "签订日期")
MAPPING = {"parcel_id": "地块编号", "area_stated_m2": "供应面积", "signed_on": "签订日期"}


def findings() -> tuple[Finding, ...]:
    """One about the file, one of every row that is not right."""
    return (
        Finding(code="CRS-010", values={"crs": "带39", "crs_en": "zone 39", "date": "2024-06-18"}),
        Finding(code="VAL-001", row=1, values={"field": "签订日期", "value": "某日"}),
        Finding(
            code="GEO-002", row=3, values={"reason": "x", "reason_zh": "自相交", "place": "1, 2"}
        ),
        Finding(code="GEO-006", row=4, values={"other": 5, "area": "12.0"}),
        Finding(code="ARE-001", row=5, values={"stated": "1", "planar": "2", "ellipsoidal": "3"}),
        Finding(code="GEO-001", row=6),
        Finding(code="VAL-003", values={"unit": "ha", "unit_zh": "公顷"}),
    )


def report(**changes: object) -> Report:
    """What was found out about the upload."""
    facts = {
        "name": "供地.zip",
        "sha256": "ab" * 32,
        "size": 4096,
        "number": NUMBER,
        "format": "shapefile",
        "kind": "parcels",
        "files": (FileEntry(name="供地.shp", size=3000), FileEntry(name="供地.dbf", size=1000)),
        "layer": "供地",
        "rows_in_file": ROWS,
        "rows_ok": ROWS - len(KEPT_APART),
        "rows_quarantined": len(KEPT_APART),
        "encoding": EncodingEvidence(
            chosen="gb18030", source="content", certain=True, samples=("工业用地", "某公司")
        ),
        "crs": CrsEvidence(
            chosen=4527,
            certain=True,
            candidates=(
                CrsCandidate(
                    epsg=4527,
                    name="CGCS2000 / 3-degree Gauss-Kruger zone 39",
                    name_zh="2000国家大地坐标系 3度带第39带",
                    inside=0.98,
                    outline=(115.8, 28.6, 115.9, 28.7),
                ),
            ),
        ),
        "mapping": tuple(
            FieldMatch(column=column, source=source, how="synonym")
            for column, source in MAPPING.items()
        ),
        "class_standard": "三调工作分类",
        "area_unit": "ha",
        "findings": findings(),
    }
    return Report.model_validate(facts | changes)


def inspection(
    made: Report,
    rows: gpd.GeoDataFrame | None = None,
    kept_out: pd.DataFrame | None = None,
    choices: Choices | None = None,
) -> Inspection:
    """An inspection whose files hold the given rows."""
    folder = WorkFolder()
    paths = result_paths(folder.path)
    if rows is not None:
        rows.to_parquet(paths.accepted)
    if kept_out is not None:
        kept_out.to_parquet(paths.quarantined)
    upload = folder.path / "upload"
    upload.write_bytes(b"upload")
    return Inspection(made, choices or Choices(), original=(made.name, upload), folder=folder)


def record(**changes: object) -> dict[str, object]:
    """Passport of the version."""
    return passport(inspection(report(**changes)))


def read_record(**changes: object) -> Passport:
    """The same, read."""
    return read(record(**changes))[0]


def current() -> gpd.GeoDataFrame:
    """The six published rows; squares of 0.001 degrees side by side, numbered as in the file."""
    rows = parcels(ROWS)
    return rows[~rows["source_row"].isin(KEPT_APART)].reset_index(drop=True)


def quarantined() -> pd.DataFrame:
    """The two rows kept apart."""
    return pd.DataFrame(
        {
            "source_row": list(KEPT_APART),
            "row_id": [f"P{n}" for n in KEPT_APART],
            "code": list(KEPT_APART.values()),
            "geometry_wkb": [None] * len(KEPT_APART),
            "field_地块编号": [f"P{n}" for n in KEPT_APART],
        }
    )


def corrected(numbers: Sequence[object], *, number: object = NUMBER) -> gpd.GeoDataFrame:
    """Rows of a returned file that stand for rows of the upload, each in its right place."""
    every = parcels(ROWS)
    places = [n if isinstance(n, int) and 1 <= n <= ROWS else 1 for n in numbers]
    rows = every.iloc[[place - 1 for place in places]].reset_index(drop=True)
    return rows.assign(
        source_row=range(1, len(rows) + 1),
        land_class="0701",
        GYTZH=[number] * len(rows) if isinstance(number, str) else list(number),  # type: ignore[call-overload]
        GYHH=[str(n) for n in numbers],
        GYWT="问题",
    )


def still_bad(rows: Mapping[int, tuple[int, str]]) -> pd.DataFrame:
    """Rows of a returned file that are kept out: file row to row of the upload and code."""
    return pd.DataFrame(
        {
            "source_row": list(rows),
            "code": [code for _, code in rows.values()],
            "geometry_wkb": [None] * len(rows),
            "field_GYTZH": NUMBER,
            "field_GYHH": [str(source) for source, _ in rows.values()],
        }
    )


def returned(
    rows: gpd.GeoDataFrame,
    kept_out: pd.DataFrame | None = None,
    found: Iterable[Finding] = (),
    **changes: object,
) -> Inspection:
    """A returned file as it was inspected."""
    out = 0 if kept_out is None else len(kept_out)
    facts = {
        "number": BACK,
        "corrects": NUMBER,
        "name": "更正.gpkg",
        "format": "geopackage",
        "rows_in_file": len(rows) + out,
        "rows_ok": len(rows),
        "rows_quarantined": out,
        "findings": tuple(found),
    }
    return inspection(report(**(facts | changes)), rows, kept_out)
