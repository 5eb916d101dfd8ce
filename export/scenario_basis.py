"""What a scenario of consolidation rests on, as it stands now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib.metadata import version as release_of
from typing import Final

from analytics.consolidation_scenario import Basis
from domain import boundaries, digests
from domain.ledgers import Table
from export.references import cited
from store import Store, Version, Viewer

TABLES: Final = ("zones", "clusters", "zone_indicators", "zone_merges", "industry_words")
"""Reference tables that pairs and plans are made from."""
SUBJECTS: Final = ("consolidation",)
"""Rule files; values that were moved stand in the scenario itself."""
_DIGITS: Final = 12


def prefectures_of(place: str, *, across: bool = False) -> list[str]:
    """Codes of the prefectures that a scenario concerns: its place, or all of the province."""
    if place and not across:
        return [place]
    return [str(code) for code in boundaries.layer("prefecture")["adcode"]]


def basis_of(
    store: Store,
    *,
    prefectures: Iterable[str],
    datasets: Mapping[str, Version],
    ledgers: Iterable[Table] = (),
    subjects: Iterable[str] = SUBJECTS,
) -> tuple[Basis, ...]:
    """Datasets, ledgers, tables, rule files and release.

    Args:
        store: Where datasets and ledgers are.
        prefectures: Codes of the prefectures that the scenario concerns; the state of a ledger is
            that of their rows, whoever asks.
        datasets: Versions that counted, by their role (``outlines``, ``parcels``).
        ledgers: Ledgers that counted.
        subjects: Rule files that counted.
    """
    concerned = Viewer("", frozenset(prefectures))
    found = [
        Basis(origin="dataset", name=role, version=cited(version), digest=version.sha256)
        for role, version in sorted(datasets.items())
    ]
    found += [
        Basis(origin="ledger", name=table, version=str(store.ledger_mark(table, concerned)))
        for table in sorted(ledgers)
    ]
    files = [("reference", name, digests.of_reference(name)) for name in TABLES]
    files.append(("reference", "boundaries", digests.of_boundaries()))
    files += [("rules", name, digests.of_rules(name)) for name in subjects]
    found += [
        Basis.model_validate(
            {"origin": origin, "name": name, "version": digest[:_DIGITS], "digest": digest}
        )
        for origin, name, digest in files
    ]
    release = f"ganyuan {release_of('ganyuan')}"
    return (*found, Basis(origin="release", name="program", version=release))
