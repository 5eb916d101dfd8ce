"""A filled-in workbook of yearly figures as a sample: made-up figures of the zones of Pingxiang."""

from __future__ import annotations

from typing import Final

import pandas as pd

from domain import reference
from export.indicator_template import template
from geo.units import M2_PER_HA

YEAR: Final = 2024
PREFECTURE: Final = "360300"
SOURCE: Final = "示例文件，数字虚构，仅供试用"
"""Not the mark of demonstration data: rows that carry that are refused."""

_ZONES: Final = (
    # zone, leading industries, developable ha, rates of development, supply and completion,
    # revenue and tax in 10k CNY for a hectare built
    ("jx-pingxiang-etdz", "新材料;装备制造;电子信息", 1480.0, 0.91, 0.94, 0.93, 5200.0, 236.0),
    ("jx-anyuan-ip", "装备制造;食品加工", 420.0, 0.83, 0.90, 0.88, 3100.0, 121.0),
    ("jx-xiangdong-ip", "工业陶瓷;节能环保", 610.0, 0.86, 0.89, 0.91, 2700.0, 98.0),
    ("jx-luxi-ip", "电瓷", 540.0, 0.88, 0.93, 0.86, 2950.0, 104.0),
    ("jx-shangli-edz", "电子信息;粉末冶金", 690.0, 0.80, 0.87, 0.90, 3600.0, 143.0),
)
"""One zone of the prefecture is left out, so that its row stays empty."""
_OF_DEVELOPABLE: Final = {"evaluation_m2": 1.06, "unbuildable_m2": 0.06, "idle_m2": 0.012}
_OF_BUILT: Final = {
    "built_industrial_m2": 0.68,
    "high_tech_m2": 0.22,
    "residential_m2": 0.09,
    "floor_area_m2": 0.92,
    "building_area_m2": 0.41,
    "industrial_floor_area_m2": 0.66,
    "industrial_footprint_m2": 0.37,
}
_OF_SUPPLIED: Final = {"paid_due_m2": 0.93, "paid_m2": 0.92, "listed_due_m2": 0.5, "listed_m2": 0.5}
_OF_REVENUE: Final = {
    "industrial_revenue_wan": 0.94,
    "industrial_value_added_wan": 0.21,
    "fixed_assets_wan": 0.48,
    "energy_tce": 0.012,
    "emission_eq": 0.004,
}
_OF_TAX: Final = {"industrial_tax_wan": 0.9, "tax_before_refund_wan": 1.02}
_BY_BUILT_HA: Final = {"enterprises": 0.21, "employees": 29.0, "population": 38.0}
_UNKNOWN: Final = {
    "jx-luxi-ip": ("energy_tce", "emission_eq"),
    "jx-shangli-edz": ("floor_area_m2", "building_area_m2", "industrial_floor_area_m2"),
}
"""Figures that an office does not have; their cells stay empty."""


def figures() -> pd.DataFrame:
    """Made-up figures, index ``zone_id``; areas in m2, money in 10k CNY."""
    rows = [_row(*zone) for zone in _ZONES]
    frame = pd.DataFrame(rows).set_index("zone_id")
    for zone, names in _UNKNOWN.items():
        frame.loc[zone, list(names)] = None
    return frame


def workbook() -> bytes:
    """The template of the prefecture with :func:`figures`; the title says that they are made up."""
    zones = reference.zones()
    mine = zones[zones["prefecture_adcode"] == PREFECTURE]
    return template(mine, year=YEAR, known=figures(), demonstration=True)


def _row(
    zone: str, industries: str, developable: float, *rest: float
) -> dict[str, str | float | bool]:
    developed, provided, completed, revenue, tax = rest
    ready = developable * developed
    supplied = ready * provided
    built = supplied * completed
    areas = {
        "developable_m2": developable,
        "ready_m2": ready,
        "supplied_m2": supplied,
        "built_m2": built,
        "unsupplied_m2": ready - supplied,
        "not_started_m2": (supplied - built) / 2,
        **{name: share * developable for name, share in _OF_DEVELOPABLE.items()},
        **{name: share * built for name, share in _OF_BUILT.items()},
        **{name: share * supplied for name, share in _OF_SUPPLIED.items()},
    }
    money = {
        "revenue_wan": revenue * built,
        "tax_wan": tax * built,
        **{name: share * revenue * built for name, share in _OF_REVENUE.items()},
        **{name: share * tax * built for name, share in _OF_TAX.items()},
    }
    return {
        "zone_id": zone,
        "zone_type": "industry_led",
        "leading_industries": industries,
        **{name: round(value, 2) * M2_PER_HA for name, value in areas.items()},
        **{name: float(round(value)) for name, value in money.items()},
        **{name: float(round(share * built)) for name, share in _BY_BUILT_HA.items()},
        "digestion_years": 2.6,
        "environment_open": False,
        "safety_open": False,
        "figures_source": SOURCE,
    }
