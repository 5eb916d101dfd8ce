"""What control indicators are held against: contracts of the supply ledger, and zones as a whole.

A contract says what was agreed (容积率下限, 约定投资强度), not what was built. Its industry is a
code of GB/T 4754, or the name of a group as the table of limits has it, or a word of
``industry_codes`` (a default of the product, told as such); any other word gives no code, and what
hangs on a code is then unknown.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import Final

import pandas as pd

from domain.rules import load_rules
from geo.units import M2_PER_HA

INDUSTRIAL_USE: Final = ("工业", "仓储", "采矿", "物流")
"""First words of the uses of land that the table is about (工矿仓储用地)."""

CODE_BASES: Final = ("code", "name", "word", "none")
"""How the industry of a contract gave its code: it is one, it is the name of a group, it is a word
that the product takes for one, or not at all."""

_CODE: Final = re.compile(r"^\s*[A-T]?(\d{2,4})(?!\d)")


def of_contracts(
    supplies: pd.DataFrame, table: pd.DataFrame, words: pd.DataFrame, *, as_of: dt.date
) -> pd.DataFrame:
    """Contracts of industrial land in the form that :func:`control_indicators.assess` takes.

    Args:
        supplies: The supply ledger.
        table: The table ``control_indicators``.
        words: The table ``industry_codes``.
        as_of: Contracts signed later are left out.

    Returns:
        Rows of industrial use on their index: ``supply_no``, ``name``, ``holder``, ``zone_id``,
        ``prefecture_adcode``, ``signed_on``, ``industry``, ``land_m2``, ``counted_floor_m2``
        (least agreed floor area), ``fixed_assets_wan`` (agreed), ``code``, ``code_version``,
        ``code_basis`` (:data:`CODE_BASES`), ``demonstration``. A number states no
        version: it is read in that in force when the contract was signed (``CTL-CODE-YEAR``).
    """
    signed = supplies["signed_on"] <= pd.Timestamp(as_of)
    use = supplies["land_use"].astype("string").fillna("")
    rows = supplies[signed & use.str.startswith(INDUSTRIAL_USE)]
    kept = [
        "supply_no", "name", "holder", "zone_id", "prefecture_adcode", "signed_on", "industry",
        "demonstration",
    ]  # fmt: skip
    land = rows["supplied_m2"].astype("float64")
    return (
        rows[kept]
        .assign(
            land_m2=land,
            counted_floor_m2=rows["far_min"].astype("float64") * land,
            fixed_assets_wan=rows["intensity_wan_ha"].astype("float64") * land / M2_PER_HA,
        )
        .join(_codes(rows, table, words))
    )


def of_zones(figures: pd.DataFrame) -> pd.DataFrame:
    """Zones as a whole in the same form: their industrial land and what stands on it.

    Args:
        figures: Zones by the columns of :mod:`domain.indicators`.

    Returns:
        On the same index: ``land_m2``, ``building_footprint_m2`` (buildings, structures and open
        storage together), ``structure_footprint_m2`` and ``open_storage_m2`` (0: they are in it),
        ``fixed_assets_wan``, ``revenue_wan``, ``tax_wan``. There is no floor area, since high
        storeys count double and nobody gives heights.
    """
    wanted = ["built_industrial_m2", "industrial_footprint_m2", "fixed_assets_wan"]
    known = figures.reindex(columns=[*wanted, "industrial_revenue_wan", "industrial_tax_wan"])
    return pd.DataFrame(
        {
            "land_m2": known["built_industrial_m2"],
            "building_footprint_m2": known["industrial_footprint_m2"],
            "structure_footprint_m2": 0.0,
            "open_storage_m2": 0.0,
            "fixed_assets_wan": known["fixed_assets_wan"],
            "revenue_wan": known["industrial_revenue_wan"],
            "tax_wan": known["industrial_tax_wan"],
        },
        index=figures.index,
    ).astype("float64")


def _codes(rows: pd.DataFrame, table: pd.DataFrame, words: pd.DataFrame) -> pd.DataFrame:
    """Code, its version, and how the industry gave it, on the index of ``rows``."""
    industry = rows["industry"].astype("string").fillna("").str.strip()
    number = industry.str.extract(_CODE, expand=False)
    listed = table[table["code"].notna()].drop_duplicates("group_zh", keep="last")
    by_name, by_word = listed.set_index("group_zh"), words.set_index("word")
    found = pd.DataFrame({"code": number, "code_version": _at_signing(rows).where(number.notna())})
    basis = pd.Series("none", index=rows.index, dtype="string").mask(number.notna(), "code")
    for name, known in (("name", by_name), ("word", by_word)):
        fresh = found["code"].isna() & industry.isin(known.index)
        for column in ("code", "code_version"):
            values = industry.map(known[column]).astype("string")
            found[column] = found[column].mask(fresh, values)
        basis = basis.mask(fresh, name)
    return found.astype("string").assign(code_basis=basis)


def _at_signing(rows: pd.DataFrame) -> pd.Series:
    """Version of the classification in force when each contract was signed."""
    versions = {day: _version(day) for day in rows["signed_on"].dropna().unique()}
    return rows["signed_on"].map(versions).astype("string")


def _version(day: pd.Timestamp) -> str | None:
    """Version of GB/T 4754 in force on a day; None before the first that is known."""
    rules = load_rules("control", as_of=pd.Timestamp(day).date())
    if "CTL-CODE-YEAR" not in rules:
        return None
    return f"GB/T 4754-{rules.value('CTL-CODE-YEAR'):.0f}"


def counts(assessed: pd.DataFrame) -> pd.DataFrame:
    """How many of each verdict every indicator has.

    Args:
        assessed: Result of :func:`analytics.evaluation.control_indicators.assess`.

    Returns:
        One row per indicator in the order of the table: ``indicator``, ``comparator``, ``force``,
        ``confidence`` and ``limits`` (the distinct limits that were met with, ascending),
        ``pass``, ``fail``, ``unknown`` (int64), ``without_limit`` and ``without_figure`` (of the
        unknown ones).
    """
    rows = []
    for name, mine in assessed.groupby("indicator", sort=False):
        verdict, reason = mine["verdict"], mine["reason"]
        rows.append(
            {
                "indicator": name,
                "comparator": mine["comparator"].iloc[0],
                "force": mine["force"].iloc[0],
                "confidence": ";".join(sorted(mine["confidence"].dropna().unique())),
                "limits": sorted(mine["limit"].dropna().unique()),
                "pass": int((verdict == "pass").sum()),
                "fail": int((verdict == "fail").sum()),
                "unknown": int((verdict == "unknown").sum()),
                "without_limit": int((~reason.isin(["met", "not_met", "missing"])).sum()),
                "without_figure": int((reason == "missing").sum()),
            }
        )
    return pd.DataFrame(rows)
