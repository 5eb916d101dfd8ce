"""Every text exists in both languages with the same placeholders; every used key is written."""

from __future__ import annotations

import ast
import datetime as dt
import re
import string
from pathlib import Path

import pytest

import cli.main  # noqa: F401 - loads every package, so that every error class exists
from domain.i18n import LANGUAGES, MissingTextError, Translator, translator
from domain.issues import catalogue, explain
from domain.ledgers import TABLES
from domain.rules import load_rules, subjects
from geo.errors import GanyuanError, MissingCRSError

ROOT = Path(__file__).parents[2]
PACKAGES = ("layers", "export", "views", "cli")
KEY = re.compile(r"[a-z][a-z0-9_]*\.[a-z0-9_.]+")


def texts(language):
    return translator(language)._texts


def literal_keys():
    """String literals given to ``t(...)`` or ``ctx.t(...)``."""
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if not (isinstance(node, ast.Call) and node.args):
                    continue
                name = (
                    node.func.attr
                    if isinstance(node.func, ast.Attribute)
                    else (node.func.id if isinstance(node.func, ast.Name) else "")
                )
                first = node.args[0]
                if name == "t" and isinstance(first, ast.Constant) and KEY.fullmatch(first.value):
                    yield str(path.relative_to(ROOT)), first.value


def placeholders(text):
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_both_languages_hold_the_same_keys():
    zh, en = (set(texts(language)) for language in LANGUAGES)
    assert zh == en, f"only zh: {sorted(zh - en)}; only en: {sorted(en - zh)}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_key_that_code_asks_for_is_written(language):
    known = texts(language)
    missing = sorted({(path, key) for path, key in literal_keys() if key not in known})
    assert not missing


def test_translations_use_the_same_placeholders():
    zh, en = (texts(language) for language in LANGUAGES)
    odd = [k for k in zh if placeholders(zh[k]) != placeholders(en[k])]
    assert not odd


def test_a_key_belongs_to_the_file_of_its_subject():
    for language in LANGUAGES:
        for path in (ROOT / "locale" / language).glob("*.po"):
            ids = re.findall(
                r'^msgid "(.+)"$', path.read_text(encoding="utf-8"), flags=re.MULTILINE
            )
            assert all(i.split(".")[0] == path.stem for i in ids), path.name


def test_english_texts_hold_no_chinese_but_names_and_marks():
    allowed = {"frame.demonstration"}
    han = re.compile(r"[一-鿿]{4,}")
    odd = [k for k, v in texts("en").items() if han.search(v) and k not in allowed]
    assert len(odd) <= len(texts("en")) * 0.05, odd


def test_a_missing_key_is_an_error_and_never_shown():
    with pytest.raises(MissingTextError, match=r"nav\.nowhere"):
        translator("zh_CN")("nav.nowhere")


def test_placeholders_are_filled():
    assert translator("en")("frame.as_of", date="2026-01-31") == "as of 2026-01-31"


def error_classes(cls=GanyuanError):
    for sub in cls.__subclasses__():
        yield sub
        yield from error_classes(sub)


def test_every_error_code_has_words_in_both_languages():
    codes = {c.code for c in error_classes() if c.__module__.split(".")[0] != "tests"}
    missing = sorted(codes - set(catalogue()))
    assert not missing


def test_error_codes_are_not_shared():
    seen = {}
    for cls in error_classes():
        if "code" not in vars(cls):
            # A base is never raised itself: whatever is raised says what has happened.
            assert cls.__subclasses__(), f"{cls} has no code of its own"
            continue
        assert seen.setdefault(cls.code, cls) is cls, f"{cls} and {seen[cls.code]}"


def test_an_error_is_explained_in_the_language_of_the_reader():
    error = MissingCRSError("the layer has no CRS")
    zh, en = explain(error, "zh_CN"), explain(error, "en")
    assert re.search(r"[一-鿿]", zh)
    assert not re.search(r"[一-鿿]", en)


def chinese_texts():
    yield from texts("zh_CN").items()
    for issue in catalogue().values():
        yield issue.code, re.sub(r"“[^”]*”", "", issue.zh + issue.mend_zh)
    for subject in subjects():
        for rule in load_rules(subject, as_of=dt.date(2026, 11, 23)).values():
            yield rule.id, rule.title_zh + "\n" + rule.article


def test_chinese_texts_use_chinese_punctuation():
    beside_han = re.compile(r"[一-鿿][,;:(!?]|[,;:)][一-鿿]")
    assert not [key for key, text in chinese_texts() if beside_han.search(text)]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("table", TABLES)
def test_every_ledger_has_its_names(table, language):
    t = translator(language)
    assert t(f"audit.ledger.{table}")
    assert t(f"upload.rows_{table}")


@pytest.mark.parametrize(
    ("n", "said"),
    [(1, "1 row"), ("1", "1 row"), (0, "0 rows"), (2, "2 rows"), ("1,000", "1,000 rows")],
)
def test_a_word_follows_the_number_before_it(n, said):
    assert Translator("en", {"k": "{n} {n:?row|rows}"})("k", n=n) == said
    plain = Translator("en", {"k": "{n} {n:?row|rows}: {x:.1f}"})
    assert plain("k", n=n, x=2) == f"{said}: 2.0"


def test_words_that_follow_a_number_have_two_forms():
    specs = [
        spec
        for text in texts("en").values()
        for _, _, spec, _ in string.Formatter().parse(text)
        if spec and spec.startswith("?")
    ]
    assert specs
    assert all(spec.count("|") == 1 and all(spec[1:].split("|")) for spec in specs)
