"""Photographs from the field: checked, read for time and place, made small; never altered.

Only JPEG and PNG are opened, and only as what they are: other formats that Pillow knows are not
asked. A picture of more pixels than a camera takes is refused before it is decoded.
"""

from __future__ import annotations

import datetime as dt
import io
import struct
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError

from geo.errors import GanyuanError

FORMATS: Final = ("JPEG", "PNG")
MAX_BYTES: Final = 20_000_000
MAX_PIXELS: Final = 120_000_000
"""More than the largest sensor of a telephone."""

_HEMISPHERE: Final = {"N": 1.0, "E": 1.0, "S": -1.0, "W": -1.0}
_PARTS: Final = 3  # degrees, minutes, seconds
_BROKEN: Final = (
    OSError, ValueError, SyntaxError, EOFError, TypeError, LookupError, ArithmeticError,
    AttributeError, struct.error,
)  # fmt: skip
"""What Pillow raises over damaged files, besides its own errors."""


class PhotoError(GanyuanError):
    """The file is no photograph that can be kept as one."""

    code = "CSE-001"


@dataclass(frozen=True, slots=True)
class Photo:
    """What a photograph says of itself.

    Attributes:
        format: ``JPEG`` or ``PNG``.
        width: Pixels.
        height: Pixels.
        taken_at: Time of the camera, without a time zone; None where it is not written.
        lon: Longitude in degrees (WGS 84), as the camera wrote it; None where it did not.
        lat: Latitude in degrees.
    """

    format: str
    width: int
    height: int
    taken_at: dt.datetime | None = None
    lon: float | None = None
    lat: float | None = None


def read_photo(content: bytes) -> Photo:
    """Check a photograph and read what the camera wrote into it.

    Raises:
        PhotoError: It is empty, too large, no whole JPEG or PNG, or of too many pixels.
    """
    with _opened(content) as image:
        taken, place = _exif(image)
        lon = _degrees(place, ExifTags.GPS.GPSLongitude, ExifTags.GPS.GPSLongitudeRef, 180.0)
        lat = _degrees(place, ExifTags.GPS.GPSLatitude, ExifTags.GPS.GPSLatitudeRef, 90.0)
        if lon is None or lat is None:
            lon = lat = None
        return Photo(str(image.format), image.width, image.height, _moment(taken), lon, lat)


def thumbnail(content: bytes, *, side: int = 240) -> bytes:
    """A small picture drawn anew from the pixels alone, as JPEG, turned upright.

    Args:
        content: The photograph.
        side: Longest side in pixels.

    Raises:
        PhotoError: See :func:`read_photo`.
    """
    with _opened(content) as image, _silence():
        small = _upright(image).convert("RGB")
        small.thumbnail((side, side))
    out = io.BytesIO()
    small.save(out, "JPEG", quality=80)
    return out.getvalue()


def _upright(image: Image.Image) -> Image.Image:
    """The picture turned as the camera was held; as it lies where that cannot be read."""
    try:
        return ImageOps.exif_transpose(image)
    except _BROKEN:
        return image


@contextmanager
def _silence() -> Iterator[None]:
    """Damaged notes of a camera are no news to anybody."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _opened(content: bytes) -> Image.Image:
    """The picture, decoded once so that a cut one is refused."""
    if not content or len(content) > MAX_BYTES:
        raise _refused(f"{len(content)} bytes")
    try:
        with _silence():
            image = Image.open(io.BytesIO(content), formats=FORMATS)
            if image.width * image.height > MAX_PIXELS:
                raise _refused(f"{image.width} x {image.height}")
            image.load()
    except (UnidentifiedImageError, Image.DecompressionBombError) as err:
        raise _refused("no JPEG or PNG") from err
    except _BROKEN as err:
        raise _refused(str(err)[:80] or type(err).__name__) from err
    return image


def _exif(image: Image.Image) -> tuple[Any, Any]:
    """Time and place as the camera wrote them; nothing where its notes cannot be read."""
    try:
        with _silence():
            exif = image.getexif()
            taken = exif.get_ifd(ExifTags.IFD.Exif).get(ExifTags.Base.DateTimeOriginal)
            return taken, exif.get_ifd(ExifTags.IFD.GPSInfo)
    except _BROKEN:
        return None, {}


def _refused(detail: str) -> PhotoError:
    return PhotoError(
        f"the file is no photograph that can be kept: {detail}", values={"detail": detail}
    )


def _moment(text: Any) -> dt.datetime | None:  # noqa: ANN401 - whatever a camera wrote
    try:
        return dt.datetime.strptime(str(text).strip("\x00 "), "%Y:%m:%d %H:%M:%S")  # noqa: DTZ007
    except ValueError:
        return None


def _degrees(place: Any, name: int, sign: int, most: float) -> float | None:  # noqa: ANN401 - EXIF
    """A coordinate from degrees, minutes and seconds."""
    parts, side = place.get(name), str(place.get(sign, "")).strip("\x00 ").upper()
    if side not in _HEMISPHERE:
        return None
    try:
        numbers = [float(part) for part in parts]
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    if len(numbers) != _PARTS:
        return None
    value = numbers[0] + numbers[1] / 60 + numbers[2] / 3600
    return _HEMISPHERE[side] * value if 0 <= value <= most else None
