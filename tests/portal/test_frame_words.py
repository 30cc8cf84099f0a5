"""The libraries' words, as a commune nurse would read them; English stays English."""

import re

import polib
import pytest
from django.contrib.auth.password_validation import MinimumLengthValidator
from django.core.exceptions import ValidationError
from django.utils import translation
from django.utils.translation import gettext

from config.state import PROJECT

LIBRARIES = PROJECT / "locale/libraries/vi/LC_MESSAGES/django.po"
HOLES = re.compile(r"%\([a-z_]+\)[a-z]|%[a-z]|\{[a-z_]*\}")
FORBIDDEN = re.compile(r"vui lòng|xin |!|đồng ý|thực hiện|đi đến|\bbạn\b", re.IGNORECASE)


@pytest.mark.parametrize(
    ("english", "vietnamese"),
    [
        ("Go", "Làm"),
        ("Log out", "Đăng xuất"),
        ("History", "Lịch sử"),
        ("Save", "Lưu"),
        ("Select %s to change", "%s"),
        ("This field is required.", "Ô này còn trống. Ghi vào, hoặc chọn một giá trị."),
    ],
)
def test_a_word_of_a_library_is_ours(english, vietnamese):
    with translation.override("vi"):
        assert gettext(english) == vietnamese
    with translation.override("en"):
        assert gettext(english) == english


def test_plural_forms_of_a_library_are_ours():
    with translation.override("vi"), pytest.raises(ValidationError) as refused:
        MinimumLengthValidator(10).validate("ngan")
    assert refused.value.messages == ["Mật khẩu quá ngắn: cần ít nhất 10 ký tự."]


def test_every_word_of_the_libraries_keeps_its_places_and_its_manners():
    catalogue = polib.pofile(str(LIBRARIES))
    assert len(catalogue) > 150
    for entry in catalogue:
        said = entry.msgstr_plural[0] if entry.msgid_plural else entry.msgstr
        wanted = entry.msgid_plural or entry.msgid
        assert said, entry.msgid
        assert not entry.fuzzy, entry.msgid
        assert set(HOLES.findall(said)) <= set(HOLES.findall(wanted)), entry.msgid
        assert not FORBIDDEN.search(said), said
