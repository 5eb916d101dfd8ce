"""The file of a parcel as markup: the clock as a bar, the facts as a line of dots. Pure functions.

Every text from outside is escaped; nothing here reads the store or the session.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

from analytics.cases.checks import Contradiction, Mark, Span
from analytics.cases.file import Cells, Entry, Source, as_date
from domain import formats
from domain.i18n import Translator
from layers.palette import STATUS


@dataclass(frozen=True, slots=True)
class Scale:
    """A stretch of time across the width of a bar."""

    first: dt.date
    last: dt.date

    def share(self, on: dt.date) -> float:
        """Where a day lies, in per cent of the width."""
        inside = min(max(on, self.first), self.last)
        return round(100 * (inside - self.first).days / max((self.last - self.first).days, 1), 2)


def source_words(t: Translator, source: Source) -> str:
    """Where a fact stands and who entered it."""
    words = t(f"case.source.{source.table}", key=source.key)
    if source.revision is not None and source.table != "parcels":
        words += t("case.source.revision", n=source.revision)
    if source.by:
        on = "" if source.at is None else source.at.astimezone().date().isoformat()
        words += t("case.source.by", who=source.by, on=on)
    return words


def entry_words(t: Translator, entry: Entry) -> str:
    """What a fact says, without its day."""
    number = entry.number
    if entry.kind == "disposed":
        number = t.get(f"idle.route.{number}", number)
    if entry.kind == "paid":
        number = t("case.wan", value=number)
    return t(f"case.kind.{entry.kind}") + (f" {number}" if number else "")


def timeline_html(
    t: Translator,
    entries: Sequence[Entry],
    marks: Sequence[Mark],
    faults: Sequence[Contradiction],
    *,
    today: dt.date,
) -> str:
    """The facts in the order of time with the computed days among them and a line for today."""
    wrong = {id(e) for fault in faults for e in (fault.first, fault.second) if e is not None}
    lines: list[tuple[dt.date, int, str]] = []
    undated = []
    for entry in entries:
        line = _entry_line(t, entry, wrong=id(entry) in wrong)
        if entry.on is None:
            undated.append(line)
        else:
            lines.append((entry.on, 0, line))
    lines += [(mark.on, 2, _mark_line(t, mark, today)) for mark in marks]
    lines.append((today, 1, _line("gy-now", today.isoformat(), escape(t("case.today")))))
    lines.sort(key=lambda line: line[:2])
    return f'<ul class="gy-line">{"".join([line for _, _, line in lines] + undated)}</ul>'


def _line(name: str, when: str, body: str) -> str:
    return (
        f'<li class="{name}"><time>{escape(when)}</time><span class="gy-dot"></span>'
        f"<p>{body}</p></li>"
    )


def _entry_line(t: Translator, entry: Entry, *, wrong: bool) -> str:
    name = "gy-wrong" if wrong else "gy-planned" if entry.planned else ""
    sources = [source_words(t, s) for s in (entry.source, *entry.also)]
    mark = ""
    if entry.certainty == "default":
        mark = f' <abbr class="gy-mark">{escape(t("case.by_entry"))}</abbr>'
    body = f"{escape(entry_words(t, entry))}{mark}<small>{escape(' · '.join(sources))}</small>"
    return _line(name, formats.date(entry.on), body)


def _mark_line(t: Translator, mark: Mark, today: dt.date) -> str:
    days = (mark.on - today).days
    when = t("case.in_days", n=days) if days > 0 else ""
    article = t.pick(mark.rule.article, mark.rule.article_en)
    sign = certainty_mark(t, mark.certainty)
    words = f"{t(f'case.mark.{mark.kind}')} {when}"
    body = f"{escape(words)}{sign}<small>{escape(article)}</small>"
    return _line("gy-reckoned", mark.on.isoformat(), body)


def certainty_mark(t: Translator, certainty: str) -> str:
    """The small mark of a rule that is recalled or a default; nothing for a sourced one."""
    if certainty not in ("recalled", "default"):
        return ""
    text, hint = t(f"map.mark_{certainty}"), t(f"map.mark_{certainty}_help")
    return f' <abbr class="gy-mark" title="{escape(hint)}">{escape(text)}</abbr>'


def clock_html(
    t: Translator,
    status: Cells,
    entries: Sequence[Entry],
    spans: Sequence[Span],
    *,
    today: dt.date,
    year1: dt.date | None,
    year2: dt.date | None,
    stop_year: dt.date | None = None,
) -> str:
    """The clock from the contract to two years after the start date, as a bar; empty without one.

    Args:
        t: Texts.
        status: Row of the parcel's status.
        entries: Facts of the file.
        spans: Days on which the clock stands; hatched.
        today: The day that is judged; later parts are pale.
        year1: One year after the start date.
        year2: Two years after it.
        stop_year: One year after development stopped.
    """
    start = as_date(status.get("start_on"))
    if start is None or year1 is None or year2 is None:
        return ""
    begins = [e.on for e in entries if e.on and e.kind in ("signed", "handed_over")]
    started = next((e.on for e in entries if e.kind == "started" and e.on), None)
    finished = next((e.on for e in entries if e.kind == "finished" and e.on), None)
    first = min([*begins, start - dt.timedelta(days=120)])
    last = max(today, year2) + dt.timedelta(days=60)
    scale = Scale(first, last)
    phases = _phases(scale, start, year1, year2, started, finished or stop_year)
    if finished is None and stop_year is not None:
        phases[-1] = (*phases[-1][:2], STATUS["suspected_b"])
    bars = "".join(_bar(scale, a, b, colour, today) for a, b, colour in phases)
    stops = "".join(_stop(t, scale, span) for span in spans if span.since is not None)
    now = f'<i class="gy-today" style="left:{scale.share(today)}%"></i>'
    ticks = [(start, "start"), (year1, "year1"), (year2, "year2")]
    if started is not None:
        ticks = [(on, key) for on, key in ticks if on <= started]
        ticks += [(stop_year, "stop_year")] if stop_year is not None else []
    labels = "".join(_tick(scale, on, t(f"case.tick.{key}")) for on, key in ticks)
    return (
        f'<div class="gy-strip"><div class="gy-strip-bar">{bars}{stops}{now}</div>'
        f'<div class="gy-strip-ticks">{labels}</div></div>'
    )


def _phases(
    scale: Scale,
    start: dt.date,
    year1: dt.date,
    year2: dt.date,
    started: dt.date | None,
    finished: dt.date | None,
) -> list[tuple[dt.date, dt.date, str]]:
    """Stretches of the bar with their colours; a real start ends the clock."""
    clock = [
        (scale.first, start, "not_due"),
        (start, year1, "overdue"),
        (year1, year2, "suspected_a1"),
        (year2, scale.last, "suspected_a2"),
    ]
    end = started or scale.last
    out = [(a, min(b, end), key) for a, b, key in clock if a < end]
    if started is not None:
        built = finished or scale.last
        out.append((started, built, "in_progress"))
        if finished is not None:
            out.append((finished, scale.last, "completed"))
    return [(a, b, STATUS[key]) for a, b, key in out if a < b]


def _bar(scale: Scale, since: dt.date, until: dt.date, colour: str, today: dt.date) -> str:
    """One stretch; what lies ahead of today is pale."""
    pieces = [(since, min(until, today), ""), (max(since, today), until, "gy-ahead")]
    return "".join(
        f'<i class="{name}" style="left:{scale.share(a)}%;'
        f'width:{round(scale.share(b) - scale.share(a), 2)}%;background:{colour}"></i>'
        for a, b, name in pieces
        if a < b
    )


def _stop(t: Translator, scale: Scale, span: Span) -> str:
    since, until = span.since or scale.first, span.until or scale.last
    width = round(scale.share(until) - scale.share(since), 2)
    hint = escape(span_words(t, span))
    return (
        f'<i class="gy-stop" title="{hint}" style="left:{scale.share(since)}%;width:{width}%"></i>'
    )


def span_words(t: Translator, span: Span) -> str:
    """Why and how long the clock stands."""
    name = (
        t("case.span.sealed")
        if span.kind == "sealed"
        else t.get(f"idle.route.{span.kind}", span.kind)
    )
    return t("case.span", name=name, since=formats.date(span.since), until=formats.date(span.until))


_EDGE: Final = 8
"""Per cent of the width within which a label hangs inwards."""


def _tick(scale: Scale, on: dt.date, label: str) -> str:
    at = scale.share(on)
    name = "gy-first" if at < _EDGE else "gy-last" if at > 100 - _EDGE else ""
    return f'<span class="{name}" style="left:{at}%">{escape(label)}<br>{on.isoformat()}</span>'
