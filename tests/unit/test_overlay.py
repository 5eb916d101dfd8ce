"""Areas by class and unit: known squares, conservation, and a second engine."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from shapely import Polygon, box

from geo.area import ellipsoidal_area_m2
from geo.errors import MissingCRSError, NotGeographicError
from geo.overlay import OverlayError, area_by_class

E0, N0 = 115.0, 28.0


def layer(shapes, **columns):
    return gpd.GeoDataFrame(columns, geometry=list(shapes), crs=4490)


def cell(x, y, w=0.01, h=0.01):
    return box(E0 + x, N0 + y, E0 + x + w, N0 + y + h)


def test_inside_cut_and_outside():
    land = layer([cell(0.01, 0.01), cell(0.045, 0.01), cell(0.2, 0)], use=["a", "b", "b"])
    unit = layer([cell(0, 0, 0.05, 0.05)])
    areas = ellipsoidal_area_m2(land)
    out = area_by_class(land, unit, class_column="use")
    assert out.table.loc[0, "a"] == pytest.approx(areas[0], rel=1e-12)
    assert out.table.loc[0, "b"] == pytest.approx(areas[1] / 2, rel=1e-6)
    assert out.outside["b"] == pytest.approx(areas[1] / 2 + areas[2], rel=1e-6)
    assert out.repeated.sum() == 0
    assert out.counts.loc[0].to_dict() == {"a": 1, "b": 1}
    assert out.outside_counts.to_dict() == {"a": 0, "b": 2}


def test_stored_areas_are_shared_out_by_the_cut():
    land = layer([cell(0.045, 0.01)], use=["b"], stated=[1000.0])
    unit = layer([cell(0, 0, 0.05, 0.05)])
    out = area_by_class(land, unit, class_column="use", area_column="stated")
    assert out.table.loc[0, "b"] == pytest.approx(500.0, rel=1e-6)
    assert out.outside["b"] == pytest.approx(500.0, rel=1e-6)


def test_overlapping_units_count_twice_and_say_so():
    land = layer([cell(0.01, 0.01)], use=["a"], stated=[100.0])
    unit = layer([cell(0, 0, 0.05, 0.05), cell(0, 0, 0.06, 0.06)])
    out = area_by_class(land, unit, class_column="use", area_column="stated")
    assert out.table["a"].tolist() == [100.0, 100.0]
    assert (out.repeated["a"], out.outside["a"]) == (100.0, 0.0)


def test_a_parcel_equal_to_the_unit_and_one_that_only_touches():
    land = layer([cell(0, 0), cell(0.01, 0)], use=["a", "b"], stated=[100.0, 100.0])
    out = area_by_class(land, layer([cell(0, 0)]), class_column="use", area_column="stated")
    assert out.table.loc[0].tolist() == pytest.approx([100.0, 0.0])
    assert out.outside.tolist() == pytest.approx([0.0, 100.0], abs=1e-9)


def test_a_cut_that_leaves_a_line_and_a_polygon():
    step = Polygon([(0, 0), (2, 0), (2, 1), (1, 1), (1, 2), (0, 2)])
    land = layer([shapely.affinity.translate(step, E0, N0)], use=["a"], stated=[3.0])
    unit = layer(
        [box(E0 - 1, N0 + 1, E0 + 3, N0 + 5)]
    )  # meets a square and, along one edge, a line
    assert shapely.intersection(land.geometry[0], unit.geometry[0]).geom_type != "Polygon"
    out = area_by_class(land, unit, class_column="use", area_column="stated")
    assert out.table.loc[0, "a"] == pytest.approx(1.0, rel=0.02)


def random_layers(seed, n=400):
    rng = np.random.default_rng(seed)
    xy = rng.uniform(0, 0.5, (n, 2))
    r = rng.uniform(0.002, 0.01, n)
    angles = np.linspace(0, 2 * np.pi, 8, endpoint=False)
    shapes = [
        Polygon(np.c_[E0 + x + q * np.cos(angles), N0 + y + q * np.sin(angles)])
        for (x, y), q in zip(xy, r, strict=True)
    ]
    land = layer(shapes, use=rng.choice(["a", "b", "c"], n))
    units = layer([cell(x, y, 0.1, 0.1) for x in (0, 0.1, 0.2, 0.3) for y in (0, 0.1, 0.2, 0.3)])
    return land, units.assign(unit=np.arange(16))


def test_totals_are_kept_and_geopandas_agrees():
    land, units = random_layers(5)
    out = area_by_class(land, units, class_column="use")
    total = ellipsoidal_area_m2(land).groupby(land["use"]).sum()
    kept = out.table.sum() + out.outside - out.repeated
    assert kept.to_numpy() == pytest.approx(total.to_numpy(), rel=1e-9)
    pieces = gpd.overlay(land, units, how="intersection")
    pieces["m2"] = ellipsoidal_area_m2(pieces)
    second = pieces.pivot_table(index="unit", columns="use", values="m2", aggfunc="sum")
    pd.testing.assert_frame_equal(
        out.table, second, rtol=1e-6, check_names=False, check_index_type=False
    )


def test_labels_of_units_are_kept_and_empty_layers_work():
    land, units = random_layers(6, 10)
    units.index = [f"u{i}" for i in range(16)]
    out = area_by_class(land, units, class_column="use")
    assert out.table.index.equals(units.index)
    assert area_by_class(land.iloc[:0], units, class_column="use").table.shape == (16, 0)
    nowhere = area_by_class(land, units.iloc[:0], class_column="use")
    assert nowhere.outside.sum() == pytest.approx(ellipsoidal_area_m2(land).sum())


def test_bad_layers_are_refused():
    land, units = random_layers(7, 5)
    with pytest.raises(NotGeographicError):
        area_by_class(land.to_crs(4527), units, class_column="use")
    with pytest.raises(OverlayError, match="OVL-001"):
        area_by_class(land.set_crs(4326, allow_override=True), units, class_column="use")
    bow = Polygon([(E0, N0), (E0 + 1, N0 + 1), (E0 + 1, N0), (E0, N0 + 1)])
    with pytest.raises(OverlayError) as caught:
        area_by_class(layer([cell(0, 0), bow], use=["a", "b"]), units, class_column="use")
    assert caught.value.rows == (1,)
    with pytest.raises(OverlayError) as caught:
        area_by_class(land, layer([cell(0, 0), bow]).rename(index={1: "z"}), class_column="use")
    assert caught.value.rows == ("z",)
    with pytest.raises(OverlayError, match="use") as caught:
        area_by_class(land.assign(use=["a", None, "b", None, "a"]), units, class_column="use")
    assert caught.value.rows == (1, 3)
    for pair in ((land.set_crs(None, allow_override=True), units),
                 (land, units.set_crs(None, allow_override=True))):  # fmt: skip
        with pytest.raises(MissingCRSError):
            area_by_class(*pair, class_column="use")
