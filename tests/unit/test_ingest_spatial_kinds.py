"""Land survey, zone boundaries and overlays come in by the same door as parcels."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pytest
import shapely

from domain import schema
from geo.errors import GanyuanError
from ingest import Inspection, deliver
from scripts.build_samples import shapefile_zip
from store import Store, Viewer
from tests import upload_world
from views.publishing import publish

EAST, NORTH = 39_391_000.0, 3_158_500.0


def in_zone_39(data: bytes, **choices: object) -> Inspection:
    return upload_world.look(data, **{"crs_epsg": 4527, **choices})


def layer(**fields: list[object]) -> gpd.GeoDataFrame:
    n = len(next(iter(fields.values())))
    boxes = [
        shapely.box(EAST + 200 * i, NORTH, EAST + 200 * i + 100, NORTH + 100) for i in range(n)
    ]
    return gpd.GeoDataFrame(fields, geometry=boxes, crs=4527)


LAYERS = {
    "land_use": layer(
        BSM=["1", "2"],
        DLBM=["0601", "05H1"],
        DLMC=["工业用地", "商业服务业设施用地"],
        TBMJ=[9997.3, 9997.3],
        ZLDWDM=["3601210000000000000"] * 2,
        QSDWDM=["3601210000000000000"] * 2,
    ),
    "zones": layer(KFQDM=["G361"], KFQMC=["示例经开区"], PZMJ=[9997.3]),
    "overlay": layer(BSM=["1"], LB=["生态保护红线"]),
}


@pytest.mark.parametrize("kind", LAYERS)
def test_every_kind_reaches_its_dataset(kind: str, tmp_path: Path):
    data = shapefile_zip(LAYERS[kind], stem="a")
    found = in_zone_39(data, **({"kind": kind} if kind == "overlay" else {}))
    assert (found.status, found.report.kind) == ("accepted", kind)
    frame = found.rows()
    assert frame["county_adcode"].tolist() == ["360121"] * len(frame)
    assert frame["area_planar_m2"].tolist() == pytest.approx([10_000.0] * len(frame))
    assert set(schema.computed(found.report.kind)) <= set(frame.columns)
    ann = Viewer("李工")
    version = publish(Store(tmp_path), deliver([found]), "x", viewer=ann, reason="r").version
    assert version is not None
    assert (version.kind, version.rows) == (kind, len(frame))
    assert version.passport["kind"] == kind


def test_survey_classes_are_told_by_their_standard():
    found = in_zone_39(shapefile_zip(LAYERS["land_use"], stem="a"))
    assert found.report.class_standard == "三调工作分类"
    assert sorted(found.rows()["analysis_class"]) == ["commercial", "industrial"]


def test_files_of_several_kinds_are_not_put_together():
    found = [in_zone_39(shapefile_zip(LAYERS[k], stem="a")) for k in ("land_use", "zones")]
    with pytest.raises(GanyuanError) as error:
        deliver(found)
    assert error.value.values["issue"] == "ING-003"


def test_a_chosen_kind_goes_before_the_fields():
    found = in_zone_39(
        shapefile_zip(LAYERS["zones"], stem="a"), kind="overlay", fields={"feature_id": "KFQDM"}
    )
    assert found.report.kind == "overlay"
    assert found.rows()["feature_id"].tolist() == ["G361"]
    assert (
        found.report.fingerprint
        != in_zone_39(shapefile_zip(LAYERS["zones"], stem="a")).report.fingerprint
    )


@pytest.mark.parametrize(("chosen", "factor"), [(None, 10_000.0), ("mu", 2000.0 / 3.0)])
def test_every_area_of_a_parcel_is_read_in_the_unit_of_the_stated_one(chosen, factor: float):
    fields = layer(DKBH=["1"], 供应面积=[1.0], 已动工面积=[0.5])
    found = in_zone_39(shapefile_zip(fields, stem="a"), area_unit=chosen)
    frame = found.rows()
    assert frame["area_stated_m2"].tolist() == pytest.approx([factor])
    assert frame["dev_area_m2"].tolist() == pytest.approx([0.5 * factor])


def test_an_area_in_no_known_unit_is_left_out_and_asked_for():
    fields = layer(DKBH=["1"], 供应面积=[123.0])
    found = in_zone_39(shapefile_zip(fields, stem="a"))
    assert found.rows()["area_stated_m2"].isna().all()
    assert "VAL-004" in {issue.code for issue in found.issues}
