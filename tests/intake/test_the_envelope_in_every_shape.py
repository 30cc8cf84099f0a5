"""Whatever shape an envelope comes in, its good records are read and what is wrong is said of one record."""

import base64
import os
import subprocess
import sys
from pathlib import Path

import pytest

from portal.accounts.models import User
from portal.intake.models import Batch, StagedRow
from portal.intake.readers.process import reading
from portal.places.models import Organisation
from tests.intake.envelopes import inner, whole, written
from tests.intake.sending import counts, envelope, errors, found, part, record, send

pytestmark = pytest.mark.usefixtures("lists", "registers")
READER = "healthrecords.imports.envelope_reader:read"
DECLARED = '<?xml version="1.0" encoding="{}"?>\n'


def sent(content: bytes, officer: User, hospital: Organisation) -> Batch:
    return send(content, by=officer, organisation=hospital, kind="envelope", name="hoso.xml")


def codes(batch: Batch) -> set[tuple[str, str]]:
    return {(cell, code) for cell, code, _severity in found(batch)}


def noted(batch: Batch) -> dict[str, dict]:
    return {note["code"]: note["params"] for note in batch.notes}


def three() -> list[str]:
    return [
        written(whole(MA_LK=f"E-{n}", SO_CCCD=f"01116000000{n}", MA_BN=str(n))) for n in (1, 2, 3)
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("declared", ["utf-8", "utf-16", "windows-1252"])
def test_an_envelope_in_any_encoding_is_read_whatever_it_declares(
    data_officer: User, hospital: Organisation, encoding: str, declared: str
) -> None:
    text = DECLARED.format(declared) + envelope(written(whole(), "nested")).decode()
    batch = sent(text.encode(encoding), data_officer, hospital)
    assert found(batch) == []
    assert StagedRow.objects.get(batch=batch).values["HO_TEN"] == "LÒ THỊ THỬ"


def test_letters_of_windows_1258_are_read_as_they_were_meant(
    data_officer: User, hospital: Organisation
) -> None:
    import unicodedata

    text = envelope(written(whole(), "nested")).decode()
    parts = unicodedata.normalize("NFD", text)  # base letters and marks, as the code page has them
    for letter in "ăâêôơưđĂÂÊÔƠƯĐ":
        parts = parts.replace(unicodedata.normalize("NFD", letter), letter)
    batch = sent(
        DECLARED.format("windows-1258").encode() + parts.encode("cp1258"), data_officer, hospital
    )
    assert errors(batch) == []
    assert StagedRow.objects.get(batch=batch).values["HO_TEN"] == "LÒ THỊ THỬ"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le", "cp1258"])
def test_a_part_may_have_an_encoding_of_its_own(
    data_officer: User, hospital: Organisation, encoding: str
) -> None:
    made = whole(HO_TEN="LÊ ÔN", DIA_CHI="Êtô")
    text = DECLARED.format("utf-8") + inner("XML1", made["XML1"])
    if encoding == "cp1258":
        import unicodedata

        text = "".join(c if c in "êôÊÔ" else unicodedata.normalize("NFD", c) for c in text)
    content = base64.b64encode(text.encode(encoding, "replace")).decode()
    summary = f"<FILEHOSO><LOAIHOSO>XML1</LOAIHOSO><NOIDUNGFILE>{content}</NOIDUNGFILE></FILEHOSO>"
    sent(envelope(summary), data_officer, hospital)
    assert StagedRow.objects.get().values["HO_TEN"] == "LÊ ÔN"


def test_prefixes_attributes_and_small_letters_do_not_matter(
    data_officer: User, hospital: Organisation
) -> None:
    text = envelope(written(whole(), "nested")).decode()
    prefixed = text.replace("</", "</ns:").replace("<", "<ns:").replace("<ns:/ns:", "</ns:")
    named = prefixed.replace(
        "<ns:GIAMDINHHS>", '<ns:GIAMDINHHS xmlns:ns="urn:a" xmlns:xsi="urn:b">'
    )
    nil = named.replace("<ns:DIEN_THOAI></ns:DIEN_THOAI>", '<ns:DIEN_THOAI xsi:nil="true"/>')
    for content in (nil, text.replace("HOSO>", "hoso>").replace("MA_LK>", "ma_lk>")):
        batch = sent(content.encode(), data_officer, hospital)
        assert found(batch) == []
        assert counts(batch) == {"new": 1}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("HOSO 1", lambda text: text.replace("<HOSO>", '<HOSO Id="a" xmlns:x="urn:x">')),
        ("comment", lambda text: text.replace("<HOSO>", "<!-- một hồ sơ --><HOSO>")),
        ("spaces", lambda text: text.replace("><", ">\r\n  <")),
        ("numbered", lambda text: text.replace("<LOAIHOSO>XML", "<LOAIHOSO> xml0")),
        ("bare number", lambda text: text.replace("<LOAIHOSO>XML", "<LOAIHOSO>")),
        ("no kind", lambda text: text.replace("<LOAIHOSO>XML2", "<LOAIHOSO>")),
        ("wrong kind", lambda text: text.replace("<LOAIHOSO>XML2", "<LOAIHOSO>XML9")),
    ],
)
def test_what_surrounds_a_record_does_not_matter(
    data_officer: User, hospital: Organisation, before: str, after
) -> None:
    content = after(envelope(written(whole())).decode())
    batch = sent(content.encode(), data_officer, hospital)
    assert found(batch) == [], before
    assert len(StagedRow.objects.get(batch=batch).tables["XML2"]) == 1


def test_one_letter_of_a_code_list_is_padded(data_officer: User, hospital: Organisation) -> None:
    batch = sent(envelope(written(whole(MA_LOAI_KCB="3", MA_DANTOC="3"))), data_officer, hospital)
    values = StagedRow.objects.get(batch=batch).values
    assert (values["MA_LOAI_KCB"], values["MA_DANTOC"]) == ("03", "03")


def test_glued_xml_is_mended_and_said(data_officer: User, hospital: Organisation) -> None:
    glued = (
        "<CHI_TIET_DIEN_BIEN_BENH><STT>1</STT><MA_LK>E-0001</MA_LK><DIEN_BIEN_LS>Ho & sốt "
        "CSST<M75_HA138/84></DIEN_BIEN_LS><THOI_DIEM_DBLS>202611020815</THOI_DIEM_DBLS>"
        "<NGUOI_THUC_HIEN>0100000002</NGUOI_THUC_HIEN></CHI_TIET_DIEN_BIEN_BENH>"
    )
    made = whole()
    del made["XML5"]
    batch = sent(envelope(written(made) + part("XML5", glued)), data_officer, hospital)
    assert codes(batch) == {("HOSO 1/XML5", "part_mended")}
    assert counts(batch) == {"new": 1}
    (note,) = StagedRow.objects.get(batch=batch).tables["XML5"]
    assert note["DIEN_BIEN_LS"] == "Ho & sốt CSST<M75_HA138/84>"


@pytest.mark.parametrize(
    ("code", "broken"),
    [
        ("record_broken", "<FILEHOSO><LOAIHOSO>XML1</FILEHOSO>"),
        ("record_broken", "<A>&nothing;</A>"),
        ("record_broken", "<!DOCTYPE a [<!ENTITY x 'y'>]><A>&x;</A>"),
        ("record_broken", "<A>" * 900_000),
        ("part_missing", ""),
        (
            "part_unreadable",
            "<FILEHOSO><LOAIHOSO>XML1</LOAIHOSO><NOIDUNGFILE>%</NOIDUNGFILE></FILEHOSO>",
        ),
    ],
)
def test_a_broken_record_is_one_wrong_row(
    data_officer: User, hospital: Organisation, code: str, broken: str
) -> None:
    first, _second, third = three()
    batch = sent(envelope(first, broken, third), data_officer, hospital)
    assert counts(batch) == {"new": 2, "wrong": 1}
    assert {(cell.partition("/")[0], found_) for cell, found_ in errors(batch)} == {
        ("HOSO 2", code)
    }


def test_a_record_without_an_end_does_not_swallow_the_next(
    data_officer: User, hospital: Organisation
) -> None:
    content = envelope(*three()).decode()
    first = content.index("</HOSO>")
    batch = sent((content[:first] + content[first + 7 :]).encode(), data_officer, hospital)
    assert counts(batch) == {"new": 2, "wrong": 1}
    assert errors(batch) == [("HOSO 1/XML1", "record_unclosed")]


def test_a_file_that_was_cut_off_gives_the_records_before_the_tear(
    data_officer: User, hospital: Organisation
) -> None:
    content = envelope(*three())
    cut = content[: content.rindex(b"<HOSO>") + 500]
    batch = sent(cut, data_officer, hospital)
    assert counts(batch) == {"new": 2, "wrong": 1}
    assert errors(batch) == [("HOSO 3/XML1", "record_torn")]
    assert noted(batch)["file_torn_at_record"] == {"record": 3}


def test_a_file_cut_between_two_records_says_how_many_are_missing(
    data_officer: User, hospital: Organisation
) -> None:
    content = envelope(*three())
    batch = sent(content[: content.rindex(b"<HOSO>")], data_officer, hospital)
    assert counts(batch) == {"new": 2}
    assert noted(batch)["records_counted_otherwise"] == {"said": 3, "read": 2}
    assert "file_ends_early" in noted(batch)


def test_lost_letters_of_one_record_are_its_own(data_officer: User, hospital: Organisation) -> None:
    records = [written(whole(MA_LK=f"E-{n}", MA_BN=str(n), SO_CCCD=""), "nested") for n in (1, 2)]
    content = envelope(*records)
    name = "LÒ THỊ THỬ".encode()
    at = content.index(name)
    batch = sent(content[:at] + b"\xff\xfe" + content[at + 2 :], data_officer, hospital)
    assert ("HOSO 1/XML1", "letters_lost") in errors(batch)
    assert counts(batch) == {"new": 1, "wrong": 1}


@pytest.mark.parametrize("root", ["DANHSACHHOSO", "THONGTINHOSO"])
def test_the_list_of_records_alone_is_an_envelope_too(
    data_officer: User, hospital: Organisation, root: str
) -> None:
    content = f"<{root}><HOSO>{written(whole())}</HOSO></{root}>".encode()
    assert counts(sent(content, data_officer, hospital)) == {"new": 1}


def test_facts_in_front_of_the_records_may_not_be_declared(
    data_officer: User, hospital: Organisation
) -> None:
    content = b'<!DOCTYPE a SYSTEM "http://127.0.0.1:9/a.dtd">' + envelope(record())
    batch = sent(content, data_officer, hospital)
    assert (batch.state, batch.error_code) == ("refused", "xml_forbidden")


MEASURE = """
import re, sys
from pathlib import Path
from healthrecords.imports.envelope_reader import read
count = sum(event[0] == "record" for event in read(Path(sys.argv[1]), "xml"))
print(count, int(re.search(r"VmHWM:\\s*(\\d+)", Path("/proc/self/status").read_text())[1]) // 1024)
"""


def test_a_file_of_a_hundred_megabytes_is_read_in_little_memory(tmp_path: Path) -> None:
    made = written(whole())
    head, tail = envelope("@").decode().split("<HOSO>@</HOSO>")
    count = 100_000_000 // len(made) + 1
    path = tmp_path / "large.xml"
    with path.open("w") as file:
        file.write(head)
        for _number in range(count):
            file.write(f"<HOSO>{made}</HOSO>\n")
        file.write(tail)
    assert path.stat().st_size > 100_000_000
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, str(path)],
        capture_output=True,
        text=True,
        check=True,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(Path.cwd())},
    )
    read_, megabytes = map(int, done.stdout.split())
    assert read_ == count
    assert megabytes < 100


def test_one_record_larger_than_any_visit_is_passed_over(tmp_path: Path) -> None:
    huge = "<A>" + "a" * 40_000_000 + "</A>"
    path = tmp_path / "huge.xml"
    path.write_bytes(envelope(huge, written(whole())))
    with reading(path, READER) as events:
        records = [event for event in events if event[0] == "record"]
    assert [fault["code"] for fault in records[0][3]] == ["record_too_large"]
    assert records[1][2]["XML1"][0]["MA_LK"] == "E-0001"
