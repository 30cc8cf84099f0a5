"""What is read a short way, because half a million cells come, says what the long way would."""

import unicodedata
from datetime import date
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from portal.codelists.models import Code, CodeList, CodeListVersion
from portal.identifiers import InsuranceCard, PersonalNumber, PhoneNumber
from portal.intake.codebook import CodeBook
from portal.intake.declaration import Column, kind_of, kinds
from portal.intake.usual import usual_of
from portal.intake.values import read_cell
from portal.names import _FOLDING, name_norm

# One column of each make: what a cell is read by besides its name.
COLUMNS = {
    (column.type, column.length, column.rule, column.usual, column.digits): (kind.id, column)
    for kind in reversed(kinds())
    for table in kind.tables
    for column in table.columns
    if usual_of(column) is not None
}.values()
NUMBERS = st.from_regex(r"\A[0-9]{9,13}\Z") | st.from_regex(r"\A0[0-9]{2}[0-3][0-9]{8}\Z")
CARDS = st.from_regex(r"\A([A-Z]{2}[0-9]{3})?[0-9]{10}\Z")
PHONES = st.from_regex(r"\A(0[35789][0-9]{8}|\+?84[0-9]{9}|02[0-9]{9})\Z")
WORDS = st.sampled_from(
    ["Lò", "Văn", "Ún", "H'Bia", "NguyÔn", "V¨n", "Nguyeãn", "Thò", "Đỗ", "Y", "A.", "B-", "1", ""]
)
NAMES = st.lists(WORDS, max_size=6).map(" ".join)
ODD = st.text(
    st.sampled_from("aE1é '#-.\t\n\u00a0\u200b\ufeff\u0301\u0302Đđ¨µ\u1e00~\x1f\x00"), max_size=12
)
TEXTS = st.one_of(st.text(max_size=30), ODD, NAMES, NUMBERS, CARDS, PHONES)


@pytest.mark.parametrize(
    "column", [c for _kind, c in COLUMNS], ids=[f"{kind}-{c.name}" for kind, c in COLUMNS]
)
@given(text=TEXTS)
@example(text="1E5")
@example(text="#N/A")
@example(text="'0123")
@example(text="Tho\u0323")
@example(text="x" * 5_000)
def test_a_cell_that_is_kept_as_sent_would_be_read_as_itself(column: Column, text: str) -> None:
    is_usual = usual_of(column)
    assert is_usual is not None
    if is_usual(text):
        assert read_cell(column, text) == (text, [])


def test_most_cells_of_a_good_file_go_the_short_way() -> None:
    usual = {column.name: usual_of(column) for column in kind_of("visits").main.columns}
    said = {
        "MA_LK": "26101200041",
        "HO_TEN": "Lò Văn Ún",
        "SO_CCCD": "011071000123",
        "DIEN_THOAI": "0912345678",
        "MA_THE_BHYT": "HT2111234567890",
    }
    assert [name for name, text in said.items() if not (usual[name] or str)(text)] == []


@pytest.mark.parametrize("kind", [PersonalNumber, InsuranceCard, PhoneNumber])
@given(text=NUMBERS | CARDS | PHONES | ODD)
@example(text="012345678901")
@example(text="111111111111")
@example(text="099071000123")
@example(text="HT2110000000000")
def test_a_usual_number_is_canonical_and_without_doubt(kind: Any, text: str) -> None:
    if kind.is_usual(text):
        parsed = kind.parse(text)
        assert (parsed.value, parsed.doubts()) == (text, [])


def folded_whole(text: str) -> str:
    folded = unicodedata.normalize("NFD", text).translate(_FOLDING)
    return unicodedata.normalize("NFC", " ".join(filter(None, folded.split(" "))))


@given(text=TEXTS)
def test_a_name_folded_word_by_word_is_folded_whole(text: str) -> None:
    assert name_norm(text) == folded_whole(text)


@pytest.fixture
def changing(db: None) -> CodeList:
    """A list of one version, one of whose codes is there for a while."""
    codes = CodeList.objects.create(key="changing", title="Danh mục thử")
    version = CodeListVersion.objects.create(
        code_list=codes, valid_from=date(2026, 1, 1), legal_basis="Thử", digest="x"
    )
    for code, first, last in (
        ("1", None, None),
        ("2", date(2026, 3, 1), date(2026, 3, 31)),
    ):
        Code.objects.create(
            version=version, code=code, title=f"Mã {code}", valid_from=first, valid_until=last
        )
    return codes


def test_days_of_one_span_of_a_list_answer_alike(changing: CodeList) -> None:
    book, column = CodeBook(), Column(name="X", label="X", code_list="changing")
    answers: dict[Any, set[tuple[str | None, bool]]] = {}
    for month, day in ((1, 1), (2, 28), (3, 1), (3, 31), (4, 1), (12, 31)):
        on = date(2026, month, day)
        code, problems = book.read(column, "2", on)
        answers.setdefault(book.span("changing", on), set()).add((code, bool(problems)))
    assert len(answers) == 3
    assert all(len(said) == 1 for said in answers.values())
    assert book.span("changing", date(2025, 12, 31)) == (None, 0)
