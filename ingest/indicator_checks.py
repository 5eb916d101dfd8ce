"""What can be wrong with yearly figures: zones, years, texts, limits; of zones sums and rates."""

from __future__ import annotations

from typing import Final

import pandas as pd

from domain import indicators
from domain.ledgers import LONGEST_TEXT
from domain.rules import RuleSet
from domain.schema import Column, YearlyKind
from ingest.indicator_headings import plain
from ingest.model import Finding, Value

_RATES: Final = ("development_rate", "supply_rate", "built_rate")
_CHAIN: Final = ("developable_m2", "ready_m2", "supplied_m2", "built_m2")
_PER_CENT: Final = 100.0
_FIRST_YEAR: Final = "year"
_SLACK_M2: Final = 1.0
_SHOWN: Final = 40


def blank(rows: pd.DataFrame, kind: YearlyKind = "indicators") -> pd.Series:
    """Rows in which no figure is filled in, as a template hands them out."""
    names = [*indicators.figures(kind), *_RATES, "use_rate"]
    return rows.reindex(columns=names).isna().all(axis=1)


def places(
    rows: pd.DataFrame,
    zones: pd.DataFrame,
    *,
    latest_year: int,
    kind: YearlyKind = "indicators",
) -> tuple[pd.DataFrame, list[Finding]]:
    """Rows with the code of their zone.

    Args:
        rows: n rows with ``zone_id`` (a code or a name) and ``year``; ``zone_name`` where given.
        zones: Known zones; see :func:`ingest.indicators.read_indicators`.
        latest_year: Later years have not ended yet.
        kind: Table that the rows belong to.

    Returns:
        The rows with ``zone_id`` as a code, and what is wrong: no or an unknown zone
        (``IND-007``), no or an impossible year (``IND-008``), of figures of zones zone and year
        given twice (``IND-009``, all of them), a name that is not that of the code (``IND-015``).
    """
    words = _zone_words(zones)
    given = rows["zone_id"].astype("string")
    code = given.map(lambda text: words.get(plain(text), ""), na_action="ignore")
    code = code.astype("string").mask(lambda codes: codes == "")
    told = [
        Finding(code="IND-007", row=_row(row), values={"text": str(text or "")[:_SHOWN]})
        for row, text in given.fillna("")[code.isna()].items()
    ]
    year = rows["year"].astype("float64")
    first = indicators.definitions(kind)["year"].minimum or 0.0
    for row, value in year[~year.between(first, latest_year)].items():
        shown = "" if pd.isna(value) else f"{value:g}"
        values: dict[str, Value] = {"text": shown, "first": int(first), "last": latest_year}
        told.append(Finding(code="IND-008", row=_row(row), values=values))
    out = rows.assign(zone_id=code)
    if kind == "indicators":
        for row in twice(code, year):
            named_twice: dict[str, Value] = {"zone": str(code[row]), "year": int(year[row])}
            told.append(Finding(code="IND-009", row=_row(row), values=named_twice))
    return out, told + _names(out, words)


def twice(subject: pd.Series, year: pd.Series) -> pd.Index:
    """Rows whose subject and year stand in another row too."""
    key = indicators.record_ids(subject, year)
    found: pd.Index = key.index[key.duplicated(keep=False) & key.notna()]
    return found


def texts(rows: pd.DataFrame, kind: YearlyKind = "indicators") -> list[Finding]:
    """Texts that must not be kept.

    Args:
        rows: n rows as they are typed.
        kind: Table that they belong to.

    Returns:
        Figures that their own source calls demonstration data (``IND-021``): a template that was
        filled with invented figures must not come back as real ones. Texts that are longer than
        the store keeps (``IND-022``).
    """
    said = rows.reindex(columns=["figures_source"])["figures_source"].astype("string")
    invented = said.str.contains(indicators.MADE_UP, regex=False).fillna(value=False)
    told = [Finding(code="IND-021", row=_row(row)) for row in rows.index[invented.astype(bool)]]
    for column in indicators.columns(kind):
        if column.dtype != "string" or column.column not in rows:
            continue
        length = rows[column.column].astype("string").str.len()
        for row in rows.index[length.gt(LONGEST_TEXT).fillna(value=False).astype(bool)]:
            values = named(column) | {"most": LONGEST_TEXT}
            told.append(Finding(code="IND-022", row=_row(row), values=values))
    return told


def figures(rows: pd.DataFrame, *, rules: RuleSet) -> list[Finding]:
    """Figures that cannot be true or do not agree with each other.

    Args:
        rows: n rows in stored units.
        rules: The rules ``intensity``.

    Returns:
        Beyond a limit (``IND-011``), a part above its whole (``IND-012``), evaluation area other
        than developable land and land that cannot be built on (``IND-017``), rates that do not
        multiply to the overall rate or disagree with the areas (``IND-016``), rates that look
        like ratios instead of per cent (``IND-019``).
    """
    return [*limits(rows), *_sums(rows), *_rates(rows, rules)]


def limits(rows: pd.DataFrame, kind: YearlyKind = "indicators") -> list[Finding]:
    """Figures beyond a limit (``IND-011``) and parts above their whole (``IND-012``)."""
    by_name = {c.column: c for c in indicators.columns(kind)}
    told = []
    for line in indicators.contradictions(rows, kind).to_dict("records"):
        if line["column"] == _FIRST_YEAR:
            continue
        column = by_name[line["column"]]
        values = named(column) | _printed("value", column, line["value"], kind)
        values |= _printed("limit", column, line["limit"], kind)
        code = "IND-012" if line["check"] == "part" else "IND-011"
        if code == "IND-012":
            whole = by_name[line["whole"]]
            values |= {"whole": whole.zh, "whole_en": whole.en}
        told.append(Finding(code=code, row=_row(line["row"]), values=values))
    return told


def named(column: Column) -> dict[str, Value]:
    """Chinese and English title of a column, as placeholders ``field`` and ``field_en``."""
    return {"field": column.zh, "field_en": column.en}


def _printed(name: str, column: Column, value: float, kind: YearlyKind) -> dict[str, Value]:
    """A figure with its unit as the template has it, as a placeholder in both languages."""
    number = f"{indicators.as_printed(column, value, kind):,.4f}".rstrip("0").rstrip(".")
    zh, en = indicators.printed_unit(column, kind)
    return {name: f"{number} {zh}".rstrip(), f"{name}_en": f"{number} {en}".rstrip()}


def _sums(rows: pd.DataFrame) -> list[Finding]:
    wanted = ["evaluation_m2", "unbuildable_m2", "developable_m2"]
    known = rows.reindex(columns=wanted).astype("float64")
    gap = known["evaluation_m2"] - known["unbuildable_m2"] - known["developable_m2"]
    return [
        Finding(code="IND-017", row=_row(row), values={"gap_m2": round(float(value), 2)})
        for row, value in gap[gap.abs() > _SLACK_M2].items()
    ]


def _rates(rows: pd.DataFrame, rules: RuleSet) -> list[Finding]:
    """Stated rates against their product and against the areas, all as ratios."""
    known = rows.reindex(columns=[*_RATES, "use_rate"]).astype("float64")
    told = [
        Finding(code="IND-019", row=_row(row), values={"value": float(known.loc[row].max())})
        for row in known.index[known.max(axis=1).le(1.0) & known.max(axis=1).gt(0.0)]
    ]
    known = known / _PER_CENT
    chain = rows.reindex(columns=list(_CHAIN)).astype("float64")
    stated = {name: known[name] for name in _RATES}
    gaps = {"use_rate": known[list(_RATES)].prod(axis=1, skipna=False) - known["use_rate"]}
    for name, whole, part in zip(_RATES, _CHAIN[:-1], _CHAIN[1:], strict=True):
        gaps[name] = chain[part] / chain[whole].where(chain[whole] > 0) - stated[name]
    by_name = {c.column: c for c in indicators.columns()}
    limit = rules.value("INT-IDENTITY")
    for name, gap in gaps.items():
        for row, value in gap[gap.abs() > limit].items():
            shown = named(by_name[name]) | {"gap": round(float(value) * _PER_CENT, 4)}
            told.append(Finding(code="IND-016", row=_row(row), values=shown))
    return told


def _zone_words(zones: pd.DataFrame) -> dict[str, str]:
    """Code of a zone by code, name and former names; a former name of two zones means neither."""
    codes = zones["zone_id"].astype(str)
    former: dict[str, set[str]] = {}
    if "name_former" in zones:
        for code, names in zip(codes, zones["name_former"].fillna(""), strict=True):
            for name in filter(None, str(names).split(";")):
                former.setdefault(plain(name), set()).add(code)
    clear = {name: next(iter(those)) for name, those in former.items() if len(those) == 1}
    current = dict(zip(zones["name_zh"].astype(str).map(plain), codes, strict=True))
    return clear | current | dict(zip(codes.map(plain), codes, strict=True))


def _names(rows: pd.DataFrame, words: dict[str, str]) -> list[Finding]:
    if "zone_name" not in rows:
        return []
    told = []
    both = rows[rows["zone_id"].notna() & rows["zone_name"].notna()]
    for row, code, name in zip(both.index, both["zone_id"], both["zone_name"], strict=True):
        if words.get(plain(str(name))) != code:
            values: dict[str, Value] = {"zone": str(code), "name": str(name)[:_SHOWN]}
            told.append(Finding(code="IND-015", row=_row(row), values=values))
    return told


def _row(label: object) -> int:
    return int(str(label))
