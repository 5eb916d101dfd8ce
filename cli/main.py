"""The ``ganyuan`` command: one entry point, every sub-command from its own module."""

from __future__ import annotations

import logging
import sys

import typer

from cli import (
    analyses,
    backtest,
    datasets,
    evaluate,
    exports,
    idle,
    intake,
    map_index,
    maps,
    passports,
    planning,
    safekeeping,
    serve,
    tabulate,
    template,
)
from domain.rules import check_rules
from geo.errors import GanyuanError

EXIT_FINE, EXIT_FINDINGS, EXIT_REFUSED = 0, 1, 2
"""Exit codes of every sub-command."""

app = typer.Typer(
    name="ganyuan",
    help="赣园 Ganyuan: development zones, clusters and idle-approved land of Jiangxi.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for module in (
    serve, datasets, safekeeping, exports, intake, passports, idle, analyses, tabulate, planning,
    evaluate, backtest,
    maps, map_index, template,
):  # fmt: skip
    module.register(app)


def run() -> None:
    """Console script: a coded error and its notes go to standard error; exit code 2."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s %(message)s")
    try:
        check_rules()
        app()
    except GanyuanError as error:
        for line in (str(error), *getattr(error, "__notes__", ())):
            typer.echo(line, err=True)
        sys.exit(EXIT_REFUSED)
