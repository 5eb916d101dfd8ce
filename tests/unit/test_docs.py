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


WRITTEN = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
CODE = [*ROOT.glob("*.py"), *ROOT.glob("[a-z]*/**/*.py")]
CURRENT = [path for path in WRITTEN if path.parent.name != "decisions"]


@pytest.mark.parametrize("path", WRITTEN, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_and_pictures_lead_somewhere(path):
    text = path.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", text):
        if "://" not in target:
            assert (path.parent / target).exists(), target


@pytest.mark.parametrize("path", CURRENT, ids=lambda path: str(path.relative_to(ROOT)))
def test_modules_that_are_named_exist(path):
    for name in re.findall(r"`([\w/]+\.py)`", path.read_text(encoding="utf-8")):
        assert any(str(module).endswith("/" + name) for module in CODE), name


NAME = re.compile(r"`([a-z_]+(?:\.[a-z_]+){2,})(?:\(\))?`")


@pytest.mark.parametrize("path", CURRENT, ids=lambda path: str(path.relative_to(ROOT)))
def test_functions_that_are_named_exist(path):
    for name in NAME.findall(path.read_text(encoding="utf-8")):
        whole = ROOT.joinpath(*name.split("."))
        module = whole.parent.with_suffix(".py")
        if whole.is_dir() or whole.with_suffix(".py").exists():
            continue
        if (ROOT / name.partition(".")[0]).is_dir():
            assert module.exists(), name
            assert re.search(rf"\b{whole.name}\b", module.read_text(encoding="utf-8")), name
