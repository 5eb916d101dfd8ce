"""Lower part of the consolidation page: the card of a pair, and what the score rests on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Hashable
from typing import Any, Final

import pandas as pd
import streamlit as st

from analytics import adjustments, consolidation, consolidation_card
from analytics.consolidation_terms import TERMS
from domain import formats, reference
from domain.rules import RuleSet, load_rules
from views import consolidation_words as words
from views import places
from views.context import Context
from views.frame import section

_TERM_COLUMNS: Final = (
    "term",
    "points",
    "weight",
    "contribution",
    "value",
    "verdict",
    "state",
    "date",
    "precision",
    "source",
)


def card(
    ctx: Context,
    pair: pd.Series,
    inputs: consolidation.Inputs,
    rules: RuleSet,
    as_of: dt.date,
    *,
    counted: bool,
) -> None:
    """One pair: reasons, every term, before and after."""
    t = ctx.t
    host, absorbed = (words.zone_name(ctx, pair, side) for side in ("host", "absorbed"))
    section(t("consolidation.card.title", host=host, absorbed=absorbed))
    figures = {
        "score": formats.number(pair["score"], 1),
        "known": formats.share(pair["known_share"]),
        "rank": pair["rank"],
    }
    ranked = "score" if pair["enough_known"] else "unranked"
    st.markdown(t(f"consolidation.card.{ranked}", **figures))
    left, right = st.columns([3, 2], gap="medium")
    with left:
        _terms(ctx, pair, rules, counted=counted)
        _national_mean(ctx, as_of)
    with right:
        _reasons(ctx, pair)
    _before_after(ctx, pair, inputs, as_of)


def _national_mean(ctx: Context, as_of: dt.date) -> None:
    """The published mean of all national zones, from the day on which it is in force."""
    rules = dict(load_rules("intensity", as_of=as_of).items())
    if "INT-NAT-USE" in rules:
        rate = formats.share(rules["INT-NAT-USE"].value)
        st.caption(ctx.t("consolidation.card.national", rate=rate))


def _reasons(ctx: Context, pair: pd.Series) -> None:
    t = ctx.t
    for title, verdicts in (("for", ("for",)), ("against", ("against",)), ("open", ("unknown",))):
        found = [term for term in TERMS if pair[f"{term}_verdict"] in verdicts]
        if title == "open":
            said = [t(f"consolidation.term.{term}") for term in found]
        else:
            said = [words.reason(ctx, pair, term) for term in found]
        lines = said or [t("consolidation.card.none")]
        heading = t(f"consolidation.card.{title}")
        st.markdown("\n".join([f"**{heading}**", "", *(f"- {line}" for line in lines)]))


def _terms(ctx: Context, pair: pd.Series, rules: RuleSet, *, counted: bool) -> None:
    t = ctx.t
    rows = consolidation_card.terms(pair, rules=rules, demonstration=counted)
    told = {"value": words.value, "source": words.source, "date": words.date}
    shown = rows.assign(
        term=[t(f"consolidation.term.{term}") for term in rows["term"]],
        state=[t(f"consolidation.state.{state}") for state in rows["state"]],
        verdict=[t(f"consolidation.verdict.{verdict}") for verdict in rows["verdict"]],
        **{
            part: [
                said(ctx, pair, term) if part == "value" or state != "unknown" else formats.MISSING
                for term, state in zip(TERMS, rows["state"], strict=True)
            ]
            for part, said in (told | {"precision": words.precision}).items()
        },
    )[list(_TERM_COLUMNS)]
    config: dict[str, Any] = {
        c: st.column_config.Column(t(f"consolidation.col.{c}")) for c in _TERM_COLUMNS
    }
    config["points"] = st.column_config.ProgressColumn(
        t("consolidation.col.points"), format="%.0f", min_value=0, max_value=100
    )
    config["contribution"] = st.column_config.NumberColumn(
        t("consolidation.col.contribution"),
        format="%.1f",
        help=t("consolidation.col.contribution_help"),
    )
    st.dataframe(
        shown,
        column_config=config,
        hide_index=True,
        placeholder=formats.MISSING,
        key="consolidation-terms",
    )


def _before_after(
    ctx: Context, pair: pd.Series, inputs: consolidation.Inputs, as_of: dt.date
) -> None:
    t = ctx.t
    rows = consolidation_card.before_after(
        pair["host_id"],
        pair["absorbed_id"],
        zones=inputs.zones,
        indicators=inputs.indicators,
        clusters=inputs.clusters,
        as_of=as_of,
    )
    sides = {side: words.zone_name(ctx, pair, side) for side in ("host", "absorbed")}
    shown = pd.DataFrame(
        {
            "zone": [sides.get(str(s), t(f"consolidation.side.{s}")) for s in rows.index],
            "area": [formats.area(a, ctx.unit) for a in rows["approved_area_m2"]],
            "revenue": [_revenue(ctx, row) for row in rows.to_dict("records")],
            "cluster_count": rows["cluster_count"].astype("Int64"),
            "clusters": [_clusters(ctx, names) for names in rows["clusters"]],
            "revenue_source": rows["revenue_source"].fillna("").replace("", formats.MISSING),
        }
    )
    unit = t(f"consolidation.area.{ctx.unit}")
    st.caption(t("consolidation.card.before_after"))
    st.dataframe(
        shown,
        column_config={
            str(c): st.column_config.Column(
                t(f"consolidation.col.{c}", unit=unit),
                alignment="right" if c in {"area", "revenue"} else None,
            )
            for c in shown
        },
        hide_index=True,
        key="consolidation-before-after",
    )
    st.caption(t("consolidation.card.no_sum"))


def _revenue(ctx: Context, row: dict[Hashable, Any]) -> str:
    """Revenue with its year; ``>`` where the source gives a lower bound."""
    if formats.is_missing(row["revenue_yi"]):
        return formats.MISSING
    bound = ">" if row["revenue_bound"] is True else ""
    value, year = f"{bound}{formats.number(row['revenue_yi'], 1)}", row["revenue_year"]
    return ctx.t.pick(f"{value}（{year}）", f"{value} ({year})")


def _clusters(ctx: Context, names: str) -> str:
    """Names of clusters, recorded in Chinese and joined by ``;``, in the language of the page."""
    known = reference.table("clusters").set_index("name_zh")["name_en"]
    spoken = [ctx.t.pick(name, str(known.get(name, name))) for name in names.split(";") if name]
    return ctx.t.pick("、", ", ").join(spoken)


def show(
    ctx: Context,
    inputs: consolidation.Inputs,
    linked: pd.DataFrame,
    hits: pd.DataFrame,
    rules: RuleSet,
) -> None:
    """Expanders: real cases, existing links, boundary adjustments, rules."""
    _hits(ctx, hits, rules)
    _links(ctx, linked, inputs)
    _adjustments(ctx, rules)
    _rules(ctx, rules)


def _hits(ctx: Context, hits: pd.DataFrame, rules: RuleSet) -> None:
    t = ctx.t
    figures = {
        "hits": int(hits["hit"].sum()),
        "n": len(hits),
        "k": formats.count(rules.value("CON-HIT-K")),
        "scorable": int((hits["outcome"] == "ranked").sum()),
        "chance": formats.number(hits["by_chance"].sum(), 1),
    }
    with st.expander(t("consolidation.hits.title", **figures)):
        st.markdown(t("consolidation.hits.text", **figures))
        shown = pd.DataFrame(
            {
                "case": hits["case_id"],
                "year": hits["year"],
                "host": _spoken(ctx, hits["host_id"], hits["absorbing_name_zh"]),
                "absorbed": _spoken(ctx, hits["absorbed_id"], hits["absorbed_name_zh"]),
                "outcome": [t(f"consolidation.outcome.{o}") for o in hits["outcome"]],
                "place_in_list": [
                    f"{formats.count(r)} / {formats.count(n)}"
                    for r, n in zip(hits["rank"], hits["of"], strict=True)
                ],
                "hit": [t(f"consolidation.hit.{'yes' if h else 'no'}") for h in hits["hit"]],
                "source": hits["source"],
            }
        )
        _plain(ctx, shown, key="consolidation-hits")


def _spoken(ctx: Context, zones: pd.Series, recorded: pd.Series) -> pd.Series:
    """Names of zones in the language of the page; the recorded ones of zones without an entry."""
    return zones.map(places.unit_names(ctx, "zone_id")).fillna(recorded)


def _links(ctx: Context, linked: pd.DataFrame, inputs: consolidation.Inputs) -> None:
    t = ctx.t
    names = inputs.zones.set_index("zone_id")[t.pick("name_zh", "name_en")]
    with st.expander(t("consolidation.links.title", n=len(linked))):
        shown = pd.DataFrame(
            {
                "host": linked["host_id"].map(names),
                "absorbed": linked["absorbed_id"].map(names),
                "action": [t.get(f"consolidation.action.{a}", a) for a in linked["action"]],
                "year": linked["year"],
                "source": linked["source"],
            }
        )
        _plain(ctx, shown, key="consolidation-existing")


def _adjustments(ctx: Context, rules: RuleSet) -> None:
    t = ctx.t
    table = reference.table("boundary_adjustments")
    names = places.unit_names(ctx, "zone_id")
    checked = adjustments.check(table, rules=rules)
    with st.expander(t("consolidation.adjust.title")):
        tolerance = formats.number(rules.value("CON-AREA-TOLERANCE"), 2)
        st.markdown(t("consolidation.adjust.text", tolerance=tolerance))
        shown = pd.DataFrame(
            {
                "zone": table["zone_id"].map(names).fillna(table["name_zh"]),
                "approval": table["approval"],
                "old": table["old_ha"],
                "expanded": table["expanded_ha"],
                "removed": table["removed_ha"],
                "new": table["new_ha"],
                "computed": checked["computed_ha"],
                "difference": checked["difference_ha"],
                "holds": [t(f"consolidation.hit.{'yes' if h else 'no'}") for h in checked["holds"]],
            }
        )
        _plain(ctx, shown, key="consolidation-adjustments", decimals=2)


def _rules(ctx: Context, rules: RuleSet) -> None:
    t = ctx.t
    with st.expander(t("consolidation.rules.title")):
        st.markdown(
            t(
                "consolidation.rules.text",
                known=formats.share(rules.value("CON-KNOWN-MIN")),
                distance=formats.number(rules.value("CON-DISTANCE-MAX"), 0),
            )
        )
        shown = pd.DataFrame(
            [
                {
                    "rule": f"{rule.id} {t.pick(rule.title_zh, rule.title_en)}",
                    "rule_value": formats.number(rule.value, 2),
                    "unit": rule.unit,
                    "status": t(f"consolidation.status.{rule.status}"),
                    "article": t.pick(rule.article, rule.article_en),
                }
                for rule in rules.values()
            ]
        )
        _plain(ctx, shown, key="consolidation-rules")


def _plain(ctx: Context, shown: pd.DataFrame, *, key: str, decimals: int | None = None) -> None:
    config = {}
    for name in map(str, shown.columns):
        title = ctx.t(f"consolidation.col.{name}")
        if decimals is not None and shown[name].dtype == "float64":
            config[name] = st.column_config.NumberColumn(title, format=f"%.{decimals}f")
        else:
            config[name] = st.column_config.Column(title)
    st.dataframe(shown, column_config=config, hide_index=True, placeholder=formats.MISSING, key=key)
