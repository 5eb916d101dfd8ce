"""A clerk's walk: zipped GBK shapefiles and point texts go through the page to the other pages."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import geopandas as gpd
import pytest
import shapely
from playwright.sync_api import Browser, Locator, Page, expect

from domain import formats
from domain.issues import catalogue
from ingest import deliver, inspect
from scripts.build_samples import archive, parcels, shapefile_parts, shapefile_zip
from store import Store, Version, Viewer
from tests.browser.conftest import ROOT, Server, Traffic
from tests.browser.walk import drawn, map_frame, settled, tick
from tests.unit.bad_uploads import BAD_FILES
from tests.unit.test_codes_uploads import undecided
from tests.unit.test_correction_roundtrip import mended
from views.publishing import publish as publish_rows

SAMPLES = ROOT / "data" / "samples"
CLERK = Viewer("测试员")
CHECK_MS = 90_000
"""A check starts a process of its own."""


@pytest.fixture(scope="module")
def stocked(server: Server) -> Server:
    """The server with an invented dataset that is none of the clerk's."""
    store = Store(server.store)
    if not any(v.demonstration for v in store.datasets(CLERK)):
        frame = inspect(SAMPLES / "with_defects.zip").rows()
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
    page.get_by_role("button", name=f"入库 {rows} 行").click()
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
    expect(alert(page, "检查通过，12 行可以入库。")).to_be_visible(timeout=CHECK_MS)
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
        frame, name = inspect(SAMPLES / f"{sample}.zip").rows(), sample.replace("_", "-")
        if name not in {v.dataset for v in store.datasets(CLERK)}:
            store.commit(name, frame, kind="parcels", viewer=CLERK, reason="测试")
    page.goto(stocked.page("idle", ds="zone38-gbk"))
    stands(page, newest(stocked, "zone38-gbk").id)
    page.get_by_role("link", name="数据上传").first.click()
    settled(page)
    names = [v.dataset for v in sorted_by_time(stocked)]
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


def test_boundary_points_become_two_parcels_with_a_hole(page: Page, stocked: Server):
    upload(page, stocked, SAMPLES / "boundary_points.txt")
    publish(page, "界址点", rows=2)
    frame = Store(stocked.store).read(newest(stocked, "boundary-points"), CLERK)
    by_id = frame.set_index("parcel_id")
    assert by_id["area_planar_m2"].round(3).to_dict() == {"1": 53_120.856, "2": 20_448.513}
    assert by_id["area_ellipsoidal_m2"].round(1).to_dict() == {"1": 53_105.4, "2": 20_442.6}
    holes = {i: shapely.get_num_interior_rings(g) for i, g in by_id.geometry.items()}
    assert holes == {"1": 1, "2": 0}


def take(page: Page, key: str) -> None:
    """Press the button of an answer."""
    page.locator(f".st-key-{key} button").click()


def part(page: Page, name: str | re.Pattern[str]) -> None:
    """Turn to a part of the work."""
    page.get_by_test_id("stButtonGroup").get_by_text(name).first.click()
    settled(page)


def without_system() -> dict[str, bytes]:
    """Members of two layers that are too old to be CGCS2000 by their date."""
    parts = shapefile_parts(parcels(code="360121", east=39_391_000.0, north=3_158_500.0))
    table = bytearray(parts[".dbf"])
    table[1:4] = bytes([116, 1, 1])
    names = ("供地", "批地")
    members = {f"{n}{s}": parts[s] for n in names for s in (".shp", ".shx")}
    return members | {f"{n}.dbf": bytes(table) for n in names}


def test_a_layer_a_system_with_its_pictures_and_a_discard(page: Page, stocked: Server):
    upload(page, stocked, ("两层.zip", archive(without_system())))
    expect(page.get_by_text("要哪一个？")).to_be_visible(timeout=CHECK_MS)
    take(page, "upload_layer_1")
    expect(page.get_by_text("数据在什么坐标系里？")).to_be_visible(timeout=CHECK_MS)
    sketch = page.locator(".gy-answer img").first
    expect(sketch).to_have_attribute("alt", re.compile("数据位于南昌县"))
    assert sketch.evaluate("image => image.complete && image.naturalWidth > 0")
    expect(page.get_by_text("最可能")).to_be_visible()
    take(page, "upload_crs_0")
    expect(alert(page, "检查通过，12 行可以入库。")).to_be_visible(timeout=CHECK_MS)
    page.get_by_role("button", name="放弃这个文件").click()
    expect(page.get_by_text("可以上传什么")).to_be_visible()
    assert "check" not in query(page)


def test_text_that_may_be_either_is_read_as_the_clerk_says(page: Page, stocked: Server):
    upload(page, stocked, ("编码.zip", undecided()))
    expect(page.get_by_text("哪一种读法的文字是对的？")).to_be_visible(timeout=CHECK_MS)
    shown = page.locator(".gy-answer").filter(has_text="GB18030 / GBK")
    expect(shown.locator("li").first).to_have_text("啊")
    names = page.locator(".gy-answer h4").all_inner_texts()
    take(page, f"upload_encoding_{next(i for i, n in enumerate(names) if 'GBK' in n)}")
    expect(page.get_by_role("button", name=re.compile("^入库 2 行"))).to_be_visible(
        timeout=CHECK_MS
    )


@pytest.mark.parametrize("name", ["text.zip", "data.rar", "data.mdb"])
def test_a_wrong_file_is_refused_in_words_and_nothing_can_be_published(
    page: Page, stocked: Server, name: str
):
    data, code = BAD_FILES[name]
    upload(page, stocked, (name, data))
    expect(alert(page, catalogue()[code].zh)).to_be_visible(timeout=CHECK_MS)
    expect(alert(page, "没有保存任何内容。")).to_be_visible()
    expect(page.get_by_label("入库说明")).to_have_count(0)


def test_a_superseded_datum_is_drawn_but_cannot_be_published(page: Page, stocked: Server):
    upload(page, stocked, ("xian80.zip", BAD_FILES["xian80.zip"][0]))
    expect(alert(page, "只能显示，不能入库")).to_be_visible(timeout=CHECK_MS)
    expect(page.locator(".gy-stripe")).to_be_visible()
    drawn(page)
    expect(page.get_by_label("入库说明")).to_have_count(0)


def many_defects(rows: int = 1000) -> bytes:
    """Squares of which every other one is a bow-tie."""
    side = 40
    corners = [
        (39_391_000.0 + 60 * (k % side), 3_158_500.0 + 60 * (k // side)) for k in range(rows)
    ]
    shapes = [
        shapely.Polygon([(x, y), (x + 50, y + 50), (x + 50, y), (x, y + 50)])
        if k % 2
        else shapely.box(x, y, x + 50, y + 50)
        for k, (x, y) in enumerate(corners)
    ]
    frame = gpd.GeoDataFrame({"DKBH": [f"DK{k:04d}" for k in range(1, rows + 1)]}, geometry=shapes)
    return shapefile_zip(frame, stem="a")


def test_five_hundred_findings_stay_usable(page: Page, stocked: Server):
    upload(page, stocked, ("五百处.zip", many_defects()))
    expect(alert(page, "500 行可以入库；500 行有错误")).to_be_visible(timeout=CHECK_MS)
    part(page, re.compile("检查结果"))
    expect(page.get_by_text(re.compile(r"列出 ([\d,]+) 条，共 \1 条"))).to_be_visible()
    page.get_by_placeholder("输入行号、编号、代码或文字").fill("DK0500")
    page.keyboard.press("Enter")
    expect(page.get_by_text(re.compile("列出 [1-9] 条"))).to_be_visible()
    expect(cell(page, "DK0500")).to_be_attached()
    tick(page.get_by_test_id("stDataFrame").nth(1), 0)
    card = page.locator(".gy-row")
    expect(card).to_contain_text("第 500 行")
    expect(card).to_contain_text("GEO-002")
    drawn(page)
    map_frame(page).wait_for_function("() => ganyuan.map.getZoom() > 14")
    with page.expect_download() as download:
        page.get_by_test_id("stDownloadButton").get_by_role("button").last.click()
    text = download.value.path().read_text(encoding="utf-8-sig")
    assert all("DK0500" in line for line in text.splitlines()[1:])
    assert "GEO-002" in text


def test_a_repair_is_carried_out_with_consent(page: Page, stocked: Server):
    upload(page, stocked, SAMPLES / "with_defects.zip")
    expect(alert(page, "9 行可以入库；3 行有错误")).to_be_visible(timeout=CHECK_MS)
    part(page, re.compile("图形修复"))
    expect(page.locator(".gy-repairs img")).to_have_count(1)
    page.get_by_role("button", name="全部同意").click()
    expect(alert(page, "10 行可以入库；2 行有错误")).to_be_visible(timeout=CHECK_MS)


def test_a_reload_in_the_middle_and_after_a_check_loses_nothing(page: Page, stocked: Server):
    page.goto(stocked.page("upload", lang="EN"))
    settled(page)
    give(page, SAMPLES / "with_defects.zip")
    expect(page.get_by_role("button", name="Cancel")).to_be_visible()
    expect(page).to_have_url(re.compile("check="))
    page.reload()
    said = "9 rows can be published; 3 have errors"
    expect(alert(page, said)).to_be_visible(timeout=CHECK_MS)
    page.reload()
    expect(alert(page, said)).to_be_visible()
    expect(page.get_by_role("button", name="Publish 9 rows")).to_be_visible()


def test_a_check_is_cancelled_and_started_again(page: Page, stocked: Server):
    upload(page, stocked, ("多.zip", many_defects(24_000)))
    page.get_by_role("button", name="取消检查").click()
    expect(alert(page, "检查已取消")).to_be_visible(timeout=CHECK_MS)
    page.get_by_role("button", name="重新检查").click()
    expect(alert(page, "12,000 行可以入库")).to_be_visible(timeout=CHECK_MS)


def test_of_two_who_publish_at_once_the_second_sees_the_difference_and_decides(
    page: Page, browser: Browser, stocked: Server
):
    context = browser.new_context(viewport={"width": 1366, "height": 768})
    try:
        other = context.new_page()
        for who, sample in ((page, "zone38_gbk.zip"), (other, "zone39_gbk.zip")):
            upload(who, stocked, ("同名.zip", (SAMPLES / sample).read_bytes()))
            who.get_by_label("入库说明").fill("同时入库")
        other.get_by_label("入库人").fill("王科长")
        other.get_by_role("button", name="入库 12 行").click()
        expect(alert(other, "已入库：")).to_be_visible(timeout=CHECK_MS)
        page.get_by_label("入库人").fill("李工")
        page.get_by_role("button", name="入库 12 行").click()
        expect(alert(page, re.compile("别人先入库了.*王科长.*同名@1"))).to_be_visible()
        totals = page.locator(".gy-totals")
        for name, rows in (("原有", 12), ("新增", 12), ("减少", 12), ("现有", 12)):
            line = totals.locator("tr").filter(has_text=name)
            expect(line.locator("td").first).to_have_text(str(rows))
        drawn(page)
        assert len(Store(stocked.store).history("同名", CLERK)) == 1
        page.get_by_role("button", name="仍然入库，作为 同名@2").click()
        expect(alert(page, "已入库：")).to_be_visible(timeout=CHECK_MS)
    finally:
        context.close()
    history = Store(stocked.store).history("同名", CLERK)
    assert [v.committed_by for v in history] == ["李工", "王科长"]


def test_a_returned_correction_package_is_recognised_and_closes_its_findings(
    page: Page, stocked: Server, tmp_path: Path
):
    upload(page, stocked, ("更正前.zip", (SAMPLES / "with_defects.zip").read_bytes()))
    publish(page, "第三季度台账", rows=9)
    version = newest(stocked, "更正前")
    page.get_by_role("button", name=re.compile("生成更正包")).click()
    with page.expect_download() as download:
        page.get_by_role("button", name=re.compile("下载更正包")).click()
    with zipfile.ZipFile(download.value.path()) as package:
        package.extractall(tmp_path)
    layer = next(p for p in tmp_path.glob("*.gpkg") if "positions" not in p.name)
    frame = mended(layer)
    layer.unlink()
    frame.to_file(layer, layer="GY_ROWS", engine="pyogrio")
    page.get_by_role("button", name="再上传一个文件").click()
    settled(page)
    give(page, layer)
    said = page.locator(".gy-correction")
    expect(said).to_contain_text(f"这是 {version.passport['number']} 的更正文件", timeout=CHECK_MS)
    page.get_by_role("button", name="合并入库为 更正前@2").click()
    expect(alert(page, "已入库：更正前@2，共 12 行")).to_be_visible(timeout=CHECK_MS)
    assert newest(stocked, "更正前").quarantined == 0


def test_versions_are_compared_taken_back_and_ended(page: Page, stocked: Server):
    store = Store(stocked.store)
    for sample in ("zone39_gbk", "with_defects"):
        found = inspect(SAMPLES / f"{sample}.zip")
        publish_rows(store, deliver([found]), "历史", viewer=CLERK, reason="台账")
    page.goto(stocked.page("upload"))
    settled(page)
    names = [v.dataset for v in sorted_by_time(stocked)]
    tick(page.get_by_test_id("stDataFrame").first, names.index("历史"))
    part(page, "比较两版")
    gone = page.locator(".gy-totals tr").filter(has_text="减少")
    expect(gone.locator("td").first).to_have_text(re.compile(r"\d+"))
    part(page, "撤销、恢复、停用")
    page.get_by_label("入库说明").fill("第 2 版有误")
    page.get_by_role("button", name="撤销最近一次操作").click()
    expect(alert(page, "已撤销，当前为 历史@3")).to_be_visible()
    assert newest(stocked, "历史").restores == 1


def sorted_by_time(server: Server) -> list[Version]:
    """The datasets in the order of the page."""
    found = Store(server.store).datasets(CLERK, include_ended=True)
    return sorted(found, key=lambda v: v.committed_at, reverse=True)
