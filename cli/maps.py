"""``ganyuan map``: a map sheet as PNG, PDF or SVG, with the table behind it on request."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Annotated, TypeVar, get_args

import typer

from cli.datasets import JsonOption, StoreOption
from cli.written import UnwritableFileError, write_file, writing
from domain.formats import AreaUnit
from domain.i18n import LANGUAGES, Language, translator
from export.compose import Composition, compose, default_day, region_of
from export.modes import MODES, Release
from export.painter import save
from export.paper import ORIENTATIONS, PAPERS
from export.sheet import MapSheet
from export.tables import workbook
from layers.catalogue.registry import ENTRIES
from layers.spec import is_demonstration
from settings import Settings
from store import Store, Viewer

_T = TypeVar("_T", bound=str)


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("map")(draw_map)


def draw_map(  # noqa: PLR0913 - one option for each property of a sheet
    *,
    layers: Annotated[str, typer.Option("--layers", help=f"Of {', '.join(ENTRIES)}.")],
    out: Annotated[Path, typer.Option("--out", help="File to write: .png, .pdf or .svg.")],
    region: Annotated[
        str, typer.Option("--region", help="Adcode or name; a zone by id or name.")
    ] = "360000",
    paper: Annotated[str, typer.Option("--paper", help=" or ".join(PAPERS))] = "A4",
    orientation: Annotated[
        str, typer.Option("--orientation", help=" or ".join(ORIENTATIONS))
    ] = "landscape",
    dpi: Annotated[int, typer.Option("--dpi", min=36, max=1200)] = 300,
    mode: Annotated[str, typer.Option("--mode", help=", ".join(MODES))] = "internal",
    review_number: Annotated[
        str, typer.Option("--review-number", help="审图号, public only.")
    ] = "",
    issuer: Annotated[str, typer.Option("--issuer", help="Authority that gave it.")] = "",
    title: Annotated[str, typer.Option("--title", help="Place, theme, year by default.")] = "",
    figure: Annotated[str, typer.Option("--figure", help="Figure number.")] = "",
    statuses: Annotated[
        str, typer.Option("--status", help="Parcels of these statuses only, by commas.")
    ] = "",
    dataset: Annotated[str, typer.Option("--dataset", help="Parcels; the newest by default.")] = "",
    as_of: Annotated[
        dt.datetime | None,
        typer.Option("--as-of", formats=["%Y-%m-%d"], help="Day that is judged."),
    ] = None,
    unit: Annotated[str, typer.Option("--unit", help="ha or mu")] = "ha",
    language: Annotated[str, typer.Option("--language", help=" or ".join(LANGUAGES))] = "",
    table: Annotated[Path | None, typer.Option("--table", help="Also the rows as .xlsx.")] = None,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Draw a map sheet that carries everything a figure of a planning report needs."""
    settings = Settings(store=store) if store else Settings()
    opened, viewer = Store(settings.store), Viewer(settings.user)
    tongue: Language = _choice(language or settings.language, LANGUAGES, "--language")
    t = translator(tongue)
    now = dt.datetime.now(tz=dt.UTC).astimezone()
    day = as_of.date() if as_of else default_day(opened, viewer, dataset, now.date())
    place = region_of(region, store=opened, viewer=viewer)
    composition = compose(
        _names(layers), store=opened, viewer=viewer, as_of=day, chinese=tongue == "zh_CN",
        region=place, dataset=dataset, statuses=_names(statuses),
    )  # fmt: skip
    sheet = MapSheet(
        region=place,
        layers=composition.layers,
        t=t,
        drawn_at=now,
        data_date=day.isoformat(),
        title=title,
        theme=composition.theme(t),
        paper=_choice(paper, PAPERS, "--paper"),
        orientation=_choice(orientation, ORIENTATIONS, "--orientation"),
        dpi=dpi,
        unit=_choice(unit, get_args(AreaUnit), "--unit"),
        release=Release(_choice(mode, MODES, "--mode"), viewer.name, review_number, issuer),
        organisation=settings.organisation,
        figure_number=figure,
        sources=composition.sources(t),
        notes=composition.notes(t),
        fallback_font=settings.fallback_font,
    )
    _write(sheet, composition, out, table)
    _report(sheet, out, table, as_json=as_json)


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _choice(value: str, options: tuple[_T, ...], option: str) -> _T:
    """The option that was named, whatever its case."""
    for known in options:
        if known.lower() == value.strip().lower():
            return known
    raise typer.BadParameter(f"{value!r}; choose {', '.join(options)}", param_hint=option)


def _write(sheet: MapSheet, composition: Composition, out: Path, table: Path | None) -> None:
    try:
        with writing(out) as target:
            save(sheet, target)
    except ValueError as error:
        raise UnwritableFileError(
            f"cannot write {out}: {error}", values={"path": str(out), "detail": str(error)}
        ) from error
    if table is not None:
        write_file(table, workbook(sheet, composition))


def _report(sheet: MapSheet, out: Path, table: Path | None, *, as_json: bool) -> None:
    facts = {
        "file": str(out),
        "table": str(table) if table else None,
        "title": sheet.full_title,
        "region": sheet.region.code,
        "scale": sheet.view.denominator,
        "crs": sheet.projection.crs.to_string(),
        "demonstration": is_demonstration(sheet.shown),
        "layers": [
            {
                "id": layer.spec.id,
                "legend": [
                    {"class": r.layer_class.key, "count": r.count, "area_m2": r.area_m2}
                    for r in layer.legend
                ],
            }
            for layer in sheet.shown
        ],
    }
    if as_json:
        typer.echo(json.dumps(facts, ensure_ascii=False, indent=2))
        return
    mark = "  演示数据" if facts["demonstration"] else ""
    typer.echo(f"{out}: {sheet.full_title}  1:{sheet.view.denominator:,}{mark}")
