"""What a file says about itself: version, passport, source, choice, coordinate system."""

from __future__ import annotations

import re
from typing import Final

from domain import boundaries
from domain.i18n import Translator, translator
from export.dataset_crs import SYSTEMS
from export.dataset_source import Rows
from export.dataset_types import Format, Options
from export.references import passport_number
from store import Version

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")
_UNSAFE: Final = re.compile(r"[^\w\u4e00-\u9fff-]+")
_LONGEST: Final = 400


def facts(rows: Rows, options: Options, epsg: int | None) -> dict[str, str]:
    """Heading and text of everything that a reader of the file must know.

    Args:
        rows: What is exported.
        options: How.
        epsg: Code of the coordinate system; None for tables without shapes.
    """
    t = translator(options.language)
    lines = {t("exports.fact_data"): f"{t(f'exports.kind_{rows.kind}')} · {rows.name}"}
    if rows.demonstration:
        lines = {t("exports.fact_demonstration"): t("exports.demonstration")} | lines
    if rows.version is not None:
        lines |= _version_facts(rows.version, t)
    if epsg is not None:
        lines[t("exports.fact_crs")] = crs_name(epsg, t)
    lines |= {
        t("exports.fact_filter"): _filter(options, t),
        t("exports.fact_areas"): t("exports.areas"),
        t("exports.fact_made"): f"{options.made_at:%Y-%m-%d %H:%M %z}".strip()
        + (f" · {one_line(options.made_by)}" if options.made_by else ""),
    }
    return lines


def _version_facts(version: Version, t: Translator) -> dict[str, str]:
    source = version.passport.get("file")
    published = t(
        "exports.published",
        who=one_line(version.committed_by),
        when=f"{version.committed_at:%Y-%m-%d %H:%M} UTC",
        why=one_line(version.reason),
    )
    lines = {
        t("exports.fact_version"): version.id,
        t("exports.fact_passport"): passport_number(version),
        t("exports.fact_published"): published,
        t("exports.fact_sha256"): version.sha256,
    }
    if isinstance(source, str) and source:
        lines[t("exports.fact_source")] = one_line(source)
    return lines


def crs_name(epsg: int, t: Translator) -> str:
    """Name of a coordinate system with its code."""
    system = SYSTEMS[epsg]
    if system.zone is None:
        return t("exports.crs_degrees", epsg=epsg)
    key = "exports.crs_prefixed" if system.prefixed else "exports.crs_plain"
    return t(key, epsg=epsg, zone=system.zone, meridian=system.zone * 3)


def _filter(options: Options, t: Translator) -> str:
    codes = sorted((options.prefectures or frozenset()) | (options.counties or frozenset()))
    names = [boundaries.name_of(code, t.language) for code in codes]
    if options.columns is not None:
        names.append(t("exports.some_columns", n=len(options.columns)))
    return t("exports.joint").join(names) or t("exports.everything")


def one_line(text: str) -> str:
    """Text of a sender on one line of reasonable length."""
    return _CONTROL.sub(" ", text).strip()[:_LONGEST]


def file_name(rows: Rows, form: Format, options: Options, suffix: str, epsg: int | None) -> str:
    """Name of the file: dataset, version, coordinate system, and the mark of made-up data."""
    t = translator(options.language)
    version = f"v{rows.version.number}" if rows.version else f"{options.made_at:%Y%m%d}"
    parts = ["ganyuan", rows.name, version]
    if form == "boundary_points":
        parts.append(t("exports.name_points"))
    if epsg is not None:
        parts.append(f"EPSG{epsg}")
    if rows.demonstration:
        parts.append(t("exports.name_demonstration"))
    return "_".join(_UNSAFE.sub("-", part) for part in parts) + suffix
