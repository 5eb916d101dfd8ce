"""``ganyuan evaluate --part permu --subject enterprises``: per-mu evaluation of enterprises."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cli.evaluation_parts import scheme_named, sheet
from cli.land import records
from domain import reference
from export.workbook import Sheet
from geo.errors import GanyuanError
from views.context import Context

if TYPE_CHECKING:
    from views.evaluation.run import Run


class NoEnterprisesError(GanyuanError):
    """No enterprise of the year is on record."""

    code = "EVA-003"


class UnknownZoneError(GanyuanError):
    """There is no such zone, or it is not the viewer's."""

    code = "EVA-005"


def evaluate_enterprises(
    ctx: Context, run: Run, name: str, zone: str
) -> tuple[dict[str, Any], Sheet, dict[str, str]]:
    """What is printed, the sheet of a workbook, and its notes.

    Args:
        ctx: The run of the command.
        run: Zones, year and day.
        name: Id of the scheme; empty for the first.
        zone: Id or full name of a zone; empty for all of the choice.

    Raises:
        NoEnterprisesError: No enterprise of the year and the choice is on record.
        UnknownSchemeError: There is no such scheme.
        UnknownZoneError: There is no such zone.
    """
    from analytics.evaluation import enterprises  # noqa: PLC0415
    from views.evaluation import enterprises as view  # noqa: PLC0415
    from views.evaluation.enterprise_run import firms_of, matches  # noqa: PLC0415
    from views.evaluation.scheme import permu_kinds  # noqa: PLC0415

    scheme = scheme_named("enterprise", name)
    code = _zone(run, zone) if zone else ""
    firms = firms_of(ctx, run, scheme)
    if firms is not None:
        units, table = firms.units.loc[firms.here], firms.found.table.loc[firms.here]
        keys = firms.here[matches(units, table, zone=code)]
    if firms is None or keys.empty:
        raise NoEnterprisesError(
            f"no enterprise is on record for {run.figures.year}; import the table of enterprises, "
            "choose another year, or run `ganyuan demo`",
            values={"year": run.figures.year},
        )
    listed = table.loc[keys]
    facts = ["credit_code", "name", "zone_id", "land_m2", "land_missing", "plant_fault"]
    rows = listed.join(units.loc[keys, [*facts, "demonstration"]]).rename_axis("record_id")
    sums = view.zone_sums(run, scheme, firms)
    terms = firms.found.terms[firms.found.terms["unit_label"].isin(keys)]
    made_up = bool(units.loc[keys, "demonstration"].any())
    found = {
        "subject": "enterprises",
        "years": list(firms.years),
        "ages_as_of": firms.day.isoformat(),
        "scheme": scheme.id,
        "scheme_status": scheme.status,
        "demonstration": made_up,
        "classes": records(
            enterprises.by_class(units.loc[keys], listed, scheme).rename_axis("class").reset_index()
        ),
        "zones": records((sums.loc[[code]] if code else sums).reset_index()),
        "enterprises": records(rows.reset_index()),
        "terms": records(terms.rename(columns={"unit_label": "record_id"})),
    }
    shown = view.enterprise_table(ctx, run, scheme, firms, keys)
    made = sheet("enterprises", shown, permu_kinds(ctx, shown), demonstration=made_up)
    return found, made, view.notes(ctx, run, scheme, firms)


def _zone(run: Run, zone: str) -> str:
    """Id of a zone of the choice from its id or full name.

    Raises:
        UnknownZoneError: There is none.
    """
    names = reference.table("zones").set_index("name_zh")["zone_id"]
    code = str(names.get(zone, zone))
    if code not in run.listed:
        raise UnknownZoneError(
            f"no zone {zone!r} that is yours to see; give the ID or the full name that "
            "data/reference/zones.csv has",
            values={"zone": zone},
        )
    return code
