"""Build the sample uploads under ``data/samples``: made-up parcels, real habits of real files.

The functions are used by the tests too, which need the same habits in other combinations.
"""

from __future__ import annotations

import io
import tempfile
import warnings
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely import affinity

from scripts import sample_enterprises, sample_indicators
from scripts import sample_formats as formats

TARGET: Final = Path(__file__).resolve().parent.parent / "data" / "samples"
ZIP_DATE: Final = (2024, 6, 18, 9, 0, 0)
DBF_DATE: Final = bytes([124, 6, 18])
_LDID_OFFSET: Final = 29

BOUNDARY_POINTS: Final = """[属性描述]
格式版本号=1.01
数据产生单位=示例县自然资源局
数据产生日期=2024-06-18
坐标系=2000国家大地坐标系
几度分带=3
投影类型=高斯克吕格
计量单位=米
带号=39
精度=0.001
转换参数=,,,,,,
[地块坐标]
10,5.3121,1,示例经开区一号地块,面,,工业用地,0601,@
J1,1,3157642.318,39391214.506
J2,1,3157655.902,39391478.231
J3,1,3157468.117,39391486.774
J4,1,3157461.640,39391402.915
J5,1,3157432.285,39391404.338
J6,1,3157424.713,39391225.190
J1,1,3157642.318,39391214.506
J7,2,3157575.440,39391322.180
J8,2,3157533.207,39391324.115
J9,2,3157535.362,39391372.648
J10,2,3157577.596,39391370.713
J7,2,3157575.440,39391322.180
5,2.0449,2,示例经开区二号地块,面,,物流仓储用地,0508,@
J11,1,3157402.551,39391498.066
J12,1,3157408.930,39391640.812
J13,1,3157318.274,39391644.863
J14,1,3157251.006,39391592.447
J15,1,3157246.882,39391505.021
J11,1,3157402.551,39391498.066
"""

CASES: Final = (
    ("电子信息产业园", "0601", "工业用地", "2016.5.20", "2017.5.20", "", 300, 12000),
    ("新材料生产基地", "0601", "工业用地", "2017/3/8", "2018/3/8", "", 0, 8600),
    ("医药包装项目", "0601", "工业用地", "20210615", "20220615", "20220430", 6200, 9000),
    ("标准厂房二期", "0601", "工业用地", "2023-11-02", "2026-11-02", "", 0, 15000),
    ("冷链物流中心", "0508", "物流仓储用地", "2018-01-16", "2019-01-16", "2019-06-01", 1500, 7000),
    ("人才公寓", "0701", "城镇住宅用地", "2020-08-08", "2021-08-08", "2021-03-01", 9800, 10000),
    ("半导体封装项目", "0601", "工业用地", "2019.2.26", "2020.2.26", "", 150, 20000),
    ("园区道路", "1004", "城镇村道路用地", "", "", "", 0, 0),
    ("线路板项目", "0601", "工业用地", "43543", "43908", "44000", 5000, 6000),
    ("邻里商业中心", "05H1", "商业服务业设施用地", "2022-04-12", "2023-04-12", "", 0, 3200),
    ("智能终端项目", "0601", "工业用地", "2024-03-01", "2027-03-01", "", 0, 18000),
    ("污水处理厂", "0809", "公用设施用地", "2015-09-09", "2016-09-09", "2016-08-01", 4200, 4300),
)
"""Name, class code, class name, contract, start due, started, invested, total investment."""


def parcels(*, code: str, east: float, north: float, turn: float = 7.0) -> gpd.GeoDataFrame:
    """Twelve made-up parcels in a block of shared edges, with the fields of a supply ledger.

    Args:
        code: County code.
        east: Easting of the south-west corner, as the file shall have it.
        north: Northing of it.
        turn: Rotation of the block in degrees.

    Returns:
        12 rows without CRS; areas in hectares, dates as text in several forms.
    """
    rows, columns = 3, 4
    cells = [
        shapely.box(230.0 * c, 180.0 * r, 230.0 * (c + 1), 180.0 * (r + 1))
        for r in range(rows)
        for c in range(columns)
    ]
    cells[5] = cells[5].difference(shapely.box(290.0, 230.0, 350.0, 290.0))
    turned = [affinity.rotate(cell, turn, origin=(0.0, 0.0)) for cell in cells]
    shapes = [affinity.translate(cell, east, north) for cell in turned]
    frame = pd.DataFrame(
        CASES,
        columns=[
            "项目名称",
            "地类编码",
            "地类名称",
            "签订日期",
            "约定动工",
            "实际动工",
            "已投资",
            "总投资",
        ],
    )
    frame.insert(0, "地块编号", [f"{code}2024{n:03d}" for n in range(1, len(frame) + 1)])
    frame["行政区代码"] = code
    frame["供应面积"] = np.round(shapely.area(shapes) / 10_000, 4)
    frame["使用权人"] = [f"示例企业{n}有限公司" for n in "甲乙丙丁戊己庚辛壬癸子丑"]
    return gpd.GeoDataFrame(frame, geometry=shapes)


def shapefile_parts(
    frame: gpd.GeoDataFrame, *, encoding: str = "GBK", ldid: int | None = 0
) -> dict[str, bytes]:
    """Files of a shapefile by suffix; ``.cpg`` only where the writer made one.

    Args:
        frame: Rows; a CRS gives a ``.prj``.
        encoding: Encoding of the attribute table.
        ldid: Language byte to set; None leaves what the writer chose.
    """
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        path = Path(folder) / "layer.shp"
        frame.to_file(path, encoding=encoding, engine="pyogrio")
        parts = {p.suffix: p.read_bytes() for p in Path(folder).iterdir()}
    table = bytearray(parts[".dbf"])
    table[1:4] = DBF_DATE
    if ldid is not None:
        table[_LDID_OFFSET] = ldid
    return parts | {".dbf": bytes(table)}


def archive(members: Mapping[str, bytes], *, name_encoding: str = "gbk") -> bytes:
    """A zip whose member names are written in an encoding, without the UTF-8 flag.

    ``zipfile`` cannot write such names, so names of equal length are put in and exchanged.
    """
    buffer = io.BytesIO()
    names: list[tuple[bytes, bytes]] = []
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as target:
        for i, (name, data) in enumerate(members.items()):
            raw = name.encode(name_encoding)
            stand_in = f"@{i:03d}".encode().ljust(len(raw), b"_")
            names.append((stand_in, raw))
            info = zipfile.ZipInfo(stand_in.decode(), date_time=ZIP_DATE)
            info.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(info, data)
    data = buffer.getvalue()
    for stand_in, raw in names:
        data = data.replace(stand_in, raw)
    return data


def shapefile_zip(
    frame: gpd.GeoDataFrame,
    *,
    stem: str,
    keep: Sequence[str] = (".shp", ".shx", ".dbf"),
    encoding: str = "GBK",
    ldid: int | None = 0,
    extra: Mapping[str, bytes] | None = None,
) -> bytes:
    """A zipped shapefile as offices send it: by default no .prj, no .cpg, language byte 0.

    Args:
        frame: Rows.
        stem: Path of the layer in the archive, without suffix.
        keep: Suffixes to put in.
        encoding: Encoding of the attribute table.
        ldid: Language byte.
        extra: Further members by full suffix, such as ``.cpg``.
    """
    parts = shapefile_parts(frame, encoding=encoding, ldid=ldid)
    members = {stem + suffix: parts[suffix] for suffix in keep}
    return archive(members | {stem + suffix: data for suffix, data in (extra or {}).items()})


def with_defects() -> gpd.GeoDataFrame:
    """The block of zone 39 with one defect of each usual kind."""
    frame = parcels(code="360121", east=39_391_000.0, north=3_158_500.0)
    shapes = list(frame.geometry)
    ring = shapely.get_coordinates(shapes[0])[:4]
    shapes[0] = shapely.Polygon(ring[[0, 2, 1, 3]])
    shapes[1] = None
    shapes[3] = shapes[2]
    shapes[6] = affinity.translate(shapes[6], 12.0, 0.0)
    shapes[11] = affinity.translate(shapes[11], 900_000.0, 0.0)
    frame = frame.set_geometry(gpd.GeoSeries(shapes, index=frame.index))
    frame.loc[4, "签订日期"] = "二〇一八年"
    frame.loc[7, "地块编号"] = frame.loc[6, "地块编号"]
    frame.loc[8, "行政区代码"] = "360102"
    frame.loc[9, "供应面积"] = 9.9
    return frame


def main() -> None:
    """Write every sample."""
    TARGET.mkdir(parents=True, exist_ok=True)
    north = parcels(code="360121", east=39_391_000.0, north=3_158_500.0)
    south = parcels(code="360702", east=38_592_000.0, north=2_859_000.0)
    samples = {
        "zone39_gbk.zip": shapefile_zip(north, stem="南昌县供地/供应地块"),
        "zone38_gbk.zip": shapefile_zip(south, stem="赣州经开区供地/供应地块"),
        "with_defects.zip": shapefile_zip(
            with_defects(), stem="问题数据/地块", extra={".cpg": b"UTF-8"}
        ),
        "boundary_points.txt": BOUNDARY_POINTS.encode(),
        "boundary_points_gbk.txt": BOUNDARY_POINTS.replace("\n", "\r\n").encode("gbk"),
        "not_a_shapefile.zip": archive({"地块/地块.shp": "这不是图形文件".encode("gbk")}),
    }
    placed = north.set_crs(4527)
    samples |= {
        "parcels.gpkg": formats.geopackage(placed, "供应地块"),
        "parcels_gdb.zip": formats.file_geodatabase(placed, "供应地块", folder="南昌县/供地.gdb"),
        "parcels.geojson": formats.geojson(placed),
        "parcels.kml": formats.kml(placed, "供应地块"),
        "parcels.dxf": formats.dxf(north, "JZD"),
        "parcels_wkt.csv": formats.well_known_text(north),
        "batches.xlsx": formats.workbook(
            {"批次": formats.BATCHES}, title="南昌县批次用地台账", unit="公顷"
        ),
        "supplies.xlsx": formats.workbook(
            {"供地": formats.SUPPLIES}, title="南昌县供地台账", unit="公顷"
        ),
        "idle_cases.xlsx": formats.workbook(
            {"闲置土地": formats.IDLE_CASES}, title="南昌县闲置土地台账", unit="公顷"
        ),
        "zone_indicators.xlsx": sample_indicators.workbook(),
        "enterprises.xlsx": sample_enterprises.workbook(),
    }
    for name, data in samples.items():
        (TARGET / name).write_bytes(data)
        print(f"{name}: {len(data):,} bytes")


if __name__ == "__main__":
    main()
