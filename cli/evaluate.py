"""``ganyuan evaluate``: intensity, per mu, control indicators, entered beside computed figures."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import pandas as pd
import typer

from analytics.evaluation import control_subjects
from cli.datasets import JsonOption, StoreOption, opened
from cli.evaluate_enterprises import evaluate_enterprises
from cli.evaluation_parts import scheme_named, sheet
from cli.land import DatasetOption, DayOption, print_json, records
from cli.written import write_file
from domain import boundaries, reference
from domain.i18n import translator
from domain.schemes import intensity_scheme
from export.workbook import Kind, Sheet, write_workbook
from geo.errors import GanyuanError
from settings import Settings
from views.context import Context
from views.day import default_day

if TYPE_CHECKING:
    from views.evaluation.run import Run

Part = Literal["intensity", "permu", "control", "compare"]
Subject = Literal["contracts", "zones", "enterprises"]
_SUBJECTS: dict[Part, tuple[Subject, ...]] = {
    "permu": ("zones", "enterprises"),
    "control": ("contracts", "zones"),
}
"""What can be evaluated by a part; the first by default."""
Table = pd.DataFrame
_LINES = 40


class NoFiguresError(GanyuanError):
    """Nothing is known of any zone."""

    code = "EVA-001"


class SubjectError(GanyuanError):
    """The part is not about the subject that was asked for."""

    code = "EVA-004"


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("evaluate")(evaluate)


def evaluate(  # noqa: PLR0913 - one parameter an option
    *,
    store: StoreOption = None,
    dataset: DatasetOption = None,
    as_of: DayOption = None,
    year: Annotated[
        int | None, typer.Option("--year", help="Year of entered figures; the newest by default.")
    ] = None,
    part: Annotated[Part, typer.Option("--part", help="What is evaluated.")] = "intensity",
    older: Annotated[
        bool, typer.Option("--older", help="Take older rows of zones that have none of the year.")
    ] = False,
    region: Annotated[
        str, typer.Option("--region", help="Prefecture by name or code; all by default.")
    ] = "",
    scheme: Annotated[str, typer.Option("--scheme", help="Scheme of the per-mu part.")] = "",
    table: Annotated[
        str,
        typer.Option("--table", help="Version of the control indicators; the newest by default."),
    ] = "",
    subject: Annotated[
        Subject | None,
        typer.Option(
            "--subject",
            help="Of per mu zones or enterprises, of control indicators contracts or zones.",
        ),
    ] = None,
    zone: Annotated[
        str, typer.Option("--zone", help="Enterprises of this zone only, by ID or full name.")
    ] = "",
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE.xlsx", help="Write a workbook.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Evaluate the zones (园区评价); what is missing is shown as missing."""
    about = _subject(part, subject)
    enterprises = about == "enterprises"
    for name, given, fits in (
        ("--scheme", scheme, part == "permu"),
        ("--table", table, part == "control"),
        ("--zone", zone, enterprises),
    ):
        if given and not fits:
            raise typer.BadParameter(f"{part} by {about} does not use it", param_hint=name)
    ctx, run = _run(store, dataset, as_of, year, region, older=older, bare=enterprises)
    if part == "intensity":
        answer = _intensity(ctx, run)
    elif enterprises:
        answer = evaluate_enterprises(ctx, run, scheme, zone)
    elif part == "permu":
        answer = _permu(ctx, run, scheme)
    elif part == "control":
        answer = _control(ctx, run, about, table or _newest_table())
    else:
        answer = _compare(ctx, run)
    found, made, notes = answer
    if out is not None:
        mark = ctx.t("frame.demonstration") if made.demonstration else ""
        content = write_workbook(
            [made], notes=notes, notes_name=ctx.t("data.notes_name"), mark=mark
        )
        write_file(out, content)
    if as_json:
        print_json({**_head(run), "part": part, **found})
        return
    if out is not None:
        typer.echo(f"{len(made.frame):,} rows written to {out}")
        return
    _print(run, made)


def _subject(part: Part, asked: Subject | None) -> Subject:
    """What a part evaluates: what was asked for, or the first that it can.

    Raises:
        SubjectError: It does not evaluate that.
    """
    known = _SUBJECTS.get(part, ("zones",))
    if asked is not None and asked not in known:
        raise SubjectError(
            f"{part} is not evaluated by {asked}; there are {', '.join(known)}",
            values={"part": part, "subject": asked, "known": ", ".join(known)},
        )
    return asked or known[0]


def _run(
    store: Path | None,
    dataset: str | None,
    as_of: dt.datetime | None,
    year: int | None,
    region: str,
    *,
    older: bool,
    bare: bool,
) -> tuple[Context, Run]:
    """What the command is about, as the page has it in Chinese and hectares.

    Raises:
        NoFiguresError: Nothing is known of any zone, and ``bare`` does not say that this may be.
        UnknownDatasetError: There is no dataset of the name.
        UnknownPlaceError: There is no such prefecture.
    """
    # The page is slow to load, and few commands need it.
    from views import data  # noqa: PLC0415
    from views.evaluation.run import enterprise_years, run_of  # noqa: PLC0415
    from views.zone_figures import zone_figures as known_of  # noqa: PLC0415

    target, viewer = opened(store)
    ctx = Context(Settings(), target, viewer, translator("zh_CN"), "ha")
    named = target.version(dataset, viewer) if dataset is not None else None
    version = named or next(iter(data.in_force(ctx, "parcels")), None)
    day = as_of.date() if as_of is not None else default_day(version)
    known = known_of(ctx, as_of=day, year=year, version=version, older=older)
    if bare and year is None and known.figures.figures.isna().to_numpy().all():
        told = next((one for one in enterprise_years(ctx) if one <= day.year), None)
        known = known_of(ctx, as_of=day, year=told, version=version, older=older)
    if known.figures.figures.isna().to_numpy().all() and not bare:
        raise NoFiguresError(
            f"nothing is known of any zone for {known.figures.year}; import the indicator workbook "
            "or parcels, or run `ganyuan demo`",
            values={"year": known.figures.year},
        )
    code = boundaries.adcode_of(region) if region else ""
    return ctx, run_of(ctx, known, version, day, code, older=older)


def _intensity(ctx: Context, run: Run) -> tuple[dict[str, Any], Sheet, dict[str, str]]:
    from views.evaluation import intensity as view  # noqa: PLC0415
    from views.evaluation import words  # noqa: PLC0415

    scheme = intensity_scheme()
    table, rates = run.intensity.table, run.intensity.rates
    listed = view.chosen_zones(run, run.intensity.scores)
    mine = table[table["zone"].isin(listed.index)]
    found = {
        "scheme": scheme.id,
        "scheme_status": scheme.status,
        "zones": _named(listed.join(rates).join(_facts(run))),
        "indicators": records(mine),
        "figures": _cells(run, listed.index),
    }
    shown = view.words_table(ctx, run, scheme, listed, rates)
    notes = words.notes(ctx, run, view.scheme_notes(ctx, run, scheme))
    return found, _sheet(run, "intensity", shown, view.table_kinds(ctx, shown)), notes


def _permu(ctx: Context, run: Run, name: str) -> tuple[dict[str, Any], Sheet, dict[str, str]]:
    from views.evaluation import permu as view  # noqa: PLC0415
    from views.evaluation import scheme as schemes  # noqa: PLC0415
    from views.evaluation import words  # noqa: PLC0415

    scheme = scheme_named("zone", name)
    evaluated = view.evaluated(run, scheme)
    listed = view.chosen_zones(run, evaluated.table)
    terms = evaluated.terms[evaluated.terms["unit_label"].isin(listed.index)]
    found = {
        "scheme": scheme.id,
        "scheme_status": scheme.status,
        "zones": _named(listed.join(_facts(run))),
        "terms": records(terms),
        "figures": _cells(run, listed.index),
    }
    shown = view.permu_table(ctx, run, scheme, evaluated, listed)
    notes = words.notes(ctx, run, schemes.scheme_notes(ctx, scheme))
    return found, _sheet(run, "permu", shown, schemes.permu_kinds(ctx, shown)), notes


def _newest_table() -> str:
    return str(reference.table("control_indicators")["version"].max())


def _control(
    ctx: Context, run: Run, subject: str, version: str
) -> tuple[dict[str, Any], Sheet, dict[str, str]]:
    from views.evaluation import control as view  # noqa: PLC0415
    from views.evaluation import words  # noqa: PLC0415

    projects, assessed = view.assessed_of(ctx, run, subject, version)
    counts = control_subjects.counts(assessed) if len(assessed) else pd.DataFrame()
    key = "zone_id" if subject == "zones" else "supply_no"
    keys = pd.Series(projects.index, projects.index) if subject == "zones" else projects[key]
    rows = assessed.assign(**{key: assessed["project"].map(keys)}) if len(assessed) else assessed
    made_up = bool(projects["demonstration"].any())
    found = {
        "table": version,
        "subject": subject,
        "demonstration": made_up,
        "counts": records(counts),
        "rows": records(rows.drop(columns="project", errors="ignore")),
    }
    kinds: dict[str, Kind] = {
        str(c): "number" for c in rows if pd.api.types.is_float_dtype(rows[c].dtype)
    }
    made = _sheet(run, "control", rows, kinds, demonstration=made_up)
    return found, made, words.notes(ctx, run, {ctx.t("evaluation.control.version"): version})


def _compare(ctx: Context, run: Run) -> tuple[dict[str, Any], Sheet, dict[str, str]]:
    from views.evaluation import compare as view  # noqa: PLC0415
    from views.evaluation import words  # noqa: PLC0415

    table = view.comparison(run)
    shown = view.comparison_table(ctx, run, table)
    found = {"states": table["state"].value_counts().to_dict(), "rows": records(table)}
    return (
        found,
        _sheet(run, "compare", shown, view.comparison_kinds(ctx)),
        words.notes(ctx, run),
    )


def _sheet(
    run: Run,
    name: str,
    shown: Table,
    kinds: Mapping[str, Kind],
    *,
    demonstration: bool | None = None,
) -> Sheet:
    made_up = run.demonstration if demonstration is None else demonstration
    return sheet(name, shown, kinds, demonstration=made_up)


def _head(run: Run) -> dict[str, Any]:
    return {
        "year": run.figures.year,
        "years": list(run.known.years),
        "older": run.older,
        "as_of": run.day.isoformat(),
        "sources": dict(run.known.cited),
        "demonstration": run.demonstration,
        "area_definition": "ellipsoidal, CGCS2000, m2",
    }


def _facts(run: Run) -> Table:
    return run.figures.facts[["year", "older", "demonstration"]]


def _named(table: Table) -> list[dict[str, object]]:
    """Rows by zone with id and Chinese name."""
    names = reference.table("zones").set_index("zone_id")["name_zh"]
    out = table.rename_axis("zone_id").reset_index()
    out.insert(1, "name_zh", out["zone_id"].map(names))
    return records(out)


def _cells(run: Run, zones: pd.Index) -> list[dict[str, object]]:
    """Every figure that is known of the zones, with where it comes from."""
    figures, origin = run.figures.figures.loc[zones], run.figures.origin.loc[zones]
    long = figures.rename_axis("zone_id").reset_index().melt("zone_id", var_name="figure")
    source = origin.rename_axis("zone_id").reset_index().melt("zone_id", value_name="source")
    long = long.assign(source=source["source"])
    return records(long[long["value"].notna()].reset_index(drop=True))


def _print(run: Run, made: Sheet) -> None:
    shown = made.frame
    mark = "  演示数据 / demonstration data" if run.demonstration or made.demonstration else ""
    typer.echo(f"{run.figures.year}, as of {run.day.isoformat()}{mark}")
    for row in shown.head(_LINES).itertuples(index=False):
        typer.echo("  ".join(_word(value) for value in row))
    if len(shown) > _LINES:
        typer.echo(f"… {len(shown):,} rows; --json or --out gives all")


def _word(value: object) -> str:
    if pd.api.types.is_scalar(value) and pd.isna(value):  # type: ignore[call-overload]
        return "—"
    return f"{value:.2f}" if isinstance(value, float) else str(value)
