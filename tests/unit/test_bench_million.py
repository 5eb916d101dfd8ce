"""A province copied for measurements: areas are shared out, every number is there once."""

from __future__ import annotations

import pandas as pd
import pytest
import shapely

from benchmarks.million import copied, parcels
from tests.land_world import parcels as squares

ROWS = pd.DataFrame(
    {
        "supply_no": ["S1", None],
        "supplied_m2": [6.0, 3.0],
        "price_wan": [12.0, None],
        "intensity_wan_ha": [5.0, 7.0],
        "holder": ["甲", "乙"],
    },
    index=[4, 2],
)


def test_every_copy_has_its_number_and_its_share():
    out = copied(ROWS, 3)
    assert out["supply_no"].dropna().tolist() == ["S100", "S101", "S102"]
    assert out["supplied_m2"].sum() == ROWS["supplied_m2"].sum()
    assert out["price_wan"].sum() == 12.0
    assert out["intensity_wan_ha"].tolist() == [5.0, 7.0] * 3
    assert out["holder"].tolist() == ["甲", "乙"] * 3


@pytest.mark.parametrize("copies", [1, 6, 7])
def test_copies_of_a_parcel_lie_apart_in_its_box_with_its_area(copies):
    rows = squares([{}, {}])
    out = parcels(rows, copies)
    assert len(out) == 2 * copies
    assert out["parcel_id"].is_unique
    shapes = out.geometry.to_numpy()[::2]
    assert shapely.union_all(shapes).area == pytest.approx(rows.geometry.iloc[0].area)
    assert all(rows.geometry.iloc[0].buffer(1e-9).covers(shape) for shape in shapes)
    assert shapely.area(shapes).sum() == pytest.approx(rows.geometry.iloc[0].area)
