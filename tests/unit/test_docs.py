"""The reference pages say what the data and the commands say today."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from analytics.idle.status import STATUSES
from domain.rules import load_rules
from scripts.build_docs import RULES_DAY, TARGET, pages
from settings import Settings

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", sorted(pages()))
def test_reference_pages_are_current(name):
    assert (TARGET / name).read_text(encoding="utf-8") == pages()[name], "run `make docs`"


@pytest.mark.parametrize("name", ["idle-land.md", "idle-land.zh-CN.md"])
def test_the_guide_explains_every_status_with_its_rule(name):
    text = (ROOT / "docs" / name).read_text(encoding="utf-8")
    assert name.replace("idle-land", "idle-clock").replace(".md", ".svg") in text
    rules = load_rules("idle", as_of=RULES_DAY)
    for status in STATUSES:
        row = next(line for line in text.splitlines() if f"`{status}`" in line)
        named = re.findall(r"IDLE-[A-Z0-9-]+", row)
        assert named
        for rule in map(rules.rule, named):
            # What is recalled says so where it stands in the table.
            if rule.status == "recalled" and rule.id != "IDLE-RETURNED":
                assert "recalled" in row or "待核" in row


def test_the_readme_names_every_setting():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for name in Settings.model_fields:
        assert f"GANYUAN_{name.upper()}" in text


@pytest.mark.parametrize("name", ["README.md", "README.zh-CN.md", "CONTRIBUTING.md"])
def test_links_to_files_lead_somewhere(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#]+)\)", text):
        if "://" not in target:
            assert (ROOT / target).exists(), target
