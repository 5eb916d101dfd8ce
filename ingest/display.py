"""Shapes in a superseded datum: shown roughly in place, never analysed.

The parameters from Xi'an 80 and Beijing 54 to CGCS2000 are state secrets (测绘成果管理条例), so the
numbers are drawn as if they were CGCS2000, which puts them off by tens to more than a hundred
metres.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import geopandas as gpd
import numpy as np
import numpy.typing as npt

from geo.crs import CGCS2000
from ingest import crs_candidates
from ingest.evidence import CrsEvidence
from ingest.model import Finding
from ingest.placing import DatumError
from ingest.results import result_paths
from ingest.run import Run
from ingest.source import Source

_SHOWN: Final = 2000


def inspect(run: Run, source: Source, xy: npt.NDArray[np.float64], old: DatumError) -> None:
    """Keep some shapes for a map and say why nothing else is done with them.

    Args:
        run: The upload.
        source: Its layer.
        xy: Sample of vertices in the coordinates of the file.
        old: The datum that was found.
    """
    run.facts |= {"datum": old.datum, "crs": CrsEvidence(chosen=None, declared=old.declared)}
    run.findings.add([Finding(code="CRS-004", values={"datum": old.datum, "crs": old.declared})])
    codes = crs_candidates.guesses(float(np.median(xy[:, 0])), float(np.median(xy[:, 1])))
    found = [crs_candidates.candidate(xy, epsg, swapped=s, county=None) for epsg, s in codes]
    best = max(found, key=lambda c: c.inside, default=None)
    if best is None or not best.inside:
        return
    shapes = source.read(0, min(source.rows, _SHOWN)).geometries
    there = np.array([g is not None and not g.is_empty for g in shapes], dtype=bool)
    drawn = crs_candidates.to_geographic(shapes[there], best.epsg, swapped=best.swapped)
    frame = gpd.GeoDataFrame(geometry=gpd.GeoSeries(list(drawn), crs=CGCS2000))
    frame.to_parquet(result_paths(Path(run.job.workdir)).preview)
