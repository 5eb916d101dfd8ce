"""Two to four scenarios side by side: measures, pairs, choices, what they rest on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from analytics.consolidation.scenario import Scenario
from analytics.consolidation.scenario_compare import Comparison, compare
from domain import formats
from export.scenario_words import GOAL_DECIMALS, Words, thing
from views.consolidation.scenarios_words import choice_name, choice_value
from views.context import Context
from views.downloads import download_table
from views.frame import section


def show_comparison(ctx: Context, scenarios: Mapping[str, Scenario]) -> None:
    """Draw the comparison.

    Args:
        ctx: The run of the page.
        scenarios: Two to four, by name.

    Raises:
        CompareError: There are fewer or more.
    """
    t = ctx.t
    found = compare(scenarios)
    words = [Words(one, t) for one in scenarios.values()]
    section(t("scenario.compare", n=len(scenarios)))
    shared = int(found.pairs["in_all"].sum())
    st.markdown(t("scenario.compare_said", shared=shared, every=len(found.pairs)))
    columns = dict(enumerate(found.names))
    _table(ctx, "measures", _measures(found, words[0]), columns)
    section(t("scenario.compare_pairs"))
    pairs = _pairs(ctx, found, words)
    _table(ctx, "pairs", pairs, columns)
    download_table(
        ctx,
        pairs.rename(columns=_all_heads(ctx, pairs, columns)),
        key="consolidation-compare-pairs-file",
        name=t("scenario.compare_file"),
        kinds={},
        notes={t("scenario.title"): t.pick("、", ", ").join(found.names)},
        demonstration=any(one.choices.demonstration for one in scenarios.values()),
    )
    section(t("scenario.compare_choices"))
    only = st.toggle(t("scenario.only_differences"), value=True, key="consolidation-compare-only")
    _table(ctx, "choices", _choices(ctx, found, words, only=only), columns)
    with st.expander(t("scenario.compare_basis")):
        _table(ctx, "basis", _basis(ctx, found), columns)


def _all_heads(ctx: Context, frame: pd.DataFrame, columns: Mapping[int, str]) -> dict[Any, str]:
    """Heading of every column: texts of the product, or names of scenarios."""
    return {c: columns[c] if isinstance(c, int) else ctx.t(f"scenario.col.{c}") for c in frame}


def _table(ctx: Context, key: str, frame: pd.DataFrame, columns: Mapping[int, str]) -> None:
    """A table with a column for each scenario, headed by its name; headings are no markup."""
    heads = _all_heads(ctx, frame, columns)
    figures = key == "measures"
    config: dict[Any, Any] = {
        str(c): st.column_config.TextColumn(
            heads[c], alignment="right" if figures and isinstance(c, int) else None
        )
        for c in frame.columns
    }
    st.dataframe(
        frame.rename(columns=str),
        column_config=config,
        hide_index=True,
        placeholder=formats.MISSING,
        key=f"consolidation-compare-{key}",
    )


def _measures(found: Comparison, words: Words) -> pd.DataFrame:
    table = found.measures
    shown: dict[Any, Any] = {
        i: [formats.number(v, GOAL_DECIMALS.get(str(k), 0)) for k, v in table[i].items()]
        for i in range(len(found.names))
    }
    return pd.DataFrame({"measure": [words.measure(str(k)) for k in table.index], **shown})


def _pairs(ctx: Context, found: Comparison, words: list[Words]) -> pd.DataFrame:
    """Every pair with the form that it has in each scenario."""
    t, table = ctx.t, found.pairs
    names = {
        pair.key: [one.brief(zone) for zone in (pair.host_id, pair.absorbed_id)]
        for one in words
        for pair in one.scenario.result.pairs
    }
    forms = {"": formats.MISSING}
    forms |= {form: t(f"conplan.form.{form}") for form in ("merge", "trusteeship")}
    shown: dict[Any, Any] = {i: table[i].map(forms).to_list() for i in range(len(found.names))}
    told = pd.DataFrame(
        {
            "host": [names[key][0] for key in table.index],
            "absorbed": [names[key][1] for key in table.index],
            "in_scenarios": [
                t("scenario.in_all") if every else t("scenario.in_some", n=n, of=len(shown))
                for n, every in zip(table["in_scenarios"], table["in_all"], strict=True)
            ],
        }
    )
    return told.join(pd.DataFrame(shown))


def _choices(ctx: Context, found: Comparison, words: list[Words], *, only: bool) -> pd.DataFrame:
    table = found.choices[found.choices["differs"]] if only else found.choices
    day = max(one.scenario.choices.day for one in words)
    shown: dict[Any, Any] = {
        i: [
            choice_value(one, str(key), value)
            for key, value in zip(table["choice"], table[i], strict=True)
        ]
        for i, one in enumerate(words)
    }
    return pd.DataFrame(
        {"choice": [choice_name(ctx, str(key), day) for key in table["choice"]], **shown}
    )


def _basis(ctx: Context, found: Comparison) -> pd.DataFrame:
    t, table = ctx.t, found.basis
    said = [thing(t, str(row["origin"]), str(row["name"])) for row in table.to_dict("records")]
    differs = [t(f"scenario.flag.{str(bool(flag)).lower()}") for flag in table["differs"]]
    shown: dict[Any, Any] = {i: table[i].to_list() for i in range(len(found.names))}
    return pd.DataFrame({"basis": said, "differs": differs, **shown})
