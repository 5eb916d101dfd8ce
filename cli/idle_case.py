"""``ganyuan idle case`` and ``letter``: the file of one parcel, and drafts of its letters."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import pandas as pd
import typer

from analytics.cases.steps import case_of
from cli.asked import Asked, asked
from cli.datasets import JsonOption, StoreOption
from cli.land import DatasetOption, DayOption, head, print_head, print_json, records
from cli.written import write_file
from domain import formats
from domain.i18n import translator
from export.case_facts import missing_of
from export.case_letters import LETTERS, Letter, names_in, write_letter
from geo.errors import GanyuanError
from settings import Settings
from views.context import Context

if TYPE_CHECKING:
    from views.idle.case_read import CaseRead

ParcelArgument = Annotated[str, typer.Argument(metavar="PARCEL", help="Number of the parcel.")]


class NoParcelError(GanyuanError):
    """The dataset has no parcel of this number."""

    code = "CLI-020"


def register(app: typer.Typer) -> None:
    """Add the commands to the group."""
    app.command("case")(case)
    app.command("letter")(letter)


def case(
    ctx: typer.Context,
    parcel: ParcelArgument,
    *,
    store: StoreOption = None,
    dataset: DatasetOption = None,
    as_of: DayOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show the file of one parcel: its facts in the order of time, and the next legal step."""
    about = asked(ctx, store, dataset, as_of, as_json=as_json)
    read = read_parcel(about, parcel)
    facts = [_entry(entry) for entry in read.file.entries]
    if about.as_json:
        content: dict[str, Any] = {
            "parcel": records(read.parcel)[0],
            "step": records(pd.DataFrame([read.step]))[0],
            "facts": facts,
            "routes": records(read.routes.drop(columns="label")),
            "faults": [
                {
                    "code": fault.code,
                    "first": _entry(fault.first),
                    "second": None if fault.second is None else _entry(fault.second),
                }
                for fault in read.faults
            ],
        }
        print_json({**head(about.version, about.day), **content})
        return
    print_head(about.version, about.day)
    row = read.row
    typer.echo(f"{row['parcel_id']}  {row['status']}  {row['rule']}  {row['article']}")
    for fact in facts:
        typer.echo(f"{fact['on'] or '—':<12} {fact['kind']:<18} {fact['number']}")
    due = read.step["due_on"]
    left = read.step["days_left"]
    term = "" if formats.is_missing(due) else f" by {formats.date(due)} ({left} d)"
    typer.echo(f"next: {read.step['step']}{term}  {read.step['article']}")


def letter(
    ctx: typer.Context,
    parcel: ParcelArgument,
    kind: Annotated[str, typer.Argument(metavar="KIND", help=f"One of {', '.join(LETTERS)}.")],
    file: Annotated[Path, typer.Argument(metavar="FILE.docx", help="File that is written.")],
    *,
    store: StoreOption = None,
    dataset: DatasetOption = None,
    as_of: DayOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write the draft of a letter of a case as DOCX, with blanks where nothing is on record."""
    chosen = _letter(kind)
    about = asked(ctx, store, dataset, as_of, as_json=as_json)
    content, blanks = _draft(read_parcel(about, parcel), chosen)
    write_file(file, content)
    if about.as_json:
        print_json({**head(about.version, about.day), "file": str(file), "blanks": list(blanks)})
        return
    typer.echo(f"{file}: draft of {chosen}, {len(blanks)} blanks")


def _draft(read: CaseRead, letter: Letter) -> tuple[bytes, tuple[str, ...]]:
    """The draft, and what stays blank in it."""
    from views.idle.case_drafts import letter_facts  # noqa: PLC0415 - the others need no page

    position = int(case_of(read.parcel, read.cases)[0])
    case_id = "" if position < 0 else str(read.cases["case_id"].iloc[position])
    facts = letter_facts(read, case_id, letter)
    made_up = read.version.demonstration or bool(read.case(case_id).get("demonstration"))
    content = write_letter(letter, facts, rules=read.rules, made_on=read.day, demonstration=made_up)
    return content, missing_of(names_in(letter), facts)


def _letter(kind: str) -> Letter:
    for known in LETTERS:
        if kind == known:
            return known
    raise typer.BadParameter(f"{kind!r}; one of {', '.join(LETTERS)}", param_hint="KIND")


def read_parcel(about: Asked, parcel_id: str) -> CaseRead:
    """The file of a parcel.

    Raises:
        NoParcelError: The dataset has none of this number.
    """
    from views.idle.case_read import read_case  # noqa: PLC0415 - the other commands need no page

    found = about.parcels[(about.parcels["parcel_id"] == parcel_id).fillna(value=False)]
    if found.empty:
        raise NoParcelError(
            f"{about.version.id} has no parcel {parcel_id}",
            values={"dataset": about.version.id, "parcel": parcel_id},
        )
    page = Context(Settings(), about.store, about.viewer, translator("zh_CN"), "ha")
    label = found.index[0]
    return read_case(page, about.version, label, found.iloc[:1], day=about.day, rules=about.rules)


def _entry(entry: Any) -> dict[str, Any]:  # noqa: ANN401 - a dataclass
    """A fact as JSON knows it."""
    out: dict[str, Any] = asdict(entry)
    out["on"] = None if entry.on is None else entry.on.isoformat()
    for place in (out["source"], *out["also"]):
        place["at"] = None if place["at"] is None else place["at"].isoformat()
    return out
