"""What may be done with idle land: the disposal routes that the law leaves open, never a decision.

Since 2012, 闲置土地处置办法 Art. 12 (routes D1 to D6, and the bond-funded buy-back D4B) and Art. 14
(idle fee D7, free reclaim D8) exclude each other: acts of government and force majeure never bring
fee or reclaim, the holder's own cause never brings Art. 12. Land that was started and then stopped
(type B) is disposed of under Art. 12 whatever the cause. D9, a real start, closes any case.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from analytics.calendar_years import add_years, day, days
from analytics.coded_texts import bits, joined, texts
from analytics.idle.status import SUSPECTED
from domain.rules import RuleSet

GOVERNMENT_CAUSES: Final = ("G1", "G2", "G3", "G4", "G5", "G6", "F")
"""Causes on the side of the government, and force majeure, which is treated alike (Art. 8)."""
HOLDER_CAUSE: Final = "H"
BY_AGREEMENT: Final = ("D1", "D2", "D3", "D4", "D5", "D6")
"""Routes of Art. 12."""
FEE, RECLAIM, STARTED_FOR_REAL, BUY_BACK = "D7", "D8", "D9", "D4B"
ROUTES: Final = ("D1", "D2", "D3", "D4", BUY_BACK, "D5", "D6", FEE, RECLAIM, STARTED_FOR_REAL)
"""Every route, in the order of :func:`routes_of`."""

BARS: Final = (
    "no_letter",
    "no_cause",
    "holder_cause",
    "government_cause",
    "type_b",
    "no_start_date",
    "not_one_year",
    "not_two_years",
    "two_years_over",
    "sealed",
    "price_not_paid",
    "not_plan_change",
    "not_in_force",
)
"""Words that say why a route is barred."""

NEEDS: Final = (
    "letter",
    "agreement",
    "county_approval",
    "approving_authority",
    "plan_public",
    "hearing",
    "notify_mortgagee",
    "plan_conform",
    "price_settled",
    "price_agreed",
    "bond_funds",
    "price_paid",
    "project_funds",
    "local_rule",
    "start_evidence",
)
"""Words for what a permitted route still needs."""

_RULE_OF: Final = {
    "D1": "IDLE-D1",
    "D2": "IDLE-D2",
    "D3": "IDLE-D3",
    "D4": "IDLE-D4",
    BUY_BACK: "IDLE-D4B",
    "D5": "IDLE-D5-PAID",
    "D6": "IDLE-D6",
    FEE: "IDLE-FEE",
    RECLAIM: "IDLE-A2",
    STARTED_FOR_REAL: "IDLE-D9",
}
_RULE_OF_BAR: Final = {
    "no_letter": "IDLE-LETTER",
    "holder_cause": "IDLE-GUARD-CAUSE",
    "government_cause": "IDLE-GUARD-CAUSE",
    "type_b": "IDLE-GUARD-B",
    "not_one_year": "IDLE-FEE-AFTER",
    "not_two_years": "IDLE-A2",
    "two_years_over": "IDLE-A2",
    "sealed": "IDLE-SEALED",
}
_PLAN = ("agreement", "county_approval", "plan_public")
_NEEDS_OF: Final[Mapping[str, tuple[str, ...]]] = {
    "D1": _PLAN,
    "D2": (*_PLAN, "plan_conform", "price_settled"),
    "D3": _PLAN,
    "D4": (*_PLAN, "price_agreed"),
    BUY_BACK: (*_PLAN, "price_agreed", "bond_funds"),
    "D5": (*_PLAN, "price_settled", "project_funds"),
    "D6": (*_PLAN, "local_rule"),
    FEE: ("county_approval", "hearing"),
    RECLAIM: ("approving_authority", "hearing"),
    STARTED_FOR_REAL: ("start_evidence",),
}
_MAKES_ROOM: Final = "G2"
"""Cause of a swap since 2012: an amended plan."""
_CERTAINTY_ORDER: Final = ("sourced", "default", "recalled")
# A price is paid in full up to the last hundred yuan, the precision of the ledger.
_PAID_SLACK_WAN: Final = 0.01

Flags = npt.NDArray[np.bool_]
Places = npt.NDArray[np.int32]


def routes_of(
    parcels: pd.DataFrame,
    status: pd.DataFrame,
    *,
    as_of: dt.date,
    rules: RuleSet,
    assume_cause: str | None = None,
) -> pd.DataFrame:
    """Every route of every parcel, open or barred, with what bars it and what it needs.

    Args:
        parcels: n parcels with ``idle_cause``, ``price_wan``, ``mortgaged``, ``sealed`` and, where
            it is known, ``price_paid_wan``.
        status: Result of :func:`analytics.idle.status.parcel_status` for the same parcels and day.
        as_of: The day that is judged.
        rules: The rules of ``idle`` in force on that day.
        assume_cause: Treat suspected land as determined, with this cause where none is recorded.

    Returns:
        n x 10 rows, RangeIndex, the routes of a parcel side by side in the order of
        :data:`ROUTES`: ``label`` (of ``parcels``), ``route``, ``permitted`` (bool), ``barred_by``
        (words of :data:`BARS` joined by ``;``, empty where permitted), ``rule`` (id; of the first
        bar that has one, else of the route), ``article`` (Chinese), ``certainty`` (the weakest of
        both), ``needs`` (words of :data:`NEEDS` joined by ``;``, empty where barred). Land that is
        neither suspected nor determined is barred by ``no_letter`` alone.

    Raises:
        RuleError: A rule is not in force on ``as_of``.
    """
    n, m = len(parcels), len(ROUTES)
    suspected = status["status"].isin(SUSPECTED).to_numpy(dtype=bool)
    determined = (status["status"] == "determined").to_numpy(dtype=bool)
    lettered = determined | suspected if assume_cause else determined
    cause = parcels["idle_cause"].astype("object").fillna("").to_numpy()
    if assume_cause:
        cause = np.where((cause == "") & suspected, assume_cause, cause)
    bars = _bars(parcels, status, cause, day(as_of), rules)
    needs = _needs(parcels, suspected & ~determined)
    barred, needed = np.zeros((n, m), np.uint32), np.zeros((n, m), np.uint32)
    idle = suspected | determined
    for j, route in enumerate(ROUTES):
        barred[:, j] = np.where(idle, bits(bars[route], BARS, n), 0)
        barred[~lettered, j] |= np.uint32(1)  # no_letter is the first word
        needed[:, j] = np.where(barred[:, j] == 0, bits(needs[route], NEEDS, n), 0)
    ids, place = _rules(barred, rules)
    route_code = np.tile(np.arange(m, dtype=np.int8), n)
    return pd.DataFrame(
        {
            "label": parcels.index.repeat(m),
            "route": texts(route_code, ROUTES),
            "permitted": barred.ravel() == 0,
            "barred_by": joined(barred.ravel(), BARS),
            "rule": texts(place, ids),
            "article": texts(place, [rules.rule(key).article for key in ids]),
            "certainty": _certainty(route_code, place, ids, rules),
            "needs": joined(needed.ravel(), NEEDS),
        }
    )


def permitted_routes(
    parcels: pd.DataFrame, status: pd.DataFrame, *, as_of: dt.date, rules: RuleSet
) -> pd.DataFrame:
    """Disposal routes that stay open for each parcel with a determination letter.

    The same as :func:`routes_of` in one row per parcel, without the bond-funded form of D4. Without
    a recorded cause only a real start closes the case of land that was never started: the
    investigation has to find the cause first. Suspected land has no route yet, but an investigation
    to be made.

    Args:
        parcels: n parcels with ``idle_cause``, ``price_wan``, ``mortgaged``, ``sealed``.
        status: Result of :func:`analytics.idle.status.parcel_status` for the same parcels and day.
        as_of: The day that is judged.
        rules: The rules of ``idle``.

    Returns:
        n rows on the index of ``parcels``: ``routes`` (codes joined by ``;``, empty unless
        determined), ``fee_wan`` (float64, 10,000 CNY, where the fee is open and a price is
        recorded), ``notify_mortgagee`` and ``investigate`` (bool).
    """
    long = routes_of(parcels, status, as_of=as_of, rules=rules)
    open_ = long["permitted"].to_numpy(dtype=bool).reshape(len(parcels), len(ROUTES))
    by_route = {route: open_[:, j] for j, route in enumerate(ROUTES) if route != BUY_BACK}
    names = tuple(by_route)
    fee = parcels["price_wan"].to_numpy(dtype="float64", na_value=np.nan)
    determined = (status["status"] == "determined").to_numpy(dtype=bool)
    return pd.DataFrame(
        {
            "routes": joined(bits(by_route, names, len(parcels)), names),
            "fee_wan": np.where(by_route[FEE], fee * rules.value("IDLE-FEE"), np.nan),
            "notify_mortgagee": determined & _true(parcels["mortgaged"]),
            "investigate": status["status"].isin(SUSPECTED).to_numpy(dtype=bool),
        },
        index=parcels.index,
    )


def _bars(
    parcels: pd.DataFrame,
    status: pd.DataFrame,
    cause: npt.NDArray[np.object_],
    today: np.datetime64,
    rules: RuleSet,
) -> dict[str, dict[str, Flags]]:
    """What bars each route, the letter apart."""
    type_b = status["started"].to_numpy(dtype=bool)
    government = np.isin(cause, GOVERNMENT_CAUSES)
    holder = cause == HOLDER_CAUSE
    unknown = ~government & ~holder
    start = days(status["start_on"])
    undated = np.isnat(start)
    one_year = add_years(start, rules.value("IDLE-FEE-AFTER")) <= today
    two_years = add_years(start, rules.value("IDLE-A2")) <= today
    sealed = _true(parcels["sealed"])
    agreed = {"no_cause": unknown & ~type_b, "holder_cause": holder & ~type_b}
    forced = {
        "no_cause": unknown,
        "government_cause": government,
        "type_b": type_b,
        "no_start_date": undated,
    }
    out = dict.fromkeys(BY_AGREEMENT, agreed)
    out["D5"] = agreed | {"sealed": sealed, "price_not_paid": _paid(parcels) < 0}
    if "IDLE-HANDOVER" in rules:  # the Measures of 2012
        out["D5"]["not_plan_change"] = cause != _MAKES_ROOM
    never = np.full(len(cause), "IDLE-D4B" not in rules)
    out[BUY_BACK] = agreed | {"not_in_force": never}
    out[FEE] = forced | {"not_one_year": ~one_year & ~undated, "two_years_over": two_years}
    out[RECLAIM] = forced | {"not_two_years": ~two_years & ~undated, "sealed": sealed}
    out[STARTED_FOR_REAL] = {}
    return out


def _needs(parcels: pd.DataFrame, suspected: Flags) -> dict[str, dict[str, Flags]]:
    """What each route still needs where it is open."""
    always = np.ones(len(suspected), dtype=bool)
    mortgaged = _true(parcels["mortgaged"])
    out = {
        route: dict.fromkeys(words, always)
        | {"letter": suspected}
        | ({"notify_mortgagee": mortgaged} if route != STARTED_FOR_REAL else {})
        for route, words in _NEEDS_OF.items()
    }
    out["D5"]["price_paid"] = _paid(parcels) == 0
    return out


def _paid(parcels: pd.DataFrame) -> npt.NDArray[np.int8]:
    """1 where the price is paid in full, -1 where it is not, 0 where it is not known."""
    if "price_paid_wan" not in parcels:
        return np.zeros(len(parcels), dtype=np.int8)
    price = parcels["price_wan"].to_numpy(dtype="float64", na_value=np.nan)
    paid = parcels["price_paid_wan"].to_numpy(dtype="float64", na_value=np.nan)
    short = paid < price - _PAID_SLACK_WAN
    known = ~(np.isnan(price) | np.isnan(paid))
    return np.where(known, np.where(short, -1, 1), 0).astype(np.int8)


def _rules(barred: npt.NDArray[np.uint32], rules: RuleSet) -> tuple[list[str], Places]:
    """Rule ids, and the place of the one that speaks for each parcel and route."""
    fallback = {BUY_BACK: "IDLE-D4"}
    own = [
        key if (key := _RULE_OF[route]) in rules else fallback.get(route, key) for route in ROUTES
    ]
    ids = list(dict.fromkeys([*own, *_RULE_OF_BAR.values()]))
    place = np.tile(np.array([ids.index(key) for key in own], dtype=np.int32), (len(barred), 1))
    for word in reversed(BARS):
        if word in _RULE_OF_BAR:
            hit = (barred >> np.uint32(BARS.index(word)) & 1).astype(bool)
            place[hit] = ids.index(_RULE_OF_BAR[word])
    return ids, place.ravel()


def _certainty(
    route_code: npt.NDArray[np.int8], place: Places, ids: list[str], rules: RuleSet
) -> pd.api.extensions.ExtensionArray:
    rank = {key: _CERTAINTY_ORDER.index(rule.status) for key, rule in rules.items()}
    weakest = len(_CERTAINTY_ORDER) - 1
    own = np.array([rank.get(_RULE_OF[route], weakest) for route in ROUTES], dtype=np.int8)
    shown = np.array([rank[key] for key in ids], dtype=np.int8)
    return texts(np.maximum(own[route_code], shown[place]), _CERTAINTY_ORDER)


def _true(values: pd.Series) -> Flags:
    return values.astype("boolean").fillna(value=False).to_numpy(dtype=bool)
