"""The panel with the passport and the correction package, without a browser."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from scripts.build_samples import archive, parcels, shapefile_parts
from store import Store, Viewer
from tests.passport_world import NUMBER, current, quarantined, record

SAMPLES = Path(__file__).resolve().parents[2] / "data" / "samples"
CLERK = Viewer("测试员")


def script(store: str, language: str, file: str) -> None:
    from pathlib import Path  # noqa: PLC0415 - runs as a script of its own

    from domain.i18n import translator  # noqa: PLC0415
    from ingest import inspect  # noqa: PLC0415
    from settings import Settings  # noqa: PLC0415
    from store import Store, Viewer  # noqa: PLC0415
    from views.context import Context  # noqa: PLC0415
    from views.frame import guarded  # noqa: PLC0415
    from views.passport_panel import show_passport  # noqa: PLC0415

    context = Context(
        settings=Settings(store=store),
        store=Store(Settings(store=store).store),
        viewer=Viewer("测试员"),
        t=translator(language),
        unit="ha",
    )
    subject = inspect(Path(file)) if file else context.store.version("gd", context.viewer)
    guarded(lambda ctx: show_passport(ctx, subject))(context)


def opened(store: Path, language: str = "zh_CN", file: str = "") -> AppTest:
    arguments = (str(store), language, file)
    return AppTest.from_function(script, args=arguments, default_timeout=60).run()


def commit(store: Path, **changes: object) -> None:
    Store(store).commit(
        "gd", current(), kind="parcels", viewer=CLERK, reason="来文",
        **{"passport": record(), "quarantined": quarantined(), **changes},
    )  # fmt: skip


def words(app: AppTest) -> str:
    shown = [*app.error, *app.warning, *app.success, *app.info, *app.caption, *app.markdown]
    return "\n".join(str(element.value) for element in shown).replace("\\", "")


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_a_version_shows_its_number_and_how_its_rows_add_up(tmp_path: Path, language: str):
    commit(tmp_path)
    app = opened(tmp_path, language)
    assert not app.exception
    assert NUMBER in words(app)
    sums = {"zh_CN": "文件 8 行 ＝ 入库 6 ＋ 隔离 2", "en": "8 rows = 6 published + 2 kept apart"}
    assert sums[language] in words(app)
    assert len(app.get("download_button")) == 2
    assert [b.key for b in app.button] == ["passport_make"]


def test_a_package_that_cannot_be_made_is_told_in_words(tmp_path: Path):
    commit(tmp_path)
    app = opened(tmp_path)
    app.button(key="passport_make").click().run()
    assert not app.exception
    assert "COR-001" in words(app)
    assert "没有保留来文原件" in words(app)


def test_an_upload_gets_its_package_before_it_is_published(tmp_path: Path):
    app = opened(tmp_path, "zh_CN", str(SAMPLES / "with_defects.zip"))
    assert not app.exception
    assert "生成更正包（10 行）" in app.button(key="passport_make").label
    app.button(key="passport_make").click().run()
    assert not app.exception
    assert "下载更正包（10 行）" in [b.label for b in app.get("download_button")]


def test_a_clean_upload_needs_no_package(tmp_path: Path):
    app = opened(tmp_path, "en", str(SAMPLES / "zone39_gbk.zip"))
    assert not app.exception
    assert not app.button
    assert "No row needs correcting" in words(app)


def test_an_open_question_comes_before_any_package(tmp_path: Path):
    parts = shapefile_parts(parcels(code="360121", east=39_391_000.0, north=3_158_500.0))
    table = bytearray(parts[".dbf"])
    table[1:4] = bytes([116, 1, 1])
    members = {"a.shp": parts[".shp"], "a.shx": parts[".shx"], "a.dbf": bytes(table)}
    path = tmp_path / "a.zip"
    path.write_bytes(archive(members))
    app = opened(tmp_path / "store", "en", str(path))
    assert not app.exception
    assert "12 refused or undecided" in words(app)
    assert not app.button


def test_rows_that_were_never_uploaded_have_no_passport(tmp_path: Path):
    commit(tmp_path, passport={"source": "demo"})
    app = opened(tmp_path, "en")
    assert not app.exception
    assert "has no passport" in words(app)


def test_a_version_of_several_files_shows_each(tmp_path: Path):
    commit(tmp_path, passport={"format": 2, "number": NUMBER, "parts": [record(), record()]})
    app = opened(tmp_path, "en")
    assert not app.exception
    assert words(app).count("8 rows = 6 published") == 2
    assert "one page each" in words(app)
