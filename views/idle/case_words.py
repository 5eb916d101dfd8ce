"""Words of the case file: fields of the ledger, values, refusals, routes."""

from __future__ import annotations

import datetime as dt
from html import escape
from typing import Any, Final

import pandas as pd

from analytics.cases.checks import Contradiction
from analytics.cases.entries import Refusal, changed_fields
from analytics.cases.file import Cells, Entry, as_text
from domain import formats, ledgers
from domain.i18n import Translator
from domain.ledgers import Table
from domain.rules import RuleSet
from views.idle.case_timeline import certainty_mark, entry_words

_OWN: Final = ("prefecture_adcode", "demonstration")
"""Fields that the store adds to a row."""
_CODED: Final = {
    "cause": "idle.cause",
    "disposal_route": "idle.route",
    "idle_type": "case.type",
}


def field_name(t: Translator, name: str, table: Table = "idle_case") -> str:
    """A column of a ledger by its name."""
    for column in ledgers.columns(table):
        if column.column == name:
            return t.pick(column.zh, column.en)
    return t.get(f"case.field.{name}", name)


def coded(t: Translator, name: str, code: str) -> str:
    """A code of a field in words; the code where there are none."""
    domain = _CODED.get(name)
    return t.get(f"{domain}.{code}", code) if domain else code


def value_words(t: Translator, name: str, value: Any) -> str:  # noqa: ANN401 - a cell
    """A value of a field as it is read."""
    if as_text(value) == "":
        return formats.MISSING
    if isinstance(value, bool):
        return t("case.yes" if value else "case.no")
    if isinstance(value, (pd.Timestamp, dt.date)):
        return formats.date(value)
    if isinstance(value, float):
        return formats.number(value)
    return coded(t, name, str(value))


def moment(at: Any) -> str:  # noqa: ANN401 - a moment with a time zone
    """A moment in the time of the office."""
    return pd.Timestamp(at).to_pydatetime().astimezone().strftime("%Y-%m-%d %H:%M")


def fields_html(
    t: Translator, before: Cells | None, after: Cells | None, table: Table = "idle_case"
) -> str:
    """What a change did to the fields of a row; of a new row what it brought."""
    parts = []
    for name, old, new in changed_fields(before, after):
        if name in _OWN:
            continue
        was = "" if before is None else f"{value_words(t, name, old)} → "
        words = f"{was}{value_words(t, name, new)}"
        parts.append(f"<b>{escape(field_name(t, name, table))}</b> {escape(words)}")
    return t.pick("；", "; ").join(parts)


def refusal_words(t: Translator, refusal: Refusal) -> str:
    """One thing that speaks against an entry."""
    if refusal.code == "barred":
        return t("case.refused.barred", why=guards(t, refusal.other))
    return t(
        f"case.refused.{refusal.code}",
        field=field_name(t, refusal.field),
        other=field_name(t, refusal.other),
        on=formats.date(refusal.on),
    )


def guards(t: Translator, ids: str) -> str:
    """Why a route is barred, joined for reading."""
    words = [t.get(f"case.guard.{key}", key) for key in ids.split(";") if key]
    return t.pick("；", "; ").join(words)


def needs(t: Translator, ids: str) -> str:
    """What a route needs first, joined for reading."""
    words = [t.get(f"case.need.{key}", key) for key in ids.split(";") if key]
    return t.pick("；", "; ").join(words)


def fault_words(t: Translator, fault: Contradiction) -> str:
    """A contradiction in words."""

    def told(entry: Entry | None) -> str:
        return "" if entry is None else f"{entry_words(t, entry)} {formats.date(entry.on)}"

    return t(f"case.fault.{fault.code}", first=told(fault.first), second=told(fault.second))


def routes_html(t: Translator, routes: pd.DataFrame, rules: RuleSet) -> str:
    """Routes with what bars each of them, the open ones first."""
    rows = []
    ordered = routes.sort_values("permitted", ascending=False, kind="stable")
    for row in ordered.to_dict("records"):
        code = str(row["route"])
        name = t.get(f"idle.route.{code}", code)
        open_ = bool(row["permitted"])
        why = needs(t, as_text(row["needs"])) if open_ else guards(t, as_text(row["barred_by"]))
        head = t("case.route_needs" if open_ else "case.route_barred", why=why) if why else ""
        sign = certainty_mark(t, as_text(row["certainty"]))
        rule = rules.get(as_text(row["rule"]))
        article = as_text(row["article"]) if rule is None else t.pick(rule.article, rule.article_en)
        rows.append(
            f'<tr class="{"" if open_ else "gy-barred"}">'
            f"<td>{escape(t('case.open' if open_ else 'case.barred'))}</td>"
            f"<td>{escape(code)} {escape(name)}<small>{escape(head)}</small></td>"
            f"<td>{escape(article)}{sign}</td></tr>"
        )
    return f'<table class="gy-routes">{"".join(rows)}</table>'
