"""Targets of the plan against published figures: what is reached, what is open, what is unknown.

States, in the order in which they are asked for:

- ``qualitative``: the target names no figure,
- ``no_data``: no comparable figure was found,
- ``met``: the judged figure reaches the target,
- ``missed``: the judged figure is of the due year or later and does not reach it,
- ``near``: the judged figure is older than the due year and within ``TGT-NEAR`` of the target, or
  a figure of wider coverage reaches it,
- ``on_the_way``: the judged figure is older than the due year; the outcome was not found.

The judged figure is that of the due year, else the latest. Only figures of the target's own scope
and coverage are compared; a single city, a part of an industry, a forecast or a goal is related
evidence and never the actual.
"""

from __future__ import annotations

import datetime as dt
from typing import Final, Literal, get_args

import numpy as np
import pandas as pd

from analytics import periods
from domain.rules import RuleSet
from geo.errors import GanyuanError

State = Literal["met", "near", "on_the_way", "missed", "no_data", "qualitative"]
STATES: Final[tuple[State, ...]] = get_args(State)

Role = Literal[
    "actual",
    "instance",
    "wider",
    "narrower",
    "other_scope",
    "other_measure",
    "partial",
    "expected",
    "goal",
    "no_figure",
    "later",
]
ROLES: Final[tuple[Role, ...]] = get_args(Role)

QUALITATIVE: Final = frozenset({"reduce", "rank", "do"})
SHARE_OF: Final = {"T42": "T41"}
"""A share is worked out from the count of its own rows over the count of another target's rows."""
PROXY_OF: Final = {"T16": "T02"}
"""The belt has no published figure; the province's electronics figure is the usual stand-in."""

_CONFIDENCE: Final = {"high": 0, "medium": 1, "derived": 2, "low": 3}
_NUMBER: Final = r"^\s*(\d+(?:\.\d+)?)\s*$"
_RANGE: Final = r"^\s*(\d+(?:\.\d+)?)\s*-\s*(\d+(?:\.\d+)?)\s*$"
_THRESHOLD: Final = r"revenue >=?(\d+)"


class TargetError(GanyuanError):
    """A target has a value that cannot be read."""

    code = "TGT-001"


def parse_targets(targets: pd.DataFrame) -> pd.DataFrame:
    """Read the value and the due date of each target.

    Args:
        targets: The table ``targets`` of :mod:`domain.reference`.

    Returns:
        Same index; ``kind`` (quantity, milestone, relative, qualitative), ``low`` and ``high``
        float64 (equal for a single value), ``due_year`` Int64, ``yearly`` and ``about`` bool,
        ``clause_main`` string (``三`` of ``三(产业)``).

    Raises:
        TargetError: A comparator that needs a figure has none that can be read.
    """
    value = targets["value"].astype("string")
    ends = value.str.extract(_RANGE).astype("float64")
    single = value.str.extract(_NUMBER, expand=False).astype("float64")
    low, high = ends[0].fillna(single), ends[1].fillna(single)
    comparator = targets["comparator"]
    kind = pd.Series("quantity", index=targets.index, dtype="string")
    kind = kind.mask(comparator.isin(QUALITATIVE), "qualitative").mask(
        comparator == "done", "milestone"
    )
    words = value.notna() & low.isna()
    kind = kind.mask(words & (kind == "quantity") & (comparator == ">"), "relative")
    unread = (kind == "quantity") & low.isna()
    if unread.any():
        ids = targets.loc[unread, "target_id"].tolist()
        raise TargetError(
            f"targets {ids} have no readable value; mend data/reference/targets.csv",
            rows=ids,
            values={"targets": ", ".join(ids)},
        )
    due = targets["due"].astype("string")
    year = due.str.split("(").str[0].str.findall(r"20\d{2}").str[-1]
    return pd.DataFrame(
        {
            "kind": kind,
            "low": low,
            "high": high,
            "due_year": pd.to_numeric(year, errors="coerce").astype("Int64"),
            "yearly": (due == "yearly").astype(bool),
            "about": due.str.contains("about").astype(bool),
            "clause_main": targets["clause"].str.extract(r"^([^(]+)", expand=False),
        },
        index=targets.index,
    )


def evidence(targets: pd.DataFrame, actuals: pd.DataFrame, *, as_of: dt.date) -> pd.DataFrame:
    """Every figure that is linked to a target, with the part it may play.

    Args:
        targets: The table ``targets``.
        actuals: The table ``actuals``; text values stay as the sources give them.
        as_of: Figures of later years are marked ``later`` and not compared.

    Returns:
        One row for each linked actual, RangeIndex, in the order of ``actuals``: its columns plus
        ``number`` float64, ``year``, ``month``, ``partial``, ``qualifier`` (see
        :func:`analytics.periods.parse`) and ``role``, one of :data:`ROLES`.
    """
    linked = actuals[actuals["target_id"].isin(targets["target_id"])].reset_index(drop=True)
    rows = pd.concat([linked, periods.parse(linked["period"])], axis=1)
    rows["number"] = rows["value"].str.extract(_NUMBER, expand=False).astype("float64")
    columns = ["target_id", "subject", "metric", "unit", "scope"]
    own = linked[["target_id"]].merge(targets[columns], on="target_id", how="left", validate="m:1")
    rows["role"] = _roles(rows, own, as_of)
    return rows


def _roles(rows: pd.DataFrame, own: pd.DataFrame, as_of: dt.date) -> pd.Series:
    """The part of each figure; the first test that applies decides."""
    threshold = own["subject"].str.extract(_THRESHOLD, expand=False)
    money_for_count = (own["metric"] == "count") & (rows["unit"] == "yi_cny")
    tests: list[tuple[pd.Series, Role]] = [
        (rows["number"].isna(), "no_figure"),
        (rows["metric"].str.contains("target"), "goal"),
        ((rows["year"] > as_of.year).fillna(value=False), "later"),
        (rows["qualifier"] == "expected", "expected"),
        (money_for_count & threshold.notna(), "instance"),
        (rows["scope"] != own["scope"], "other_scope"),
        (_other_measure(rows, own), "other_measure"),
        (rows["subject"].str.contains("without"), "narrower"),
        (rows["period"].fillna("").str.contains(r"all sectors|incl\."), "wider"),
        (rows["note"].fillna("").str.contains("all sectors"), "wider"),
        (rows["partial"], "partial"),
    ]
    conditions = [test.to_numpy(dtype=bool) for test, _ in tests]
    chosen = np.select(conditions, [role for _, role in tests], default="actual")
    return pd.Series(chosen, index=rows.index, dtype="string")


def _other_measure(rows: pd.DataFrame, own: pd.DataFrame) -> pd.Series:
    """Figures in another unit than their target; shares are counted in the unit of their rows."""
    wanted = own["unit"].fillna("").mask(own["target_id"].isin(list(SHARE_OF)), "clusters")
    return (rows["unit"].fillna("") != wanted) & ~wanted.str.startswith("percent")


def comparable(targets: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """Figures that may be held against their target, in the target's unit.

    Shares are worked out from counts (``SHARE_OF``); named enterprises above a threshold count as
    "at least so many" (role ``instance``).

    Args:
        targets: The table ``targets``.
        rows: Result of :func:`evidence`.

    Returns:
        Columns of ``rows``, one row for each comparable figure, RangeIndex.
    """
    qualitative = targets.loc[targets["comparator"].isin(QUALITATIVE), "target_id"]
    apart = rows["target_id"].isin([*SHARE_OF, *qualitative])
    plain = rows[(rows["role"] == "actual") & ~apart]
    parts = [plain, _instances(targets, rows), *(_shares(rows, k, v) for k, v in SHARE_OF.items())]
    return pd.concat([part for part in parts if len(part)] or [plain], ignore_index=True)


def _instances(targets: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    found = rows[rows["role"] == "instance"]
    limit = found["target_id"].map(
        targets.set_index("target_id")["subject"]
        .str.extract(_THRESHOLD, expand=False)
        .astype(float)
    )
    enough = found[found["number"].to_numpy() >= limit.to_numpy()]
    named = enough.groupby(["target_id", "year"])["subject"].transform("nunique")
    out = enough.assign(number=named.astype("float64"), qualifier="above")
    return out.drop_duplicates(["target_id", "year"])


def _shares(rows: pd.DataFrame, share_id: str, count_id: str) -> pd.DataFrame:
    """Per cent of the other target's count, for the years in which both were published."""

    def whole(i: str) -> pd.DataFrame:
        keep = (rows["target_id"] == i) & rows["role"].isin(["actual", "wider"])
        return rows[keep & (rows["month"] == 12)]  # noqa: PLR2004 - year-end figures only

    denominator = whole(count_id)[["year", "number"]].rename(columns={"number": "_of"})
    pairs = whole(share_id).merge(denominator, on="year", validate="m:m")
    return pairs.assign(number=100 * pairs["number"] / pairs["_of"], qualifier="derived").drop(
        columns="_of"
    )


def progress(
    targets: pd.DataFrame, actuals: pd.DataFrame, *, as_of: dt.date, rules: RuleSet
) -> pd.DataFrame:
    """State of every target on a day.

    Args:
        targets: The table ``targets`` of :mod:`domain.reference`.
        actuals: The table ``actuals``.
        as_of: Figures of later years are left out.
        rules: The rules ``targets``.

    Returns:
        One row for each target on the index of ``targets``: its columns, those of
        :func:`parse_targets`, and

        - ``state`` (:data:`STATES`), ``reason`` (key of the words for it),
        - ``actual_*`` (id, number, qualifier, year, period, source, confidence, note): the latest
          comparable figure; ``judged_*``: the one that decided,
        - ``base_number``, ``base_year``: figure of the base year or the earliest after it,
        - ``share``: actual over the lower end of the target; ``gap``: what is missing, at least 0,
        - ``pace_seen``, ``pace_needed``: change a year since the base, and still needed up to the
          due year where the figure is older than it,
        - ``met_since``: first year whose figure reaches the target; ``part_since``: first year
          in which a part of the subject reached it alone,
        - ``rows``, ``related``: linked figures, and those that are not comparable,
        - ``conflict``: comparable figures of one year differ; ``proxy_of``: target standing in.

        Missing values where nothing is known; never a made-up figure.
    """
    frame = pd.concat([targets, parse_targets(targets)], axis=1).set_index("target_id", drop=False)
    rows = evidence(targets, actuals, as_of=as_of)
    usable = _with_reach(comparable(targets, rows), frame, rules)
    frame = frame.join(_picked(usable, frame, rules)).join(_counts(rows, usable, frame.index))
    frame = frame.join(_other_coverage(rows, frame, rules))
    frame["state"], frame["reason"] = _states(frame, rules)
    frame = frame.join(_pace(frame))
    frame["proxy_of"] = frame["target_id"].map(PROXY_OF).astype("string")
    return frame.set_index(targets.index)


def _reach(frame: pd.DataFrame, rules: RuleSet) -> pd.Series:
    """Least value that counts as reaching a target."""
    about = frame["comparator"] == "~"
    return frame["low"].mask(about, frame["low"] * (1 - rules.value("TGT-ABOUT")))


def _with_reach(rows: pd.DataFrame, frame: pd.DataFrame, rules: RuleSet) -> pd.DataFrame:
    """Add ``reaches``: whether a figure, read with its qualifier, reaches its target."""
    target = frame.loc[rows["target_id"]]
    limit = _reach(target, rules).to_numpy()
    comparator = target["comparator"].to_numpy()
    close = (rows["qualifier"] == "below").to_numpy()
    value = rows["number"].to_numpy() * np.where(close, 1 - rules.value("TGT-CLOSE"), 1.0)
    above = (rows["qualifier"] == "above").to_numpy()
    strict = np.where(above, value >= limit, value > limit)
    reaches = np.select(
        [comparator == "<=", comparator == ">"], [value <= limit, strict], default=value >= limit
    )
    return rows.assign(reaches=reaches.astype(bool))


def _latest(rows: pd.DataFrame) -> pd.DataFrame:
    """One row for each target: the latest, best documented, highest bound."""
    order = rows.assign(_sure=rows["confidence"].map(_CONFIDENCE).fillna(len(_CONFIDENCE)))
    order = order.sort_values(
        ["year", "month", "_sure", "number"], ascending=[False, False, True, False], kind="stable"
    )
    return order.drop_duplicates("target_id").set_index("target_id").drop(columns="_sure")


def _picked(usable: pd.DataFrame, frame: pd.DataFrame, rules: RuleSet) -> pd.DataFrame:
    """The latest figure, the one that decides, and the base, by target."""
    due = frame["due_year"].reindex(usable["target_id"]).to_numpy()
    at_due = usable[(usable["year"].to_numpy() == due).astype(bool)]
    latest, judged = _latest(usable), _latest(at_due)
    judged = judged.combine_first(latest.loc[latest.index.difference(judged.index)])
    base = _latest(usable[usable["year"] <= rules.value("TGT-BASE-YEAR")])
    earliest = usable[~usable["target_id"].isin(base.index)].sort_values(["year", "month"])
    earliest = earliest.drop_duplicates("target_id").set_index("target_id")
    base = pd.concat([base, earliest])
    names = {
        "actual_id": "id",
        "number": "number",
        "qualifier": "qualifier",
        "year": "year",
        "month": "month",
        "period": "period",
        "metric": "metric",
        "source": "source",
        "confidence": "confidence",
        "note": "note",
    }
    out = latest[list(names)].rename(columns={k: f"actual_{v}" for k, v in names.items()})
    out = out.join(judged[["number", "year", "reaches"]].add_prefix("judged_"))
    out = out.join(base[["number", "year"]].add_prefix("base_"))
    first = usable[usable["reaches"]].groupby("target_id")["year"].min()
    return out.join(first.rename("met_since"))


def _counts(rows: pd.DataFrame, usable: pd.DataFrame, ids: pd.Index) -> pd.DataFrame:
    linked = rows.groupby("target_id").size().reindex(ids, fill_value=0)
    own = rows[rows["role"] == "actual"].groupby("target_id").size().reindex(ids, fill_value=0)
    firm = usable[~usable["qualifier"].isin(["above", "below", "about"])]
    values = firm.groupby(["target_id", "year", "month"])["number"].nunique()
    clash = values[values > 1].groupby("target_id").size()
    loose = usable.groupby(["target_id", "year", "month"])["number"].agg(["min", "max", "size"])
    apart = loose[(loose["max"] > loose["min"] * 1.25)].groupby("target_id").size()
    conflict = clash.reindex(ids, fill_value=0) + apart.reindex(ids, fill_value=0) > 0
    return pd.DataFrame({"rows": linked, "related": linked - own, "conflict": conflict})


def _other_coverage(rows: pd.DataFrame, frame: pd.DataFrame, rules: RuleSet) -> pd.DataFrame:
    """What figures of wider coverage, and of a part alone, say about a target."""
    other = rows[rows["role"].isin(["wider", "narrower"])]
    other = other[~other["target_id"].isin(list(SHARE_OF))]
    reached = _with_reach(other, frame, rules).query("reaches")
    wide, part = (reached[reached["role"] == role] for role in ("wider", "narrower"))
    return pd.DataFrame(
        {
            "wider_reaches": frame.index.isin(wide["target_id"]),
            "part_since": part.groupby("target_id")["year"].min().reindex(frame.index),
        },
        index=frame.index,
    )


def _states(frame: pd.DataFrame, rules: RuleSet) -> tuple[pd.Series, pd.Series]:
    """State and reason; the first that applies decides (see the module)."""
    known = frame["judged_number"].notna()
    reaches = frame["judged_reaches"].fillna(value=False).astype(bool) & known
    due_passed = (frame["judged_year"] >= frame["due_year"]).fillna(value=False).astype(bool)
    late = (frame["met_since"] > frame["due_year"]).fillna(value=False).astype(bool)
    share = frame["judged_number"] / frame["low"]
    close = (share >= rules.value("TGT-NEAR")).fillna(value=False).astype(bool)
    named = (frame["kind"] == "qualitative").to_numpy()
    proxy = frame.index.isin(list(PROXY_OF))
    tests = [
        (named, "qualitative", "qualitative"),
        (~known & proxy, "no_data", "proxy_only"),
        (~known & (frame["related"] > 0), "no_data", "related_only"),
        (~known, "no_data", "nothing_found"),
        (reaches & late, "met", "met_late"),
        (reaches, "met", "met"),
        (due_passed, "missed", "missed"),
        (frame["wider_reaches"], "near", "near_wider"),
        (close, "near", "near"),
    ]
    conditions = [np.asarray(test, dtype=bool) for test, _, _ in tests]
    state = np.select(conditions, [s for _, s, _ in tests], default="on_the_way")
    reason = np.select(conditions, [r for _, _, r in tests], default="on_the_way")
    return (
        pd.Series(state, index=frame.index, dtype="string"),
        pd.Series(reason, index=frame.index, dtype="string"),
    )


def _pace(frame: pd.DataFrame) -> pd.DataFrame:
    low, now = frame["low"], frame["actual_number"]
    downward = frame["comparator"] == "<="
    gap = (low - now).mask(downward, now - low).clip(lower=0)
    seen_years = (frame["actual_year"] - frame["base_year"]).astype("float64")
    left = (frame["due_year"] - frame["actual_year"]).astype("float64")
    return pd.DataFrame(
        {
            "share": now / low,
            "gap": gap,
            "pace_seen": ((now - frame["base_number"]) / seen_years).where(seen_years > 0),
            "pace_needed": (gap / left).where((left > 0) & (gap > 0)),
        }
    )


def summary(states: pd.DataFrame) -> pd.Series:
    """Number of targets in each state, in the order of :data:`STATES`, int64."""
    return states["state"].value_counts().reindex(list(STATES), fill_value=0).astype("int64")
