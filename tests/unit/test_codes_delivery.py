"""From accepted inspections to the store: every row, record and byte arrives where it belongs."""

from __future__ import annotations

import hashlib
import zipfile
from dataclasses import replace

import pandas as pd
import pytest

from domain.i18n import LANGUAGES
from domain.issues import explain
from ingest import Inspection, deliver, passport
from ingest.model import RefusedError
from store import StaleVersionError, Store, Viewer
from tests.upload_world import layer, look, square, squares
from views.publishing import publish

ANN = Viewer("ann")
LEDGER = (
    "电子监管号,行政区代码,供应面积(平方米),合同签订日期,约定动工,约定竣工\r\n"
    "3601212019B00001,360121,1000,2019-12-1,2020-6-1,2022-6-1\r\n"
    "坏,360121,1,2019-12-1,2020-6-1,2022-6-1\r\n"
)


def one(name: str = "a.zip") -> Inspection:
    """Two good rows and one that is kept out."""
    return look(layer([*squares(2), None]), name=name)


def other() -> Inspection:
    """One good row and one that is kept out, elsewhere."""
    shapes = [square(5), None]
    return look(layer(shapes, {"DKBH": ["Q1", "Q2"], "备注": ["甲", "乙"]}), name="b.zip")


def table() -> Inspection:
    return look(LEDGER.encode(), name="c.csv", kind="supply")


def upload(inspection: Inspection) -> bytes:
    return inspection.original[1].read_bytes()


def test_one_inspection_is_handed_over_as_it_is():
    found = one()
    delivery = deliver([found])
    assert (delivery.kind, delivery.rows) == ("parcels", found.accepted_file)
    assert delivery.original == found.original
    assert delivery.passport == passport(found)
    pd.testing.assert_frame_equal(delivery.quarantined, found.quarantined())
    assert delivery.quarantined["source_row"].tolist() == [3]


def test_records_of_a_ledger_are_handed_over_as_a_frame():
    found = table()
    delivery = deliver([found])
    assert delivery.kind == "supply"
    pd.testing.assert_frame_equal(delivery.rows, found.records())
    assert delivery.quarantined["source_row"].tolist() == [2]
    both = deliver([found, table()])
    assert both.rows["supply_no"].tolist() == ["3601212019B00001"] * 2
    assert both.rows.index.tolist() == [0, 1]


def test_several_inspections_are_put_together_in_their_order():
    parts = [one(), other()]
    delivery = deliver(parts)
    assert sorted(delivery.rows["parcel_id"][:2]) == ["P1", "P2"]
    assert delivery.rows["parcel_id"][2] == "Q1"
    assert delivery.rows.index.tolist() == [0, 1, 2]
    assert delivery.rows.crs.to_epsg() == 4490
    assert delivery.quarantined["source_row"].tolist() == [3, 2]
    assert delivery.quarantined.index.tolist() == [0, 1]
    record = delivery.passport
    assert record["parts"] == [passport(part) for part in parts]
    counts = {name: record[name] for name in ("rows_in_file", "rows_ok", "rows_quarantined")}
    assert counts == {"rows_in_file": 5, "rows_ok": 3, "rows_quarantined": 2}
    shas = "".join(part.report.sha256 for part in parts)
    assert record["sha256"] == hashlib.sha256(shas.encode()).hexdigest()
    assert record["format"] == passport(parts[0])["format"]
    assert (record["kind"], record["number"]) == ("parcels", parts[0].report.number)


def test_uploads_of_one_name_lie_side_by_side_in_one_archive():
    parts = [one("同名.zip"), other()]
    parts[1] = replace(parts[1], original=("同名.zip", parts[1].original[1]))
    name, path = deliver(parts).original
    assert name == "originals.zip"
    with zipfile.ZipFile(path) as archive:
        assert archive.namelist() == ["001_同名.zip", "002_同名.zip"]
        for entry, part in zip(archive.infolist(), parts, strict=True):
            assert archive.read(entry) == upload(part)
            assert entry.date_time == (1980, 1, 1, 0, 0, 0)
    assert deliver(parts).original[1].read_bytes() == path.read_bytes()


def test_ing_003_rows_of_several_kinds_are_not_mixed():
    overlay = look(layer(squares(1), {"名称": ["红线"]}), kind="overlay")
    parcels, supplies = one(), table()
    for mixed in ([parcels, supplies], [parcels, overlay]):
        with pytest.raises(RefusedError) as caught:
            deliver(mixed)
        assert caught.value.issue == "ING-003"
        texts = [explain(caught.value, language) for language in LANGUAGES]
        assert all("{" not in text for text in texts)


@pytest.fixture
def store(tmp_path) -> Store:
    return Store(tmp_path / "store")


@pytest.mark.parametrize("several", [False, True])
def test_everything_of_a_delivery_reaches_the_version(store: Store, several: bool):  # noqa: FBT001
    delivery = deliver([one(), other()] if several else [one()])
    version = publish(store, delivery, "land", viewer=ANN, reason="年度入库", seen=0).version
    assert version is not None
    rows, apart = (3, 2) if several else (2, 1)
    assert (version.number, version.rows, version.quarantined) == (1, rows, apart)
    assert (version.committed_by, version.reason, version.kind) == ("ann", "年度入库", "parcels")
    # Whoever sees all rows gets the whole record.
    assert version.passport == store.version("land", ANN).passport
    assert version.passport["rows_ok"] == delivery.passport["rows_ok"]
    name, content = store.original(version, ANN)
    assert (name, content) == (delivery.original[0], delivery.original[1].read_bytes())
    kept = store.quarantined(version, ANN)
    assert kept["source_row"].tolist() == delivery.quarantined["source_row"].tolist()
    ids = {"P1", "P2", "Q1"} if several else {"P1", "P2"}
    assert set(store.read(version, ANN)["parcel_id"]) == ids


@pytest.mark.parametrize("several", [False, True])
def test_a_version_that_somebody_else_replaced_is_not_replaced_again(
    store: Store,
    several: bool,  # noqa: FBT001
):
    delivery = deliver([one(), other()] if several else [one()])
    publish(store, deliver([other()]), "land", viewer=ANN, reason="first", seen=0)
    for stale in (0, 2):
        with pytest.raises(StaleVersionError):
            publish(store, delivery, "land", viewer=ANN, reason="second", seen=stale)
    assert store.version("land", ANN).number == 1
    assert publish(store, delivery, "land", viewer=ANN, reason="second", seen=1).version.number == 2
    last = publish(store, deliver([other()]), "land", viewer=ANN, reason="third")
    assert last.version.number == 3
    assert last.records == 0


def test_records_reach_their_ledger_with_the_reason(store: Store):
    delivery = deliver([table()])
    done = publish(store, delivery, "ignored", viewer=ANN, reason="台账入库")
    assert (done.version, done.records) == (None, 1)
    trail = store.audit(ANN)
    assert (trail["reason"][0], trail["viewer"][0]) == ("台账入库", "ann")
    assert store.datasets(ANN) == []
    path = one().original[1]
    for wrong in (replace(delivery, rows=path), replace(delivery, kind="roads")):
        with pytest.raises(TypeError):
            publish(store, wrong, "land", viewer=ANN, reason="r")
    assert len(store.audit(ANN)) == len(trail)
