"""The page of a passport as HTML: one file without links, whose print is one A4 sheet a page."""

from __future__ import annotations

import base64
import io
import logging
from collections.abc import Iterable, Sequence
from html import escape
from itertools import chain, repeat
from typing import Final

from fontTools import subset
from fontTools.ttLib import TTFont

from export.fonts import BOLD, REGULAR, Fonts
from export.passport_fit import drawable
from export.passport_layout import ACCENT, BAR, GREY, INK, RULE, SEVERITY, WASH, lay_out
from export.passport_page import Page
from export.passport_sketch import Ring, Sketch
from layers.palette import PREFECTURE_LINE, PROVINCE

_EPOCH: Final = 3_786_825_600
"""2024-01-01 in seconds since 1904, written into the font so that its bytes do not change."""

_STYLE: Final = f"""
@page{{size:A4 portrait;margin:0}}
*{{box-sizing:border-box;margin:0;padding:0}}
html{{-webkit-print-color-adjust:exact;print-color-adjust:exact;background:#DADDE1}}
body{{font:8.5pt/1.4 "Ganyuan Passport","Noto Sans SC","Microsoft YaHei","PingFang SC",sans-serif;
 color:{INK};font-variant-numeric:tabular-nums;overflow-wrap:anywhere}}
.sheet{{width:210mm;height:297mm;padding:11mm 14mm 8mm;background:#fff;margin:6mm auto;
 overflow:hidden;display:flex;flex-direction:column;page-break-after:always;break-after:page}}
.sheet:last-child{{page-break-after:auto;break-after:auto}}
@media print{{html{{background:none}}.sheet{{margin:0}}}}
header{{display:flex;justify-content:space-between;align-items:flex-end;
 border-bottom:1.4pt solid {ACCENT};padding-bottom:2mm;flex:none}}
h1{{font-size:20pt;line-height:1.15}} h2{{font-size:9pt;margin-bottom:1mm}}
header small,.grey{{color:{GREY};font-size:7.5pt}} header h1{{flex:1;min-width:0;
 white-space:nowrap;overflow:hidden;text-overflow:ellipsis}} header .demo{{color:#8C1D18;
 margin:0 5mm;font-weight:400}}
.number{{font-size:13pt;font-weight:700;color:{ACCENT};line-height:1.1;white-space:nowrap}}
.right{{text-align:right}}
.clamp{{display:-webkit-box;-webkit-box-orient:vertical;-webkit-line-clamp:2;overflow:hidden}}
.standing{{height:18mm;padding-top:2mm;flex:none;font-size:9pt}} .standing b{{font-size:10pt}}
.sum{{background:{WASH};display:flex;align-items:center;height:15.5mm;padding:0 3mm;flex:none}}
.sum>b{{width:27mm}} .sum div{{flex:1;position:relative;line-height:1.2}}
.sum strong{{font-size:15pt;display:block}} .sum small{{color:{GREY};font-size:7.5pt}}
.sum i{{position:absolute;left:-5mm;top:1mm;font-size:13pt;font-style:normal;color:{GREY}}}
.sent{{display:flex;height:58mm;padding-top:4mm;flex:none}}
dl{{display:grid;grid-template-columns:23mm 1fr;row-gap:1.1mm;align-content:start;font-size:8pt}}
.sent dl{{width:118mm;padding-right:4mm}} dt{{color:{GREY}}} .sha{{font-size:6.6pt;line-height:1.8}}
figure{{flex:1;text-align:center}} figure svg{{height:46mm;display:block;margin:0 auto 1mm}}
figcaption{{font-size:8pt;line-height:1.25}}
section{{border-top:.5pt solid {RULE};padding-top:2mm;flex:none}}
.two{{display:flex;gap:6mm}} .two>div{{flex:1;min-width:0}}
.two>div:first-child{{flex:none;width:66mm}}
.evidence{{height:39mm;overflow:hidden}} h2 small{{float:right;font-weight:400}}
.evidence strong{{color:{ACCENT};font-size:9.5pt}} .one{{white-space:nowrap;overflow:hidden;
 text-overflow:ellipsis;display:block}}
.evidence table{{width:100%;border-collapse:collapse;font-size:7.6pt;table-layout:fixed}}
.evidence td{{padding:.2mm 0}} td.bar{{width:19mm}} td.share{{width:12mm;text-align:right}}
td.bar span{{display:block;height:2.2mm;width:16mm;background:{WASH}}}
td.bar i{{display:block;height:2.2mm;background:{BAR}}}
.chosen{{font-weight:700}} .chosen td.bar i{{background:{ACCENT}}}
.findings{{flex:1;overflow:hidden;min-height:0}}
.findings table{{width:100%;border-collapse:collapse;font-size:7.5pt;line-height:1.3;
 table-layout:fixed}}
.findings th{{text-align:left;font-size:7pt;font-weight:400;color:{GREY}}}
.findings th:first-child{{font-size:9pt;font-weight:700;color:{INK}}}
.findings td{{border-bottom:.5pt solid {WASH};padding:.6mm 1.5mm .6mm 0;vertical-align:top}}
.findings .n{{text-align:right;padding-right:3mm}}
.mark{{display:inline-block;width:2.3mm;height:2.3mm;margin-right:1.3mm}}
.acceptance{{height:37mm}} .acceptance dl{{grid-template-columns:20mm 1fr}}
.acceptance .two{{height:24mm;overflow:hidden}} .said{{-webkit-line-clamp:4;font-size:8pt}}
.sign{{display:flex;gap:6mm;font-size:8pt;color:{GREY}}}
.sign div{{flex:1;display:flex;gap:2mm}} .sign div::after{{content:"";flex:1;
 border-bottom:.5pt solid {BAR}}}
footer{{border-top:.5pt solid {RULE};padding-top:1mm;font-size:6.6pt;color:{GREY};flex:none}}
"""


def passport_html(pages: Sequence[Page], *, fonts: Fonts | None = None) -> bytes:
    """Write passports as one document that needs nothing else.

    Args:
        pages: What stands on the sheets; at least one.
        fonts: Fonts that measure; the shipped ones by default.

    Returns:
        UTF-8; the same pages give the same bytes. Text of senders is escaped, there is no script.
    """
    t = pages[0].t
    body = "".join(_sheet(page, fonts or Fonts()) for page in pages)
    title = f"{t('passport.title')} {pages[0].number}"
    policy = "default-src 'none'; style-src 'unsafe-inline'; font-src data:; img-src data:"
    return (
        f'<!DOCTYPE html>\n<html lang="{t.language.replace("_", "-")}"><head>'
        f'<meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{policy}">'
        f"<title>{escape(title)}</title><style>{_faces(body + title)}{_STYLE}</style></head>"
        f"<body>{body}</body></html>\n"
    ).encode()


def _faces(text: str) -> str:
    """The shipped fonts cut down to the characters of the page, inside the document."""
    return "".join(
        f'@font-face{{font-family:"Ganyuan Passport";font-weight:{weight};'
        f"src:url(data:font/ttf;base64,{_cut_font(path, text)})}}"
        for weight, path in ((400, REGULAR), (700, BOLD))
    )


def _cut_font(path: object, text: str) -> str:
    logging.getLogger("fontTools.subset").setLevel(logging.WARNING)
    options = subset.Options(hinting=False, layout_features=["tnum"], notdef_outline=True)
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes={ord(c) for c in text if c >= " "})
    with TTFont(path, recalcTimestamp=False) as font:
        cutter.subset(font)
        font["head"].modified = _EPOCH
        buffer = io.BytesIO()
        font.save(buffer)
    return base64.b64encode(buffer.getvalue()).decode()


def _sheet(page: Page, fonts: Fonts) -> str:
    t = page.t
    demo = f'<small class="demo">{escape(page.demonstration)}</small>' if page.demonstration else ""
    return (
        '<article class="sheet"><header>'
        f"<h1>{escape(t('passport.title'))}{demo}</h1>"
        f'<div class="right"><small>{escape(t("passport.number"))}</small>'
        f'<div class="number">{escape(page.number)}</div></div></header>'
        f'<div class="standing"><b class="one">{escape(page.standing)}</b>'
        f'<span class="clamp">{escape(page.verdict)}</span></div>'
        f"{_sum(page)}{_sent(page)}{_evidence(page)}{_findings(page, fonts)}{_acceptance(page)}"
        f"<footer><div>{escape(t('passport.caution'))}</div>"
        f'<div class="one">{escape(page.footer)}</div></footer></article>'
    )


def _sum(page: Page) -> str:
    cells = "".join(
        f"<div>{f'<i>{sign}</i>' if sign else ''}<strong>{term.value:,}</strong>"
        f"<small>{escape(term.label)}</small></div>"
        for term, sign in zip(page.rows, chain(("", "="), repeat("+")), strict=False)
    )
    return f'<div class="sum"><b>{escape(page.t("passport.rows_head"))}</b>{cells}</div>'


def _pairs(pairs: Iterable[tuple[str, str]]) -> str:
    return "".join(
        f'<dt>{escape(label)}</dt><dd class="{"sha" if label == "SHA-256" else "clamp"}">'
        f"{escape(value)}</dd>"
        for label, value in pairs
    )


def _sent(page: Page) -> str:
    sketch = page.sketch
    caption = sketch.place or page.t("passport.map_head")
    if sketch.frame is None:
        caption = page.t("passport.map_unknown")
    return (
        f'<div class="sent"><dl>{_pairs(page.facts)}</dl><figure>{_svg(sketch)}<figcaption>'
        f'{escape(caption)}<br><span class="grey">{escape(sketch.extent)}</span>'
        "</figcaption></figure></div>"
    )


def _svg(sketch: Sketch) -> str:
    scale = 1000
    rings = [_path(r, PROVINCE) for r in sketch.outlines] + [_path(r, WASH) for r in sketch.lit]
    frame = ""
    if sketch.frame is not None:
        left, top, right, bottom = (v * scale for v in sketch.frame)
        x, y = (left + right) / 2, (top + bottom) / 2
        stroke = f'fill="none" stroke="{ACCENT}" stroke-width="8"'
        frame = (
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="11" fill="{ACCENT}"/>'
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="43" {stroke}/>'
            if sketch.small
            else f'<rect x="{left:.1f}" y="{top:.1f}" width="{right - left:.1f}" '
            f'height="{bottom - top:.1f}" {stroke}/>'
        )
    return (
        f'<svg viewBox="-6 -6 {sketch.width * scale + 12:.0f} {scale + 12}" role="img" '
        f'xmlns="http://www.w3.org/2000/svg">{"".join(rings)}{frame}</svg>'
    )


def _path(ring: Ring, fill: str) -> str:
    points = " ".join(f"{x * 1000:.1f},{y * 1000:.1f}" for x, y in ring)
    return (
        f'<polygon points="{points}" fill="{fill}" stroke="{PREFECTURE_LINE}" stroke-width="3.2" '
        'stroke-linejoin="round"/>'
    )


def _evidence(page: Page) -> str:
    t = page.t
    samples = "".join(f'<span class="one">{escape(s)}</span>' for s in page.samples)
    rows = "".join(
        f'<tr class="{"chosen" if c.chosen else ""}"><td><span class="one">{escape(c.name)}</span>'
        f'</td><td class="bar"><span><i style="width:{c.share:.1%}"></i></span></td>'
        f'<td class="share">{c.share:.1%}</td></tr>'
        for c in page.candidates
    )
    code, name, why = page.crs
    inside = f'<small class="grey">{escape(t("passport.inside"))}</small>' if rows else ""
    return (
        '<section class="two evidence">'
        f"<div><h2>{escape(t('passport.encoding_head'))}</h2>{_reason(page.encoding)}{samples}</div>"
        f"<div><h2>{escape(t('passport.crs_head'))}{inside}</h2>{_reason((code, why), name)}"
        f"<table>{rows}</table></div></section>"
    )


def _reason(evidence: tuple[str, ...], name: str = "") -> str:
    head, why = evidence
    return (
        f'<span class="one"><strong>{escape(head)}</strong>&ensp;{escape(name)}</span>'
        f'<span class="one grey">{escape(why)}</span>'
    )


def _findings(page: Page, fonts: Fonts) -> str:
    t, layout = page.t, lay_out(page, fonts)
    heads = "".join(
        f"<th{' class=n' if key == 'count' else ''}>{escape(t(f'passport.column_{key}'))}</th>"
        for key in ("count", "rows", "words")
    )
    widths = "".join(f'<col style="width:{w}mm">' for w in (15.5, 14, 16, 30.5)) + "<col>"
    rows = "".join(
        f'<tr><td><span class="mark" style="background:{SEVERITY[line.severity]}"></span>'
        f"{escape(t(f'passport.severity_{line.severity}'))}</td><td><b>{escape(line.code)}</b></td>"
        f'<td class="n">{line.count:,}</td><td><span class="one">{escape(line.rows)}</span></td>'
        f'<td><span class="clamp">{escape(drawable(line.words, fonts))}</span></td></tr>'
        for line in page.findings[: len(layout.heights)]
    )
    rest = layout.others if page.findings else t("passport.findings_none")
    return (
        f'<section class="findings"><table><colgroup>{widths}</colgroup><thead><tr>'
        f"<th colspan=2>{escape(t('passport.findings_head'))}</th>"
        f"{heads if rows else ''}</tr></thead><tbody>{rows}</tbody></table>"
        f'<div class="grey">{escape(rest)}</div></section>'
    )


def _acceptance(page: Page) -> str:
    t = page.t
    said = t("passport.decided_joiner").join(page.decisions) or t("passport.decided_none")
    signed = f"<dl>{_pairs(page.signed)}</dl>"
    if not page.signed:
        signed = f'<span class="grey">{escape(t("passport.not_published"))}</span>'
    lines = "".join(
        f"<div>{escape(t(f'passport.sign_{who}'))}</div>" for who in ("clerk", "checker", "office")
    )
    return (
        '<section class="acceptance"><div class="two">'
        f"<div><h2>{escape(t('passport.accepted_head'))}</h2>{signed}</div>"
        f"<div><h2>{escape(t('passport.decided_head'))}</h2>"
        f'<span class="clamp said">{escape(said)}</span></div></div>'
        f'<div class="sign">{lines}</div></section>'
    )
