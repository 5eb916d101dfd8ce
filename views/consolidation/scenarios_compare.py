"""Two to four scenarios side by side: measures, pairs, choices, what they rest on."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any, Final

import pandas as pd
import streamlit as st

from analytics.consolidation.scenario import Scenario
from analytics.consolidation.scenario_compare import Comparison, compare, marks
from domain import formats
from domain.i18n import Translator
from export.scenario_compare_file import comparison_workbook
from export.scenario_compare_map import draw_comparison
from export.scenario_outlines import ScenarioOutlines, outlines_of
from export.scenario_words import GOAL_DECIMALS, Words, thing
from export.scenario_workbook import MIME
from views.consolidation.scenarios_words import choice_name, choice_value
from views.context import Context
from views.downloads import download, download_table
from views.frame import section

_KEPT: Final = 16


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
    invented = any(one.choices.demonstration for one in scenarios.values())
    picture = _maps(ctx, scenarios, found, demonstration=invented)
    with st.container(horizontal=True):
        if picture:
            _map_file(ctx, picture, demonstration=invented)
        _workbook(ctx, found, words, demonstration=invented)
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
        demonstration=invented,
    )
    section(t("scenario.compare_choices"))
    only = st.toggle(t("scenario.only_differences"), value=True, key="consolidation-compare-only")
    _table(ctx, "choices", _choices(ctx, found, words, only=only), columns)
    with st.expander(t("scenario.compare_basis")):
        _table(ctx, "basis", _basis(ctx, found), columns)


def _maps(
    ctx: Context, scenarios: Mapping[str, Scenario], found: Comparison, *, demonstration: bool
) -> bytes:
    """The scenarios as small maps; words where there is no pair."""
    t = ctx.t
    if found.pairs.empty:
        st.info(t("scenario.compare_map.none"))
        return b""
    held = [outlines_of(ctx.store, ctx.viewer, one) for one in scenarios.values()]
    made_up = demonstration or any(one.demonstration for one in held)
    told = (
        *((name, one.model_dump_json()) for name, one in scenarios.items()),
        *(f"{one.state} {one.version}" for one in held), t.language, made_up,
    )  # fmt: skip
    key = hashlib.sha256(repr(told).encode()).hexdigest()
    picture = _picture(key, scenarios, found, t, held, demonstration=made_up)
    st.image(picture, width="stretch")
    st.caption(t("scenario.compare_map.caption"))
    return picture


def _map_file(ctx: Context, picture: bytes, *, demonstration: bool) -> None:
    t = ctx.t
    mark = [t("sheet.short_demonstration")] if demonstration else []
    download(
        t("scenario.compare_map.file"),
        lambda: picture,
        name="_".join([t("scenario.compare_file"), *mark]) + ".png",
        key="consolidation-compare-map",
        mime="image/png",
    )


@st.cache_data(max_entries=_KEPT, show_spinner=False)
def _picture(
    key: str,
    _scenarios: Mapping[str, Scenario],
    _found: Comparison,
    _t: Translator,
    _held: list[ScenarioOutlines],
    *,
    demonstration: bool,
) -> bytes:
    del key
    return draw_comparison(_scenarios, _found, _t, demonstration=demonstration, outlines=_held)


def _workbook(ctx: Context, found: Comparison, words: list[Words], *, demonstration: bool) -> None:
    """The comparison as one file: every table, figures as figures, every choice."""
    t = ctx.t

    def made() -> bytes:
        measures = found.measures.reset_index(drop=True)
        measures.insert(0, "measure", [words[0].measure(str(k)) for k in found.measures.index])
        tables = {
            "measures": measures,
            "pairs": _pairs(ctx, found, words),
            "choices": _choices(ctx, found, words, only=False),
            "basis": _basis(ctx, found),
        }
        notes = {t("scenario.annex.draft"): t("scenario.compare_map.caption")}
        return comparison_workbook(tables, found.names, t, notes=notes, demonstration=demonstration)

    mark = [t("sheet.short_demonstration")] if demonstration else []
    download(
        t("scenario.compare_workbook"),
        made,
        name="_".join([t("scenario.compare_file"), *mark]) + ".xlsx",
        key="consolidation-compare-workbook",
        mime=MIME["xlsx"],
    )


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
    said = marks(found)
    told = pd.DataFrame(
        {
            "host": [names[key][0] for key in table.index],
            "absorbed": [names[key][1] for key in table.index],
            "in_scenarios": [
                t("scenario.in_all") if every else t("scenario.in_some", n=n, of=len(shown))
                for n, every in zip(table["in_scenarios"], table["in_all"], strict=True)
            ],
            "where": [_where(ctx, found, row) for row in said.itertuples(index=False)],
        }
    )
    return told.join(pd.DataFrame(shown))


def _where(ctx: Context, found: Comparison, row: Iterable[str]) -> str:
    """Which scenarios chose a pair, by their names; all of them in one word."""
    t, kinds = ctx.t, list(row)
    if "absent" not in kinds:
        return t(f"scenario.compare_map.where_{kinds[0]}")
    own = [name for name, kind in zip(found.names, kinds, strict=True) if kind != "absent"]
    return t("scenario.compare_map.where_only", names=t.pick("、", ", ").join(own))


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
