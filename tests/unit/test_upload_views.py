"""What the upload page works out for itself: pictures, lists, questions, cards, progress."""

from __future__ import annotations

import base64
import re
from xml.etree import ElementTree as ET

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from domain import boundaries
from domain.i18n import translator
from geo.errors import GanyuanError
from ingest import Choices, CrsCandidate, CrsEvidence, Finding, Inspection, Report
from ingest.evidence import Repair
from settings import Settings
from store import Store, Version, Viewer
from views.context import Context
from views.upload import check as upload_check
from views.upload import findings_list as upload_findings_list
from views.upload import sketch as upload_sketch
from views.upload.acts import possible
from views.upload.cards import Card, card_html
from views.upload.crs import contrast, crs_card, likely, place_words, why_likely
from views.upload.differences import compare_rows, rows_table, totals_html
from views.upload.publish import as_name, meant
from views.upload.questions import _affected, may_import_anyway, open_questions
from views.upload.repairs import reason_words, table
from views.upload.shelf import Held, Shelf

SVG = "{http://www.w3.org/2000/svg}"
NANCHANG = (115.886, 28.538, 115.895, 28.543)


@pytest.fixture
def ctx(tmp_path):
    return Context(Settings(), Store(tmp_path), Viewer("李工"), translator("zh_CN"), "ha")


def inspected(*findings, choices=None, **facts):
    report = Report(name="a.zip", findings=findings, **facts)
    return Inspection(report, choices or Choices())


def drawn(svg):
    root = ET.fromstring(svg)  # noqa: S314 - a picture of our own
    return root, [float(v) for v in root.get("viewBox").split()]


def inside(svg):
    """Whether every number of every path and mark is in the picture."""
    root, (_, _, width, height) = drawn(svg)
    for path in root.iter(f"{SVG}path"):
        for x, y in re.findall(r"(-?[\d.]+) (-?[\d.]+)", path.get("d")):
            assert -0.6 <= float(x) <= width + 0.6
            assert -0.6 <= float(y) <= height + 0.6
    return [r for r in root.iter() if r.tag in {f"{SVG}rect", f"{SVG}circle"}]


def test_a_small_frame_is_seen_as_a_mark_of_seven_pixels_with_a_ring():
    rect, ring = inside(upload_sketch.place_picture(NANCHANG))
    assert float(rect.get("width")) == 7.0
    assert float(ring.get("r")) == 11


def test_a_large_frame_has_no_ring():
    marks = inside(upload_sketch.place_picture((113.6, 24.5, 118.4, 30.0)))
    assert [m.tag for m in marks] == [f"{SVG}rect"]


def test_a_frame_outside_of_the_province_makes_the_picture_larger():
    (rect, _) = inside(upload_sketch.place_picture((125.0, 28.3, 125.1, 28.4)))
    assert float(rect.get("x")) > 150


def test_north_is_up_and_east_is_right():
    def middle(frame):
        rect = inside(upload_sketch.place_picture(frame))[0]
        x, y, wide, high = (float(rect.get(n)) for n in ("x", "y", "width", "height"))
        return x + wide / 2, y + high / 2

    south_west, north_east = middle((114.6, 25.0, 114.7, 25.1)), middle((117.0, 29.0, 117.1, 29.1))
    assert south_west[0] < north_east[0]
    assert south_west[1] > north_east[1]


def test_a_county_is_drawn_close_by():
    inside(upload_sketch.county_picture(NANCHANG, "360121"))
    with pytest.raises(boundaries.UnknownPlaceError):
        upload_sketch.county_picture(NANCHANG, "110000")


def test_a_repair_is_drawn_side_by_side_in_one_scale():
    bow = shapely.from_wkt("POLYGON ((115 28, 115.01 28.01, 115.01 28, 115 28.01, 115 28))")
    mended = shapely.make_valid(bow)
    svg = upload_sketch.repair_picture(*(shapely.to_wkb(g, hex=True) for g in (bow, mended)))
    root, (_, _, width, _) = drawn(svg)
    left, right = root.findall(f"{SVG}g")
    assert left.get("transform") == "translate(0 0)"
    assert right.get("transform") == f"translate({int(width) // 2} 0)"
    assert upload_sketch.repair_picture("", "") == ""


def test_a_picture_is_an_image_whose_words_cannot_break_out():
    html = upload_sketch.as_image("<svg/>", 'a"><script>alert(1)</script>')
    assert "<script" not in html
    raw = re.search(r"base64,([^\"]+)", html).group(1)
    assert base64.b64decode(raw) == b"<svg/>"


def test_questions_come_in_their_order_and_go_when_answered():
    found = inspected(
        Finding(code="CLS-001"), Finding(code="VAL-004"), decisions=("crs", "encoding", "layer")
    )
    assert open_questions(found, found.choices) == ["layer", "encoding", "crs", "unit", "standard"]
    answered = Choices(layer="a", encoding="gb18030")
    assert open_questions(found, answered) == ["crs", "unit", "standard"]
    assert open_questions(found, Choices(county_adcode="360121"))[0] == "layer"
    assert open_questions(found, answered, {"unit", "standard"}) == ["crs"]


def test_an_answer_that_did_not_help_is_asked_again():
    found = inspected(decisions=("encoding",), choices=Choices(encoding="big5"))
    assert open_questions(found, Choices(encoding="big5")) == ["encoding"]
    assert open_questions(found, Choices(encoding="gb18030")) == []


@pytest.mark.parametrize(
    ("refused_by", "anyway", "expected"),
    [("FIL-006", (), "FIL-006"), ("FIL-006", ("FIL-006",), ""), ("FIL-003", (), ""), ("", (), "")],
)
def test_some_refusals_can_be_overruled_once(refused_by, anyway, expected):
    found = inspected(refused_by=refused_by, choices=Choices(anyway=anyway))
    assert may_import_anyway(found) == expected


@pytest.mark.parametrize(
    ("shapes", "records", "rows", "n"), [(12, 10, "11-12", 2), (10, 11, "11", 1), (5, 9, "6-9", 4)]
)
def test_rows_with_one_half_only_are_named(shapes, records, rows, n):
    said = _affected({"shapes": shapes, "records": records})
    assert (said["rows"], said["n"], said["both"]) == (rows, n, min(shapes, records))


def candidate(epsg, inside_share, **more):
    return CrsCandidate(
        epsg=epsg, name=f"S{epsg}", name_zh=f"系{epsg}", inside=inside_share, **more
    )


def test_why_a_system_is_the_most_likely_one(ctx):
    one, two = candidate(4547, 1.0), candidate(4548, 0.4)
    evidence = CrsEvidence(chosen=None, candidates=(one, two))
    assert "最多" in why_likely(ctx, evidence, one)
    assert "只有它" in why_likely(ctx, CrsEvidence(chosen=None, candidates=(one,)), one)
    assert likely(evidence) is one
    near, far = candidate(4547, 1.0, in_county=1.0), candidate(4548, 1.0, in_county=0.0)
    assert "所填的县" in why_likely(ctx, CrsEvidence(chosen=None, candidates=(near, far)), near)


def test_of_two_systems_that_are_as_good_none_is_called_the_most_likely(ctx):
    one, two = candidate(4547, 1.0), candidate(4548, 1.0)
    tie = CrsEvidence(chosen=None, candidates=(one, two))
    assert likely(tie) is None
    assert "2 个坐标系都吻合" in contrast(ctx, tie)
    assert likely(CrsEvidence(chosen=None)) is None
    near = candidate(4548, 0.99, in_county=1.0)
    assert likely(CrsEvidence(chosen=None, candidates=(one, near))) is near


def test_what_is_declared_stands_beside_what_the_numbers_say(ctx):
    best = candidate(4548, 1.0)
    html = contrast(ctx, CrsEvidence(chosen=None, declared="<b>WGS 84</b>", candidates=(best,)))
    assert "&lt;b&gt;WGS 84&lt;/b&gt;" in html
    assert "系4548" in html
    assert "系4548" not in contrast(ctx, CrsEvidence(chosen=None, candidates=(best,)), fits=False)


def test_exchanged_axes_are_said_in_words(ctx):
    swapped = candidate(4548, 1.0, swapped=True, outline=NANCHANG)
    card = crs_card(
        ctx, CrsEvidence(chosen=None, candidates=(swapped,)), swapped, county="", best=True
    )
    assert "对调" in card.title
    assert "对调" in card.why
    assert card.pictures.count("<img") == 2
    assert "南昌" in card.pictures


def test_a_place_outside_is_said_to_be(ctx):
    assert place_words(ctx, 125.0, 28.3, "").startswith("省外")


def test_foreign_text_on_a_card_is_no_markup(ctx):
    html = card_html(ctx, Card("<i>a</i>", "<b>", lines=("<script>", ""), why="&"))
    assert "<script>" not in html
    assert "<i>a" not in html
    assert "&nbsp;" in html


def listed(*findings):
    return upload_findings_list.listing(inspected(*findings), "zh_CN")


def test_findings_are_listed_errors_first_then_by_row():
    frame = listed(
        Finding(code="VAL-003", values={"unit": "ha", "unit_zh": "公顷"}),
        Finding(code="VAL-005", row=9),
        Finding(code="GEO-001", row=7),
        Finding(code="GEO-001", row=3),
        Finding(code="VAL-005", row=2),
    )
    assert frame["row"].tolist() == [3, 7, 2, 9, 0]
    assert frame["severity"].tolist() == ["error", "error", "warning", "warning", "info"]
    assert frame["actor"].tolist()[:2] == ["sender", "sender"]


def test_findings_beyond_those_listed_are_counted():
    found = inspected(Finding(code="VAL-005", row=1), more_findings={"VAL-005": 20_000})
    assert upload_findings_list.counts(found) == {"error": 0, "warning": 20_000, "info": 0}
    assert upload_findings_list.by_code(found, "zh_CN")["count"].tolist() == [20_000]


def test_codes_are_sorted_by_severity_and_number():
    found = inspected(
        Finding(code="VAL-005", row=1),
        *(Finding(code="VAL-006", row=n, values={"value": "a"}) for n in (2, 3)),
        Finding(code="GEO-001", row=4),
    )
    frame = upload_findings_list.by_code(found, "en")
    assert frame["code"].tolist() == ["GEO-001", "VAL-006", "VAL-005"]
    assert frame["mend"].str.len().min() > 0


@pytest.mark.parametrize(
    ("asked", "rows"),
    [
        ({}, [4, 2, 3]),
        ({"severities": ["error"]}, [4]),
        ({"code": "VAL-006"}, [2, 3]),
        ({"text": "3"}, [3]),
        ({"text": "geo-0"}, [4]),
        ({"text": "甲-7"}, [3]),
        ({"text": "("}, []),
        ({"severities": ["warning"], "text": "甲-7"}, [3]),
    ],
)
def test_findings_are_filtered_by_everything_that_is_asked(asked, rows):
    frame = listed(
        Finding(code="VAL-006", row=2, values={"value": "乙"}),
        Finding(code="VAL-006", row=3, values={"value": "甲-7"}),
        Finding(code="GEO-001", row=4),
    )
    assert upload_findings_list.filtered(frame, **asked)["row"].tolist() == rows


def test_the_worst_finding_colours_a_row():
    found = inspected(
        Finding(code="VAL-005", row=1),
        Finding(code="GEO-001", row=1),
        Finding(code="VAL-005", row=2),
    )
    assert upload_findings_list.worst(found).to_dict() == {1: "error", 2: "warning"}


def test_no_findings_make_empty_tables():
    assert len(listed()) == 0
    assert len(upload_findings_list.filtered(listed(), text="a", code="b")) == 0
    assert len(upload_findings_list.by_code(inspected(), "zh_CN")) == 0


def test_repairs_are_listed_with_their_areas_and_without_consent(ctx):
    frame = table(ctx, [Repair(row=3, reason="Self-intersection", area_before_m2=10.5,
                               area_after_m2=30.25, parts=2)])  # fmt: skip
    assert frame.loc[0, ["row", "before", "after", "difference"]].tolist() == [
        3,
        10.5,
        30.25,
        19.75,
    ]
    assert not frame["accepted"].any()
    assert frame.loc[0, "reason"] == "自相交"
    assert reason_words(ctx, "Something new[1 2]") == "Something new[1 2]"


def test_a_name_is_made_of_what_was_typed_and_a_stale_label_is_the_name_it_names():
    assert as_name("2024 供地台账(终稿).v2") == "2024-供地台账-终稿-v2"
    assert meant("gd（新建）", ["gd"]) == "gd"
    assert meant("gd (replaces version 1)", ["gd", "gd (replaces"]) == "gd"
    assert meant("新 名", ["gd"]) == "新-名"


def version(number, **facts):
    moment = pd.Timestamp("2026-01-01", tz="UTC").to_pydatetime()
    return Version("gd", number, "parcels", 3, "x", "李工", "台账", moment, **facts)


def test_acts_that_are_possible():
    first, second = version(1), version(2)
    assert possible(first, first) == ["end"]
    assert possible(second, second) == ["undo", "end"]
    assert possible(first, second) == ["restore", "undo", "end"]
    ended = version(2, ended_at=first.committed_at)
    assert possible(ended, ended) == ["undo"]
    invented = version(2, demonstration=True)
    assert possible(first, invented) == []


def test_totals_of_a_difference_add_up_on_the_page(ctx):
    def rows(ids, names):
        shapes = [shapely.box(115 + k / 100, 28, 115.01 + k / 100, 28.01) for k in ids]
        return gpd.GeoDataFrame(
            {"parcel_id": [f"P{k}" for k in ids], "name": names, "area_ellipsoidal_m2": 10_000.0},
            geometry=shapes, crs=4490,
        )  # fmt: skip

    found = compare_rows(
        rows([1, 2, 3], ["a", "b", "c"]), rows([2, 3, 4], ["b", "x", "d"]), "parcels"
    )
    html = totals_html(ctx, found.totals)
    numbers = re.findall(r"<th>([^<]+)</th><td>([\d,]+)</td>", html)
    assert dict(numbers) == {
        "原有": "3", "新增": "1", "减少": "1", "图形变化": "0", "属性变化": "1",
        "图形、属性都变": "0", "未变": "1", "现有": "3",
    }  # fmt: skip
    listed_rows = rows_table(ctx, found, "parcels").set_index("编号")
    assert listed_rows.loc["P3", "改了什么（原值 → 现值）"] == "项目名称: c → x"
    assert listed_rows.loc["P4", "变化"] == "新增"


def test_the_bar_moves_forward_over_all_stages():
    steps = [
        upload_check.overall(stage, share)
        for stage in ("wait", "unpack", "read", "place", "check", "write")
        for share in (0.0, 0.5, 1.0)
    ]
    assert steps == sorted(steps)
    assert (steps[0], steps[-1]) == (0.0, 1.0)
    assert upload_check.overall("unheard of", 0.3) == 0.0
    assert upload_check.overall("check", 7.0) == upload_check.overall("check", 1.0)


def test_a_cancelled_check_leaves_all_as_it_was_and_frees_its_turn():
    held = Held("a.zip", b"PK", "李工")
    held.start()
    first = held.check
    held.start(Choices(encoding="big5"))
    assert first.wait(30)
    assert first.cancelled
    held.check.cancel()
    assert held.check.wait(30)
    held.take()
    assert (held.check, held.inspection, held.failure) == (None, None, None)
    slots = [upload_check.SLOTS.acquire(blocking=False) for _ in range(64)]
    for _ in filter(None, slots):
        upload_check.SLOTS.release()
    assert sum(slots) >= 2


def test_a_check_that_waits_for_its_turn_can_be_cancelled():
    taken = [upload_check.SLOTS.acquire(blocking=False) for _ in range(64)]
    try:
        held = Held("a.zip", b"PK", "李工")
        held.start()
        assert held.check.progress[0] == "wait"
        held.check.cancel()
        assert held.check.wait(30)
        assert held.check.cancelled
    finally:
        for _ in filter(None, taken):
            upload_check.SLOTS.release()


def test_a_check_that_ends_without_a_word_is_a_failure():
    held = Held("a.zip", b"PK", "李工")
    held.start()
    assert held.check.wait(60)
    held.check.inspection, held.check.failure = None, None
    held.take()
    assert isinstance(held.failure, GanyuanError)


def test_the_shelf_gives_a_file_to_its_owner_and_lets_the_oldest_go():
    shelf = Shelf(most_files=2, most_bytes=10)
    keys = [shelf.put(Held(str(n), b"1234", "李工")) for n in range(3)]
    assert shelf.get(keys[0], "李工") is None
    assert shelf.get(keys[2], "王科长") is None
    assert shelf.get(keys[2], "李工") is not None
    large = shelf.put(Held("large", bytes(50), "李工"))
    assert shelf.get(large, "李工") is not None
    assert shelf.get(keys[2], "李工") is None
    shelf.drop(large)
    assert shelf.get(large, "李工") is None


def test_a_file_that_is_let_go_takes_its_check_along():
    shelf = Shelf()
    held = Held("a.zip", b"PK", "李工")
    held.start()
    shelf.drop(shelf.put(held))
    assert held.check.wait(30)
