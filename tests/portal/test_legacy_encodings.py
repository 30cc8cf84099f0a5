"""Texts of the fonts of before Unicode are known for what they are, and nobody else's are."""

import csv
import os
import unicodedata
from pathlib import Path
from random import Random

import pytest

from portal.invented.names import Names
from portal.legacy_encodings import converted, looks_legacy_encoded

TCVN3 = dict(
    zip(
        "àảãáạăằẳẵắặâầẩẫấậđèẻẽéẹêềểễếệìỉĩíịòỏõóọôồổỗốộơờởỡớợùủũúụưừửữứựỳỷỹýỵ",
        "µ¶·¸¹¨»¼½¾Æ©ÇÈÉÊË®ÌÎÏÐÑªÒÓÔÕÖ×ØÜÝÞßáâãä«åæçèé¬êëìíîïñòóô\u00adõö÷øùúûüýþ",
        strict=True,
    )
) | dict(zip("ĂÂÊÔƠƯĐ", "¡¢£¤¥¦§", strict=True))
TONES = dict(zip("\u0300\u0301\u0309\u0303\u0323", "øùûõï", strict=True))
WITH_HAT = dict(zip("\u0300\u0301\u0309\u0303\u0323", "àáåãä", strict=True)) | {"": "â"}
WITH_BREVE = dict(zip("\u0300\u0301\u0309\u0303\u0323", "èéúüë", strict=True)) | {"": "ê"}
FOREIGN = (
    "Müller François Zoë Renée José Peña Björn Åström Jürgen Groß Søren Núñez Muñoz Gonçalves "
    "João Conceição Müge Çelik Öztürk Gülşen Šimek Dvořák Černý Łukasz Wójcik Ângelo Inês Mônica "
    "Antônio Hélène Gaëlle Noël Maël Anaïs Aïcha Thérèse Jérôme Benoît Éloïse Håkan Åse Øyvind "
    "Jørgen Kjær Þór Guðmundur Sigríður Ægir Özil Şahin İlker Szabó Tóth Ödön Győző Käthe Bärbel "
    "Größe Löwe Schön Jäger Köhler Schröder Mäkinen Hämäläinen Íñigo Sofía Óscar Álvaro Joaquín "
    "Estêvão Leão Magalhães Guimarães Brandão"
)
OWN = {"đ": "ñ", "ì": "ì", "í": "í", "ỉ": "æ", "ĩ": "ó", "ị": "ò", "ỵ": "î"}


def in_tcvn3(text: str) -> str:
    return "".join(TCVN3.get(letter) or TCVN3.get(letter.lower(), letter) for letter in text)


def in_vni(text: str) -> str:
    return "".join(_vni(letter) for letter in text)


def _vni(letter: str) -> str:
    small = letter.lower()
    base, *marks = unicodedata.normalize("NFD", small)
    tone = next((mark for mark in marks if mark in TONES), "")
    if small in OWN:
        written = OWN[small]
    elif "\u0302" in marks:
        written = base + WITH_HAT[tone]
    elif "\u0306" in marks:
        written = base + WITH_BREVE[tone]
    else:
        horned = {"o": "ô", "u": "ö"}[base] if "\u031b" in marks else base
        written = horned + TONES.get(tone, "")
    return written.upper() if letter.isupper() else written


@pytest.fixture(scope="module")
def names() -> list[str]:
    """Kinh names of every generation, and those of the northern peoples; large letters too."""
    draw, random = Names(), Random(5)  # noqa: S311  (the same names every time)
    people = ["01"] * 8 + ["03", "29", "35", "08", "30"]
    found = [
        draw.draw(random, random.choice(["male", "female"]), random.choice(people),
                  random.randrange(1940, 2026), random.randrange(1, 96))
        for _ in range(12_000)
    ]  # fmt: skip
    return found + [name.upper() for name in found[:2_000]]


def test_no_vietnamese_name_is_taken_for_an_old_font(names: list[str]) -> None:
    assert [name for name in names if looks_legacy_encoded(name)] == []


@pytest.mark.parametrize(("write", "encoding", "share"), [(in_tcvn3, "tcvn3", 0.97), (in_vni, "vni", 0.92)])  # fmt: skip
def test_names_of_old_fonts_are_known_and_read_as_they_were_meant(
    names: list[str], write, encoding: str, share: float
) -> None:
    pairs = [(name, write(name)) for name in names]
    old = [(name, text) for name, text in pairs if text != name and not text.isascii()]
    # What is left is spelt like another Vietnamese name ("Vò" for Vũ), and nobody guesses.
    known = [pair for pair in old if looks_legacy_encoded(pair[1])]
    assert len(known) > share * len(old)
    right = [name for name, text in known if converted(text, encoding) == name]
    assert len(right) > 0.99 * len(known), [n for n, t in known if converted(t, encoding) != n][:20]


def test_good_text_is_left_as_it_is_whatever_somebody_confirms(names: list[str]) -> None:
    for encoding in ("tcvn3", "vni"):
        assert [name for name in names if converted(name, encoding) != name] == []


@pytest.mark.parametrize(
    ("text", "encoding", "reading"),
    [
        ("NguyÔn V¨n An", "tcvn3", "Nguyễn Văn An"),
        ("NGUYÔN V¡N ¸NH", "tcvn3", "NGUYỄN VĂN ÁNH"),
        ("Tr\u00adêng ThÞ ¸nh", "tcvn3", "Trường Thị Ánh"),
        ("B¶n Håi, x· M\u00adêng Chµ", "tcvn3", "Bản Hồi, xã Mường Chà"),
        ("H'Mai Niª", "tcvn3", "H'Mai Niê"),
        ("Nguyeãn Vaên An", "vni", "Nguyễn Văn An"),
        ("CAO THÒ THU ANH", "vni", "CAO THỊ THU ANH"),
        ("Xaõ Kim Anh", "vni", "Xã Kim Anh"),
    ],
)
def test_old_text_is_read_with_its_capitals(text: str, encoding: str, reading: str) -> None:
    assert looks_legacy_encoded(text) == encoding
    assert converted(text, encoding) == reading


def test_names_of_many_languages_are_left_alone() -> None:
    foreign = FOREIGN.split()
    assert [name for name in foreign if looks_legacy_encoded(name)] == []
    pairs = [f"{first} {second}" for first in foreign for second in foreign]
    assert [pair for pair in pairs if looks_legacy_encoded(pair)] == []


def test_no_text_of_the_reference_lists_is_taken_for_an_old_font() -> None:
    folder = os.environ.get("REFERENCE_DIR")
    if not folder:
        pytest.skip("REFERENCE_DIR is not set")
    texts = {
        cell
        for path in Path(folder).glob("*.csv")
        for line in csv.reader(path.read_text(encoding="utf-8").splitlines())
        for cell in line
        if not cell.isascii()
    }
    assert len(texts) > 10_000
    assert [text for text in texts if looks_legacy_encoded(text)] == []


@pytest.mark.parametrize("text", ["Ảnh khổ 4×6 nền trắng", "Ảnh 4 × 6 cm", "36,5 ±0,2 độ", "6÷2"])
def test_signs_between_figures_are_no_letters(text: str) -> None:
    assert looks_legacy_encoded(text) is None
    assert converted(text, "tcvn3") == text
