"""How far the rank of a pair hangs on the weights: in the list and in the card."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd
import streamlit as st
from cachetools import LRUCache

from analytics.consolidation import robust as consolidation_robust
from analytics.consolidation.terms import TERMS
from domain import digests, formats
from domain.rules import RuleSet
from views import tables
from views.context import Context
from views.frame import section

_KEPT: Final = 12
_STANDINGS: Final = ("robust", "fragile", "outside")
_LIMITS: Final = ("CON-ROBUST-K", "CON-ROBUST-SHARE", "CON-ROBUST-MOVE", "CON-ROBUST-DRAWS")
_TURNS: Final = ("rank_low", "rank_high", "first_low", "first_high")

_often: LRUCache[bytes, consolidation_robust.Values] = LRUCache(_KEPT)
_working = threading.Lock()


@dataclass(frozen=True)
class Standing:
    """What moving the weights does to the ranks.

    Attributes:
        pairs: :func:`analytics.consolidation.robust.stability`, index ``host>absorbed``.
        moves: :func:`analytics.consolidation.robust.thresholds`, the same index, a row a term.
        nearest: :func:`analytics.consolidation.robust.nearest`.
    """

    pairs: pd.DataFrame
    moves: pd.DataFrame
    nearest: pd.DataFrame


def standing(pairs: pd.DataFrame, rules: RuleSet, *, demonstration: bool) -> Standing:
    """The standing of all pairs of the province, kept for the same data and weights.

    Args:
        pairs: :func:`analytics.consolidation.candidates.candidates` of the province.
        rules: The rules after the sliders.
        demonstration: Demonstration figures are counted.
    """
    values = tuple((rule.id, rule.value) for rule in rules.values())
    parts = [f"{term}_{part}" for term in TERMS for part in ("points", "state")]
    ranked = pairs[["host_id", "absorbed_id", "enough_known", "score", *parts]]
    # By what the ranks are made of: two viewers may see other rows under one citation.
    return _standing(
        (digests.of_frame(ranked), values), demonstration=demonstration, _pairs=pairs, _rules=rules
    )


@st.cache_resource(max_entries=_KEPT, show_spinner=False)
def _standing(
    key: tuple[object, ...], *, demonstration: bool, _pairs: pd.DataFrame, _rules: RuleSet
) -> Standing:
    del key
    with _working:
        told, moves = consolidation_robust.standings(
            _pairs, rules=_rules, demonstration=demonstration, memory=_often
        )
    nearest = consolidation_robust.nearest(moves)
    by_pair = [f.set_index(f["host_id"] + ">" + f["absorbed_id"]) for f in (told, moves)]
    return Standing(by_pair[0], by_pair[1], nearest)


def with_columns(
    ctx: Context, shown: pd.DataFrame, keys: pd.Series, found: Standing
) -> pd.DataFrame:
    """The list with what the weights do to each pair; missing for pairs without a rank."""
    t = ctx.t
    told = found.pairs.reindex(keys)
    words = {name: t(f"conplan.standing.{name}") for name in _STANDINGS}
    near = found.nearest.reindex(keys)
    terms = {term: t(f"consolidation.term.{term}") for term in near["term"].dropna().unique()}
    out = shown.copy()
    # The standing is the short answer and stands beside the score; its figures follow the names.
    first = list(out.columns).index("score") + 1
    out.insert(first, "standing", told["standing"].map(words).to_numpy(dtype=object))
    at = list(out.columns).index("known")
    out.insert(at, "in_first", told["in_first"].to_numpy())
    out.insert(at + 1, "rank_move", near["share"].to_numpy())
    out.insert(at + 2, "rank_term", near["term"].map(terms).to_numpy(dtype=object))
    return out


def columns(ctx: Context, rules: RuleSet) -> dict[str, Any]:
    """How the columns of :func:`with_columns` are headed."""
    t, k = ctx.t, formats.count(rules.value("CON-ROBUST-K"))
    return {
        "standing": st.column_config.TextColumn(t("conplan.col.standing"), help=rule(ctx, rules)),
        "in_first": tables.share_column(
            t("conplan.col.in_first", k=k), help=t("conplan.col.in_first_help")
        ),
        "rank_move": tables.share_column(
            t("conplan.col.rank_move"), help=t("conplan.col.rank_move_help")
        ),
        "rank_term": st.column_config.TextColumn(t("conplan.col.rank_term")),
    }


def rule(ctx: Context, rules: RuleSet) -> str:
    """The rule by which robust and fragile pairs are told apart, with its certainty."""
    status = {rules.rule(name).status for name in _LIMITS}
    return ctx.t(
        "conplan.standing.rule",
        k=formats.count(rules.value("CON-ROBUST-K")),
        often=formats.share(rules.value("CON-ROBUST-SHARE")),
        move=formats.share(rules.value("CON-ROBUST-MOVE")),
        draws=formats.count(rules.value("CON-ROBUST-DRAWS")),
        status=ctx.t.pick("、", ", ").join(ctx.t(f"consolidation.status.{s}") for s in status),
    )


def summary(ctx: Context, keys: pd.Series, found: Standing, rules: RuleSet) -> None:
    """One line: how many of the listed pairs are robust, fragile, outside."""
    count = found.pairs["standing"].reindex(keys).value_counts()
    told = {name: int(count.get(name, 0)) for name in _STANDINGS}
    k = formats.count(rules.value("CON-ROBUST-K"))
    st.caption(ctx.t("conplan.standing.summary", k=k, **told), help=rule(ctx, rules))


def card(ctx: Context, pair: str, found: Standing, rules: RuleSet) -> None:
    """The part of a pair's card that says how far each weight must move.

    Args:
        ctx: The run of the page.
        pair: Host and absorbed zone, ``host>absorbed``.
        found: :func:`standing`.
        rules: The rules after the sliders.
    """
    t = ctx.t
    section(t("conplan.robust.title"))
    if pair not in found.pairs.index:
        st.caption(t("conplan.robust.unranked"))
        return
    told = found.pairs.loc[[pair]].iloc[0]
    near = told["nearest_term"]
    figures = {
        "often": formats.share(told["in_first"]),
        "k": formats.count(rules.value("CON-ROBUST-K")),
        "draws": formats.count(rules.value("CON-ROBUST-DRAWS")),
        "term": "" if formats.is_missing(near) else t(f"consolidation.term.{near}"),
        "move": formats.share(told["nearest_share"]),
        "standing": t(f"conplan.standing.{told['standing']}"),
    }
    st.markdown(t(f"conplan.robust.{'no_move' if formats.is_missing(near) else 'move'}", **figures))
    _turns(ctx, found.moves.loc[[pair]], rules)
    st.caption(rule(ctx, rules))


def _turns(ctx: Context, moves: pd.DataFrame, rules: RuleSet) -> None:
    """At which weight the rank changes, and the first k are entered or left, term by term."""
    t, k = ctx.t, formats.count(rules.value("CON-ROBUST-K"))
    rows = consolidation_robust.turning_points(moves)
    shown = pd.DataFrame(
        {
            "term": [t(f"consolidation.term.{term}") for term in rows["term"]],
            "weight_now": rows["weight"].to_numpy(),
            "share": rows["share"].to_numpy(),
            **{name: rows[name].to_numpy() for name in _TURNS},
        }
    )
    number = st.column_config.NumberColumn
    config: dict[str, Any] = {
        "term": st.column_config.TextColumn(
            t("consolidation.col.term"), width=tables.text_width(shown["term"])
        ),
        "weight_now": number(t("conplan.col.weight_now"), format="%.0f"),
        "share": tables.share_column(t("conplan.col.share")),
        **{name: number(t(f"conplan.col.{name}", k=k), format="%.1f") for name in _TURNS},
    }
    st.dataframe(
        tables.shown(shown, config),
        column_config=config,
        hide_index=True,
        placeholder=formats.MISSING,
        key="consolidation-turns",
    )
