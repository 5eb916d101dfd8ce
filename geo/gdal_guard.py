"""Takes from GDAL the drivers that read other files, other hosts or databases.

GDAL opens a file by its content: a document named ``parcels.shp`` may be a recipe to read the
server's files or to call its network. GDAL reads ``GDAL_SKIP`` once, when pyogrio or rasterio is
first imported, so the variable has to stand before that; setting it later does nothing.

Foreign files are opened by ``ingest`` alone, in a child process with a white list. This is the
second wall, for the server and the command line, which read only files of their own.
"""

from __future__ import annotations

import logging
import os
from typing import Final

DENIED: Final = (
    *("ADBC", "AmigoCloud", "Carto", "CSW", "DAAS", "EEDA", "EEDAI", "Elasticsearch"),
    *("ESRIC", "GDALG", "GNMDatabase", "GNMFile", "GPSBabel", "GTI", "HTTP", "KMLSUPEROVERLAY"),
    *("MapML", "NGW", "OAPIF", "OGCAPI", "OGR_VRT", "PDF", "PGDUMP", "PLMOSAIC", "PLSCENES"),
    *("STACIT", "STACTA", "VRT", "WCS", "WFS", "WMS", "WMTS"),
)
"""Virtual, network, database and script-like drivers of GDAL 3.10 to 3.12."""


def restrict() -> None:
    """Deny the drivers to this process, unless its environment already has a list of its own."""
    os.environ.setdefault("GDAL_SKIP", ",".join(DENIED))
    logging.getLogger("rasterio._env").addFilter(_is_not_about_absent_drivers)


def _is_not_about_absent_drivers(record: logging.LogRecord) -> bool:
    """Rasterio's GDAL lacks some of the drivers and says so for each; there is nothing to mend."""
    return "GDAL_SKIP" not in record.getMessage()
