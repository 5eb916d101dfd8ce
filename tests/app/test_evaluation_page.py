"""The evaluation page without a browser: demonstration, empty store, entered rows alone."""

from __future__ import annotations

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from domain.i18n import translator
from store import Store, Viewer

SCRIPT = """
from domain.i18n import translator
from settings import Settings
from store import Store, Viewer
from views.context import Context
from views.frame import guarded
from views.pages import evaluation

settings = Settings(store={store!r})
guarded(evaluation.page)(
    Context(settings, Store(settings.store), Viewer("t"), translator({language!r}), "ha")
)
"""
ZONE, OTHER, THIRD = "jx-nanchang-etdz", "jx-xiaolan-etdz", "jx-ganzhou-etdz"
CHAIN = {"developable_m2": 8e6, "ready_m2": 6e6, "supplied_m2": 5e6, "built_m2": 4e6}
T = translator("zh_CN")


def run(store, language="zh_CN", **query):
    app = AppTest.from_string(
        SCRIPT.format(store=str(store), language=language), default_timeout=120
    )
    app.query_params["as_of"] = "2026-06-30"
    for name, value in query.items():
        app.query_params[name.replace("_", "-")] = value
    return app.run()


def sound(app):
    assert [e.value for e in app.exception] == []
    assert [e.value for e in app.error] == []
    return app


def text(app):
    kinds = ("markdown", "caption", "info", "warning")
    parts = [block.value for kind in kinds for block in app.get(kind)]
    return "\n".join([*parts, *(block.proto.body for block in app.get("html"))])


def frame(app, column):
    """The table on the page that has this column."""
    return next(d.value for d in app.dataframe if column in d.value)


@pytest.fixture
def entered(empty_store):
    """Three zones: whole figures, figures of the year before, and a contradiction in words."""
    rows = pd.DataFrame(
        [
            {"zone_id": ZONE, "year": 2025, **CHAIN, "built_industrial_m2": 3e6,
             "tax_wan": 9000.0, "development_rate": 75.0, "zone_type": "industry_led",
             "note": "<b>*x*</b>"},
            {"zone_id": OTHER, "year": 2024, **CHAIN, "tax_wan": 100.0},
            {"zone_id": THIRD, "year": 2025, **CHAIN, "use_rate": 55.0},
        ]
    )  # fmt: skip
    rows["record_id"] = [f"{z}/{y}" for z, y in zip(rows["zone_id"], rows["year"], strict=True)]
    empty_store.put_ledger("indicators", rows, viewer=Viewer("t"), reason="t")
    return empty_store


@pytest.mark.parametrize("language", ["zh_CN", "en"])
@pytest.mark.parametrize("part", ["intensity", "permu", "control", "compare"])
def test_every_part_stands_on_the_demonstration_and_is_marked(demo_root, part, language):
    app = sound(run(demo_root, language, evaluation_part=part, evaluation_zone=ZONE))
    assert translator(language)("frame.demonstration") in text(app)
    assert len(app.dataframe) >= 2


def test_a_zone_opens_to_its_indicators_and_figures(demo_root):
    app = sound(run(demo_root, evaluation_zone=ZONE))
    chain = frame(app, T("evaluation.chain.formula"))
    points = chain[T("evaluation.chain.contribution")].sum()
    table = frame(app, T("evaluation.rate.use_rate"))
    row = table[table[T("evaluation.col.zone")] == "南昌经济技术开发区"].iloc[0]
    assert points == pytest.approx(row[T("evaluation.col.score")])
    figures = frame(app, T("evaluation.data.origin"))
    assert set(figures[T("evaluation.data.origin")]) >= {"填报 2025"}


@pytest.mark.parametrize(("before_refund", "shown"), [(None, "9,000"), (9500.0, "9,500")])
def test_the_tax_that_was_scored_stands_above_the_line(empty_store, before_refund, shown):
    row = {
        "record_id": f"{ZONE}/2025", "zone_id": ZONE, "year": 2025, **CHAIN,
        "built_industrial_m2": 3e6, "tax_wan": 9000.0, "tax_before_refund_wan": before_refund,
    }  # fmt: skip
    empty_store.put_ledger("indicators", pd.DataFrame([row]), viewer=Viewer("t"), reason="t")
    app = sound(run(empty_store.root, evaluation_part="permu", evaluation_zone=ZONE))
    terms = frame(app, T("evaluation.chain.above"))
    assert shown in terms[T("evaluation.chain.above")].iloc[0]


def test_a_prefecture_and_a_type_narrow_the_list_and_leave_the_ranks(demo_root):
    whole = frame(sound(run(demo_root)), T("evaluation.rate.use_rate"))
    here = frame(
        sound(run(demo_root, prefecture="360100", evaluation_type="industry_led")),
        T("evaluation.rate.use_rate"),
    )
    assert 0 < len(here) < len(whole)
    head, rank = T("evaluation.col.zone"), T("evaluation.col.rank")
    both = here.merge(whole, on=head)
    assert both[f"{rank}_x"].tolist() == both[f"{rank}_y"].tolist()


@pytest.mark.parametrize("part", ["permu", "control", "compare"])
def test_a_type_narrows_every_part_to_the_same_zones(entered, part):
    asked = {"evaluation_part": part, "evaluation_subject": "zones"}
    app = sound(run(entered.root, evaluation_type="industry_led", **asked))
    head = T("evaluation.col.zone")
    assert set(frame(app, head)[head]) == {"南昌经济技术开发区"}


def test_the_list_of_contracts_has_pages_and_a_filter_begins_at_the_first(demo_root):
    app = sound(run(demo_root, evaluation_part="control", evaluation_table="2008"))
    number = T("evaluation.control.supply_no")
    first = list(frame(app, number)[number])
    assert len(first) == 100
    verdict = T("evaluation.control.verdict")
    assert set(frame(app, verdict)[verdict]) == {T("evaluation.verdict.fail")}
    pages = app.number_input[0]
    last = frame(sound(pages.set_value(pages.max).run()), number)[number]
    assert 0 < len(last) <= 100
    assert not set(last) & set(first)
    app.segmented_control(key="evaluation-verdict").set_value("fail").run()
    assert list(frame(sound(app), number)[number]) == first


def test_an_empty_store_says_what_to_do(empty_store):
    app = sound(run(empty_store.root))
    assert T("evaluation.empty_next") in text(app)
    assert not app.dataframe


def test_entered_rows_alone_are_enough(entered):
    app = sound(run(entered.root, evaluation_zone=ZONE))
    table = frame(app, T("evaluation.rate.use_rate")).set_index(T("evaluation.col.zone"))
    row = table.loc["南昌经济技术开发区"]
    assert row[T("evaluation.rate.use_rate")] == pytest.approx(50.0)
    assert row[T("evaluation.col.identity")] == T("evaluation.identity.holds")
    third = table.loc["赣州经济技术开发区", T("evaluation.col.identity")]
    assert third == T("evaluation.identity.stated_differs")
    assert T("frame.demonstration") not in text(app)
    missing = next(w.value for w in app.warning)
    assert "总建筑面积" in missing


def test_a_missing_year_stays_missing_until_older_rows_are_asked_for_and_then_is_told(entered):
    zone, year = T("evaluation.col.zone"), T("evaluation.col.year")
    exact = frame(sound(run(entered.root)), T("evaluation.rate.use_rate")).set_index(zone)
    assert exact.loc["南昌小蓝经济技术开发区", year] == T("evaluation.not_entered")
    assert pd.isna(exact.loc["南昌小蓝经济技术开发区", T("evaluation.rate.use_rate")])
    older = frame(sound(run(entered.root, evaluation_older="1")), T("evaluation.rate.use_rate"))
    row = older.set_index(zone).loc["南昌小蓝经济技术开发区"]
    assert row[year] == T("evaluation.older_year", year=2024)
    assert row[T("evaluation.rate.use_rate")] == pytest.approx(50.0)


def test_without_contracts_or_computed_figures_the_parts_say_so(entered):
    control = sound(run(entered.root, evaluation_part="control"))
    assert T("evaluation.control.none") in text(control)
    zones = sound(run(entered.root, evaluation_part="control", evaluation_subject="zones"))
    assert set(frame(zones, T("evaluation.control.verdict"))[T("evaluation.control.verdict")]) == {
        T("evaluation.verdict.unknown")
    }
    compare = sound(run(entered.root, evaluation_part="compare"))
    states = frame(compare, T("evaluation.compare.state"))[T("evaluation.compare.state")]
    assert set(states) == {T("evaluation.compare.state_entered_only")}


def test_zones_that_lack_a_figure_have_no_class_and_the_reason_is_told(entered):
    app = sound(run(entered.root, evaluation_part="permu", evaluation_zone=ZONE))
    table = frame(app, T("evaluation.col.class"))
    assert table[T("evaluation.col.class")].isna().all()
    assert set(table[T("evaluation.col.not_ranked")]) == {T("evaluation.reason.missing")}
    assert "综合能耗" in "".join(w.value for w in app.warning)


def test_bad_words_in_the_address_fall_back(entered):
    app = sound(
        run(
            entered.root,
            evaluation_part="no",
            evaluation_year="1900",
            evaluation_zone="nobody",
            evaluation_type="x",
        )
    )
    assert frame(app, T("evaluation.rate.use_rate")).shape[0] > 100


def test_the_store_of_a_prefecture_shows_its_zones_only(demo_root):
    store = Store(demo_root)
    from settings import Settings  # noqa: PLC0415
    from views.context import Context  # noqa: PLC0415
    from views.zone_figures import zone_figures  # noqa: PLC0415

    viewer = Viewer("g", frozenset({"360700"}))
    ctx = Context(Settings(store=demo_root), store, viewer, T, "ha")
    day = pd.Timestamp("2026-06-30").date()
    known = zone_figures(ctx, as_of=day)
    everything = zone_figures(
        Context(Settings(store=demo_root), store, Viewer("t"), T, "ha"), as_of=day
    )
    assert 0 < len(known.figures.figures) < len(everything.figures.figures)
    mine = known.figures.figures.index
    pd.testing.assert_frame_equal(known.figures.figures, everything.figures.figures.loc[mine])
