"""Names are shown as written, found without marks, and put in Vietnamese order."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.names import (
    _word_norm,
    display_name,
    given_name_key,
    looks_legacy_encoded,
    name_norm,
    sort_key,
)
from portal.syllables import is_syllable

LETTERS = (
    "aàảãáạăằẳẵắặâầẩẫấậbcdđeèẻẽéẹêềểễếệghiìỉĩíịklmnoòỏõóọôồổỗốộơờởỡớợpqrstuùủũúụưừửữứựvxyỳỷỹýỵ"
)
NAMES = st.text(st.sampled_from(LETTERS + LETTERS.upper() + "  '’-."), max_size=30) | st.text(
    max_size=30
)

IN_ORDER = """
    Nguyễn Văn An, Trần Văn An, Lê Thị Ản, Bùi Văn Anh, Đỗ Văn Anh, Nguyễn Thị Anh, Nguyễn Văn Anh, Lý Ánh, Lò Văn Ăn,
    Lò Thị Ân, Phạm Ba, Phạm Bà, Phạm Bả, Phạm Bã, Phạm Bá, Phạm Bạ, Ngô Cúc, Ngô Dung, Ngô Dũng, Ngô Đa,
    Hồ Đức, Hồ Em, Hồ Ê, Mùa A Ga, Mùa A Hạc, Vũ Khoa, Vũ Linh, Vũ Loan, Vũ Lộc, Vũ Lời, Vũ Mai, Võ Thu, Võ Thủ,
    Võ Thư, Võ Tu, Võ Tú, Võ Tư, Võ Vân, Võ Xuân, Võ Yên, Võ Yến
"""


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("Đặng  Thị\u00a0Hồng Ngọc ", "dang thi hong ngoc"),
        ("NGUYỄN VĂN AN", "nguyen van an"),
        ("Ðỗ Ðức", "do duc"),
        ("H’Bia Êban", "h'bia eban"),
        ("Nguyễn\u200b Văn\tAn", "nguyen van an"),
        ("Müller", "muller"),
        ("", ""),
    ],
)
def test_folding_drops_marks_case_and_extra_spaces(written, folded):
    assert name_norm(written) == folded


@given(NAMES)
def test_folding_twice_changes_nothing_more(text):
    assert name_norm(name_norm(text)) == name_norm(text)


@given(NAMES)
def test_folding_does_not_see_how_letters_are_composed(text):
    forms = {name_norm(unicodedata.normalize(form, text)) for form in ("NFC", "NFD")}
    assert forms == {name_norm(text)}


@given(st.text(st.sampled_from(LETTERS + LETTERS.upper() + " "), max_size=40))
def test_folded_vietnamese_is_plain_ascii(text):
    folded = name_norm(text)
    assert folded.isascii()
    assert folded == folded.lower() == " ".join(folded.split())
    assert name_norm(text.upper()) == name_norm(text.lower()) == folded


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("NGUYỄN  VĂN AN", "Nguyễn Văn An"),
        ("quàng thị hạc", "Quàng Thị Hạc"),
        ("H'BIA ÊBAN", "H'Bia Êban"),
        ("Y BLƯH NIÊ", "Y Blưh Niê"),
        ("K’BRỂU", "K’Brểu"),
        ("LÊ-NGUYỄN HÀ", "Lê-Nguyễn Hà"),
        ("CB. NGUYỄN THỊ A", "CB. Nguyễn Thị A"),
        ("Jean de La Fontaine", "Jean de La Fontaine"),
        (" Nguyễn\u200b Văn   An ", "Nguyễn Văn An"),
        (unicodedata.normalize("NFD", "Nguyễn Văn An"), "Nguyễn Văn An"),
    ],
)
def test_a_name_is_shown_tidy(written, shown):
    assert display_name(written) == shown


@given(NAMES)
def test_tidying_keeps_the_name_findable_and_is_done_once(text):
    assert display_name(display_name(text)) == display_name(text)


@given(st.text(st.sampled_from(LETTERS + LETTERS.upper() + " '-."), max_size=40))
def test_tidying_never_changes_the_letters(text):
    assert name_norm(display_name(text)) == name_norm(text)


def test_names_stand_in_vietnamese_order():
    ordered = [name.strip() for name in IN_ORDER.replace("\n", " ").split(",")]
    shuffled = ordered[::-2] + ordered[-2::-2]
    assert sorted(shuffled, key=sort_key) == ordered


def test_names_of_one_given_name_follow_surname_then_middle_name():
    names = ["Trần An", "An", "Lê Văn An", "Lê Thị An", "Lê An", "Đỗ An", "Dương An"]
    assert sorted(names, key=sort_key) == [
        "An",
        "Dương An",
        "Đỗ An",
        "Lê An",
        "Lê Thị An",
        "Lê Văn An",
        "Trần An",
    ]


def test_the_key_of_the_given_name_begins_the_key_of_the_name():
    assert sort_key("Nguyễn Thị Hạc").startswith(given_name_key("Nguyễn Thị Hạc"))
    assert (given_name_key(""), sort_key("")) == ("", "")


@given(NAMES)
def test_a_sort_key_is_ascii_and_blind_to_composition(text):
    assert sort_key(text).isascii()
    assert sort_key(unicodedata.normalize("NFD", text)) == sort_key(
        unicodedata.normalize("NFC", text)
    )


@given(st.lists(st.text(st.sampled_from(LETTERS), min_size=1, max_size=4), min_size=2, max_size=2))
def test_words_with_one_key_are_one_word_but_for_where_the_tone_stands(words):
    def letters_and_tones(word):
        decomposed = unicodedata.normalize("NFD", word)
        tones = [c for c in decomposed if c in "\u0300\u0301\u0303\u0309\u0323"]
        return unicodedata.normalize("NFC", "".join(c for c in decomposed if c not in tones)), tones

    first, second = words
    assert (sort_key(first) == sort_key(second)) == (
        letters_and_tones(first) == letters_and_tones(second)
    )


def test_every_letter_stands_at_its_place_in_the_alphabet():
    alphabet = list("aăâbcdđeêfghijklmnoôơpqrstuưvwxyz")
    shuffled = alphabet[::-1]
    assert sorted(shuffled, key=sort_key) == alphabet


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("NguyÔn V¨n An", "tcvn3"),
        ("TrÇn ThÞ B×nh", "tcvn3"),
        ("§Æng Hång Ph¹m", "tcvn3"),
        ("Ph¹m", "tcvn3"),
        ("Lª V¨n ThuËn", "tcvn3"),
        ("Nguyeãn Vaên An", "vni"),
        ("Traàn Thò Bình", "vni"),
        ("NGUYEÃN VAÊN AN", "vni"),
        ("Ñaëng Thuøy Döông", "vni"),
        ("Leâ Vaên Phöôùc", "vni"),
    ],
)
def test_text_of_old_fonts_is_named(text, encoding):
    assert looks_legacy_encoded(text) == encoding


@pytest.mark.parametrize(
    "text",
    ["Nguyễn Văn An", "Hoàng Võ Lý", "Lê Hoà", "Y Blưh Niê Kđăm", "H'Bia Êban", "Kpă Ksor", "Đắk Lắk", "Nguyen Van An",
     "Müller", "José Peña", "François", "Søren Kierkegård", "Björn Åström", "Zoë Renée", "Jürgen Groß", "", "李小龍",
     unicodedata.normalize("NFD", "Nguyễn Thị Huệ")],
)  # fmt: skip
def test_vietnamese_and_foreign_names_are_not_taken_for_old_fonts(text):
    assert looks_legacy_encoded(text) is None


def test_the_spelling_rules_know_common_names_and_refuse_nonsense():
    names = "nguyễn trần phượng thuỳ thủy quỳnh nguyệt uyên oanh khuyên giếng gìn khoẻ hoè huơ quyết yến ý út ếch nghĩa ghế"
    assert [word for word in names.split() if not is_syllable(word)] == []
    assert [
        word
        for word in ["nguyeenx", "vawn", "ksor", "niê", "blưh", "các2", "càc", "ngê", "đẩyy"]
        if is_syllable(word)
    ] == ["ngê"]


def test_a_word_that_was_folded_once_is_known():
    """Files fold millions of names, of a few thousand words: what is kept is each word."""
    for name in ("Vàng Thị Mỷ", "Lò Thị Mỷ", "Vàng Văn Lò"):
        name_norm(name)
    before = _word_norm.cache_info()
    assert name_norm("Lò Thị Vàng") == "lo thi vang"
    after = _word_norm.cache_info()
    assert (after.hits - before.hits, after.misses) == (3, before.misses)
