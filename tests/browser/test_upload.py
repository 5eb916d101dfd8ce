"""A clerk's walk: zipped GBK shapefiles and point texts go through the page to the other pages."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import shapely
from playwright.sync_api import Browser, Locator, Page, expect

from domain import formats
from ingest import inspect
from scripts.build_samples import archive, parcels, shapefile_parts
from store import Store, Version, Viewer
from tests.browser.conftest import ROOT, Server, Traffic
from tests.browser.walk import map_frame, settled, tick

SAMPLES = ROOT / "data" / "samples"
CLERK = Viewer("测试员")
CHECK_MS = 30_000
"""A check starts a process of its own."""


@pytest.fixture(scope="module")
def stocked(server: Server) -> Server:
    """The server with an invented dataset that is none of the clerk's."""
    store = Store(server.store)
    if not any(v.demonstration for v in store.datasets(CLERK)):
        frame = inspect(SAMPLES / "with_defects.zip").parcels
        store.commit(
            "parcels", frame, kind="parcels", viewer=CLERK, reason="演示", demonstration=True
        )
    return server


def give(page: Page, *files: Path | tuple[str, bytes]) -> None:
    """Choose a file in the field of the page."""
    ready = [
        {"name": f[0], "mimeType": "application/octet-stream", "buffer": f[1]}
        if isinstance(f, tuple)
        else {"name": f.name, "mimeType": "application/octet-stream", "buffer": f.read_bytes()}
        for f in files
    ]
    page.locator("input[type=file]").set_input_files(ready)


def upload(page: Page, server: Server, file: Path | tuple[str, bytes], **query: str) -> None:
    page.goto(server.page("upload", **query))
    give(page, file)


def alert(page: Page, text: str | re.Pattern[str]) -> Locator:
    return page.get_by_test_id("stAlert").filter(has_text=text)


def publish(page: Page, reason: str, *, rows: int = 12) -> None:
    page.get_by_label("入库说明").fill(reason)
    page.get_by_role("button", name=f"入库 {rows} 宗").click()
    expect(alert(page, "已入库：")).to_be_visible(timeout=CHECK_MS)


def query(page: Page) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(page.url).query).items()}


def stands(page: Page, version: str) -> None:
    """The page that is open shows this version."""
    expect(page.locator(".gy-title")).to_contain_text(f"数据版本 {version}")
    settled(page)
    assert query(page)["ds"] == version.split("@", maxsplit=1)[0]


def newest(server: Server, dataset: str) -> Version:
    return Store(server.store).version(dataset, CLERK)


def total(server: Server, version: Version) -> str:
    frame = Store(server.store).read(version, CLERK)
    return formats.area(float(frame["area_ellipsoidal_m2"].sum()), "ha")


def walk_to(page: Page, name: str) -> None:
    page.get_by_role("link", name=f"到“{name}”查看").first.click()


def cell(page: Page, text: str) -> Locator:
    return page.locator('[data-testid="stDataFrame"] td', has_text=text).first


@pytest.mark.parametrize(
    ("sample", "county", "parcel"),
    [("zone38_gbk", "章贡区", "3607022024001"), ("zone39_gbk", "南昌县", "3601212024001")],
)
def test_a_gbk_shapefile_is_followed_by_links_to_map_table_and_list(
    page: Page, stocked: Server, traffic: Traffic, sample: str, county: str, parcel: str
):
    upload(page, stocked, SAMPLES / f"{sample}.zip")
    expect(alert(page, "检查通过，12 宗地块可以入库。")).to_be_visible(timeout=CHECK_MS)
    expect(page.get_by_text(f"{county} 12")).to_be_visible()
    publish(page, "浏览器测试")
    version = newest(stocked, sample.replace("_", "-"))

    with page.expect_response(re.compile(r"/parcels.*bbox=")) as answer:
        walk_to(page, "地图")
    assert len(answer.value.json()["ids"]) == 12
    stands(page, version.id)
    west, south, east, north = version.bounds or (0.0, 0.0, 0.0, 0.0)
    lat, lon, zoom = map_frame(page).evaluate(
        "() => { const c = ganyuan.map.getCenter(); return [c.lat, c.lng, ganyuan.map.getZoom()] }"
    )
    assert south < lat < north
    assert west < lon < east
    assert zoom >= 13

    page.get_by_role("link", name="数据上传").first.click()
    walk_to(page, "用地分析")
    stands(page, version.id)
    expect(page.locator(".gy-value").first).to_contain_text(total(stocked, version))
    expect(cell(page, county)).to_be_attached()

    page.get_by_role("link", name="批而未用").first.click()
    stands(page, version.id)
    expect(cell(page, parcel)).to_be_attached()
    expect(cell(page, "疑似闲置")).to_be_attached()
    assert traffic.clean, (traffic.external, traffic.failed)
    assert not traffic.errors


def test_a_link_wins_over_what_the_session_showed_before(page: Page, stocked: Server):
    store = Store(stocked.store)
    for sample in ("zone38_gbk", "zone39_gbk"):
        frame, name = inspect(SAMPLES / f"{sample}.zip").parcels, sample.replace("_", "-")
        if name not in {v.dataset for v in store.datasets(CLERK)}:
            store.commit(name, frame, kind="parcels", viewer=CLERK, reason="测试")
    page.goto(stocked.page("idle", ds="zone38-gbk"))
    stands(page, newest(stocked, "zone38-gbk").id)
    page.get_by_role("link", name="数据上传").first.click()
    settled(page)
    names = [v.dataset for v in _by_time(stocked)]
    tick(page.get_by_test_id("stDataFrame").first, names.index("zone39-gbk"))
    walk_to(page, "批而未用")
    stands(page, newest(stocked, "zone39-gbk").id)
    page.get_by_role("link", name="用地分析").first.click()
    stands(page, newest(stocked, "zone39-gbk").id)
    page.reload()
    stands(page, newest(stocked, "zone39-gbk").id)
    page.goto(stocked.page("land-use"))
    settled(page)
    assert query(page)["ds"] != "parcels"


def _by_time(server: Server) -> list[Version]:
    found = Store(server.store).datasets(CLERK, "parcels")
    return sorted(found, key=lambda v: v.committed_at, reverse=True)


def test_boundary_points_become_two_parcels_with_a_hole(page: Page, stocked: Server):
    upload(page, stocked, SAMPLES / "boundary_points.txt")
    publish(page, "界址点", rows=2)
    frame = Store(stocked.store).read(newest(stocked, "boundary-points"), CLERK)
    by_id = frame.set_index("parcel_id")
    assert by_id["area_planar_m2"].round(3).to_dict() == {"1": 53_120.856, "2": 20_448.513}
    assert by_id["area_ellipsoidal_m2"].round(1).to_dict() == {"1": 53_105.4, "2": 20_442.6}
    holes = {i: shapely.get_num_interior_rings(g) for i, g in by_id.geometry.items()}
    assert holes == {"1": 1, "2": 0}


def test_a_layer_a_system_and_a_discard(page: Page, stocked: Server):
    parts = shapefile_parts(parcels(code="360121", east=39_391_000.0, north=3_158_500.0))
    table = bytearray(parts[".dbf"])
    table[1:4] = bytes([116, 1, 1])
    names = ("供地", "批地")
    members = {f"{n}{s}": parts[s] for n in names for s in (".shp", ".shx")}
    data = archive(members | {f"{n}.dbf": bytes(table) for n in names})
    upload(page, stocked, ("两层.zip", data))
    expect(alert(page, "压缩包里有 2 个图层")).to_be_visible(timeout=CHECK_MS)
    page.get_by_test_id("stRadio").get_by_text("批地", exact=False).click()
    expect(alert(page, "也不能证明是 2000 国家大地坐标系")).to_be_visible(timeout=CHECK_MS)
    page.get_by_test_id("stRadio").get_by_text("EPSG:4527").first.click()
    expect(alert(page, "检查通过，12 宗地块可以入库。")).to_be_visible(timeout=CHECK_MS)
    page.get_by_role("button", name="放弃这个文件").click()
    expect(page.get_by_text("可以上传什么")).to_be_visible()
    assert "check" not in query(page)


def test_text_named_shp_is_refused_in_words_and_nothing_can_be_published(
    page: Page, stocked: Server
):
    upload(page, stocked, SAMPLES / "not_a_shapefile.zip")
    expect(alert(page, "扩展名是 .shp，但内容不是 shapefile。")).to_be_visible(timeout=CHECK_MS)
    expect(page.get_by_text("没有保存任何内容。")).to_be_visible()
    expect(page.get_by_label("入库说明")).to_have_count(0)


def test_defects_are_listed_and_a_reload_keeps_the_check(page: Page, stocked: Server):
    upload(page, stocked, SAMPLES / "with_defects.zip", lang="EN")
    said = "9 parcels can be published; 3 have errors"
    expect(alert(page, said)).to_be_visible(timeout=CHECK_MS)
    page.reload()
    expect(alert(page, said)).to_be_visible()
    expect(page.get_by_role("button", name="Publish 9 parcels")).to_be_visible()


def test_of_two_who_publish_at_once_the_second_is_told_and_tries_again(
    page: Page, browser: Browser, stocked: Server
):
    context = browser.new_context(viewport={"width": 1366, "height": 768})
    try:
        other = context.new_page()
        for who, sample in ((page, "zone38_gbk.zip"), (other, "zone39_gbk.zip")):
            upload(who, stocked, ("同名.zip", (SAMPLES / sample).read_bytes()))
            who.get_by_label("入库说明").fill("同时入库")
        other.get_by_label("入库人").fill("王科长")
        other.get_by_role("button", name="入库 12 宗").click()
        expect(alert(other, "已入库：")).to_be_visible(timeout=CHECK_MS)
        page.get_by_label("入库人").fill("李工")
        page.get_by_role("button", name="入库 12 宗").click()
        expect(alert(page, re.compile("STO-002.*王科长.*第 1 版"))).to_be_visible()
        assert len(Store(stocked.store).history("同名", CLERK)) == 1
        page.get_by_role("button", name="入库 12 宗").click()
        expect(alert(page, "已入库：")).to_be_visible(timeout=CHECK_MS)
    finally:
        context.close()
    history = Store(stocked.store).history("同名", CLERK)
    assert [v.committed_by for v in history] == ["李工", "王科长"]
