"""Places of markers, graduated classes, and the layers of zones and clusters."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from domain import boundaries, reference
from domain.i18n import translator
from layers.catalogue import base
from layers.catalogue.zones import (
    GLYPH,
    ZONE_CLASS,
    clusters,
    placed,
    zone_classes,
    zone_footprints,
    zones,
)
from layers.fan import GAP_PX, SAME_PLACE_DEG, fan_out
from layers.graduated import MISSING_CLASS, class_limits, graduated
from layers.palette import RAMP

# ---- fan-out


def fan(lon, lat=None, size=10.0):
    lon = np.array(lon, dtype=float)
    lat = np.full(len(lon), 28.0) if lat is None else np.array(lat, dtype=float)
    return fan_out(lon, lat, np.full(len(lon), size))


def test_a_point_alone_stays_where_it_is():
    assert fan([115.0, 115.5]).tolist() == [[0.0, 0.0], [0.0, 0.0]]
    assert fan([]).shape == (0, 2)


def test_two_at_one_place_stand_one_above_the_other():
    # Radius of two on a ring: half the distance, (10 + gap) / 2.
    half = (10 + GAP_PX) / 2
    up, down = fan([115.0, 115.0])
    assert up == pytest.approx([0, -half], abs=0.06)
    assert down == pytest.approx([0, half], abs=0.06)


@pytest.mark.parametrize("n", [2, 3, 5, 12])
def test_no_marker_hides_another(n):
    at = fan([115.0] * n, size=14.0)
    gaps = np.hypot(*(at[:, None, :] - at[None, :, :]).transpose(2, 0, 1))
    assert gaps[~np.eye(n, dtype=bool)].min() >= 14.0
    assert np.hypot(*at.T).std() < 0.1


def test_the_widest_marker_of_a_place_rules_its_ring():
    at = fan_out(np.array([115.0] * 3), np.array([28.0] * 3), np.array([8.0, 20.0, 8.0]))
    assert np.hypot(*(at[0] - at[1])) >= 20.0


def test_places_are_told_apart_at_the_stated_distance():
    assert (fan([115.0, 115.0 + 0.3 * SAME_PLACE_DEG]) != 0).any()
    assert (fan([115.0, 115.0 + 3 * SAME_PLACE_DEG]) == 0).all()


def test_the_order_of_other_places_changes_nothing():
    mixed = fan([115.0, 116.0, 115.0, 117.0])
    assert mixed[[0, 2]].tolist() == fan([115.0, 115.0]).tolist()
    assert (mixed[[1, 3]] == 0).all()


# ---- graduated


def test_quantiles_put_equally_many_in_each_class():
    spec, classes = graduated("g", "t", "v", pd.Series(np.arange(10.0)), n=5)
    assert classes.value_counts().tolist() == [2] * 5
    assert [c.symbol.fill for c in spec.classes[:5]] == [RAMP[i] for i in (0, 1, 2, 4, 5)]


@pytest.mark.parametrize(("value", "key"), [(9.999, "c0"), (10.0, "c1"), (20.0, "c1")])
def test_a_limit_belongs_to_the_class_above_it_but_the_last_to_its_own(value, key):
    numbers = pd.Series([0.0, value, 20.0])
    _, classes = graduated("g", "t", "v", numbers, n=2, breaks="pretty")
    assert classes[1] == key


def test_pretty_limits_are_round_and_span_the_values():
    limits = class_limits(np.array([3.0, 47.0]), n=5, breaks="pretty")
    assert limits.tolist() == [0.0, 10.0, 20.0, 30.0, 40.0, 50.0]


def test_missing_values_are_a_class_of_their_own_with_a_dashed_edge():
    numbers = pd.Series([1.0, None, 3.0], index=[7, 8, 9])
    spec, classes = graduated("g", "t", "v", numbers)
    assert classes.index.tolist() == [7, 8, 9]
    assert classes[8] == MISSING_CLASS
    assert spec.classes[-1].key == MISSING_CLASS
    assert spec.classes[-1].symbol.dash


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        ([], []),
        ([None, None], [MISSING_CLASS] * 2),
        ([5.0, 5.0], ["c0", "c0"]),
        ([0.0, 0.0, 0.0, 0.0, 9.0], ["c0", "c0", "c0", "c0", "c1"]),
    ],
)
def test_few_distinct_values_make_few_classes(numbers, expected):
    _, classes = graduated("g", "t", "v", pd.Series(numbers, dtype="float64"))
    assert set(classes) == set(expected)
    assert len(classes) == len(expected)


def test_class_labels_are_written_as_the_page_asks():
    spec, _ = graduated("g", "t", "v", pd.Series([0.0, 1.0]), n=1, label_format="{:.1f} %".format)
    assert spec.classes[0].label == "0.0 % – 1.0 %"


def test_input_is_left_alone():
    numbers = pd.Series([1.0, 2.0])
    graduated("g", "t", "v", numbers)
    assert numbers.tolist() == [1.0, 2.0]


# ---- catalogue


def test_every_zone_has_a_class_by_level_kind_and_status():
    table = pd.DataFrame(
        {
            "level": ["national"] * 4 + ["provincial"] * 3,
            "kind": ["etdz", "htdz", "cbz", "other", "etdz", "htdz", "other"],
            "status": ["active"] * 5 + ["merged 2015", "managed_by:x"],
        }
    )
    assert zone_classes(table).tolist() == [
        "etdz",
        "htdz",
        "cbz",
        "new_area",
        "provincial",
        "former",
        "provincial",
    ]


def test_footprints_without_a_status_column_have_classes_too():
    table = pd.DataFrame({"level": ["national", "provincial"], "kind": ["etdz", "etdz"]})
    assert zone_classes(table).tolist() == ["etdz", "provincial"]


def test_the_reference_zones_are_drawn_or_listed_none_lost():
    table = reference.zones()
    table[ZONE_CLASS] = zone_classes(table)
    shown = placed(table)
    assert len(table) - len(shown) == 2
    legend = zones().bind(shown).legend
    assert sum(row.count for row in legend) == len(shown)


def test_every_cluster_has_a_glyph_of_its_own_sector():
    sectors = reference.table("sectors")
    spec = clusters(sectors)
    assert {c.symbol.glyph for c in spec.classes} >= set(GLYPH.values()) - {""}
    assert all(c.symbol.glyph for c in spec.classes)
    assert len({c.symbol.glyph for c in spec.classes}) == len(spec.classes)
    table = reference.clusters()
    assert sum(row.count for row in spec.bind(table).legend) == len(table)


def test_shape_and_colour_tell_the_kinds_of_zones_apart():
    symbols = [c.symbol for c in zones().classes]
    looks = {(s.shape, s.fill, s.stroke, s.dash) for s in symbols}
    assert len(looks) == len(symbols)
    assert len({s.shape for s in symbols[:3]}) == 3


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_titles_labels_and_sources_have_texts(language):
    t = translator(language)
    specs = [
        base.neighbour(),
        base.province(),
        base.prefecture(),
        base.county(labels=True),
        zones(),
        zone_footprints(),
        clusters(reference.table("sectors")),
    ]
    for spec in specs:
        keys = [spec.title, spec.source, *(f.label for f in spec.fields)]
        if spec.id != "clusters":
            keys += [c.label for c in spec.classes]
        assert [key for key in keys if key not in t] == []


@pytest.mark.parametrize(
    ("spec", "layer", "rows"),
    [
        (base.neighbour(), "neighbour", 6),
        (base.province(), "province", 1),
        (base.prefecture(), "prefecture", 11),
        (base.county(), "county", 100),
    ],
)
def test_boundaries_bind(spec, layer, rows):
    (row,) = spec.bind(boundaries.layer(layer)).legend
    assert row.count == rows
