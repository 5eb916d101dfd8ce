"""``ganyuan consolidate scenario``: plans that are kept, compared and handed on."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated, Any

import typer

from analytics.consolidation.scenario import KIND, from_json
from analytics.consolidation.scenario_compare import Comparison, compare
from cli.consolidation_save import NameArgument, save, state_record
from cli.datasets import opened
from cli.printed import JsonOption, StoreOption, print_json, records
from cli.written import write_file
from domain.formats import MISSING, fixed
from domain.i18n import Language, translator
from export.scenario_annex import when
from export.scenario_basis import changes_of
from export.scenario_outlines import outlines_of
from export.scenario_words import Words
from export.scenario_workbook import ENDINGS, scenario_file
from geo.errors import GanyuanError
from settings import Settings
from store import Scenario as Saved
from store import Store, Viewer

group = typer.Typer(help="Scenarios: plans of consolidation that are kept.", no_args_is_help=True)

StateOption = Annotated[
    int | None, typer.Option("--state", min=1, help="State of the scenario; the last by default.")
]


class NoScenarioError(GanyuanError):
    """No scenario has this name, or none that the viewer may see."""

    code = "CSC-004"


@group.command("list")
def list_scenarios(
    *,
    every: Annotated[bool, typer.Option("--all", help="Also those withdrawn.")] = False,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """List scenarios with what they come to, and whether they rest on older versions."""
    target, viewer = opened(store)
    found = target.scenarios(KIND, viewer, include_withdrawn=every)
    rows = [_listed(target, viewer, one) for one in found]
    if as_json:
        print_json({"scenarios": rows})
        return
    if not rows:
        typer.echo("No scenario yet; `ganyuan consolidate scenario save` keeps one.")
    for row in rows:
        marks = [m for m in ("withdrawn", "error") if row[m]]
        marks += [f"outdated ({len(row['changes'])})"] if row["changes"] else []
        marks += ["演示数据"] if row["demonstration"] else []
        typer.echo(
            f"{row['name']}  {row['state']}  {row['saved_at']}  {row['saved_by']}  "
            f"{row['pairs']} pairs  {' '.join(marks)}".rstrip()
        )


@group.command("show")
def show(
    name: NameArgument,
    *,
    state: StateOption = None,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show a scenario: choices, result, what it rests on, what has changed since."""
    target, viewer = opened(store)
    saved = _saved(target, viewer, name, state)
    scenario = from_json(saved.content)
    changes = records(changes_of(target, viewer, scenario))
    if as_json:
        states = [state_record(one) for one in target.scenario_history(KIND, name, viewer)]
        content = {**state_record(saved), "scenario": saved.content, "changes": changes}
        print_json({**content, "states": states})
        return
    words = Words(scenario, translator(Settings().language))
    typer.echo(f"{saved.name}  {saved.number}  {when(saved)}  {saved.saved_by}: {saved.reason}")
    if saved.demonstration:
        typer.echo("演示数据 / demonstration data")
    for text in (words.goals(), words.outcome(), *words.conditions(), *words.moved()):
        typer.echo(f"- {text}")
    for pair in scenario.result.pairs:
        host, absorbed = words.sides(pair)
        typer.echo(f"{pair.score:6.1f}  {pair.form:<11}  {host} ← {absorbed}")
    for row in changes:
        typer.echo(f"{row['change']}: {row['name']} {row['old']} -> {row['new']}")


group.command("save")(save)


@group.command("compare")
def compare_scenarios(
    names: Annotated[list[str], typer.Argument(help="Two to four names.")],
    *,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Set scenarios side by side: measures, pairs, choices, what they rest on."""
    target, viewer = opened(store)
    scenarios = {
        name: from_json(_saved(target, viewer, name, None).content)
        for name in dict.fromkeys(names)
    }  # fmt: skip
    found = compare(scenarios)
    if as_json:
        print_json(
            {
                "names": list(found.names),
                "measures": records(found.measures.rename_axis("measure").reset_index()),
                "pairs": records(found.pairs.reset_index()),
                "choices": records(found.choices),
                "basis": records(found.basis),
            }
        )
        return
    for line in _side_by_side(found):
        typer.echo(line)


def _area(told: str) -> str:
    """Area of land that a scenario keeps; it is unknown where none of its unit has an outline."""
    m2 = told.partition(";")[0]
    return f"{m2} m2" if m2 else MISSING


def _side_by_side(found: Comparison) -> list[str]:
    """Names, measures, pairs and land of scenarios as lines; the rest is in the JSON."""
    columns = range(len(found.names))
    lines = ["  ".join(f"{i}: {name}" for i, name in enumerate(found.names))]
    for measure, row in found.measures.iterrows():
        lines.append(f"{measure!s:<10}  " + "  ".join(f"{fixed(v, 1):>10}" for v in row))
    for key, row in found.pairs.iterrows():
        lines.append(f"{key!s:<60}  " + "  ".join(f"{row[i] or MISSING:<11}" for i in columns))
    land = found.choices[found.choices["choice"].str.startswith("land_")]
    for told in land.to_dict("records"):
        areas = [_area(told[i]) for i in columns]
        lines.append(f"{told['choice']:<60}  " + "  ".join(f"{area:<16}" for area in areas))
    return [line.rstrip() for line in lines]


@group.command("annex")
def annex(
    name: NameArgument,
    *,
    out: Annotated[Path, typer.Option("--out", help="File: .docx, .pdf or .xlsx.")],
    language: Annotated[
        Language | None, typer.Option("--language", help="zh_CN or en; as set by default.")
    ] = None,
    state: StateOption = None,
    store: StoreOption = None,
) -> None:
    """Write the two-page annex of a scenario, or its workbook."""
    ending = next((e for e in ENDINGS if out.suffix.lower() == f".{e}"), None)
    if ending is None:
        raise typer.BadParameter(f"{out.name!r} is no .docx, .pdf or .xlsx", param_hint="--out")
    target, viewer = opened(store)
    saved = _saved(target, viewer, name, state)
    t = translator(language or Settings().language)
    made_on = dt.datetime.now(tz=dt.UTC).astimezone().date()
    scenario = from_json(saved.content)
    content = scenario_file(
        saved, scenario, t, ending, made_on=made_on, outlines=outlines_of(target, viewer, scenario)
    )
    write_file(out, content)
    typer.echo(str(out))


def _saved(store: Store, viewer: Viewer, name: str, state: int | None) -> Saved:
    states = store.scenario_history(KIND, name, viewer)
    found = next((one for one in states if state is None or one.number == state), None)
    if found is None:
        told = name if state is None else f"{name} ({state})"
        raise NoScenarioError(
            f"there is no scenario {told!r}; see `ganyuan consolidate scenario list`",
            values={"name": told},
        )
    return found


def _listed(store: Store, viewer: Viewer, saved: Saved) -> dict[str, Any]:
    """A scenario in a row; one that cannot be read carries the code."""
    row = {**state_record(saved), "error": "", "pairs": None, "measures": {}, "changes": []}
    try:
        scenario = from_json(saved.content)
    except GanyuanError as error:
        return row | {"error": error.code}
    return row | {
        "pairs": len(scenario.result.pairs),
        "measures": scenario.result.after,
        "changes": records(changes_of(store, viewer, scenario)),
    }
