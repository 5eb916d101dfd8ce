"""Fetch the third-party files that pages load, so that the product needs no network at run time.

``python scripts/vendor_assets.py`` packs each pinned package with npm, checks it
against the integrity recorded here, copies the few files that are needed into ``static/vendor`` and
writes ``static/THIRD_PARTY.md``. Run it again after changing a pin and commit the result.
"""

from __future__ import annotations

import base64
import hashlib
import io
import shutil
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

STATIC: Final = Path(__file__).resolve().parent.parent / "static"


@dataclass(frozen=True, slots=True)
class Package:
    """One pinned package.

    Attributes:
        name: Name in the registry.
        version: Exact version.
        licence: SPDX identifier, as the package states it.
        integrity: Subresource integrity of the archive, as the registry states it.
        home: Where the project lives.
        files: Path in the archive to path below ``static/vendor``.
    """

    name: str
    version: str
    licence: str
    integrity: str
    home: str
    files: dict[str, str]

    def __hash__(self) -> int:
        return hash((self.name, self.version))

    @property
    def pin(self) -> str:
        """Name and version, as npm takes them."""
        return f"{self.name}@{self.version}"


PACKAGES: Final = (
    Package(
        name="leaflet",
        version="1.9.4",
        licence="BSD-2-Clause",
        integrity=(
            "sha512-nxS1ynzJOmOlHp+iL3FyWqK89GtNL8U8rvlMOsQdTTssxZwCXh8N2NB3GDQOL+YR3XnWyZAxwQixURb"
            "+FA74PA=="
        ),
        home="https://leafletjs.com",
        files={
            "package/dist/leaflet.js": "leaflet/leaflet.js",
            "package/dist/leaflet.css": "leaflet/leaflet.css",
            "package/dist/images/layers.png": "leaflet/images/layers.png",
            "package/dist/images/layers-2x.png": "leaflet/images/layers-2x.png",
            "package/dist/images/marker-icon.png": "leaflet/images/marker-icon.png",
            "package/dist/images/marker-icon-2x.png": "leaflet/images/marker-icon-2x.png",
            "package/dist/images/marker-shadow.png": "leaflet/images/marker-shadow.png",
            "package/LICENSE": "leaflet/LICENSE",
        },
    ),
    Package(
        name="maplibre-gl",
        version="6.17.0",
        licence="BSD-3-Clause",
        integrity=(
            "sha512-2chIZwpLGenoUQOcnm9Pk4SLbA8ppNFq8jlpXiq9vcYm3Y1wJ3fc82FL0GLwBaPYJCLzPv/mC46KEup"
            "Vov75rQ=="
        ),
        home="https://maplibre.org",
        files={
            "package/dist/maplibre-gl.mjs": "maplibre-gl/maplibre-gl.mjs",
            "package/dist/maplibre-gl-worker.mjs": "maplibre-gl/maplibre-gl-worker.mjs",
            "package/dist/maplibre-gl.css": "maplibre-gl/maplibre-gl.css",
            "package/LICENSE.txt": "maplibre-gl/LICENSE.txt",
        },
    ),
    Package(
        name="geographiclib-geodesic",
        version="2.2.0",
        licence="MIT",
        integrity=(
            "sha512-cIedo9VTYb0DFufodgibDmVfsWe9EASqb/kUByl09xc6PZYvLvlc89BHCThtGTPf2OII/zWJGxsR3Uz"
            "6O7QOVw=="
        ),
        home="https://geographiclib.sourceforge.io",
        files={
            "package/geographiclib-geodesic.min.js": "geographiclib/geodesic.js",
            "package/LICENSE.txt": "geographiclib/LICENSE.txt",
        },
    ),
)


def fetch(package: Package) -> bytes:
    """The archive of a package, refused when it is not the one that was pinned.

    Raises:
        ValueError: The archive does not have the recorded integrity.
    """
    with tempfile.TemporaryDirectory() as folder:
        command = ["npm", "pack", "--silent", package.pin, "--pack-destination", folder]
        subprocess.run(command, check=True, capture_output=True)  # noqa: S603 - fixed arguments
        archive = next(Path(folder).glob("*.tgz")).read_bytes()
    digest = base64.b64encode(hashlib.sha512(archive).digest()).decode()
    if f"sha512-{digest}" != package.integrity:
        raise ValueError(f"{package.pin} has sha512-{digest}, not the pinned integrity")
    return archive


def unpack(package: Package, archive: bytes, target: Path) -> list[Path]:
    """Copy the files of a package below ``target`` and return their paths."""
    written = []
    with tarfile.open(fileobj=io.BytesIO(archive), mode="r:gz") as tar:
        for inside, outside in package.files.items():
            member = tar.extractfile(inside)
            if member is None:
                raise ValueError(f"{package.name} {package.version} holds no file {inside}")
            data = member.read()
            if outside.endswith((".js", ".mjs")):
                data = _without_source_map(data)
            path = target / outside
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
            written.append(path)
    return written


def _without_source_map(code: bytes) -> bytes:
    """Drop the pointer to a source map: the map is not shipped and would be asked for in vain."""
    return b"\n".join(
        line for line in code.split(b"\n") if not line.startswith(b"//# sourceMappingURL=")
    )


def notice(packages: dict[Package, list[Path]]) -> str:
    """The third-party notice, in Markdown."""
    lines = [
        "# Third-party files",
        "",
        "Written by `scripts/vendor_assets.py`; change the pins there, never a file here.",
        "",
    ]
    for package, paths in packages.items():
        lines += [
            f"## {package.name} {package.version}",
            "",
            f"- Home: {package.home}",
            f"- Package: npm `{package.pin}`",
            f"- Integrity: `{package.integrity}`",
            f"- Licence: {package.licence}",
            "",
            "| file | bytes | sha256 |",
            "|---|---:|---|",
        ]
        for path in paths:
            data = path.read_bytes()
            name = path.relative_to(STATIC).as_posix()
            lines.append(f"| `{name}` | {len(data)} | `{hashlib.sha256(data).hexdigest()}` |")
        lines.append("")
    return "\n".join(lines)


def main() -> int:
    """Fetch every package and write the notice."""
    target = STATIC / "vendor"
    shutil.rmtree(target, ignore_errors=True)
    done = {package: unpack(package, fetch(package), target) for package in PACKAGES}
    (STATIC / "THIRD_PARTY.md").write_text(notice(done), encoding="utf-8")
    for package, paths in done.items():
        print(f"{package.name} {package.version}: {len(paths)} files")
    return 0


if __name__ == "__main__":
    sys.exit(main())
