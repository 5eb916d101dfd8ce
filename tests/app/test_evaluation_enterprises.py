"""Enterprises on the evaluation page: list, filters, one opened to its rows, sums beside zones."""

from __future__ import annotations

import pandas as pd
import pytest

from domain.i18n import translator
from store import Viewer
from tests.app.test_evaluation_page import frame, run, sound, text

T = translator("zh_CN")
ZONE, OTHER = "jx-nanchang-etdz", "jx-ganzhou-etdz"
GOOD, SECOND, THIRD = "91350100M000100Y43", "914403001922038216", "91110000802100433B"
HOSTILE = "<b>甲</b>$x$ [链](http://a) `=1+1`"
FIGURES = {
    "certified_m2": 1e4, "tax_wan": 300.0, "industrial_value_added_wan": 900.0,
    "energy_tce": 100.0, "emission_eq": 10.0, "started_on": pd.Timestamp("2010-01-01"),
    "safety_open": False, "environment_open": False,
}  # fmt: skip


def firms(store, *rows, **options):
    frame = pd.DataFrame([FIGURES | row for row in rows])
    frame["record_id"] = frame["credit_code"] + "/" + frame["year"].astype(int).astype(str)
    store.put_ledger("enterprises", frame, viewer=Viewer("t"), reason="t", **options)


@pytest.fixture
def entered(empty_store):
    """A good one, one of another prefecture without energy, a tenant whose plant is torn."""
    firms(
        empty_store,
        {"credit_code": GOOD, "name": HOSTILE, "year": 2025.0, "zone_id": ZONE},
        {"credit_code": SECOND, "name": "示范乙", "year": 2025.0, "zone_id": OTHER,
         "energy_tce": None, "safety_open": True},
        {"credit_code": THIRD, "name": "示范丙", "year": 2025.0, "zone_id": ZONE,
         "plant_id": "P", "plant_land_m2": 5e4, "certified_m2": None},
        {"credit_code": GOOD, "name": "旧名", "year": 2024.0, "zone_id": ZONE, "tax_wan": 7.0},
    )  # fmt: skip
    zone = pd.DataFrame([{"zone_id": ZONE, "year": 2025.0, "built_industrial_m2": 5e3}])
    zone["record_id"] = f"{ZONE}/2025"
    empty_store.put_ledger("indicators", zone, viewer=Viewer("t"), reason="t")
    return empty_store


def page(store, language="zh_CN", **query):
    asked = {"evaluation_part": "permu", "evaluation_per": "enterprises"} | query
    return sound(run(store, language, **asked))


def names(app):
    head = T("enterprises.name")
    return list(frame(app, head)[head])


@pytest.mark.parametrize("language", ["zh_CN", "en"])
@pytest.mark.parametrize("view", ["list", "zones"])
def test_both_views_stand_on_the_demonstration_and_are_marked(demo_root, language, view):
    app = page(demo_root, language, evaluation_firm_view=view)
    t = translator(language)
    assert t("frame.demonstration") in text(app)
    table = frame(app, t("evaluation.col.zone"))
    assert len(table) > (500 if view == "list" else 30)


def test_real_rows_are_listed_with_reasons_and_without_a_mark(entered):
    app = page(entered.root)
    assert T("frame.demonstration") not in text(app)
    table = frame(app, T("enterprises.name")).set_index(T("enterprises.credit_code"))
    assert len(table) == 3
    good = table.loc[GOOD]
    # 300 wan on 1 ha are 20 wan a mu, half of the benchmark of twice the mean.
    assert good[[T("evaluation.col.rank"), T("evaluation.col.class")]].tolist() == [1, "D"]
    assert good["亩均税收（万元/亩）"] == pytest.approx(20.0)
    assert good[T("evaluation.col.score")] == pytest.approx(50.0)
    second, third = table.loc[SECOND], table.loc[THIRD]
    for row in (second, third):
        assert row[T("evaluation.col.not_ranked")] == T("evaluation.reason.missing")
    assert second[T("evaluation.col.vetoes")] == "安全生产问题未办结"


def figures(app):
    """Key figures at the top of the page, each as one text."""
    return next(h for h in (b.proto.body for b in app.get("html")) if "gy-figure" in h)


def test_the_figures_above_speak_of_what_is_chosen(entered):
    above = figures(page(entered.root))
    assert T("enterprises.figure.on_record", year=2025) in above
    assert T("enterprises.figure.on_record_note", n=2) in above
    # 300 wan on each of two hectares of 15 mu; the third has no land.
    assert T("enterprises.figure.tax_note", n=2) in above
    assert ">20<small>" in above
    assert T("enterprises.figure.land_note", n=1, torn=1) in above
    assert T("evaluation.figure.identity") not in above
    zones = figures(page(entered.root, evaluation_per="zones"))
    assert T("evaluation.figure.identity") in zones
    assert T("enterprises.figure.land") not in zones


def test_the_figures_above_follow_the_choice_of_the_scheme(entered):
    ours, sourced = "默认", "已查原文"
    assert T("enterprises.figure.score_note", status=ours) in figures(page(entered.root))
    other = figures(page(entered.root, evaluation_firm_scheme="huaian-2024"))
    assert T("enterprises.figure.score_note", status=sourced) in other


@pytest.mark.parametrize(("language", "told"), [("zh_CN", "本系统默认"), ("en", "of this product")])
def test_the_source_of_the_scheme_is_told_in_the_language_of_the_page(entered, language, told):
    said = text(page(entered.root, language))
    assert "赣府字〔2019〕17号" in said
    assert told in said
    assert (language == "en") != ("（四项指标）" in said)


def test_filters_choose_what_is_listed(entered):
    assert names(page(entered.root, evaluation_search="m000100")) == [HOSTILE]
    assert names(page(entered.root, evaluation_search="示范乙")) == ["示范乙"]
    assert names(page(entered.root, evaluation_zone=OTHER)) == ["示范乙"]
    assert names(page(entered.root, evaluation_class="D")) == [HOSTILE]
    assert len(names(page(entered.root, evaluation_class="not_ranked"))) == 2
    assert names(page(entered.root, prefecture="360700")) == ["示范乙"]
    app = page(entered.root, evaluation_search="没有")
    assert T("evaluation.none_left") in text(app)


def test_one_opens_to_terms_land_and_every_year(entered):
    app = page(entered.root, evaluation_firm=f"{GOOD}/2025")
    terms = frame(app, T("evaluation.chain.benchmark"))
    assert terms[T("evaluation.chain.points")].sum() == pytest.approx(50.0)
    assert terms[T("evaluation.chain.below")].iloc[0] == "用地面积 1.00 公顷"
    rows = frame(app, "2024").set_index(T("evaluation.data.figure"))
    assert rows.loc["实缴税收", ["2025", "2024"]].tolist() == ["300 万元", "7 万元"]
    assert rows.loc["企业名称", "2024"] == "旧名"
    assert rows.loc[T("evaluation.data.record"), "2025"] == f"{GOOD}/2025"
    said = text(app)
    assert T("enterprises.land_lacks", names="已批未办证用地面积；租用土地面积") in said
    assert HOSTILE not in said
    assert "<b>" not in said.replace("\\<b\\>", "")


def test_a_torn_plant_and_what_is_missing_are_told(entered):
    app = page(entered.root, evaluation_firm=f"{THIRD}/2025")
    assert T("enterprises.plant_incomplete") in text(app)
    assert "用地面积" in text(app)
    other = text(page(entered.root, evaluation_firm=f"{SECOND}/2025"))
    assert "综合能耗" in other
    assert T("enterprises.plant_incomplete") not in other


def test_sums_stand_beside_the_zone(entered):
    app = page(entered.root, evaluation_firm_view="zones")
    head = T("evaluation.col.zone")
    row = frame(app, head).set_index(head).loc["南昌经济技术开发区"]
    assert row[T("enterprises.on_record")] == 2
    assert row[T("enterprises.share_land_m2")] == pytest.approx(200.0)
    told = row[T("enterprises.told")]
    assert told == "企业用地合计大于开发区；1 家缺用地"


def test_only_what_the_viewer_may_see_is_listed(entered, monkeypatch):
    monkeypatch.setattr(
        "tests.app.test_evaluation_page.SCRIPT",
        run.__globals__["SCRIPT"].replace(
            'Viewer("t")', 'Viewer("t", prefectures=frozenset({{"360700"}}))'
        ),
    )
    assert names(page(entered.root)) == ["示范乙"]


def test_made_up_rows_do_not_mix_with_real_ones(entered):
    firms(
        entered,
        {"credit_code": "91000000DEM00001NB", "name": "示范", "year": 2025.0, "zone_id": OTHER},
        demonstration=True,
    )
    assert len(names(page(entered.root))) == 3


def test_made_up_enterprises_beside_real_zones_are_marked_above_their_figures(empty_store):
    rows = pd.DataFrame([{"zone_id": ZONE, "year": 2025.0, "tax_wan": 5.0}])
    rows["record_id"] = f"{ZONE}/2025"
    empty_store.put_ledger("indicators", rows, viewer=Viewer("t"), reason="t")
    firms(
        empty_store,
        {"credit_code": "91000000DEM00001NB", "name": "示范", "year": 2025.0, "zone_id": ZONE},
        demonstration=True,
    )
    bodies = [block.proto.body for block in page(empty_store.root).get("html")]
    mark = next(n for n, body in enumerate(bodies) if T("frame.demonstration") in body)
    assert mark < next(n for n, body in enumerate(bodies) if "gy-figure" in body)
    zones = page(empty_store.root, evaluation_per="zones")
    assert T("frame.demonstration") not in text(zones)


@pytest.mark.parametrize("year", ["2023", "2025"])
def test_without_enterprises_of_the_year_there_is_a_door_to_the_template(empty_store, year):
    firms(empty_store, {"credit_code": GOOD, "name": "甲", "year": 2024.0, "zone_id": ZONE})
    rows = pd.DataFrame([{"zone_id": ZONE, "year": float(year), "tax_wan": 5.0}])
    rows["record_id"] = f"{ZONE}/{year}"
    empty_store.put_ledger("indicators", rows, viewer=Viewer("t"), reason="t")
    app = page(empty_store.root, evaluation_year=year)
    said = text(app)
    assert T("enterprises.empty_next") in said
    assert "2024" in said
    assert T("enterprises.empty", year=year, place="江西省") in said


def test_enterprises_alone_are_enough(empty_store):
    firms(empty_store, {"credit_code": GOOD, "name": "甲", "year": 2024.0, "zone_id": ZONE})
    app = page(empty_store.root)
    assert names(app) == ["甲"]
    assert T("enterprises.figure.on_record", year=2024) in figures(app)
    assert T("evaluation.empty_next") in text(sound(run(empty_store.root)))
