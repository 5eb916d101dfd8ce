"""The facts of a case as a letter states them: Chinese, with the place where each is on record."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from analytics.calendar_years import day, full_years
from analytics.cases.file import CaseFile, Cells, Source, as_date, as_text
from domain import boundaries, formats
from domain.i18n import translator
from domain.rules import RuleSet
from export.case_letters import Known, article_of

_TABLES: Final = {
    "parcels": "地块数据",
    "batch": "批次台账",
    "supply": "供地台账",
    "idle_case": "闲置台账",
    "document": "附件",
}
_BASES: Final = {
    "amended": "补充协议约定",
    "agreed": "合同或者划拨决定书约定",
    "handover": "未约定，自实际交付土地之日起满一年",
    "contract": "未约定，自合同签订之日起满一年",
}
_BASIS_RULES: Final = {"handover": "IDLE-HANDOVER", "contract": "IDLE-COMMENCE-CONTRACT"}
_DAY_OF: Final = {
    "signed_on": "signed",
    "notice_on": "notice",
    "materials_on": "material",
    "letter_on": "letter",
    "hearing_notice_on": "hearing_notice",
    "hearing_on": "hearing",
    "decision_on": "decision",
}
_NUMBER_OF: Final = {
    "contract_no": "signed",
    "notice_no": "notice",
    "letter_no": "letter",
    "decision_no": "decision",
}
_TERMS: Final = {
    "material_days": "IDLE-MATERIAL",
    "hearing_days": "IDLE-HEARING",
    "pay_days": "IDLE-PAY",
    "deregister_days": "IDLE-DEREGISTER",
}


def case_facts(
    parcel: Cells,
    supply: Cells,
    case: Cells,
    *,
    file: CaseFile,
    version: str,
    as_of: dt.date,
    rules: RuleSet,
) -> dict[str, Known]:
    """What is known of a case, by the names that the letters use.

    Args:
        parcel: The parcel with its status columns; facts of the ledgers in effect.
        supply: Its row of the supply ledger; empty where there is none.
        case: Its row of the idle ledger; empty where there is none.
        file: Its file, for dates, numbers and their sources.
        version: Version of the parcel file.
        as_of: The day that is judged.
        rules: The rules of ``idle``.

    Returns:
        Facts by name; what is not on record is absent, and stays a blank in a letter.
    """
    found = {
        "as_of": _date(as_of),
        **_land(parcel, supply, version),
        **_recorded(file),
        **_clock(parcel, as_of, rules),
        **_money(parcel, supply, version, rules),
    }
    number = as_text(case.get("case_id"))
    own = f"闲置台账 {number}" if number else ""
    cause = as_text(case.get("cause")) or as_text(parcel.get("idle_cause"))
    if cause:
        found["cause"] = Known(_cause(cause), own or f"地块数据 {version}")
    idle = case.get("idle_m2")
    if not formats.is_missing(idle):
        found["idle_area"] = Known(_area(float(idle or 0)), own)
    for name, rule in _TERMS.items():
        if rule in rules:
            found[name] = Known(f"{rules[rule].value:g}")
    return {name: known for name, known in found.items() if known.text}


def _cause(code: str) -> str:
    return translator("zh_CN").get(f"idle.cause.{code}", code).removeprefix(code).strip() or code


def source_words(source: Source) -> str:
    """A source in Chinese: where, which state, who, when."""
    parts = [f"{_TABLES[source.table]} {source.key}"]
    more = []
    if source.revision is not None and source.table != "parcels":
        more.append(f"第 {source.revision} 次登记")
    if source.by:
        more.append(source.by)
    if source.at is not None:
        more.append(source.at.astimezone().date().isoformat())
    return parts[0] + (f"（{'，'.join(more)}）" if more else "")


def proposal(letter_route: str, parcel: Cells, supply: Cells, rules: RuleSet) -> dict[str, Known]:
    """What a hearing notice says is intended: the fee or the free reclaim, and its article.

    Args:
        letter_route: ``D7`` or ``D8``; anything else leaves blanks.
        parcel: The parcel.
        supply: Its row of the supply ledger.
        rules: The rules of ``idle``.
    """
    if letter_route == "D8":
        return {
            "proposal": Known("无偿收回该宗地国有建设用地使用权"),
            "article_14": Known(article_of(rules, "IDLE-A2")),
        }
    if letter_route == "D7":
        fee = _money(parcel, supply, "", rules).get("fee", Known(""))
        text = f"征缴土地闲置费，金额为{fee.text}" if fee.text else "征缴土地闲置费"
        return {
            "proposal": Known(text, fee.source),
            "article_14": Known(article_of(rules, "IDLE-FEE")),
        }
    return {}


def _land(parcel: Cells, supply: Cells, version: str) -> dict[str, Known]:
    """Who and what: the ledger goes before the file."""
    out = {}
    ledger = f"供地台账 {as_text(supply.get('supply_no'))}"
    for name, own, other in (
        ("holder", "holder", "holder"),
        ("project", "name", "name"),
        ("location", "location", "location"),
        ("land_use", "land_use", "land_class_name"),
        ("supply_no", "supply_no", "supply_no"),
    ):
        recorded, stated = as_text(supply.get(own)), as_text(parcel.get(other))
        source = ledger if recorded else f"地块数据 {version}"
        out[name] = Known(recorded or stated, source if recorded or stated else "")
    if not out["location"].text:
        county = as_text(parcel.get("county_adcode"))
        known = county in boundaries.known_adcodes()
        out["location"] = Known(boundaries.name_of(county, "zh_CN") if known else "", "行政区代码")
    area = supply.get("supplied_m2")
    if formats.is_missing(area):
        out["area"] = Known(
            _area(_number(parcel.get("area_ellipsoidal_m2"))), "地块数据 " + version
        )
    else:
        out["area"] = Known(_area(_number(area)), ledger)
    return out


def _number(value: Any) -> float:  # noqa: ANN401 - a cell
    return float("nan") if formats.is_missing(value) else float(value)


def _area(area_m2: float) -> str:
    """An area as letters write it: hectares to four decimals, mu beside them."""
    if np.isnan(area_m2):
        return ""
    hectares, mu = formats.in_unit(area_m2, "ha"), formats.in_unit(area_m2, "mu")
    return f"{hectares:.4f}公顷（合{mu:.2f}亩）"


def _date(on: dt.date | None) -> Known:
    return Known("" if on is None else f"{on.year}年{on.month}月{on.day}日")


def _recorded(file: CaseFile) -> dict[str, Known]:
    """Days and numbers that stand in the file; of several the last one."""
    out = {}
    for name, kind in _DAY_OF.items():
        for entry in [e for e in file.of(kind) if e.on is not None][-1:]:
            out[name] = Known(_date(entry.on).text, source_words(entry.source))
    for name, kind in _NUMBER_OF.items():
        for entry in [e for e in file.of(kind) if e.number][-1:]:
            out[name] = Known(entry.number, source_words(entry.source))
    return out


def _clock(parcel: Cells, as_of: dt.date, rules: RuleSet) -> dict[str, Known]:
    """The start date with its basis, and what has become of the land since."""
    start, basis = as_date(parcel.get("start_on")), as_text(parcel.get("start_basis"))
    out = {"start_on": _date(start)}
    if basis in _BASES:
        rule = _BASIS_RULES.get(basis, "")
        why = _BASES[basis] + (f"，{article_of(rules, rule)}" if rule in rules else "")
        out["start_basis"] = Known(why)
    stopped = as_date(parcel.get("stopped_since"))
    if bool(parcel.get("started")):
        if stopped is not None:
            years = _years(stopped, as_of)
            out["situation"] = Known(
                f"已动工开发，自{_date(stopped).text}起中止开发建设" + _full(years)
            )
    elif start is not None and start <= as_of:
        out["situation"] = Known("超过动工开发日期" + _full(_years(start, as_of)) + "未动工开发")
    return out


def _years(since: dt.date, until: dt.date) -> int:
    return int(full_years(np.array([since], dtype="datetime64[D]"), day(until))[0])


def _full(years: int) -> str:
    words = {1: "一", 2: "两", 3: "三", 4: "四", 5: "五"}
    return f"满{words.get(years, str(years))}年" if years > 0 else ""


def _money(parcel: Cells, supply: Cells, version: str, rules: RuleSet) -> dict[str, Known]:
    """The price on record and the fee that follows from it."""
    recorded = supply.get("price_wan")
    ledger = not formats.is_missing(recorded)
    price = _number(recorded if ledger else parcel.get("price_wan"))
    if np.isnan(price):
        return {}
    source = f"供地台账 {as_text(supply.get('supply_no'))}" if ledger else f"地块数据 {version}"
    out = {"price": Known(f"{formats.number(price, 4)}万元", source)}
    if "IDLE-FEE" in rules:
        share = rules["IDLE-FEE"].value
        out["fee"] = Known(
            f"{formats.number(price * share, 4)}万元", f"{source}，价款 × {share:.0%}"
        )
        out["fee_share"] = Known(f"{share:.0%}")
    return out


def missing_of(names: tuple[str, ...], facts: Mapping[str, Known]) -> tuple[str, ...]:
    """Names of a letter that stay blank."""
    return tuple(name for name in names if name not in facts or not facts[name].text)
