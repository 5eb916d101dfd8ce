"""The demonstration province."""

from __future__ import annotations


def test_parcels_stand(demo_store, viewer):
    version = demo_store.version("parcels", viewer)
    assert version.demonstration
    assert 18_000 < version.rows < 22_000
