"""Ledger rows: arithmetic, order of dates, changes with before and after."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest
from sqlalchemy import insert
from sqlalchemy.exc import DBAPIError

from domain import ledgers
from geo.errors import SchemaError
from store import LedgerError, StaleVersionError, Viewer, ledger_frame, ledger_store
from store import ledgers as ledger_rows
from store.engine import reading, writing
from store.model import LEDGERS
from tests.store_world import COUNTIES, GANZHOU, MOMENT, NANCHANG, batches, supplies

ANN = Viewer("ann")
BO = Viewer("bo")


def put(store, rows, *, table="batch", viewer=ANN, reason="r"):
    return store.put_ledger(table, rows, viewer=viewer, reason=reason)


def test_rows_come_back_typed(store):
    assert put(store, batches(NANCHANG, GANZHOU)) == 2
    back = store.ledger("batch", ANN)
    for column in ledgers.columns("batch"):
        assert str(back[column.column].dtype) == column.pandas_dtype, column.column
    assert back["approved_m2"].tolist() == [100_000.0, 100_000.0]
    assert back["approved_on"].tolist() == [pd.Timestamp("2020-05-06")] * 2
    assert back["prefecture_adcode"].tolist() == [NANCHANG, GANZHOU]
    assert back["revision"].tolist() == [1, 1]
    assert back["changed_at"][0] == MOMENT
    assert not back["demonstration"].any()


def test_an_empty_ledger_has_its_columns(store):
    for table in ledgers.TABLES:
        back = store.ledger(table, ANN)
        assert back.empty
        assert ledgers.KEY[table] in back


def test_rows_that_stand_already_are_left_alone(store):
    put(store, batches(NANCHANG))
    assert put(store, batches(NANCHANG)) == 0
    assert len(store.audit(ANN)) == 1


def test_a_change_is_kept_with_before_and_after(store):
    put(store, batches(NANCHANG))
    moved = batches(NANCHANG).assign(supplied_m2=70_000.0, unsupplied_m2=20_000.0)
    assert put(store, moved, viewer=BO, reason="supplied 1 ha") == 1
    change = store.changes("batch", ANN).iloc[0]
    assert (change["viewer"], change["reason"]) == ("bo", "supplied 1 ha")
    assert change["at"] == MOMENT
    assert change["before"]["supplied_m2"] == 60_000.0
    assert change["after"]["supplied_m2"] == 70_000.0
    row = store.ledger("batch", ANN).iloc[0]
    assert (row["revision"], row["changed_by"]) == (2, "bo")


def test_the_first_change_has_nothing_before(store):
    put(store, batches(NANCHANG))
    assert store.changes("batch", ANN)["before"].tolist() == [None]


def test_changing_a_row_that_moved_meanwhile_is_refused(store):
    put(store, batches(NANCHANG, GANZHOU))
    seen = store.ledger("batch", ANN)
    put(store, batches(NANCHANG).assign(office="演示"), viewer=BO)
    with pytest.raises(StaleVersionError) as refusal:
        put(store, seen.assign(office="另一处"))
    assert vars(refusal.value)["values"]["who"] == "bo"
    assert store.ledger("batch", ANN)["office"].fillna("").tolist() == ["演示", ""]


def test_changing_rows_as_read_works(store):
    put(store, batches(NANCHANG, GANZHOU))
    seen = store.ledger("batch", ANN)
    assert put(store, seen.assign(office="演示")) == 2


def test_all_rows_or_none(store):
    rows = pd.concat([batches(NANCHANG), batches(GANZHOU).assign(unsupplied_m2=0.0)])
    with pytest.raises(LedgerError):
        put(store, rows)
    assert store.ledger("batch", ANN).empty
    assert store.audit(ANN).empty


@pytest.mark.parametrize(("gap", "fits"), [(0.0, True), (1.0, True), (-1.0, True), (1.01, False)])
def test_areas_of_a_batch_add_up_to_a_square_metre(store, gap, fits):
    rows = batches(NANCHANG).assign(unsupplied_m2=30_000.0 + gap)
    if fits:
        assert put(store, rows) == 1
    else:
        with pytest.raises(LedgerError, match="areas"):
            put(store, rows)


def test_no_area_of_a_batch_is_negative(store):
    rows = batches(NANCHANG).assign(supplied_m2=130_000.0, unsupplied_m2=-40_000.0)
    with pytest.raises(LedgerError, match="areas"):
        put(store, rows)


@pytest.mark.parametrize(
    ("column", "day", "fits"),
    [
        ("start_due", "2021-03-01", True),
        ("start_due", "2021-02-28", False),
        ("finish_due", "2021-09-02", True),
        ("finish_due", "2021-09-01", False),
        ("start_due", None, True),
        ("finish_due", None, True),
    ],
)
def test_dates_of_a_supply_stand_in_order(store, column, day, fits):
    rows = supplies().assign(**{column: pd.Timestamp(day) if day else pd.NaT})
    if fits:
        assert put(store, rows, table="supply") == 1
    else:
        with pytest.raises(LedgerError):
            put(store, rows, table="supply")


@pytest.mark.parametrize(
    ("number", "fits"),
    [
        ("3601122021B00001", True),
        ("4418002016A01159", True),
        ("3601122021B00001234", True),  # the form of 19 characters
        ("3601122021b00001", False),
        ("3601122021B0001", False),
        ("无", False),
    ],
)
def test_supervision_numbers_have_their_form(store, number, fits):
    rows = supplies().assign(supply_no=number)
    if fits:
        assert put(store, rows, table="supply") == 1
    else:
        with pytest.raises(LedgerError, match="supply_no"):
            put(store, rows, table="supply")


def test_a_key_given_twice_is_refused(store):
    with pytest.raises(LedgerError, match="twice"):
        put(store, pd.concat([batches(NANCHANG)] * 2, ignore_index=True))


def test_a_missing_required_field_is_named(store):
    with pytest.raises(SchemaError, match="approved_m2"):
        put(store, batches(NANCHANG).drop(columns="approved_m2"))
    with pytest.raises(SchemaError, match="approved_on"):
        put(store, batches(NANCHANG).assign(approved_on=pd.NaT))


def test_values_of_the_wrong_kind_are_named(store):
    with pytest.raises(SchemaError, match="approved_m2"):
        put(store, batches(NANCHANG).assign(approved_m2="viel"))


def test_the_first_of_january_1900_means_empty(store):
    put(store, supplies().assign(started_on=dt.date(1900, 1, 1)), table="supply")
    assert store.ledger("supply", ANN)["started_on"].isna().all()


def test_more_rows_than_sqlite_takes_variables(store):
    one = supplies()
    rows = pd.concat([one] * 1200, ignore_index=True)
    rows["supply_no"] = [f"3601122021B{k:05d}" for k in range(1200)]
    assert put(store, rows, table="supply") == 1200
    rows.loc[3, "holder"] = "演示企业0003"
    assert put(store, rows, table="supply") == 1


def test_schema_covers_the_forms():
    assert [len(ledgers.columns(table)) for table in ledgers.TABLES] == [22, 28, 26, 5, 51, 32]
    for table in ledgers.TABLES:
        codes = [column.code for column in ledgers.columns(table)]
        assert len(codes) == len(set(codes))
        assert all(len(code) <= 10 for code in codes)
        assert all(column.zh and column.en for column in ledgers.columns(table))


@pytest.mark.parametrize(("day", "fits"), [("2021-03-01", True), ("2021-03-02", False)])
@pytest.mark.parametrize("first", ["batch", "supply"])
def test_a_contract_is_not_signed_before_its_batch_is_approved(store, day, fits, first):
    rows = {
        "batch": batches(NANCHANG).assign(approved_on=pd.Timestamp(day)),
        "supply": supplies().assign(batch_id=f"{NANCHANG}演示批次"),  # signed on 2021-03-01
    }
    second = "supply" if first == "batch" else "batch"
    put(store, rows[first], table=first)
    if fits:
        assert put(store, rows[second], table=second) == 1
    else:
        with pytest.raises(LedgerError, match="contract_before_approval") as refusal:
            put(store, rows[second], table=second)
        assert refusal.value.code == "STO-005"
        assert store.ledger(second, ANN).empty


def test_a_supply_lies_in_the_prefecture_of_its_batch(store):
    put(store, batches(GANZHOU))
    rows = supplies().assign(batch_id=f"{GANZHOU}演示批次")
    with pytest.raises(LedgerError, match="batch_elsewhere"):
        put(store, rows, table="supply")


def links(prefecture=NANCHANG, **facts):
    """One link of the supply of these tests with the batch of a prefecture."""
    rows = pd.DataFrame(
        {
            "supply_no": [f"{COUNTIES[NANCHANG]}2021B00001"],
            "batch_id": [f"{prefecture}演示批次"],
            "county_adcode": [COUNTIES[NANCHANG]],
            "area_m2": [60_000.0],
        }
    )
    return ledgers.with_link_ids(rows.assign(**facts))


@pytest.mark.parametrize(("day", "fits"), [("2021-03-01", True), ("2021-03-02", False)])
@pytest.mark.parametrize("last", ["batch", "supply", "supply_batch"])
def test_a_linked_contract_is_not_signed_before_its_batch_is_approved(store, day, fits, last):
    rows = {
        "batch": batches(NANCHANG).assign(approved_on=pd.Timestamp(day)),
        "supply": supplies(),  # names no batch, signed on 2021-03-01
        "supply_batch": links(),
    }
    for table in rows.keys() - {last}:
        put(store, rows[table], table=table)
    if fits:
        assert put(store, rows[last], table=last) == 1
    else:
        with pytest.raises(LedgerError, match="contract_before_approval"):
            put(store, rows[last], table=last)
        assert store.ledger(last, ANN).empty


@pytest.mark.parametrize("last", ["batch", "supply_batch"])
def test_a_link_lies_in_the_prefecture_of_its_batch(store, last):
    rows = {"batch": batches(GANZHOU), "supply_batch": links(GANZHOU)}
    (first,) = rows.keys() - {last}
    put(store, rows[first], table=first)
    with pytest.raises(LedgerError, match="batch_elsewhere"):
        put(store, rows[last], table=last)


@pytest.mark.parametrize(("area", "fits"), [(0.0001, True), (0.0, False), (-1.0, False)])
def test_a_link_has_an_area(store, area, fits):
    if fits:
        assert put(store, links(area_m2=area), table="supply_batch") == 1
    else:
        with pytest.raises(LedgerError, match="areas"):
            put(store, links(area_m2=area), table="supply_batch")


def test_links_get_names_where_they_have_none():
    given = links().drop(columns="link_id")
    named = pd.concat([given, given, given], ignore_index=True)
    named["link_id"] = ["L1", None, None]
    named.loc[2, "batch_id"] = None
    made = ledgers.with_link_ids(named)["link_id"]
    assert made[0] == "L1"
    assert made[1] == f"3601122021B00001/{NANCHANG}演示批次"
    assert pd.isna(made[2])
    assert ledgers.with_link_ids(given)["link_id"].tolist() == [made[1]]


def test_a_supply_of_an_unknown_or_ended_batch_passes(store):
    rows = supplies().assign(batch_id=f"{GANZHOU}演示批次")
    assert put(store, rows, table="supply") == 1
    put(store, batches(NANCHANG).assign(approved_on=pd.Timestamp("2025-01-01")))
    store.end_ledger("batch", {f"{NANCHANG}演示批次": 1}, viewer=ANN, reason="r")
    rows = supplies().assign(batch_id=f"{NANCHANG}演示批次")
    assert put(store, rows, table="supply") == 1


def test_texts_longer_than_their_column_are_named(store):
    assert put(store, batches(NANCHANG).assign(office="x" * 400)) == 1
    with pytest.raises(SchemaError, match="office"):
        put(store, batches(NANCHANG).assign(office="x" * 401))
    assert put(store, batches(NANCHANG).assign(batch_id="x" * 200)) == 1
    with pytest.raises(SchemaError, match="batch_id"):
        put(store, batches(NANCHANG).assign(batch_id="x" * 201))


def test_a_ledger_is_brought_up_from_what_stood_at_a_mark(store):
    """Changed, ended, brought back, moved to another prefecture, new in front, between, behind."""
    rows = pd.concat([supplies()] * 7, ignore_index=True)
    rows["supply_no"] = [f"3601122021B0000{k}" for k in range(1, 8)]
    put(store, rows, table="supply")
    of_nanchang = Viewer("cao", frozenset({NANCHANG}))
    viewers = (ANN, of_nanchang, Viewer("dai", frozenset({GANZHOU})))
    store.end_ledger("supply", {"3601122021B00006": 1}, viewer=ANN, reason="r")
    before = {v: (store.ledger_mark("supply", v), store.ledger("supply", v)) for v in viewers}
    kept = {v: frame.copy() for v, (_, frame) in before.items()}

    put(store, rows.iloc[[1]].assign(holder="演示企业0002"), table="supply")
    store.end_ledger("supply", {"3601122021B00003": 1}, viewer=ANN, reason="r")
    put(store, rows.iloc[[5]], table="supply")
    put(store, rows.iloc[[3]].assign(county_adcode=COUNTIES[GANZHOU]), table="supply")
    numbers = ["3601122020B00001", "3601122021B000041", "3601122022B00001"]
    put(store, rows.iloc[:3].assign(supply_no=numbers), table="supply")
    for viewer, (mark, frame) in before.items():
        after = store.ledger_after("supply", viewer, before=frame, mark=mark)
        pd.testing.assert_frame_equal(after, store.ledger("supply", viewer))
        pd.testing.assert_frame_equal(frame, kept[viewer])
        assert store.ledger_mark("supply", viewer) > mark
        same = store.ledger_after(
            "supply", viewer, before=after, mark=store.ledger_mark("supply", viewer)
        )
        pd.testing.assert_frame_equal(same, after)


def test_rows_that_only_changed_stay_in_their_places(store):
    put(store, batches(NANCHANG, GANZHOU))
    mark, before = store.ledger_mark("batch", ANN), store.ledger("batch", ANN)
    assert store.ledger_after("batch", ANN, before=before, mark=mark) is before
    put(store, batches(GANZHOU).assign(office="演示单位", ready_on=pd.Timestamp("2021-02-28")))
    after = store.ledger_after("batch", ANN, before=before, mark=mark)
    pd.testing.assert_frame_equal(after, store.ledger("batch", ANN))
    assert before["office"].isna().all()


def test_many_changes_are_read_as_a_whole(store, monkeypatch):
    monkeypatch.setattr(ledger_store, "_MANY_CHANGES", 1)
    empty = store.ledger("batch", ANN)
    put(store, batches(NANCHANG, GANZHOU))
    after = store.ledger_after("batch", ANN, before=empty, mark=0)
    pd.testing.assert_frame_equal(after, store.ledger("batch", ANN))


VALUES = {
    "string": ["甲厂", "", "𠮷 <b>'\"\n", "NULL", "0"],
    "float64": [0.1 + 0.2, -0.0, 1e300, 5.0, 123_456_789.123],
    "datetime64[ms]": [dt.date(2020, 2, 29), dt.date(1, 1, 1), dt.date(9999, 12, 31)],
    "bool": [True, False],
    "boolean": [True, False],
    "int64": [1, 2**31 - 1],
    "datetime64[us, UTC]": [MOMENT, MOMENT.replace(microsecond=1), MOMENT.replace(year=1999)],
}


def any_rows(table, count):
    """Rows of every sort of value with gaps wherever the table allows them; the last has ended."""
    known = ledger_rows._dtypes(table)
    rows = []
    for i in range(count):
        row = {"ended_at": MOMENT if i == count - 1 else None}
        for k, (name, dtype) in enumerate(known.items()):
            values = VALUES[dtype]
            gap = LEDGERS[table].c[name].nullable and (i + k) % 3 == 0
            row[name] = None if gap else values[(i + k) % len(values)]
        rows.append(row | {ledgers.KEY[table]: f"键{i:03d}", "prefecture_adcode": NANCHANG})
    return rows


@pytest.mark.parametrize("table", ledgers.TABLES)
def test_rows_as_the_driver_gives_them_are_those_of_wrapped_rows(store, monkeypatch, table):
    with writing(store._engine) as connection:
        connection.execute(insert(LEDGERS[table]), any_rows(table, 13))
    with reading(store._engine) as connection:
        wrapped = connection.execute(ledger_rows._selected(table, ANN)).all()
    assert len(wrapped) == 12
    expected = ledger_frame.frame(ledger_rows._dtypes(table), [[tuple(row) for row in wrapped]])
    for piece in (1, 4, 12, 2_000):
        monkeypatch.setattr(ledger_frame, "ROWS", piece)
        back = store.ledger(table, ANN)
        pd.testing.assert_frame_equal(back, expected, check_exact=True)
        assert back.dtypes.astype(str).to_dict() == ledger_rows._dtypes(table)
        assert back["demonstration"].nunique() == 2
    assert store.ledger(table, Viewer("cao", frozenset({GANZHOU}))).empty


def test_an_error_while_rows_are_fetched_is_one_that_the_store_tells_of(empty_store, monkeypatch):
    monkeypatch.setattr(ledger_frame, "ROWS", 1)
    put(empty_store, batches(NANCHANG, GANZHOU))
    with empty_store._engine.connect() as connection:
        found = connection.execute(ledger_rows._selected("batch", ANN))
        pieces = ledger_rows._as_they_come(found)
        assert len(next(pieces)) == 1
        connection.connection.dbapi_connection.close()
        with pytest.raises(DBAPIError, match="closed database"):  # what the store translates
            next(pieces)


def test_frames_read_days_as_text_and_as_days():
    dtypes = {"a": "string", "d": "datetime64[ms]", "m": "datetime64[us, UTC]", "f": "boolean"}
    moment = dt.datetime(2026, 3, 1, 8, 30)  # noqa: DTZ001 - as drivers give it
    pieces = [
        [(None, None, "2026-03-01 08:30:00.000000", None)],
        [],
        [("x", "2020-02-29", "2026-03-01 08:30:00.000000", True)],
        [("y", dt.date(2020, 2, 29), moment, False)],
    ]
    out = ledger_frame.frame(dtypes, pieces)
    assert out.dtypes.astype(str).to_dict() == dtypes
    assert out["d"].isna().tolist() == [True, False, False]
    assert set(out["d"][1:]) == {pd.Timestamp("2020-02-29")}
    assert set(out["m"]) == {pd.Timestamp("2026-03-01 08:30", tz="UTC")}
    assert out["f"].tolist() == [pd.NA, True, False]


def test_the_mark_of_a_ledger_moves_with_its_rows_only(store):
    of_nanchang = Viewer("cao", frozenset({NANCHANG}))
    of_nobody = Viewer("nobody", frozenset())
    assert store.ledger_mark("batch", ANN) == 0
    put(store, batches(NANCHANG))
    first = store.ledger_mark("batch", ANN)
    assert first > 0
    assert store.ledger_mark("batch", of_nanchang) == first
    put(store, supplies(), table="supply")
    put(store, batches(GANZHOU))
    last = store.ledger_mark("batch", ANN)
    assert last > first
    assert store.ledger_mark("batch", of_nanchang) == first
    assert store.ledger_mark("batch", of_nobody) == 0
    assert put(store, batches(GANZHOU)) == 0  # nothing changed
    assert store.ledger_mark("batch", ANN) == last
    store.end_ledger("batch", {f"{NANCHANG}演示批次": 1}, viewer=ANN, reason="r")
    assert store.ledger_mark("batch", of_nanchang) > last
