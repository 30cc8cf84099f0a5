"""The message catalogues: compiled without gettext's tools, and only when they changed."""

from __future__ import annotations

import gettext
import os

from config import catalogues

HEAD = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\n'


def write(root, text):
    source = root / "vi" / "LC_MESSAGES" / "django.po"
    source.parent.mkdir(parents=True, exist_ok=True)
    source.write_text(HEAD + text, "utf-8")
    return source


def translate(root, message):
    with (root / "vi" / "LC_MESSAGES" / "django.mo").open("rb") as file:
        return gettext.GNUTranslations(file).gettext(message)


def test_a_changed_catalogue_is_compiled_once(tmp_path):
    source = write(tmp_path, 'msgid "Save"\nmsgstr "Lưu"\n')
    assert catalogues.compile_all(tmp_path) == [source]
    assert translate(tmp_path, "Save") == "Lưu"
    assert catalogues.compile_all(tmp_path) == []

    write(tmp_path, 'msgid "Save"\nmsgstr "Ghi lại"\n')
    later = source.with_suffix(".mo").stat().st_mtime_ns + 1
    os.utime(source, ns=(later, later))
    assert catalogues.compile_all(tmp_path) == [source]
    assert translate(tmp_path, "Save") == "Ghi lại"


def test_a_doubtful_translation_is_not_shown(tmp_path):
    write(tmp_path, '#, fuzzy\nmsgid "Save"\nmsgstr "Xóa"\n')
    catalogues.compile_all(tmp_path)
    assert translate(tmp_path, "Save") == "Save"


def test_the_projects_own_catalogues_compile():
    catalogues.compile_all()
    assert not [
        path for path in (catalogues.PROJECT / "locale").rglob("*.po") if catalogues.is_stale(path)
    ]
