"""Make the fonts under ``static/fonts``: subsets of Noto Sans SC for print and for the web.

Source: npm package ``@expo-google-fonts/noto-sans-sc`` (TrueType builds of Noto Sans SC, SIL Open
Font License 1.1). TrueType outlines embed cleanly in PDF as Type 42; OpenType/CFF ones do not.
The characters are GB 2312, the Table of General Standard Chinese Characters (property kTGH of
Debian's ``unicode-data``, 8,105 characters that names of persons and companies may use), Latin,
Greek, punctuation, full-width forms, units and map symbols, and whatever the texts and tables of
the product hold. The same inputs give the same bytes.

Needs ``npm``, ``apt-get`` and the development requirements (``fonttools``, ``brotli``).
"""

from __future__ import annotations

import bz2
import hashlib
import io
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path
from typing import Final

import geopandas as gpd
from fontTools import subset
from fontTools.ttLib import TTFont

ROOT: Final = Path(__file__).resolve().parent.parent
OUT: Final = ROOT / "static" / "fonts"
PACKAGE: Final = "@expo-google-fonts/noto-sans-sc@0.4.3"
WEIGHTS: Final = {"Regular": "400Regular", "Bold": "700Bold"}
RANGES: Final = (
    (0x20, 0x7E),  # Latin
    (0xA0, 0x17F),  # Latin-1 and extended A
    (0x391, 0x3C9),  # Greek
    (0x2010, 0x2027),  # dashes, quotes, ellipsis
    (0x2030, 0x203B),
    (0x2070, 0x209C),  # super- and subscripts
    (0x2100, 0x214F),  # letter-like: degree Celsius, numero
    (0x2150, 0x218F),  # fractions, Roman numerals
    (0x2190, 0x21FF),  # arrows
    (0x2200, 0x22FF),  # mathematics
    (0x2460, 0x24FF),  # circled numbers
    (0x2500, 0x25FF),  # boxes and geometric shapes
    (0x2600, 0x266F),
    (0x3000, 0x303F),  # Chinese punctuation
    (0x3200, 0x33FF),  # enclosed and squared units
    (0xFF00, 0xFFEF),  # full-width forms
)


def main() -> None:
    """Fetch the sources, subset them, check coverage, write fonts, licence and note."""
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        package = _fetch_package(work)
        wanted = _symbols() | _gb2312() | _general_standard(work) | _texts()
        OUT.mkdir(parents=True, exist_ok=True)
        files = [
            path
            for weight, source in WEIGHTS.items()
            for path in _write(package / source / f"NotoSansSC_{source}.ttf", weight, wanted)
        ]
        shutil.copy(package / "LICENSE_FONT", OUT / "OFL.txt")
    _check(_texts() | _gb2312())
    note = "\n".join(
        [
            'title = "Noto Sans SC, subset"',
            f'origin = "npm {PACKAGE}, TrueType builds of Noto Sans SC 2.004"',
            'licence = "SIL Open Font License 1.1, (c) 2014-2021 Adobe; text in OFL.txt"',
            f"characters = {len(wanted)}",
            'recipe = "scripts/vendor_fonts.py"',
            "",
            "[sha256]",
            *(f'"{p.name}" = "{hashlib.sha256(p.read_bytes()).hexdigest()}"' for p in files),
        ]
    )
    (OUT / "fonts.source.toml").write_text(note + "\n", encoding="utf-8")


def _fetch_package(work: Path) -> Path:
    command = ["npm", "pack", PACKAGE]
    subprocess.run(command, cwd=work, check=True, capture_output=True)  # noqa: S603
    (tarball,) = work.glob("*.tgz")
    with tarfile.open(tarball) as archive:
        archive.extractall(work, filter="data")
    return work / "package"


def _general_standard(work: Path) -> set[int]:
    """Code points with the Unihan property kTGH."""
    subprocess.run(
        ["apt-get", "download", "unicode-data"],  # noqa: S607
        cwd=work,
        check=True,
        capture_output=True,
    )
    (deb,) = work.glob("unicode-data_*.deb")
    target = str(work / "unicode")
    subprocess.run(["dpkg-deb", "-x", str(deb), target], check=True)  # noqa: S603, S607
    path = work / "unicode" / "usr" / "share" / "unicode" / "Unihan_OtherMappings.txt.bz2"
    lines = bz2.decompress(path.read_bytes()).decode("utf-8").splitlines()
    return {int(line.split("\t")[0].removeprefix("U+"), 16) for line in lines if "\tkTGH\t" in line}


def _gb2312() -> set[int]:
    found: set[int] = set()
    for high in range(0xA1, 0xF8):
        for low in range(0xA1, 0xFF):
            text = bytes([high, low]).decode("gb2312", errors="ignore")
            found |= {ord(c) for c in text}
    return found


def _symbols() -> set[int]:
    return {code for first, last in RANGES for code in range(first, last + 1)}


def _texts() -> set[int]:
    """Every character of the boundary names, the reference tables and the interface texts."""
    folders = [ROOT / "data", ROOT / "locale"]
    suffixes = {".csv", ".toml", ".po"}
    paths = [p for folder in folders for p in folder.rglob("*") if p.suffix in suffixes]
    text = "".join(p.read_text(encoding="utf-8") for p in paths)
    for layer in ("prefecture", "county", "neighbour"):
        names = gpd.read_file(ROOT / "data" / "boundaries" / "jiangxi.gpkg", layer=layer)["name"]
        text += "".join(names)
    return {ord(c) for c in text if c.isprintable()}


def _write(source: Path, weight: str, wanted: set[int]) -> list[Path]:
    options = subset.Options()
    options.layout_features = []
    options.hinting = False
    options.notdef_outline = True
    options.name_IDs = ["*"]
    options.drop_tables += ["BASE", "GDEF", "GPOS", "GSUB", "STAT", "vhea", "vmtx"]
    font = TTFont(source, recalcTimestamp=False)
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=wanted)
    subsetter.subset(font)
    out = []
    for flavor, suffix in ((None, "ttf"), ("woff2", "woff2")):
        font.flavor = flavor
        buffer = io.BytesIO()
        font.save(buffer)
        path = OUT / f"NotoSansSC-{weight}.{suffix}"
        path.write_bytes(buffer.getvalue())
        out.append(path)
    return out


def _check(needed: set[int]) -> None:
    for path in sorted(OUT.glob("*.ttf")):
        missing = needed - set(TTFont(path).getBestCmap())
        print(path.name, path.stat().st_size, "missing:", "".join(map(chr, sorted(missing))))


if __name__ == "__main__":
    main()
