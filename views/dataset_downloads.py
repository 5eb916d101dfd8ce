"""Taking a dataset version or a ledger away as a file: what, in which system, in which words."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Final, get_args

import pandas as pd
import streamlit as st

from domain import boundaries, formats, schema
from domain.schema import LedgerKind
from export import dataset_crs, datasets
from export.dataset_dbf import measured
from export.dataset_notes import crs_name
from export.datasets import Encoding, ExportResult, Format, Options, Rows
from export.references import cited
from export.workbook import XLSX
from geo.errors import GanyuanError
from store import Version
from views import data
from views.context import Context
from views.downloads import download
from views.export_jobs import Job, jobs
from views.frame import empty_state, section, show_error
from views.markup import plain

Subject = Version | LedgerKind

_NEVER: Final = dt.datetime(1, 1, 1, tzinfo=dt.UTC)
_POLL_SECONDS: Final = 1.0
_SHOWN_ROWS: Final = 10
_NAMES_HEIGHT: Final = 240
_MIME: Final[dict[Format, str]] = {
    "gpkg": "application/geopackage+sqlite3",
    "geoparquet": "application/vnd.apache.parquet",
    "shapefile": "application/zip",
    "boundary_points": "text/plain",
    "xlsx": XLSX,
    "csv": "text/csv",
}


def show_exports(ctx: Context, version: Version | None) -> None:
    """Draw the panel of a dataset version; None says that there is nothing to take away yet."""
    if version is None:
        section(ctx.t("exports.title"))
        empty_state(ctx.t("exports.nothing"), next_step=ctx.t("exports.nothing_next"))
        return
    section(ctx.t("exports.title_version", version=plain(cited(version))))
    _panel(ctx, version, f"export_{version.id}")


def show_ledger_exports(ctx: Context) -> None:
    """Draw the panel of the ledgers that hold rows of the viewer; nothing where none does."""
    standing = [table for table in schema.LEDGER if len(data.ledger(ctx, table))]
    if not standing:
        return
    # Ledgers are read whole: only once somebody looks.
    box = st.expander(ctx.t("exports.ledgers"), key="export_ledgers", on_change="rerun")
    if not box.open:
        return
    with box:
        ledger = st.segmented_control(
            ctx.t("exports.ledger"),
            standing,
            default=standing[0],
            required=True,
            format_func=lambda table: ctx.t(f"exports.kind_{table}"),
            key="export_ledger",
        )
        _panel(ctx, ledger or standing[0], f"export_{ledger}")


def _panel(ctx: Context, subject: Subject, key: str) -> None:
    kind = subject.kind if isinstance(subject, Version) else subject
    one, two, three = st.columns([2, 3, 2])
    with one:
        form = _pick(ctx, datasets.choices(kind), "format", key)
    st.caption(ctx.t(f"exports.help_{form}"))
    options = _options(ctx)
    places, columns = _limits(ctx, subject, options, key)
    options = _options(ctx, **places, columns=columns)
    with two:
        crs = _choose_crs(ctx, subject, form, options, key)
    with three:
        encoding = _choose_encoding(ctx, form, key)
    options = _options(ctx, **places, columns=columns, crs=crs, encoding=encoding)
    if form == "shapefile":
        _names(ctx, _rows(ctx, subject, options), options)
    _work(ctx, subject, form, options, key)


def _pick(ctx: Context, known: tuple[Format, ...], name: str, key: str) -> Format:
    return st.selectbox(
        ctx.t("exports.format"),
        known,
        format_func=lambda form: ctx.t(f"exports.format_{form}"),
        key=f"{key}_{name}",
    )


def _options(ctx: Context, **chosen: Any) -> Options:  # noqa: ANN401
    return Options(
        made_at=dt.datetime.now(tz=dt.UTC).astimezone(),
        made_by=ctx.viewer.name,
        language=ctx.t.language,
        organisation=ctx.settings.organisation,
        **chosen,
    )


def _rows(ctx: Context, subject: Subject, options: Options) -> Rows:
    if isinstance(subject, Version):
        return datasets.of_version(ctx.store, subject, ctx.viewer, options)
    return datasets.of_ledger(ctx.store, subject, ctx.viewer, options)


def _limits(
    ctx: Context, subject: Subject, options: Options, key: str
) -> tuple[dict[str, frozenset[str] | None], tuple[str, ...] | None]:
    """Places and columns to keep; nothing chosen keeps all."""
    t = ctx.t
    fields = {f.column: t.pick(f.zh, f.en) for f in _rows(ctx, subject, options).fields}
    with st.expander(t("exports.limits"), key=f"{key}_limits"):
        one, two, three = st.columns(3)
        prefectures = _places(ctx, one, "prefecture", _near(ctx, subject, "prefecture"), key)
        near = _near(ctx, subject, "county")
        inside = [c for c in near if not prefectures or boundaries.prefecture_of(c) in prefectures]
        counties = _places(ctx, two, "county", inside, key)
        columns = three.multiselect(
            t("exports.columns"),
            list(fields),
            format_func=lambda name: fields[name],
            placeholder=t("exports.all"),
            help=t("exports.columns_help"),
            key=f"{key}_columns",
        )
    places = {"prefectures": _chosen(prefectures), "counties": _chosen(counties)}
    return places, tuple(columns) or None


def _chosen(codes: list[str]) -> frozenset[str] | None:
    return frozenset(codes) or None


def _places(ctx: Context, column: Any, level: str, codes: list[str], key: str) -> list[str]:  # noqa: ANN401
    found: list[str] = column.multiselect(
        ctx.t(f"data.{level}"),
        codes,
        format_func=lambda code: boundaries.name_of(code, ctx.t.language),
        placeholder=ctx.t("exports.all"),
        key=f"{key}_{level}",
    )
    return found


def _near(ctx: Context, subject: Subject, level: boundaries.Layer) -> list[str]:
    """Units of the viewer that rows of the subject may lie in."""
    layer = boundaries.layer(level)
    if isinstance(subject, Version) and subject.bounds is not None:
        west, south, east, north = subject.bounds
        layer = layer.cx[west:east, south:north]
    codes = [str(code) for code in layer["adcode"]]
    return [code for code in codes if ctx.viewer.sees(boundaries.prefecture_of(code))]


def _choose_crs(
    ctx: Context, subject: Subject, form: Format, options: Options, key: str
) -> int | None:
    codes = dataset_crs.choices(form)
    if not codes or not isinstance(subject, Version):
        return None
    usual = datasets.crs_of(subject, form, options)
    ordered = sorted(codes, key=lambda code: code != usual)
    return st.selectbox(
        ctx.t("exports.crs"),
        ordered,
        format_func=lambda code: (
            crs_name(code, ctx.t) + (ctx.t("exports.usual") if code == usual else "")
        ),
        help=ctx.t("exports.crs_help"),
        key=f"{key}_crs_{form}_{usual}",
    )


def _choose_encoding(ctx: Context, form: Format, key: str) -> Encoding | None:
    known = datasets.ENCODINGS.get(form)
    if known is None:
        return None
    return st.selectbox(
        ctx.t("exports.encoding"),
        known,
        format_func=lambda name: ctx.t(f"exports.encoding_{name}"),
        help=ctx.t("exports.encoding_help"),
        key=f"{key}_encoding_{form}",
    )


def _names(ctx: Context, rows: Rows, options: Options) -> None:
    """The names that the fields will have in a shapefile."""
    t = ctx.t
    found = measured(rows.fields, options.encoding or get_args(Encoding)[0])
    table = pd.DataFrame(
        [(m.name, m.field.zh, m.field.en, m.field.unit) for m in found],
        columns=[t(f"exports.field_{head}") for head in ("name", "zh", "en", "unit")],
    )
    with st.expander(t("exports.names", n=len(table)), key=f"export_names_{rows.name}"):
        st.dataframe(table, hide_index=True, height=_NAMES_HEIGHT, key=f"export_table_{rows.name}")


def _work(ctx: Context, subject: Subject, form: Format, options: Options, key: str) -> None:
    """The button, and what became of the last press; a file of another choice is not shown."""
    state, choice = f"{key}_job", (form, replace(options, made_at=_NEVER))
    name, chosen = st.session_state.get(state, ("", None))
    job = jobs().get(name, ctx.viewer)
    if job is not None and job.running:
        _watch(ctx, job, key)
        return
    stands = job is not None and choice == chosen
    pressed = st.button(
        ctx.t("exports.again" if stands else "exports.prepare"),
        type="secondary" if stands else "primary",
        icon=":material/file_export:",
        key=f"{key}_go",
    )
    if pressed:
        if job is not None:
            jobs().drop(job.key)
        made = jobs().start(ctx.viewer, partial(_write, ctx, subject, form, options))
        st.session_state[state] = made.key, choice
        st.rerun()
    if job is not None and stands:
        _outcome(ctx, job, key)


def _write(
    ctx: Context,
    subject: Subject,
    form: Format,
    options: Options,
    folder: Path,
    tell: Any,  # noqa: ANN401
) -> ExportResult:
    """Runs in the background; nothing of the page may be touched here."""
    return datasets.write(_rows(ctx, subject, options), form, folder, options, tell=tell)


def _watch(ctx: Context, job: Job, key: str) -> None:
    """Progress, asked for again and again until the file stands; the page stays free."""

    @st.fragment(run_every=_POLL_SECONDS)
    def watching() -> None:
        if not job.running:
            st.rerun()
        with st.container(horizontal=True, vertical_alignment="center", key=f"{key}_watch"):
            st.progress(job.share, ctx.t("exports.running", share=formats.share(job.share)))
            st.button(ctx.t("exports.cancel"), on_click=job.stop, key=f"{key}_cancel")

    watching()


def _outcome(ctx: Context, job: Job, key: str) -> None:
    try:
        result = job.future.result()
    except GanyuanError as error:
        show_error(ctx, error)
        return
    size, rows = formats.number(result.size / 1024**2), formats.count(result.rows)
    st.success(ctx.t("exports.ready", name=plain(result.path.name), n=rows, size=size))
    download(
        ctx.t("exports.download"),
        result.path.read_bytes,
        name=result.path.name,
        key=f"{key}_download",
        mime=_MIME[result.format],
        type="primary",
        icon=":material/download:",
    )
    _findings(ctx, result)


def _findings(ctx: Context, result: ExportResult) -> None:
    """What the format could not hold, with the rows concerned."""
    for finding in result.findings:
        text = f"**{finding.code}** {plain(finding.message(ctx.t.language))}"
        shown = ", ".join(map(str, finding.rows[:_SHOWN_ROWS]))
        if shown:
            text += " " + ctx.t("frame.rows", rows=shown)
        (st.caption if finding.severity == "info" else st.warning)(text)
