"""The tables behind a sheet: what its layers show, row by row, as workbook sheets."""

from __future__ import annotations

from typing import Final

import pandas as pd

from domain import boundaries, parcels
from domain.formats import AreaUnit
from domain.i18n import Translator
from domain.rules import load_rules, subjects
from export.compose import Composition
from export.modes import PARCEL_COLUMN
from export.references import cited
from export.sheet import MapSheet
from export.workbook import Column, Kind, Sheet, write_workbook
from geo.units import M2_PER_HA, M2_PER_MU
from layers.spec import BoundLayer, Format, is_demonstration

_KINDS: Final[dict[Format, Kind]] = {
    "text": "text",
    "code": "text",
    "year": "text",
    "area": "area",
    "count": "count",
    "number": "number",
    "share": "share",
    "date": "date",
}
_STATUS: Final[tuple[tuple[str, Kind], ...]] = (
    ("status_text", "text"),
    ("rule", "text"),
    ("article", "text"),
    ("certainty", "text"),
    ("start_on", "date"),
    ("next_on", "date"),
    ("days_to_next", "count"),
)
_PARCEL_KIND: Final[dict[str, Kind]] = {
    "string": "text", "float64": "number", "date": "date", "bool": "flag"
}  # fmt: skip


def workbook(sheet: MapSheet, composition: Composition) -> bytes:
    """The rows that a sheet shows, as XLSX with their provenance.

    Personal columns stay away in the modes that hide them; a public sheet gives no parcels at all.

    Raises:
        GanyuanError: What drawing the sheet would raise.
    """
    tables = [table(layer, sheet) for layer in sheet.shown]
    return write_workbook(
        tables,
        notes=_notes(sheet, composition),
        notes_name=sheet.t("sheet.notes_name"),
        mark=sheet.t("sheet.demonstration"),
        created=sheet.drawn_at.replace(tzinfo=None),
    )


def table(layer: BoundLayer, sheet: MapSheet) -> Sheet:
    """One layer of a sheet as a table."""
    t = sheet.t
    frame = pd.DataFrame(layer.frame.drop(columns=layer.frame.geometry.name))
    labels = {row.layer_class.key: row.layer_class.label for row in layer.legend}
    keys = layer.spec.keys(layer.frame)
    frame = frame.assign(class_text=[t.get(labels[k], labels[k]) for k in keys])
    is_parcel = PARCEL_COLUMN in frame.columns
    columns = _parcel_columns(frame, sheet) if is_parcel else _plain_columns(layer, t, sheet.unit)
    if is_parcel:
        frame = _with_places(frame, t)
    kept = tuple(c for c in columns if c.name in frame.columns and not sheet.release.hides(c.name))
    return Sheet(t.get(layer.spec.title, layer.spec.title), frame, kept, layer.demonstration)


def _with_places(frame: pd.DataFrame, t: Translator) -> pd.DataFrame:
    codes = frame["county_adcode"].dropna().unique()
    names = {code: boundaries.name_of(str(code), t.language) for code in codes}
    return frame.assign(
        county_name=frame["county_adcode"].map(names),
        prefecture_name=frame["prefecture_adcode"].map(
            {
                code: boundaries.name_of(str(code), t.language)
                for code in frame["prefecture_adcode"].dropna().unique()
            }
        ),
    )


def _parcel_columns(frame: pd.DataFrame, sheet: MapSheet) -> list[Column]:
    t, unit = sheet.t, sheet.unit
    out = [
        Column("prefecture_name", t("sheet.col_prefecture")),
        Column("county_name", t("sheet.col_county")),
        Column("class_text", t("sheet.col_class")),
        _area_column(parcels.AREA, t("sheet.col_area"), t, unit),
        *(Column(name, t(f"sheet.col_{name}"), kind) for name, kind in _STATUS if name in frame),
    ]
    for column in parcels.columns():
        head = t.pick(column.zh, column.en)
        if column.unit == "m2":
            out.append(_area_column(column.column, head, t, unit))
        else:
            out.append(Column(column.column, head, _PARCEL_KIND[column.dtype]))
    return out


def _area_column(name: str, head: str, t: Translator, unit: AreaUnit) -> Column:
    factor = 1 / (M2_PER_HA if unit == "ha" else M2_PER_MU)
    return Column(name, head, "area", t(f"sheet.unit_{unit}"), factor)


def _plain_columns(layer: BoundLayer, t: Translator, unit: AreaUnit) -> list[Column]:
    spec = layer.spec
    out = [Column(spec.id_column, t("sheet.col_id")), Column("class_text", t("sheet.col_class"))]
    if spec.name_column and spec.name_column != spec.id_column:
        out.insert(1, Column(spec.name_column, t("sheet.col_name")))
    for shown in spec.fields:
        if shown.format == "area":
            out.append(_area_column(shown.column, t.get(shown.label, shown.label), t, unit))
        else:
            head = t.get(shown.label, shown.label)
            out.append(Column(shown.column, head, _KINDS[shown.format]))
    named = {column.name for column in out}
    provenance = [("source", "sheet.col_source"), ("confidence", "sheet.col_confidence")]
    return out + [Column(name, t(key)) for name, key in provenance if name not in named]


def _notes(sheet: MapSheet, composition: Composition) -> dict[str, str]:
    t = sheet.t
    joint = t("sheet.list_joint")
    notes = {
        t("sheet.note_title"): sheet.full_title,
        t("sheet.note_region"): f"{sheet.region.name_in(t)} ({sheet.region.code})",
        t("sheet.note_day"): composition.as_of.isoformat(),
        t("sheet.note_versions"): joint.join(_version_lines(composition)) or t("sheet.note_none"),
        t("sheet.note_filters"): _filters(sheet, composition),
        t("sheet.note_sources"): joint.join(
            dict.fromkeys(t.get(la.spec.source, la.spec.source) for la in sheet.shown)
        ),
        t("sheet.note_unit"): t(f"sheet.unit_{sheet.unit}"),
        t("sheet.note_definition"): t("sheet.area_definition"),
        t("sheet.note_mode"): t(f"sheet.mode_{sheet.release.mode}"),
        t("sheet.note_drawn"): f"{sheet.organisation} {sheet.drawn_at:%Y-%m-%d %H:%M}".strip(),
    }
    if is_demonstration(sheet.shown):
        notes[t("sheet.note_demonstration")] = t("sheet.demonstration_footer")
    if any(la.spec.column == "status" for la in sheet.shown):
        notes |= _rules(sheet, composition)
    return notes


def _version_lines(composition: Composition) -> list[str]:
    return [
        f"{cited(v)} sha256:{v.sha256[:16]} {v.committed_by} {v.committed_at:%Y-%m-%d %H:%M} UTC"
        for v in composition.versions
    ]


def _filters(sheet: MapSheet, composition: Composition) -> str:
    return " ".join(composition.notes(sheet.t)) or sheet.t("sheet.note_all")


def _rules(sheet: MapSheet, composition: Composition) -> dict[str, str]:
    """Every rule in force on the day, by id: what status rests on."""
    if "idle" not in subjects():
        return {}
    rules = load_rules("idle", as_of=composition.as_of)
    pick = sheet.t.pick
    return {
        f"{rule.id} [{rule.status}]": (
            f"{pick(rule.title_zh, rule.title_en)}: {rule.value:g} {rule.unit} - "
            f"{pick(rule.article, rule.article_en)}"
        )
        for rule in rules.values()
    }
