"""In which encoding Chinese text was written, judged by how Chinese it reads.

That bytes decode without an error proves little: Big5 decodes as GB18030 into other characters.
So every candidate is scored by the share of its foreign characters that are common Chinese ones.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Sequence
from functools import cache
from typing import Final

from ingest.evidence import EncodingCandidate, EncodingEvidence

CANDIDATES: Final = ("utf-8", "gb18030", "big5")
"""Codecs in order of preference among equal scores."""

MARGIN: Final = 0.10
"""A candidate this much better than the next needs nobody's look."""

ENOUGH: Final = 0.70
"""A candidate below this score is no Chinese text."""

_LDID: Final = {0x4D: "gb18030", 0x7A: "gb18030", 0x4F: "big5", 0x78: "big5"}
_NAMES: Final = {
    "936": "gb18030",
    "cp936": "gb18030",
    "gbk": "gb18030",
    "gb2312": "gb18030",
    "gb18030": "gb18030",
    "54936": "gb18030",
    "950": "big5",
    "cp950": "big5",
    "big5": "big5",
    "65001": "utf-8",
    "utf8": "utf-8",
}
_LAND: Final = frozenset(
    "县市区镇乡村路号地工业土用公司有限责任开发园建设项目厂一二三四五六七八九十东西南北江赣"
    "國縣區鎮鄉業發園項目廠東號電設資"
)
_PIECES: Final = re.compile(rb"[\r\n\t\"',;<>]+")
"""Where text falls into values; none of these is the second byte of a Chinese character."""

_SAMPLE_BYTES: Final = 200_000
_SAMPLES: Final = 5
_LEAST_CUT: Final = 9


@cache
def _common(codec: str, leads: range) -> frozenset[str]:
    """Characters of the first level of a national set, which holds the common ones."""
    trails = [*range(0x40, 0x7F), *range(0xA1, 0xFF)]
    characters = set()
    for lead in leads:
        for trail in trails:
            try:
                characters.add(bytes([lead, trail]).decode(codec))
            except UnicodeDecodeError:
                continue
    return frozenset(characters)


@cache
def _expected(codec: str) -> frozenset[str]:
    """Characters that text in a codec is mostly made of, with its punctuation."""
    simplified = _common("gb2312", range(0xB0, 0xD8)) | _common("gb2312", range(0xA1, 0xA4))
    traditional = _common("big5", range(0xA4, 0xC7)) | _common("big5", range(0xA1, 0xA4))
    # Punctuation of GBK reads as these, and no record is written in them.
    traditional -= {chr(c) for c in range(0x3105, 0x312A)}
    if codec == "big5":
        return traditional
    return simplified | traditional if codec == "utf-8" else simplified


def score(text: str, codec: str) -> float:
    """How Chinese a text reads, 0 to 1.

    Args:
        text: Decoded text; only characters beyond ASCII count.
        codec: Python codec that decoded it.

    Returns:
        Share of common characters, a tenth of the weight on words of land records; 0 for none.
    """
    foreign = [c for c in text if ord(c) > 0x7F]  # noqa: PLR2004 - last ASCII character
    if not foreign:
        return 0.0
    common = sum(c in _expected(codec) for c in foreign) / len(foreign)
    land = min(1.0, 5.0 * sum(c in _LAND for c in foreign) / len(foreign))
    return 0.9 * common + 0.1 * land


def normalise(name: str) -> str:
    """Python codec name of what a .cpg or a person wrote; empty where unknown."""
    text = name.strip().strip("\ufeff\x00").lower()
    for prefix in ("ansi", "oem", "windows", "cp", "ms"):
        text = text.removeprefix(prefix)
    text = text.strip(" -_")
    if text in _NAMES:
        return _NAMES[text]
    try:
        codec = codecs.lookup(text).name
    except (LookupError, ValueError):
        return ""
    return _NAMES.get(codec, codec)


def declared_by_ldid(ldid: int) -> str:
    """Python codec of a .dbf language byte; empty where it says nothing about Chinese."""
    return _LDID.get(ldid, "")


def decode(raw: bytes, codec: str) -> tuple[str, bool]:
    """Text of bytes and whether it was cut in the middle of its last character.

    Raises:
        UnicodeDecodeError: The bytes are not in the codec, cut or not.
    """
    try:
        return raw.decode(codec), False
    except UnicodeDecodeError as err:
        # A field cut at its width may end inside a character of up to four bytes.
        if len(raw) < _LEAST_CUT or err.start < len(raw) - 4:
            raise
        return raw[: err.start].decode(codec), True


def _candidate(values: Sequence[bytes], codec: str) -> EncodingCandidate | None:
    try:
        read = [decode(value, codec) for value in values]
    except (UnicodeDecodeError, LookupError):
        return None
    # A cut character counts against the codec: the wrong one finds many.
    text = "".join(value + "\ufffd" * cut for value, cut in read)
    samples = tuple(value for value, _ in read[:_SAMPLES])
    return EncodingCandidate(name=codec, score=round(score(text, codec), 4), samples=samples)


def judge(
    values: Sequence[bytes], *, declared: str = "", choice: str | None = None
) -> EncodingEvidence:
    """Find the encoding of text fields.

    Args:
        values: Raw field names and values.
        declared: Codec that .cpg or the language byte state; empty where none.
        choice: Codec that a person chose.

    Returns:
        Evidence; ``chosen`` is None where two readings are about as good, or none is.
    """
    foreign = _sample([value for value in values if not value.isascii()])
    if not foreign:
        return EncodingEvidence(
            chosen=choice or "utf-8", source="ascii", certain=True, declared=declared
        )
    names = dict.fromkeys([*CANDIDATES, *filter(None, [declared, choice])])
    found = [c for c in (_candidate(foreign, name) for name in names) if c is not None]
    ranked = tuple(sorted(found, key=lambda c: -c.score))
    if choice is not None:
        chosen = next((c for c in ranked if c.name == choice), None)
        return _evidence(chosen, ranked, declared, source="choice", certain=chosen is not None)
    return _decide(ranked, declared)


def _decide(ranked: tuple[EncodingCandidate, ...], declared: str) -> EncodingEvidence:
    """Pick the best reading; a declaration that reads about as well as the best one wins."""
    if not ranked:
        return _evidence(None, ranked, declared, source="content", certain=False)
    best = ranked[0]
    stated = next((c for c in ranked if c.name == declared), None)
    if stated is not None and stated.score >= max(ENOUGH, best.score - MARGIN):
        return _evidence(stated, ranked, declared, source="declared", certain=True)
    second = ranked[1].score if len(ranked) > 1 else 0.0
    clear = best.score >= ENOUGH and best.score - second >= MARGIN
    return _evidence(best if clear else None, ranked, declared, source="content", certain=clear)


def _evidence(
    chosen: EncodingCandidate | None,
    ranked: tuple[EncodingCandidate, ...],
    declared: str,
    *,
    source: str,
    certain: bool,
) -> EncodingEvidence:
    return EncodingEvidence.model_validate(
        {
            "chosen": chosen.name if chosen else None,
            "source": source,
            "certain": certain,
            "declared": declared,
            "candidates": ranked,
            "samples": chosen.samples if chosen else (),
        }
    )


def _sample(values: Sequence[bytes]) -> list[bytes]:
    """Distinct values in order, the longest first among them kept within a byte budget."""
    distinct = list(dict.fromkeys(values))
    kept: list[bytes] = []
    total = 0
    for value in sorted(distinct, key=len, reverse=True):
        total += len(value)
        if total > _SAMPLE_BYTES:
            break
        kept.append(value)
    wanted = set(kept)
    return [value for value in distinct if value in wanted]


def decode_text(data: bytes, *, choice: str | None = None) -> tuple[str, EncodingEvidence]:
    """Decode a text file.

    Args:
        data: The file, or its beginning.
        choice: Codec that a person chose.

    Returns:
        Text, read leniently so that it can be shown even while ``evidence.chosen`` is None.
    """
    for mark, codec in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if data.startswith(mark) and choice is None:
            text = data.decode(codec, errors="replace")
            samples = tuple(line for line in text.splitlines() if not line.isascii())[:_SAMPLES]
            name = "utf-8" if codec == "utf-8-sig" else codec
            return text, EncodingEvidence(
                chosen=name, source="declared", certain=True, declared=name, samples=samples
            )
    evidence = judge(_PIECES.split(data), choice=choice)
    codec = evidence.chosen or (evidence.candidates[0].name if evidence.candidates else "gb18030")
    return data.decode(codec, errors="replace"), evidence
