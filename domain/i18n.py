"""Texts of the interface, by key, in Chinese and English.

Texts live in ``locale/<language>/<domain>.po``; the key ``idle.title`` is a message of the domain
``idle``. Placeholders are those of :meth:`str.format`; ``{n:?row|rows}`` is the first word where
the value is 1 and the second for any other.
"""

from __future__ import annotations

import string
from collections.abc import Mapping
from functools import cache
from typing import Final, Literal, get_args

from babel.messages.pofile import read_po

from domain.paths import LOCALE
from geo.errors import GanyuanError

Language = Literal["zh_CN", "en"]
LANGUAGES: Final[tuple[Language, ...]] = get_args(Language)


class MissingTextError(GanyuanError):
    """No text is recorded for a key in a language."""

    code = "TXT-001"


class _Forms(string.Formatter):
    """Placeholders that choose a word by a number, besides those of :meth:`str.format`."""

    def format_field(self, value: object, format_spec: str) -> str:
        if not format_spec.startswith("?"):
            return format(value, format_spec)
        one, many = format_spec[1:].split("|")
        return one if str(value) == "1" else many


_COUNTED: Final = ":?"
_FORMS: Final = _Forms()


class Translator:
    """Looks texts up for one language.

    Args:
        language: Which language.
        texts: Every key with its text.
    """

    def __init__(self, language: Language, texts: Mapping[str, str]) -> None:
        self.language = language
        self._texts = texts

    def __call__(self, key: str, /, **values: object) -> str:
        """Text of ``key`` with its placeholders filled.

        Raises:
            MissingTextError: No text is recorded for ``key``.
        """
        try:
            text = self._texts[key]
        except KeyError:
            raise MissingTextError(
                f"add {key!r} to locale/{self.language}/{key.split('.', maxsplit=1)[0]}.po",
                values={"key": key, "language": self.language},
            ) from None
        if not values:
            return text
        return _FORMS.vformat(text, (), values) if _COUNTED in text else text.format(**values)

    def get(self, key: str, default: str) -> str:
        """Text of ``key``, or ``default`` where a value from data has no text of its own."""
        return self._texts.get(key, default)

    def __contains__(self, key: str) -> bool:
        return key in self._texts

    def pick(self, zh: str, en: str) -> str:
        """Whichever of two data values belongs to this language."""
        return zh if self.language == "zh_CN" else en


@cache
def translator(language: Language) -> Translator:
    """The translator of a language, read once.

    Raises:
        MissingTextError: A catalogue holds an empty text or a key twice.
    """
    texts: dict[str, str] = {}
    for path in sorted((LOCALE / language).glob("*.po")):
        with path.open("rb") as f:
            catalogue = read_po(f)
        for message in catalogue:
            if not message.id:
                continue
            key = str(message.id)
            if not message.string or key in texts:
                raise MissingTextError(
                    f"{path.name}: {key!r} is empty or given twice",
                    values={"key": key, "language": language},
                )
            texts[key] = str(message.string)
    return Translator(language, texts)
