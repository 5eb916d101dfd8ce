"""The reference pages say what the data and the commands say today."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from scripts.build_docs import TARGET, pages
from settings import Settings

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", sorted(pages()))
def test_reference_pages_are_current(name):
    assert (TARGET / name).read_text(encoding="utf-8") == pages()[name], "run `make docs`"


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
