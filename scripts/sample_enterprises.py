"""A filled-in workbook of yearly figures of enterprises as a sample: made-up firms of Pingxiang."""

from __future__ import annotations

from typing import Final

import pandas as pd

from domain import reference
from domain.credit_codes import check_character
from export.indicator_template import enterprise_template
from geo.units import M2_PER_MU
from scripts.sample_indicators import SOURCE, YEAR

UNFILLED: Final = 1
"""Enterprises whose row names them and holds no figure."""

_BODY: Final = "91000000XMP{serial:05d}N"
"""No place has the code 000000."""
_FIRMS: Final = (
    # name, zone, division, kind, start, land with certificate, without, rented (mu), tax, value
    # added, revenue (10k CNY), employees, energy (tce), emissions
    ("甲新材料", "jx-pingxiang-etdz", "30", "industrial", "2012-05-01",
     (62.0, 0.0, 0.0), 1310.0, 4480.0, 17900.0, 214.0, 2150.0, 96.0),
    ("乙装备制造", "jx-pingxiang-etdz", "35", "industrial", "2015-09-01",
     (48.5, 6.5, 0.0), 905.0, 3720.0, 13600.0, 183.0, 640.0, 41.0),
    ("丙电子", "jx-pingxiang-etdz", "39", "industrial", "2018-03-01",
     (0.0, 0.0, 21.0), 488.0, 2260.0, 9900.0, 157.0, 310.0, 12.0),
    ("丁食品加工", "jx-anyuan-ip", "14", "industrial", "2009-11-01",
     (35.0, 0.0, 0.0), 196.0, 1010.0, 5200.0, 96.0, 520.0, 58.0),
    ("戊供热", "jx-anyuan-ip", "44", "utility", "2011-01-01",
     (28.0, 0.0, 0.0), 88.0, 690.0, 3100.0, 45.0, 8900.0, 310.0),
    ("己包装", "jx-anyuan-ip", "22", "industrial", "2016-07-01",
     None, 61.0, 330.0, 1490.0, 40.0, 95.0, 9.0),
    ("庚五金", "jx-anyuan-ip", "33", "industrial", "2017-02-01",
     None, 42.0, 265.0, 1180.0, 33.0, 120.0, 14.0),
    ("辛电瓷", "jx-luxi-ip", "30", "industrial", "2013-06-01",
     (54.0, 0.0, 0.0), 402.0, 1960.0, 7300.0, 168.0, None, None),
)  # fmt: skip
_WITHOUT: Final = ("壬工业陶瓷", "jx-xiangdong-ip", "30", "industrial", "2014-04-01")
_PLANT: Final[dict[str, str | float]] = {
    "plant_id": "标准厂房1号",
    "plant_land_m2": 24.0 * M2_PER_MU,
}
_FLOOR_M2: Final = {"己包装": 9600.0, "庚五金": 6400.0}
"""Tenants of the one plant that is shared; they have no land of their own."""
_OPEN: Final = {"丁食品加工": "safety_open"}


def figures() -> pd.DataFrame:
    """Made-up figures, RangeIndex, columns of the ledger ``enterprises``; m2 and 10k CNY."""
    rows = [_row(*firm) for firm in _FIRMS] + [_identity(*_WITHOUT)]
    frame = pd.DataFrame(rows)
    bodies = [_BODY.format(serial=k) for k in range(1, len(rows) + 1)]
    frame.insert(0, "credit_code", [body + check_character(body) for body in bodies])
    names = reference.zones().set_index("zone_id")["name_zh"]
    return frame.assign(zone_name=frame["zone_id"].map(names))


def workbook() -> bytes:
    """The template with :func:`figures`; the title says that they are made up."""
    return enterprise_template(figures(), year=YEAR, demonstration=True)


def _identity(
    name: str, zone: str, division: str, kind: str, started: str
) -> dict[str, str | float | bool | pd.Timestamp | None]:
    return {
        "name": f"示例{name}有限公司（虚构）",
        "year": float(YEAR),
        "zone_id": zone,
        "industry_code": division,
        "kind": kind,
        "started_on": pd.Timestamp(started),
    }


def _row(
    name: str,
    zone: str,
    division: str,
    kind: str,
    started: str,
    land_mu: tuple[float, float, float] | None,
    *money: float | None,
) -> dict[str, str | float | bool | pd.Timestamp | None]:
    names = (
        "tax_wan",
        "industrial_value_added_wan",
        "revenue_wan",
        "employees",
        "energy_tce",
        "emission_eq",
    )
    parts = ("certified_m2", "uncertified_m2", "rented_m2")
    own = zip(parts, land_mu, strict=True) if land_mu is not None else ()
    plant = _PLANT | {"floor_area_m2": _FLOOR_M2[name]} if land_mu is None else {}
    return {
        **_identity(name, zone, division, kind, started),
        "above_scale": True,
        "in_contract_building": False,
        **{part: mu * M2_PER_MU for part, mu in own},
        **plant,
        **dict(zip(names, money, strict=True)),
        "environment_open": False,
        "safety_open": _OPEN.get(name) == "safety_open",
        "tax_open": False,
        "credit_open": False,
        "figures_source": SOURCE,
    }
