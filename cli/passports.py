"""``ganyuan passport`` and ``ganyuan correction``: an upload on paper, and its rows to mend."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from cli.datasets import JsonOption, StoreOption, named_version
from cli.written import write_file
from domain.i18n import LANGUAGES, Language, translator
from domain.passport import number_of, read
from export.fonts import Fonts
from export.passport import passport_html, passport_pages, passport_pdf
from settings import Settings
from store import Store, Viewer
from views.corrections import package_of_version

VersionArgument = Annotated[str, typer.Argument(help="DATASET or DATASET@N; the current version.")]


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    app.command("passport")(print_passport)
    app.command("correction")(write_correction)


def print_passport(
    version: VersionArgument,
    *,
    pdf: Annotated[Path | None, typer.Option("--pdf", help="PDF to write, one A4 page.")] = None,
    html: Annotated[Path | None, typer.Option("--html", help="HTML to write, one file.")] = None,
    language: Annotated[str, typer.Option("--language", help=" or ".join(LANGUAGES))] = "",
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Print the passport of a version: origin, evidence, row accounting, findings, acceptance."""
    settings = Settings(store=store) if store else Settings()
    found = named_version(Store(settings.store), Viewer(settings.user), version)
    tongue = _language(language or settings.language)
    pages = passport_pages(found.passport, translator(tongue), found)
    fonts = Fonts(settings.fallback_font)
    if pdf is not None:
        write_file(pdf, passport_pdf(pages, fonts=fonts))
    if html is not None:
        write_file(html, passport_html(pages, fonts=fonts))
    if as_json:
        typer.echo(json.dumps(found.passport, ensure_ascii=False, indent=2))
        return
    typer.echo(f"{found.id}: passport {number_of(found.passport) or '-'}")
    for part in read(found.passport):
        rows = part.rows
        typer.echo(
            f"  {part.file}: {rows.file} rows = {rows.committed} published + "
            f"{rows.quarantined} kept apart + {rows.refused} refused"
            + (f" + {rows.unfilled} not filled in" if rows.unfilled else "")
        )
    for path in filter(None, (pdf, html)):
        typer.echo(f"  {path}")


def write_correction(
    version: VersionArgument,
    *,
    output: Annotated[Path, typer.Option("--output", help="Archive to write (.zip).")],
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write the rows that the sender has to correct as an archive that can be sent back."""
    settings = Settings(store=store) if store else Settings()
    opened, viewer = Store(settings.store), Viewer(settings.user)
    found = named_version(opened, viewer, version)
    package = package_of_version(opened, found, viewer)
    write_file(output, package.content)
    number = number_of(found.passport)
    if as_json:
        facts = {
            "version": found.id, "number": number, "rows": package.rows, "file": str(output),
        }  # fmt: skip
        typer.echo(json.dumps(facts, ensure_ascii=False, indent=2))
        return
    typer.echo(f"{output}: {package.rows} rows of {found.id} to correct, passport {number}")


def _language(text: str) -> Language:
    for language in LANGUAGES:
        if language == text:
            return language
    raise typer.BadParameter(f"{text!r}; choose {', '.join(LANGUAGES)}", param_hint="--language")
