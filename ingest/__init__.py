"""The only door for foreign bytes: unpack, identify, decode, place, map, check, passport."""

from __future__ import annotations

from ingest.delivery import Delivery, deliver
from ingest.evidence import CrsCandidate, CrsEvidence, EncodingEvidence
from ingest.inspection import bundle, inspect, inspect_bytes
from ingest.known import Known
from ingest.model import Choices, Finding, FindingSummary, Inspection, Report
from ingest.passport import passport

__all__ = [
    "Choices",
    "CrsCandidate",
    "CrsEvidence",
    "Delivery",
    "EncodingEvidence",
    "Finding",
    "FindingSummary",
    "Inspection",
    "Known",
    "Report",
    "bundle",
    "deliver",
    "inspect",
    "inspect_bytes",
    "passport",
]
