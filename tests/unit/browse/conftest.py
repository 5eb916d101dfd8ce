"""One world for the tests of what the browse map is answered."""

from __future__ import annotations

import pytest

from tests.browse_world import Browser, committed, province


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    return tmp_path_factory.mktemp("store")


@pytest.fixture(scope="module")
def version(root):
    return committed(root, province())


@pytest.fixture(scope="module")
def browser(root, version):
    return Browser(root, version)
