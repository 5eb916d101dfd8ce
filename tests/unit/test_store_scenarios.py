"""Scenarios: every state is kept, and none is changed unseen."""

from __future__ import annotations

import pytest

from store import OutOfScopeError, ScenarioError, StaleVersionError, Viewer
from tests.store_world import GANZHOU, NANCHANG

ANN = Viewer("ann")
SOUTH = Viewer("south", frozenset({GANZHOU}))
KIND = "consolidation"


@pytest.fixture
def store(open_store):
    return open_store()


def put(store, name="甲方案", content=None, *, viewer=ANN, prefectures=(NANCHANG,), **more):
    content = {"pairs": ["a>b"]} if content is None else content
    facts = {"prefectures": prefectures, "viewer": viewer, "reason": "r"}
    return store.put_scenario(KIND, name, content, **facts | more)


def test_a_scenario_comes_back_as_it_was_saved(store):
    kept = put(store, demonstration=True)
    assert store.scenarios(KIND, ANN) == [kept]
    assert (kept.number, kept.name, kept.content) == (1, "甲方案", {"pairs": ["a>b"]})
    assert (kept.saved_by, kept.reason, kept.demonstration) == ("ann", "r", True)
    assert store.scenarios("another kind", ANN) == []
    act = store.audit(ANN).iloc[0]
    assert (act["action"], act["subject"]) == ("scenario", "consolidation:甲方案")
    assert (act["rows_before"], act["rows_after"]) == (0, 1)


def test_a_change_is_a_further_state(store):
    first = put(store)
    second = put(store, content={"pairs": []}, number=1)
    assert store.scenarios(KIND, ANN) == [second]
    assert store.scenario_history(KIND, "甲方案", ANN) == [second, first]


def test_nothing_is_written_over_unseen(store):
    put(store)
    with pytest.raises(ScenarioError) as refusal:
        put(store)
    assert refusal.value.code == "STO-020"
    put(store, number=1)
    with pytest.raises(StaleVersionError) as stale:
        put(store, number=1)
    assert stale.value.values["who"] == "ann"
    with pytest.raises(ScenarioError):
        put(store, name="乙方案", number=1)
    assert len(store.scenario_history(KIND, "甲方案", ANN)) == 2


def test_a_withdrawn_scenario_comes_back_by_its_last_state(store):
    put(store)
    gone = store.withdraw_scenario(KIND, "甲方案", viewer=ANN, reason="r", number=1)
    assert (gone.withdrawn, gone.content) == (True, {"pairs": ["a>b"]})
    assert store.scenarios(KIND, ANN) == []
    assert store.scenarios(KIND, ANN, include_withdrawn=True) == [gone]
    with pytest.raises(ScenarioError):
        store.withdraw_scenario(KIND, "甲方案", viewer=ANN, reason="r", number=2)
    back = put(store, number=2)
    assert store.scenarios(KIND, ANN) == [back]


@pytest.mark.parametrize("name", ["", "  ", "字" * 81, "a\nb"])
def test_a_name_that_does_not_serve_is_refused(store, name):
    with pytest.raises(ScenarioError):
        put(store, name=name)
    assert put(store, name=" 甲 ").name == "甲"
    assert put(store, name="字" * 80).number == 1


def test_a_scenario_is_of_all_its_prefectures(store):
    put(store, prefectures=(NANCHANG, GANZHOU))
    assert store.scenarios(KIND, SOUTH) == []
    assert store.scenario_history(KIND, "甲方案", SOUTH) == []
    with pytest.raises(OutOfScopeError):
        put(store, name="乙", viewer=SOUTH)
    # Nor may a state of one's own hide one that is not.
    with pytest.raises(OutOfScopeError):
        put(store, viewer=SOUTH, prefectures=(GANZHOU,), number=1)
    mine = put(store, name="丙", viewer=SOUTH, prefectures=(GANZHOU,))
    assert store.scenarios(KIND, SOUTH) == [mine]
