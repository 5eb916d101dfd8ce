"""Ground floor: geometry, CRS, areas, overlay, topology, raster, file formats.

Knows no Jiangxi, no Streamlit, no database and no clock.
"""
