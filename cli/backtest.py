"""``ganyuan backtest``: candidates held against the mergers that really took place."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Hashable
from pathlib import Path
from typing import Annotated, Any, Final

import pandas as pd
import typer

from analytics.consolidation import backtest as consolidation_backtest
from analytics.consolidation.backtest import LISTS, Backtest
from analytics.consolidation.published import published_inputs
from cli.printed import DayOption
from cli.written import write_file
from domain.rules import load_rules
from geo.errors import GanyuanError

BEGIN: Final = "<!-- ganyuan backtest: begin -->"
END: Final = "<!-- ganyuan backtest: end -->"
_RANKINGS: Final = {
    "score": "default weights",
    "nearest": "nearest only",
    "industry": "industry only",
    "random": "no order at all",
    "fitted": "fitted, the case left out",
    "fitted_in_sample": "fitted to all cases (optimistic)",
}
_LISTS: Final = {"hosts": "hosts of the absorbed zone", "prefecture": "pairs of the prefecture"}


class BacktestPageError(GanyuanError):
    """The page has no place for the table."""

    code = "CPL-005"


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("backtest")(backtest)


def backtest(
    *,
    as_of: DayOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    write: Annotated[
        Path | None, typer.Option("--write", help="Page whose marked part the tables replace.")
    ] = None,
) -> None:
    """Hold the candidates for consolidation against the real cases, each as of its own year."""
    day = as_of.date() if as_of else dt.datetime.now(tz=dt.UTC).astimezone().date()
    found = measured(day)
    if write is not None:
        told = placed(write.read_text(encoding="utf-8"), text(found))
        write_file(write, told.encode())
    if as_json:
        parts = {
            name: json.loads(frame.to_json(orient="records", force_ascii=False, double_precision=6))
            for name, frame in (("cases", found.cases), ("table", found.table))
        }
        typer.echo(json.dumps({**parts, "fitted": found.fitted}, ensure_ascii=False, indent=2))
    else:
        typer.echo(text(found))


def measured(day: dt.date) -> Backtest:
    """The check on the reference tables, under the rules of a day."""
    inputs = published_inputs()
    return consolidation_backtest.run(inputs, rules=load_rules("consolidation", as_of=day))


def text(found: Backtest) -> str:
    """Both tables as Markdown."""
    fitted = ", ".join(f"{term} {share:.0%}" for term, share in found.fitted.items())
    return "\n".join(
        [
            *_table(
                ["ranking", "list", "hit@1", "hit@3", "MRR", "MRR 95 %", "sure@1", "95 %", "sure@3",
                 "95 %"],
                [_row(row, len(found.cases)) for row in found.table.to_dict("records")],
            ),
            "",
            *_table(
                ["case", "year", "host ← absorbed", "km", "rank among hosts", "rank in prefecture"],
                [_case(row) for row in found.cases.to_dict("records")],
            ),
            "",
            f"Weights fitted to all cases: {fitted}.",
        ]
    )  # fmt: skip


def placed(page: str, tables: str) -> str:
    """The page with the tables between its two marks.

    Raises:
        BacktestPageError: The marks are not there once each, in order.
    """
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise BacktestPageError(
            f"the page needs the lines {BEGIN} and {END}", values={"begin": BEGIN, "end": END}
        )
    return f"{before}{BEGIN}\n\n{tables}\n\n{END}{after}"


def _table(head: list[str], rows: list[list[str]]) -> list[str]:
    lines = [head, ["---"] * len(head), *rows]
    return ["| " + " | ".join(line) + " |" for line in lines]


def _row(row: dict[Hashable, Any], of: int) -> list[str]:
    def span(name: str) -> str:
        return f"{row[f'{name}_low']:.2f} to {row[f'{name}_high']:.2f}"

    sure = [[f"{row[f'sure_{k}']} of {of}", span(f"sure_{k}")] for k in ("1", "3")]
    means = [f"{row[name]:.2f}" for name in ("hit_1", "hit_3", "mrr")]
    names = [_RANKINGS[str(row["ranking"])], _LISTS[str(row["list"])]]
    return [*names, *means, span("mrr"), *sure[0], *sure[1]]


def _case(row: dict[Hashable, Any]) -> list[str]:
    far = row["distance_km"]
    ranks = [
        str(row["outcome"]).replace("_", " ")
        if pd.isna(row[f"{name}_score"])
        else f"{row[f'{name}_score']} of {row[f'{name}_of']}"
        for name in LISTS
    ]
    pair = f"{row['absorbing_name_zh']} ← {row['absorbed_name_zh']}"
    return [
        str(row["case_id"]), str(row["year"]), pair,
        "" if pd.isna(far) else f"{far:.0f}", *ranks,
    ]  # fmt: skip
