"""A scenario names the road network that it rests on, and is outdated when that changes."""

from __future__ import annotations

import geopandas as gpd
import pytest
import shapely

from domain.i18n import translator
from export.scenario_basis import basis_now, changes_of
from export.scenario_words import Words
from store import Store, Viewer
from tests.scenario_world import PAIR, PLACE, made

WHO = Viewer("t")
NAME = "国省道"


def lines(shift=0.0):
    row = shapely.LineString([(115.0, 26.0), (115.0, 26.1 + shift)])
    return gpd.GeoDataFrame(geometry=[row], crs=4490)


def put(store, rows, **more):
    facts = {"prefectures": [PLACE], "viewer": WHO, "reason": "t"}
    return store.put_network(NAME, rows, **facts | more)


@pytest.fixture
def store(tmp_path):
    made_here = Store(tmp_path)
    put(made_here, lines())
    return made_here


def scenario(store, *, demonstration=False, **choices):
    found = basis_now(
        store, WHO, place=PLACE, across=False, demonstration=demonstration, roads=NAME
    )
    whole = made(basis=found)
    chosen = whole.choices.model_copy(update={"roads": NAME, **choices})
    return whole.model_copy(update={"choices": chosen})


def told(store, one):
    rows = changes_of(store, WHO, one)
    return list(rows[["name", "change", "old", "new"]].itertuples(index=False, name=None))


def test_the_network_stands_among_what_a_scenario_rests_on(store):
    kept = scenario(store)
    (basis,) = [one for one in kept.basis if one.name.startswith("roads:")]
    assert (basis.version, basis.digest) == (f"{NAME}@1", store.networks(WHO)[0].digest)
    assert told(store, kept) == []
    for language in ("zh_CN", "en"):
        words = Words(kept, translator(language))
        assert NAME in words.basis(basis)
        assert any(NAME in line for line in words.conditions())


def test_other_lines_or_none_make_it_outdated_and_the_same_lines_do_not(store):
    kept = scenario(store)
    put(store, lines(), number=1)
    assert told(store, kept) == []
    put(store, lines(0.1), number=2)
    assert told(store, kept) == [(f"roads:{NAME}", "changed", f"{NAME}@1", f"{NAME}@3")]
    store.withdraw_network(NAME, viewer=WHO, reason="t", number=3)
    assert told(store, kept) == [(f"roads:{NAME}", "gone", f"{NAME}@1", "")]
    store.restore_network(NAME, 1, viewer=WHO, reason="t", number=4)
    assert told(store, kept) == []


@pytest.mark.parametrize(("counted", "named"), [(True, 1), (False, 0)])
def test_a_made_up_network_counts_with_made_up_figures_only(tmp_path, counted, named):
    store = Store(tmp_path / "other")
    put(store, lines(), demonstration=True)
    kept = scenario(store, demonstration=counted)
    assert sum(one.name.startswith("roads:") for one in kept.basis) == named


def test_hosts_stand_in_the_words_with_their_reasons(store):
    kept = scenario(
        store,
        barred_hosts=(PAIR[0],),
        admitted_hosts=(PAIR[1],),
        host_reasons={PAIR[0]: "<b>督察*"},
    )
    zh, en = (Words(kept, translator(language)).conditions() for language in ("zh_CN", "en"))
    assert any("不作主体" in line and "督察" in line for line in zh)
    assert any("准予作主体" in line and "未说明理由" in line for line in zh)
    assert any("no reason given" in line for line in en)
