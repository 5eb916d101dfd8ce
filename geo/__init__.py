"""Ground floor: geometry, CRS, areas, overlay, topology, raster, file formats.

Knows no Jiangxi, no Streamlit, no database and no clock.
"""

from geo.gdal_guard import restrict

# Every module of the product imports this package first, before GDAL can be loaded.
restrict()
