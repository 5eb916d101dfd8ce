"""Lower part of the consolidation page: what the score rests on, and what is wrong with it."""

from __future__ import annotations

from typing import Final

import pandas as pd
import streamlit as st

from analytics import adjustments
from analytics.consolidation import bounds as consolidation_bounds
from analytics.consolidation import candidates as consolidation
from domain import formats, reference
from domain.issues import explain
from domain.rules import RuleSet
from views import places
from views.consolidation.roads import show_data
from views.consolidation.study import Study
from views.context import Context
from views.markup import plain

_MOST_ROWS: Final = 20


def show_faults(ctx: Context, study: Study) -> None:
    """Faults of the inputs, each with its code, the zones concerned and what to do."""
    faults = study.base.faults
    if not faults:
        return
    codes = ctx.t.pick("、", ", ").join(fault.code for fault in faults)
    with st.expander(ctx.t("consolidation.faults.title", n=len(faults), codes=codes)):
        for fault in faults:
            named = fault.rows[:_MOST_ROWS]
            more = len(fault.rows) - len(named)
            tail = ctx.t("frame.more_rows", n=more) if more > 0 else ""
            told = plain(ctx.t.pick("、", ", ").join(_zone_names(ctx, str(row)) for row in named))
            said = plain(explain(fault, ctx.t.language))
            st.warning(f"**{fault.code}** {said}\n\n{told}{tail}")


def _zone_names(ctx: Context, row: str) -> str:
    """Names of the zones of a row: one id, or two joined by ``×``."""
    names = places.unit_names(ctx, "zone_id")
    return " × ".join(str(names.get(zone, zone)) for zone in row.split(" × "))


def show(ctx: Context, study: Study, hits: pd.DataFrame) -> None:
    """Expanders: data, what is missing, real cases, links, boundary adjustments, rules."""
    show_data(ctx, study.rules)
    _gaps(ctx, study)
    _hits(ctx, hits, study.rules)
    _links(ctx, study.linked, study.inputs)
    _adjustments(ctx, study.rules)
    _rules(ctx, study.rules)


def _gaps(ctx: Context, study: Study) -> None:
    """Every zone with what is missing of it, and how far that lets its scores move."""
    t = ctx.t
    rows = consolidation_bounds.gaps(study.inputs, study.pairs, study.told)
    if study.place:
        here = study.inputs.zones.set_index("zone_id")["prefecture_adcode"] == study.place
        rows = rows[here.reindex(rows.index)]
    rows = rows[rows["missing"] != ""]
    with st.expander(t("consolidation.gaps.title", n=len(rows))):
        st.markdown(t("consolidation.gaps.text"))
        joiner = t.pick("、", ", ")
        shown = pd.DataFrame(
            {
                "zone": rows.index.map(places.unit_names(ctx, "zone_id")),
                "gaps": [
                    joiner.join(t(f"consolidation.gap.{name}") for name in names.split(";"))
                    for names in rows["missing"]
                ],
                "pairs": rows["pairs"].to_numpy(),
                "score": rows["score"].to_numpy(),
                "score_low": rows["score_low"].to_numpy(),
                "score_high": rows["score_high"].to_numpy(),
            }
        )
        _plain(ctx, shown, key="consolidation-gaps", decimals=1)


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
