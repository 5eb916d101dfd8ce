"""What comes: horizons, the slider and the date field together, files, both languages."""

from __future__ import annotations

import datetime as dt

import icalendar
import pandas as pd
import pytest

from domain.i18n import LANGUAGES, translator
from domain.rules import load_rules
from export.calendar_ics import write_ics
from layers.catalogue.parcels import parcel_status as status_layer
from tests.app.idle_parts import open_part
from tests.app.land_pages import html, words
from tests.land_world import parcels
from views.idle.clock import LAST_YEAR, months_of
from views.idle.clock_map import COLOURS, coming_layer

DAY = dt.date(2024, 6, 1)


def after(days):
    return (DAY + dt.timedelta(days=days)).isoformat()


@pytest.fixture
def root(empty_store, viewer):
    records = [
        {"supply_no": "S1", "start_due": after(30), "name": "甲厂", "zone_id": "jx-xiaolan-etdz"},
        {"supply_no": "S2", "start_due": after(31), "name": "乙厂"},
        {"supply_no": "S3", "start_due": after(181), "name": "丙厂"},
        {"supply_no": "S4", "start_due": "2023-06-20", "name": "丁厂"},
        {"supply_no": "S5", "start_due": "2023-01-01", "name": "戊厂"},
    ]
    world = parcels(records)
    world["area_ellipsoidal_m2"] = [10_000.0, 20_000.0, 40_000.0, 80_000.0, 160_000.0]
    empty_store.commit("parcels", world, kind="parcels", viewer=viewer, reason="t")
    return empty_store.root


def opened(root, **options):
    options["state"] = {"as_of": DAY, **options.get("state", {})}
    app = open_part("clock.show_clock", root, **options)
    assert not app.exception
    assert not app.error
    return app


def listed(app):
    return app.dataframe[1].value


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("prefecture", ["", "360700"])
def test_the_clock_of_the_demonstration(demo_root, language, prefecture):
    app = open_part("clock.show_clock", demo_root, language=language, prefecture=prefecture)
    assert not app.exception
    assert not app.error
    assert len(app.dataframe) == 2
    assert "2026-06-30" in html(app)


@pytest.mark.parametrize(
    ("horizon", "names"),
    [("30", {"甲厂", "丁厂", "戊厂"}), ("90", {"甲厂", "乙厂", "丁厂", "戊厂"}),
     ("180", {"甲厂", "乙厂", "丁厂", "戊厂"}), ("365", {"甲厂", "乙厂", "丙厂", "丁厂", "戊厂"})],
)  # fmt: skip
def test_each_horizon_shows_its_last_day(root, horizon, names):
    app = opened(root, state={"idle-horizon": horizon})
    assert set(listed(app)["项目名称"]) == names


def test_counts_and_areas_by_kind_and_the_marks_of_rules(root):
    app = opened(root, state={"idle-horizon": "365"})
    totals = app.dataframe[0].value.set_index("事项")
    assert totals.loc["到动工日期", "30 天内"] == "1 · 1.00"
    assert totals.loc["到动工日期", "90 天内"] == "2 · 3.00"
    assert totals.loc["到动工日期", "365 天内"] == "3 · 7.00"
    assert totals.loc["应发调查通知书", "已逾期"] == "1 · 16.00"
    rows = listed(app)
    late = rows[rows["还有（天）"] < 0]
    assert late["事项"].tolist() == ["应发调查通知书"]
    rule = load_rules("idle", as_of=DAY)["IDLE-INVESTIGATE"]
    assert late["依据"].tolist() == [rule.article]
    mark = {"recalled": "待核", "default": "默认"}.get(rule.status)
    assert late["标记"].fillna("").tolist() == [mark or ""]
    assert (rows["还有（天）"].iloc[-1], len(late)) == (late["还有（天）"].iloc[0], 1)  # behind
    assert rows["日期"].iloc[:-1].is_monotonic_increasing


def test_kinds_narrow_the_list(root):
    app = opened(root, state={"idle-horizon": "365", "idle-clock-kinds": ["suspected_a"]})
    assert listed(app)["项目名称"].tolist() == ["丁厂"]


def test_the_slider_moves_the_day_and_the_day_moves_the_slider(root):
    app = opened(root)
    slider = app.select_slider(key="idle-clock-month")
    assert slider.value == "2024-06"
    slider.set_value("2025-02").run()
    assert not app.exception
    assert app.date_input(key="as_of").value == dt.date(2025, 2, 28)
    assert app.select_slider(key="idle-clock-month").value == "2025-02"
    assert "2025-02-28" in html(app)
    app.date_input(key="as_of").set_value(dt.date(2024, 3, 5)).run()
    assert app.select_slider(key="idle-clock-month").value == "2024-03"
    assert app.date_input(key="as_of").value == dt.date(2024, 3, 5)  # the day stays exact
    assert not app.exception


def test_the_slider_reaches_from_2009_to_2030_and_takes_in_any_day():
    months = months_of(DAY)
    assert (months[0], months[-1]) == ("2009-01", f"{LAST_YEAR}-12")
    assert len(months) == 12 * (LAST_YEAR - 2009 + 1)
    assert months_of(dt.date(2044, 2, 1))[-1] == "2044-02"
    assert months == sorted(set(months))


def test_a_day_after_the_data_is_a_projection_and_says_so(demo_root):
    app = open_part("clock.show_clock", demo_root, state={"as_of": dt.date(2027, 1, 31)})
    assert "按现有记录推算" in words(app)
    app = open_part("clock.show_clock", demo_root)
    assert "按现有记录推算" not in words(app)


def test_nothing_ahead_says_so(empty_store, viewer):
    world = parcels([{"supply_no": "S", "start_due": "2019-01-01", "finished_on": "2020-01-01"}])
    empty_store.commit("parcels", world, kind="parcels", viewer=viewer, reason="t")
    app = open_part("clock.show_clock", empty_store.root, state={"as_of": DAY})
    assert not app.exception
    assert "没有到期事项" in app.info[0].value


def test_every_kind_has_a_colour_and_a_name():
    spec = coming_layer()
    assert [c.key for c in spec.classes] == list(COLOURS)
    for language in LANGUAGES:
        t = translator(language)
        assert all(t(c.label) for c in spec.classes)
    assert len(set(COLOURS.values())) == len(COLOURS)
    assert status_layer().classes


def test_the_calendar_of_the_page_reads_back(root, monkeypatch):
    made = []

    def spy(entries, **options):
        made.append(write_ics(entries, **options))
        return made[-1]

    monkeypatch.setattr("views.idle.clock.write_ics", spy)
    monkeypatch.setattr("streamlit.download_button", lambda *_, data, **__: data())
    opened(root, state={"idle-horizon": "90"})
    events = icalendar.Calendar.from_ical(made[0]).walk("VEVENT")
    first = next(e for e in events if "甲厂" in str(e["summary"]))
    assert first.decoded("dtstart") == DAY + dt.timedelta(days=30)
    assert str(first["summary"]) == "到动工日期：甲厂"
    assert "IDLE-START" in str(first["description"])
    assert str(first["uid"]) == "parcels=401/P0/start_due@ganyuan"
    assert len(events) == 4


def test_foreign_text_stays_text(empty_store, viewer):
    bad = "<img src=x onerror=alert(1)>"
    world = parcels([{"supply_no": "S", "start_due": after(9), "name": bad, "zone_id": bad}])
    empty_store.commit("parcels", world, kind="parcels", viewer=viewer, reason="t")
    app = open_part("clock.show_clock", empty_store.root, state={"as_of": DAY})
    assert not app.exception
    assert bad not in html(app)
    assert isinstance(app.dataframe[1].value, pd.DataFrame)
