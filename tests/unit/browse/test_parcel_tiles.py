"""Tiles of the browse map against the rows of the store: nothing missing, nothing twice."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pandas as pd
import pytest

from analytics.idle.status import STATUSES
from domain.land_classes import GROUPS
from layers.web import PARCEL_ZOOM
from store import Store
from tests.browse_world import (
    EVERYBODY,
    SOUTH,
    Browser,
    committed,
    judged,
    parcels_of,
    square,
    tile_of,
    tiles_of,
)
from tests.store_world import GANZHOU

OVERVIEWS = range(3, PARCEL_ZOOM)
WHOLE = 7
"""Up to this zoom every tile of the box of all parcels is asked for."""
CLASSES = {"status": STATUSES, "group": GROUPS}
FILTER = {"status": "suspected_a1,completed", "area_from": "1040", "dated": "signed_on",
          "date_to": "2024-03-01"}  # fmt: skip


@pytest.fixture(scope="module")
def rows(root, version):
    return judged(Store(root), version)


def filtered(rows):
    """The rows of :data:`FILTER`, in pandas."""
    return rows[
        rows["status"].isin(["suspected_a1", "completed"])
        & (rows["area_ellipsoidal_m2"] >= 1040)
        & (rows["signed_on"] <= "2024-03-01")
    ]


def in_ganzhou(rows):
    return rows[rows["prefecture_adcode"] == GANZHOU]


WORLDS = {
    "everything": (EVERYBODY, {}, lambda rows: rows),
    "a filter": (EVERYBODY, FILTER, filtered),
    "a viewer of one prefecture": (SOUTH, {}, in_ganzhou),
    "both": (SOUTH, FILTER, lambda rows: in_ganzhou(filtered(rows))),
}


def cells_at(browser, zoom, rows, query):
    """The properties of all cells of a zoom, from every tile that can hold something."""
    boxes = [rows.total_bounds] if zoom <= WHOLE else rows.bounds.to_numpy()
    found = {}
    for x, y in sorted({place for box in boxes for place in tiles_of(zoom, box)}):
        layers = browser.tile(zoom, x, y, **query)
        assert set(layers) <= {"cells"}
        for feature in layers["cells"].features if layers else []:
            assert feature.id not in found, "a cell is in two tiles"
            found[feature.id] = feature.properties
    return list(found.values())


def by_class(cells):
    """Counts and areas of all cells by the number of the class."""
    count, area = Counter(), Counter()
    for cell in cells:
        for part in cell["by"].split(";"):
            number, n, m2 = part.split(":")
            count[int(number)] += int(n)
            area[int(number)] += int(m2)
    return count, area


@pytest.mark.parametrize("world", WORLDS)
@pytest.mark.parametrize(
    ("zoom", "coloured"), [*((z, "status") for z in OVERVIEWS), (4, "group"), (10, "group")]
)
def test_every_overview_adds_up_to_the_rows(root, version, rows, world, zoom, coloured):
    viewer, query, chosen = WORLDS[world]
    expected = chosen(rows)
    assert 0 < len(expected) <= len(rows)
    browser = Browser(root, version, viewer)
    cells = cells_at(browser, zoom, rows, {**query, "colour": coloured})
    assert sum(cell["n"] for cell in cells) == len(expected)
    total = expected["area_ellipsoidal_m2"].sum()
    assert sum(cell["a"] for cell in cells) == pytest.approx(total, abs=len(cells))
    count, area = by_class(cells)
    names = CLASSES[coloured]
    assert count == Counter(names.index(key) for key in expected[coloured])
    for number, m2 in area.items():
        own = expected.loc[expected[coloured] == names[number], "area_ellipsoidal_m2"].sum()
        assert m2 == pytest.approx(own, abs=len(cells))


def test_cells_say_what_is_most_in_them(root, version, rows):
    browser = Browser(root, version)
    for cell in cells_at(browser, 8, rows, {}):
        parts = [list(map(int, part.split(":"))) for part in cell["by"].split(";")]
        assert sum(n for _, n, _ in parts) == cell["n"]
        assert abs(sum(m2 for _, _, m2 in parts) - cell["a"]) <= len(parts)
        largest = max(m2 for _, _, m2 in parts)
        assert cell["m"] in {number for number, _, m2 in parts if m2 >= largest - 1}
        assert 0 <= cell["b"] < 5


@pytest.mark.parametrize("zoom", [PARCEL_ZOOM, 13])
@pytest.mark.parametrize(
    ("viewer", "chosen"), [(EVERYBODY, lambda rows: rows), (SOUTH, in_ganzhou)]
)
def test_every_parcel_is_in_each_tile_that_it_meets(root, version, rows, viewer, chosen, zoom):
    browser = Browser(root, version, viewer)
    mine = chosen(rows)
    wanted: dict[tuple[int, int], set[int]] = {}
    for row, bounds in mine.bounds.iterrows():
        for place in tiles_of(zoom, bounds):
            wanted.setdefault(place, set()).add(row)
    found = set()
    for (x, y), there in wanted.items():
        layers = browser.tile(zoom, x, y)
        ids = [feature.id for layer in layers.values() for feature in layer.features]
        assert len(ids) == len(set(ids))
        assert there <= set(ids)
        assert set(ids) <= set(mine.index), "a parcel of somebody else"
        found |= set(ids)
    assert found == set(mine.index)


@pytest.mark.parametrize("zoom", [14, 18])
def test_layers_hold_their_class_and_attributes_what_the_store_says(root, version, rows, zoom):
    browser = Browser(root, version)
    codes = browser.get("codes").json
    texts = {key: dict(zip(codes[name].values(), codes[name], strict=True)) for key, name in
             {"s": "status", "g": "group", "p": "prefecture", "k": "county", "z": "zone"}.items()
             }  # fmt: skip
    columns = {"s": "status", "g": "group", "p": "prefecture_adcode", "k": "county_adcode",
               "z": "zone_id"}  # fmt: skip
    for row, parcel in rows.iloc[::7].iterrows():
        middle = parcel.geometry.centroid
        layers = browser.tile(zoom, *tile_of(zoom, middle.x, middle.y))
        (name, feature), = [(name, feature) for name, layer in layers.items()
                            for feature in layer.features if feature.id == row]  # fmt: skip
        assert name == f"c{STATUSES.index(parcel['status'])}"
        for key, column in columns.items():
            missing = pd.isna(parcel[column])
            assert (key not in feature.properties) is missing
            if not missing:
                assert texts[key][feature.properties[key]] == parcel[column]
        for key, column in {"da": "approved_on", "ds": "signed_on"}.items():
            missing = pd.isna(parcel[column])
            assert (key not in feature.properties) is missing
            if not missing:
                days = np.datetime64(parcel[column], "D").astype(int)
                assert feature.properties[key] == days
        assert feature.properties["a"] == np.rint(parcel["area_ellipsoidal_m2"] * 100)
        assert set(feature.properties) <= {*columns, "da", "ds", "a"}


def test_the_other_colouring_makes_other_layers(root, version, rows):
    browser = Browser(root, version)
    parcel = rows.iloc[5]
    place = tile_of(14, *parcel.geometry.centroid.coords[0])
    layers = browser.tile(14, *place, colour="group")
    number = GROUPS.index(parcel["group"])
    assert 5 in {feature.id for feature in layers[f"c{number}"].features}


@pytest.mark.parametrize("text", ["p", ""])
def test_tiles_of_parcels_leave_filters_but_texts_to_the_browser(tmp_path, text):
    """Whatever was asked before: a text narrows the tile, a status does not."""
    frame = parcels_of(
        [square(115.8, 28.6), square(115.802, 28.6)],
        finished_on=[None, "2020-01-01"],
        signed_on="2019-01-01",
        start_due="2019-06-01",
    )
    browser = Browser(tmp_path, committed(tmp_path, frame))
    place = (14, *tile_of(14, 115.801, 28.6005))

    def ids(**query):
        layers = browser.tile(*place, **query)
        return sorted(f.id for layer in layers.values() for f in layer.features)

    assert ids(q=text, status="completed") == [0, 1]
    assert ids(q=text) == [0, 1]
    assert len(ids(q="P0")) == 1
    assert ids(q="nobody") == []


def test_a_tile_without_parcels_is_an_empty_tile(root, version):
    browser = Browser(root, version)
    assert browser.tile(14, 0, 0) == {}
    assert browser.tile(3, 0, 0) == {}
