"""Colours of the product, checked for normal, deutan and protan vision.

Status and class colours belong to data alone; the accent marks selection and the belt axis.
"""

from __future__ import annotations

from typing import Final

ACCENT: Final = "#0B4F8A"
PROVINCE: Final = "#FAFAF7"
NEIGHBOUR: Final = "#EFEFEC"
PREFECTURE_LINE: Final = "#8A8A8A"
COUNTY_LINE: Final = "#BDBDBD"
INK: Final = "#333333"

STATUS: Final[dict[str, str]] = {
    "not_due": "#B6BFE3",
    "due_soon": "#608EDF",
    "overdue": "#FFDA48",
    "suspected_a1": "#E37D30",
    "suspected_b": "#E37D30",
    "suspected_a2": "#BB232C",
    "determined": "#2A171A",
    "in_progress": "#81C2A4",
    "completed": "#216F75",
    "unsupplied": "#7A7A7A",
    "unknown_start": "#FFFFF7",
}
"""Fill of each parcel status; ``unsupplied`` is the colour of its hatching."""

LAND: Final[dict[str, str]] = {
    "industrial": "#946058",
    "warehousing": "#7B63BD",
    "residential": "#FFE74B",
    "commercial": "#E22D27",
    "public": "#DEB1D3",
    "transport": "#6A6A90",
    "other_built": "#D6B598",
    "cropland": "#FFFFCA",
    "orchard": "#D7B148",
    "forest": "#71A153",
    "grass": "#D1F28D",
    "water": "#7FBBF9",
    "wetland": "#4F9D94",
    "unused": "#F5EEEB",
    "unknown": "#FFFFF7",
}
"""Fill of each group of land classes."""

ZONE_KIND: Final[dict[str, str]] = {
    "etdz": "#0B4F8A",
    "htdz": "#7B3FA0",
    "cbz": "#00817F",
    "provincial": "#8A97A6",
}
"""Fill of zone markers: national economic, national high-tech, bonded, provincial."""

RAMP: Final = ("#EDF3F9", "#C6DAEC", "#93B9DA", "#5A90C0", "#2B68A1", "#0B4F8A")
"""Single-hue ramp of rankings, low to high."""

DIVERGING: Final = ("#2B68A1", "#93B9DA", "#FFFFFF", "#F0B27A", "#C8631B")
"""Differences, blue to orange; zero is white."""
