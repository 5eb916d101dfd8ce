"""Evidence about coordinates: what the file states, what the numbers say, where each puts it."""

from __future__ import annotations

from html import escape
from typing import Final

import geopandas as gpd
import shapely
import streamlit as st

from domain import boundaries, formats
from domain.issues import catalogue
from ingest import CrsCandidate, CrsEvidence, Inspection
from views.context import Context
from views.markup import plain
from views.upload.cards import Card, choose_card
from views.upload.sketch import as_image, county_picture, place_picture

_ASKING: Final = ("CRS-010", "CRS-012", "CRS-013", "CRS-015", "CRS-016", "CRS-019")
_MOST: Final = 4


def ask_crs(ctx: Context, inspection: Inspection) -> dict[str, object] | None:
    """The candidates as cards, the most likely first; a county may tell them apart as well."""
    evidence = inspection.report.crs
    if evidence is None:
        return None
    st.caption(_why_asked(ctx, inspection))
    st.html(contrast(ctx, evidence))
    if any(i.code == "CRS-015" for i in inspection.issues):
        answer = _ask_county(ctx)
        if answer is not None:
            return answer
    possible = [c for c in evidence.candidates if c.inside > 0][:_MOST]
    county = inspection.choices.county_adcode or ""
    best = likely(evidence)
    if best is None and len(possible) > 1:
        st.caption(ctx.t("upload.why_tie"))
    cards = [crs_card(ctx, evidence, c, county=county, best=c is best) for c in possible]
    chosen = choose_card(ctx, cards, key="upload_crs")
    if chosen is None:
        return None
    return {"crs_epsg": possible[chosen].epsg, "swap_axes": possible[chosen].swapped}


def _why_asked(ctx: Context, inspection: Inspection) -> str:
    issues = catalogue()
    said = (
        issues[i.code].what(ctx.t.language, **dict(i.first.values))
        for i in inspection.issues
        if i.code in _ASKING
    )
    return plain(" ".join(said))


def _ask_county(ctx: Context) -> dict[str, object] | None:
    counties = boundaries.layer("county")
    shown = counties["city_name"] + counties["name"]
    if ctx.t.language == "en":
        shown = counties["name_en"]
    names = dict(zip(counties["adcode"], shown, strict=True))
    code = st.selectbox(
        ctx.t("upload.choose_county"),
        list(names),
        index=None,
        placeholder=ctx.t("upload.choose"),
        format_func=lambda c: names[c],
        key="upload_county",
        width=360,
    )
    return {"county_adcode": code} if code else None


def crs_name(ctx: Context, candidate: CrsCandidate) -> str:
    """Name of a system in the language of the page, and in words that axes are exchanged."""
    name = ctx.t.pick(candidate.name_zh or candidate.name, candidate.name)
    return name + (ctx.t("upload.swapped") if candidate.swapped else "")


def likely(evidence: CrsEvidence) -> CrsCandidate | None:
    """The candidate that is more likely than every other; None where two are as good."""
    possible = [c for c in evidence.candidates if c.inside > 0]
    ranks = [(c.in_county or 0.0, c.inside) for c in possible]
    if not ranks or ranks.count(max(ranks)) > 1:
        return None
    return possible[ranks.index(max(ranks))]


def contrast(ctx: Context, evidence: CrsEvidence, *, fits: bool = True) -> str:
    """What the file states beside what the numbers fit, as markup; ``fits`` False leaves it out."""
    stated = evidence.declared or ctx.t("upload.nothing_declared")
    rows = [(ctx.t("upload.file_states"), stated)]
    if fits:
        rows.append((ctx.t("upload.numbers_say"), _fits(ctx, evidence)))
    lines = "".join(f"<tr><th>{escape(a)}</th><td>{escape(b)}</td></tr>" for a, b in rows)
    return f'<table class="gy-contrast">{lines}</table>'


def _fits(ctx: Context, evidence: CrsEvidence) -> str:
    """Which systems the numbers fit, in words."""
    possible = [c for c in evidence.candidates if c.inside > 0]
    best = likely(evidence)
    if best is not None:
        return ctx.t("upload.numbers_fit", crs=crs_name(ctx, best), share=f"{best.inside:.0%}")
    if possible:
        return ctx.t("upload.numbers_fit_many", n=len(possible))
    return ctx.t("upload.numbers_fit_none")


def crs_card(
    ctx: Context, evidence: CrsEvidence, candidate: CrsCandidate, *, county: str, best: bool
) -> Card:
    """One system with where it puts the data and what speaks for it."""
    share = ctx.t("upload.inside", share=f"{candidate.inside:.0%}")
    if candidate.in_county is not None:
        share += ctx.t("upload.in_county", share=f"{candidate.in_county:.0%}")
    notes = [ctx.t("upload.swapped_words")] if candidate.swapped else []
    if best:
        notes.append(why_likely(ctx, evidence, candidate))
    return Card(
        crs_name(ctx, candidate),
        f"EPSG:{candidate.epsg} · {share}",
        pictures=pictures(ctx, candidate, county),
        best=best,
        why=" ".join(notes),
    )


def why_likely(ctx: Context, evidence: CrsEvidence, candidate: CrsCandidate) -> str:
    """Why a candidate is more likely than every other, in a sentence."""
    others = [c for c in evidence.candidates if c is not candidate and c.inside > 0]
    if not others:
        return ctx.t("upload.why_only")
    if candidate.in_county and all((c.in_county or 0) < candidate.in_county for c in others):
        return ctx.t("upload.why_county")
    return ctx.t("upload.why_inside")


def pictures(ctx: Context, candidate: CrsCandidate, county: str = "") -> str:
    """Where a system puts the data: in the province and, close by, in a county; as markup."""
    if candidate.outline is None:
        return ""
    lon = (candidate.outline[0] + candidate.outline[2]) / 2
    lat = (candidate.outline[1] + candidate.outline[3]) / 2
    where = county_at(lon, lat)
    words = place_words(ctx, lon, lat, where)
    alt = ctx.t("upload.sketch_alt", crs=crs_name(ctx, candidate), place=words)
    drawn = as_image(place_picture(candidate.outline), alt)
    near = county or where
    if near:
        drawn += as_image(county_picture(candidate.outline, near), alt)
    return f"{drawn}<small>{escape(words)}</small>"


def county_at(lon: float, lat: float) -> str:
    """Code of the county at a place; empty outside of the province."""
    found = boundaries.locate(gpd.GeoSeries([shapely.Point(lon, lat)], crs=4490)).iloc[0]
    return "" if formats.is_missing(found) else str(found)


def place_words(ctx: Context, lon: float, lat: float, county: str) -> str:
    """A place in words: its county and its degrees."""
    degrees = f"{lon:.3f}°E {lat:.3f}°N"
    if not county:
        return ctx.t("upload.outside_province", degrees=degrees)
    name = boundaries.name_of(county, ctx.t.language)
    return f"{name} · {degrees}"
