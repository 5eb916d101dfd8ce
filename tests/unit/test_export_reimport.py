"""What leaves comes in again through the same door as any upload."""

from __future__ import annotations

import pytest
import shapely

from export import datasets
from ingest import Choices, inspect
from tests.export_world import ANN, COUNTIES, NANCHANG, options
from tests.store_world import parcels


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    from store import Store  # noqa: PLC0415

    made = Store(tmp_path_factory.mktemp("stock") / "store")
    frame = parcels(5, NANCHANG)
    frame["name"] = ["甲厂", "乙厂", "丙、丁厂", "戊厂", "己厂"]
    made.commit("land", frame, kind="parcels", viewer=ANN, reason="r")
    return made


@pytest.mark.parametrize(
    ("form", "chosen"),
    [
        ("gpkg", {}),
        ("shapefile", {"crs": 4527}),
        ("shapefile", {"crs": 4548, "encoding": "utf-8"}),
        ("boundary_points", {}),
        ("boundary_points", {"encoding": "utf-8", "line_end": "lf"}),
    ],
)
def test_an_exported_file_is_accepted_with_the_same_rows(store, tmp_path, form, chosen):
    how = options(**chosen)
    rows = datasets.of_version(store, store.version("land", ANN), ANN, how)
    done = datasets.write(rows, form, tmp_path, how)
    found = inspect(done.path, choices=Choices(kind="parcels", county_adcode=COUNTIES[NANCHANG]))
    assert found.status == "accepted", [(i.code, i.rows) for i in found.issues]
    back = found.rows().sort_values("parcel_id", ignore_index=True)
    wanted = store.read(store.version("land", ANN), ANN).sort_values("parcel_id", ignore_index=True)
    assert back["parcel_id"].tolist() == wanted["parcel_id"].tolist()
    assert back["name"].tolist() == wanted["name"].tolist()
    pairs = zip(back.geometry, wanted.geometry, strict=True)
    assert max(shapely.hausdorff_distance(a, b) for a, b in pairs) < 2e-8  # two millimetres
