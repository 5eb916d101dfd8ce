"""Every code has words in both languages, a line in the documentation, a use and a test."""

from __future__ import annotations

import re
import string
from functools import cache
from pathlib import Path

import pytest

from domain.issues import catalogue

ROOT = Path(__file__).parents[2]
ROOMS = (
    "geo",
    "domain",
    "layers",
    "analytics",
    "ingest",
    "store",
    "export",
    "demo",
    "views",
    "cli",
)
CODE = re.compile(r"\b(?!SHA-)[A-Z]{3}-\d{3}\b")
CODES = sorted(catalogue())


@cache
def named_in(*folders: str) -> frozenset[str]:
    """Codes that Python files of these folders name."""
    texts = (p.read_text(encoding="utf-8") for f in folders for p in (ROOT / f).rglob("*.py"))
    return frozenset(code for text in texts for code in CODE.findall(text))


@pytest.mark.parametrize("code", CODES)
def test_code_has_words_docs_use_and_test(code: str):
    issue = catalogue()[code]
    for text in (issue.zh, issue.en, issue.mend_zh, issue.mend_en):
        assert len(text) > 4, f"{code}: say more"
    line = f"| {code} |"
    assert line in (ROOT / "docs" / "reference" / "issues.md").read_text(encoding="utf-8")
    used, tested = code in named_in(*ROOMS), code in named_in("tests")
    assert used, f"{code}: nothing raises it; take it out of data/issues.csv"
    assert tested, f"{code}: write the test that provokes it"


def test_no_code_is_without_words():
    assert named_in(*ROOMS) <= set(CODES)


@pytest.mark.parametrize("code", CODES)
def test_both_languages_take_the_same_values(code: str):
    def taken(text: str) -> set[str]:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}

    issue = catalogue()[code]
    zh, en = taken(issue.zh + issue.mend_zh), taken(issue.en + issue.mend_en)
    assert {n.removesuffix("_zh") for n in zh} == {n.removesuffix("_en") for n in en}


def test_ingest_has_the_checks_it_promises():
    checks = [code for code in CODES if code in named_in("ingest", "geo")]
    assert len(checks) >= 60
