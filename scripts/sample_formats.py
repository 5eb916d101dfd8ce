"""The sample parcels and made-up ledgers in every other format that is taken."""

from __future__ import annotations

import datetime as dt
import io
import json
import sqlite3
import tempfile
import warnings
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import geopandas as gpd
import shapely
import xlsxwriter

ZIP_DATE: Final = (2024, 6, 18, 9, 0, 0)
_STAMP: Final = "2024-06-18T01:00:00.000Z"
Row = Sequence[object]

BATCHES: Final = (
    (
        "序号",
        "批次名称",
        "批次类型",
        "批准文号",
        "批准日期",
        "行政区代码",
        "批准面积",
        "已供面积",
        "核销面积",
        "未供面积",
    ),
    (
        1,
        "南昌县2019年度第1批次",
        "城市批次",
        "赣府地〔2019〕12号",
        dt.date(2019, 3, 8),
        "360121",
        18.2,
        12.5,
        0,
        5.7,
    ),
    (
        2,
        "南昌县2021年度第3批次",
        "城市批次",
        "赣府地〔2021〕45号",
        "2021.6.30",
        "360121",
        9.75,
        0,
        0,
        9.75,
    ),
    (
        3,
        "南昌县2022年度第2批次",
        "增减挂钩",
        "赣府地〔2022〕8号",
        "2022/2/14",
        "360121",
        4.1,
        4.1,
        0,
        0,
    ),
    (
        "合计",
        None,
        None,
        None,
        None,
        None,
        32.05,
        16.6,
        0,
        15.45,
    ),
)
"""Approval batches, areas in hectares, with the total that offices put below."""

SUPPLIES: Final = (
    (
        "电子监管号",
        "批次名称",
        "项目名称",
        "土地使用权人",
        "行政区代码",
        "供地面积",
        "供地方式",
        "签订日期",
        "约定开工时间",
    ),
    (
        "3601212019B00018",
        "南昌县2019年度第1批次",
        "电子信息产业园",
        "示例企业甲有限公司",
        "360121",
        4.14,
        "挂牌出让",
        "2019-05-20",
        "2020-05-20",
    ),
    (
        "3601212019B00026",
        "南昌县2019年度第1批次",
        "新材料生产基地",
        "示例企业乙有限公司",
        "360121",
        8.36,
        "挂牌出让",
        "2019-08-08",
        "2020-08-08",
    ),
    (
        "3601212022B00007",
        "南昌县2022年度第2批次",
        "冷链物流中心",
        "示例企业戊有限公司",
        "360121",
        4.1,
        "协议出让",
        "2022-04-12",
        "2023-04-12",
    ),
)
"""Supplied land, areas in hectares, dates as text."""

IDLE_CASES: Final = (
    (
        "案件编号",
        "电子监管号",
        "行政区代码",
        "闲置类型",
        "疑似闲置日期",
        "闲置面积",
    ),
    (
        "南闲〔2022〕3号",
        "3601212019B00026",
        "360121",
        "A",
        "2021-08-09",
        8.36,
    ),
    (
        "南闲〔2024〕1号",
        "3601212022B00007",
        "360121",
        "A",
        "2024-04-13",
        4.1,
    ),
)
"""Cases of idle land, areas in hectares."""


def workbook(sheets: Mapping[str, Sequence[Row]], *, title: str, unit: str) -> bytes:
    """A workbook with a merged title and a line of units above every table."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False})
    book.set_properties({"created": dt.datetime(2024, 6, 18, 9, tzinfo=dt.UTC)})
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    for name, rows in sheets.items():
        sheet = book.add_worksheet(name)
        last = len(rows[0]) - 1
        sheet.merge_range(0, 0, 0, last, title)
        sheet.write_string(1, last, f"单位：{unit}")
        for i, row in enumerate(rows, start=2):
            for j, value in enumerate(row):
                if isinstance(value, dt.date):
                    sheet.write_datetime(i, j, dt.datetime.combine(value, dt.time()), day)
                elif value is not None:
                    sheet.write(i, j, value)
    book.close()
    return buffer.getvalue()


def geopackage(frame: gpd.GeoDataFrame, name: str) -> bytes:
    """A GeoPackage of one layer whose time stamps are fixed."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.gpkg"
        frame.to_file(path, layer=name, driver="GPKG", engine="pyogrio")
        with sqlite3.connect(path) as database:
            database.execute("UPDATE gpkg_contents SET last_change = ?", (_STAMP,))
        database.close()
        return path.read_bytes()


def file_geodatabase(frame: gpd.GeoDataFrame, name: str, *, folder: str) -> bytes:
    """A zipped file geodatabase of one layer."""
    with tempfile.TemporaryDirectory() as made, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        path = Path(made) / "a.gdb"
        frame.to_file(path, layer=name, driver="OpenFileGDB", engine="pyogrio")
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as target:
            for member in sorted(path.iterdir()):
                info = zipfile.ZipInfo(f"{folder}/{member.name}", date_time=ZIP_DATE)
                info.compress_type = zipfile.ZIP_DEFLATED
                target.writestr(info, member.read_bytes())
    return buffer.getvalue()


def geojson(frame: gpd.GeoDataFrame) -> bytes:
    """GeoJSON in longitude and latitude."""
    text = frame.to_crs(4326).to_json(drop_id=True, ensure_ascii=False)
    return json.dumps(json.loads(text), ensure_ascii=False, indent=1).encode()


def kml(frame: gpd.GeoDataFrame, name: str) -> bytes:
    """KML with the attributes as extended data."""
    places = []
    for record, shape in zip(
        frame.drop(columns="geometry").to_dict("records"), frame.to_crs(4326).geometry, strict=True
    ):
        data = "".join(f'<Data name="{k}"><value>{v}</value></Data>' for k, v in record.items())
        rings = [
            f"<{side}BoundaryIs><LinearRing><coordinates>{_kml_ring(ring)}</coordinates>"
            f"</LinearRing></{side}BoundaryIs>"
            for ring, side in [(shape.exterior, "outer"), *((r, "inner") for r in shape.interiors)]
        ]
        places.append(
            f"<Placemark><name>{record['项目名称']}</name><ExtendedData>{data}</ExtendedData>"
            f"<Polygon>{''.join(rings)}</Polygon></Placemark>\n"
        )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<kml xmlns="http://www.opengis.net/kml/2.2">'
        f"<Document><name>{name}</name>\n{''.join(places)}</Document></kml>\n"
    ).encode()


def _kml_ring(ring: shapely.LinearRing) -> str:
    return " ".join(f"{x:.9f},{y:.9f},0" for x, y in shapely.get_coordinates(ring))


def dxf(frame: gpd.GeoDataFrame, layer: str) -> bytes:
    """A drawing in GBK: outlines as closed polylines, names as texts, one open line, one hatch."""
    lines = ["0", "SECTION", "2", "HEADER", "9", "$DWGCODEPAGE", "3", "ANSI_936", "0", "ENDSEC"]
    lines += ["0", "SECTION", "2", "ENTITIES"]
    for name, shape in zip(frame["项目名称"], frame.geometry, strict=True):
        for ring in (shape.exterior, *shape.interiors):
            lines += _polyline(shapely.get_coordinates(ring)[:-1], layer, closed=True)
        point = shape.point_on_surface()
        lines += ["0", "TEXT", "8", "注记", "10", f"{point.x:.3f}", "20", f"{point.y:.3f}"]
        lines += ["40", "5", "1", name]
    edge = shapely.get_coordinates(frame.geometry.iloc[0].exterior)[:-1] - (0.0, 1000.0)
    lines += _polyline(edge, layer, closed=False)
    lines += ["0", "HATCH", "8", "填充", "0", "ENDSEC", "0", "EOF"]
    return "\r\n".join([*lines, ""]).encode("gbk")


def _polyline(xy: Sequence[Sequence[float]], layer: str, *, closed: bool) -> list[str]:
    lines = ["0", "LWPOLYLINE", "8", layer, "90", str(len(xy)), "70", str(int(closed))]
    for x, y in xy:
        lines += ["10", f"{x:.4f}", "20", f"{y:.4f}"]
    return lines


def well_known_text(frame: gpd.GeoDataFrame) -> bytes:
    """Separated text in GBK with the shapes as WKT and numbers guarded as Excel users do."""
    head = "地块编号,项目名称,供应面积,WKT"
    rows = [
        f'="{number}",{name},{area},"{shapely.to_wkt(shape, rounding_precision=3)}"'
        for number, name, area, shape in zip(
            frame["地块编号"], frame["项目名称"], frame["供应面积"], frame.geometry, strict=True
        )
    ]
    return "\r\n".join([head, *rows, ""]).encode("gbk")
