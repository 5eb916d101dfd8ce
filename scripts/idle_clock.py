"""Draw the clock of approved land as SVG, with the thresholds that the rules give."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from html import escape
from typing import Final

from domain.i18n import Language, Translator, translator
from domain.rules import Rule, RuleSet, Status, load_rules
from layers.palette import INK, STATUS

_WIDTH: Final = 960
_HEIGHT: Final = 478
_LEFT, _RIGHT = 150, 944
_BAND: Final = 26
_FONT: Final = "'Noto Sans SC','Source Han Sans SC','Microsoft YaHei',sans-serif"
_DARK: Final = ("suspected_a2", "determined", "completed", "unsupplied")
_QUIET: Final = "#6B6B6B"
_MARKS: Final[dict[Status, tuple[str, str]]] = {
    "sourced": ("", ""),
    "recalled": ("（待核）", " (to be verified)"),
    "default": ("（默认）", " (default)"),
}
_WORDS: Final[dict[str, tuple[str, str]]] = {
    "supply": ("批准以后", "After approval"),
    "not_started": ("供应以后：未动工", "After supply: not started"),
    "stopped": ("动工以后：中止开发", "After the start: stopped"),
    "steps": ("发现疑似闲置以后", "After suspicion"),
    "approved": ("批准", "approved"),
    "lapse": (
        "满 {years} 年未实施征地：批文可能失效{mark}",
        "{years} years without acquisition: the approval may have lapsed{mark}",
    ),
    "contract": ("签订合同或划拨决定", "contract or decision"),
    "start": ("动工开发日期", "start date"),
    "start_from": (
        "动工开发日期：先补充协议，次合同或决定，再交地加 {years} 年{mark}；都没有则不判定",
        "Start date: of a supplement, else the contract, else hand-over + {years} year{mark}",
    ),
    "soon": ("提前 {days} 天{mark}", "{days} days before{mark}"),
    "year": ("满 {years} 年", "{years} full year"),
    "years": ("满 {years} 年", "{years} full years"),
    "building": ("动工", "start"),
    "stop": ("中止开发", "stopped"),
    "low": (
        "满 {years} 年，且面积不足 1/3 或投资不足 {share}%",
        "{years} full year, and area below 1/3 or investment below {share} %",
    ),
    "suspected": ("疑似闲置", "Suspected"),
    "notice": ("{days} 天内发出调查通知书{mark}", "notice within {days} days{mark}"),
    "material": ("{days} 天内使用权人说明{mark}", "holder answers within {days} days{mark}"),
    "letter": ("认定书（文号和日期）", "letter (number and date)"),
    "holder": (
        "使用权人原因且未动工：满 1 年闲置费，满 2 年无偿收回",
        "holder's cause, not started: fee after 1 year, reclaim after 2",
    ),
    "others": (
        "政府原因、不可抗力或停建：第十二条各途径",
        "government, force majeure or stopped: the routes of Art. 12",
    ),
}


@dataclass(frozen=True)
class _Lane:
    """One line of time.

    Attributes:
        title: Key of its heading.
        bands: From, to (0 to 1 of the width), status.
        above: Where, text above the band.
        below: Where, text below it.
        note: Text under the lane.
    """

    title: str
    bands: list[tuple[float, float, str]]
    above: list[tuple[float, str]]
    below: list[tuple[float, str]]
    note: str = ""


def drawing(language: Language, *, as_of: dt.date) -> str:
    """The clock in one language, by the rules in force on a day."""
    t = translator(language)
    idle, approvals = (load_rules(name, as_of=as_of) for name in ("idle", "approvals"))
    lanes = _lanes(t, idle, approvals)
    tops = [30, 130, 252, 352]
    body = "".join(_lane(lane, y, t) for lane, y in zip(lanes, tops, strict=True))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" '
        f'width="{_WIDTH}" height="{_HEIGHT}" font-family="{_FONT}" font-size="12" fill="{INK}">'
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#FFFFFF"/>{body}'
        f"{_fork(tops[-1], t)}</svg>\n"
    )


def _lanes(t: Translator, idle: RuleSet, approvals: RuleSet) -> list[_Lane]:
    def say(key: str, rule: Rule, unit: str = "years") -> str:
        mark = t.pick(*_MARKS[rule.status])
        return t.pick(*_WORDS[key]).format(**{unit: f"{rule.value:g}"}, mark=mark)

    def plain(key: str) -> str:
        return t.pick(*_WORDS[key])

    stopped = plain("low").format(
        years=f"{idle.value('IDLE-B'):g}", share=f"{idle.value('IDLE-B-INVEST') * 100:g}"
    )
    return [
        _Lane(
            "supply",
            [(0.0, 1.0, "unsupplied")],
            [(0.0, plain("approved"))],
            [(0.45, say("lapse", approvals["APPR-LAPSE"]))],
        ),
        _Lane(
            "not_started",
            [
                (0.0, 0.16, "not_due"),
                (0.16, 0.32, "due_soon"),
                (0.32, 0.56, "overdue"),
                (0.56, 0.8, "suspected_a1"),
                (0.8, 1.0, "suspected_a2"),
            ],
            [
                (0.0, plain("contract")),
                (0.32, plain("start")),
                (0.56, say("year", idle["IDLE-A1"])),
                (0.8, say("years", idle["IDLE-A2"])),
            ],
            [(0.16, say("soon", idle["IDLE-DUE-SOON"], "days"))],
            say("start_from", idle["IDLE-HANDOVER"]),
        ),
        _Lane(
            "stopped",
            [(0.0, 0.56, "in_progress"), (0.56, 1.0, "suspected_b")],
            [(0.0, plain("building")), (0.32, plain("stop")), (0.56, stopped)],
            [],
        ),
        _Lane(
            "steps",
            [(0.0, 0.56, "suspected_a1"), (0.56, 1.0, "determined")],
            [
                (0.0, say("notice", idle["IDLE-INVESTIGATE"], "days")),
                (0.32, say("material", idle["IDLE-MATERIAL"], "days")),
                (0.56, plain("letter")),
            ],
            [],
        ),
    ]


def _lane(lane: _Lane, y: int, t: Translator) -> str:
    parts = _title(y, t.pick(*_WORDS[lane.title]))
    for start, end, status in lane.bands:
        name = t(f"idle.status.{status}")
        if lane.title == "steps" and status != "determined":
            name = t.pick(*_WORDS["suspected"])
        parts.append(_band(start, end, y, status, name))
    parts += [_mark(where, y + 12, y + 6, y + 2, words) for where, words in lane.above]
    bottom = y + 12 + _BAND
    parts += [_mark(where, bottom, bottom + 8, bottom + 20, words) for where, words in lane.below]
    if lane.note:
        note = escape(lane.note)
        parts.append(f'<text x="{_LEFT}" y="{y + 82}" fill="{_QUIET}">{note}</text>')
    return "".join(parts)


def _title(y: int, title: str) -> list[str]:
    """The heading of a lane, broken behind its colon."""
    for colon in ("：", ": "):
        head, _, rest = title.partition(colon)
        if rest:
            return [_bold(y + 22, head), _bold(y + 37, rest)]
    return [_bold(y + 29, title)]


def _bold(y: int, text: str) -> str:
    return f'<text x="12" y="{y}" font-weight="600">{escape(text)}</text>'


def _band(start: float, end: float, y: int, status: str, name: str) -> str:
    x, width = _x(start), _x(end) - _x(start)
    ink = "#FFFFFF" if status in _DARK else INK
    return (
        f'<rect x="{x:g}" y="{y + 12}" width="{width:g}" height="{_BAND}" '
        f'fill="{STATUS[status]}" stroke="#FFFFFF"/>'
        f'<text x="{x + width / 2:g}" y="{y + 29}" text-anchor="middle" fill="{ink}">'
        f"{escape(name)}</text>"
    )


def _mark(where: float, start: int, end: int, baseline: int, words: str) -> str:
    return (
        f'<path d="M{_x(where):g} {start}V{end}" stroke="{INK}"/>'
        f'<text x="{_x(where):g}" y="{baseline}">{escape(words)}</text>'
    )


def _fork(y: int, t: Translator) -> str:
    """Where a determined case goes, by its cause."""
    top = y + 12 + _BAND
    x = _x(0.56)
    parts = []
    for i, key in enumerate(("holder", "others")):
        baseline = top + 34 + 34 * i
        parts.append(
            f'<path d="M{x + 8:g} {top}V{baseline - 4}H{x + 22:g}" fill="none" stroke="{INK}"/>'
            f'<text x="{x + 28:g}" y="{baseline}">{escape(t.pick(*_WORDS[key]))}</text>'
        )
    return "".join(parts)


def _x(share: float) -> float:
    return round(_LEFT + share * (_RIGHT - _LEFT), 1)
