"""The insurer's list becomes facilities; a code with two names is a finding, not a crash."""

import csv
import os
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.test import override_settings

from facilities.forms_of_name import CommuneReader, read_name
from facilities.models import Facility, FacilityName
from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.intake.models import Batch, Finding, StagedRow
from portal.intake.services import (
    Sent,
    ask_to_undo,
    confirm_batch,
    read_batch,
    receive_file,
    undo_batch,
    write_batch,
)
from portal.intake.services.states import handler_of
from portal.places.models import (
    Area,
    AreaSuccession,
    FormerArea,
    Organisation,
    OrganisationIdentifier,
)
from tests.conftest import SINCE, make_user

AT = datetime(2026, 11, 5, 2, 30, tzinfo=UTC)
REFERENCE = Path(os.environ.get("REFERENCE_DIR") or "/nowhere")
SAMPLE = (
    next(
        (
            p
            for p in (REFERENCE, REFERENCE / "data")
            if (p / "hanoi_cskcb_bhxh_2024_sample.csv").exists()
        ),
        REFERENCE,
    )
    / "hanoi_cskcb_bhxh_2024_sample.csv"
)

LIST = """ma_cskcb,ten,dia_chi,quan_huyen_cu
01020,Phòng khám 107 Tôn Đức Thắng,"107 Tôn Đức Thắng, Đống Đa",Quận Đống Đa
01A01,Trạm y tế xã Duyên Hà,Xã Duyên Hà,Huyện Thanh Trì
01A01,Trạm y tế xã Võng Xuyên (Trung tâm y tế h. Phúc Thọ),Xã Võng Xuyên,Huyện Phúc Thọ
"""
Upload = Callable[..., Batch]


@pytest.fixture(autouse=True)
def _private_store(tmp_path: Path):
    with override_settings(MEDIA_ROOT=tmp_path):
        yield


@pytest.fixture
def upload(department: Organisation, licensing_officer: User) -> Upload:
    """Upload a list as the licensing officer, up to the preview; write it when asked."""

    def _upload(content: bytes, *, write: bool = True) -> Batch:
        batch = receive_file(
            actor=licensing_officer,
            sent=Sent("cskcb.csv", [content]),
            kind="facilities",
            organisation=department,
            at=AT,
        )
        batch = read_batch(batch.pk, at=AT)
        if write and batch.new_count + batch.changed_count:
            confirm_batch(actor=licensing_officer, batch=batch, at=AT)
            batch = write_batch(batch.pk, at=AT)
        batch.refresh_from_db()
        return batch

    return _upload


def findings(batch: Batch, code: str) -> list[Finding]:
    return list(Finding.objects.filter(batch=batch, code=code).order_by("number"))


@pytest.mark.django_db(transaction=True)
def test_a_list_becomes_facilities_under_the_department(
    upload: Upload, department: Organisation
) -> None:
    batch = upload(LIST.encode())
    assert (batch.state, batch.written_count) == ("written", 3)
    clinic = Facility.objects.get(organisation__name="Phòng khám 107 Tôn Đức Thắng")
    assert clinic.organisation.parent == department
    assert (clinic.organisation.kind, clinic.address) == ("clinic", "107 Tôn Đức Thắng, Đống Đa")
    assert clinic.organisation.identifiers.get().value == "01020"
    assert (clinic.origin, clinic.batch_id) == ("file", batch.pk)


@pytest.mark.django_db(transaction=True)
def test_two_names_on_one_code_are_both_kept_and_named_with_their_rows(upload: Upload) -> None:
    batch = upload(LIST.encode(), write=False)
    (found,) = findings(batch, "code_two_names")
    assert (found.cell.endswith("B4"), found.value, found.severity) == (True, "01A01", "warning")
    said = found.message % found.params
    assert "Trạm y tế xã Duyên Hà" in said
    assert "Trạm y tế xã Võng Xuyên" in said
    assert "3" in said
    assert found.remedy
    upload(LIST.encode())
    facility = Facility.objects.get(organisation__identifiers__value="01A01")
    kinds = dict(facility.names.values_list("name", "kind"))
    assert kinds["Trạm y tế xã Duyên Hà"] == "official"
    assert kinds["Trạm y tế xã Võng Xuyên (Trung tâm y tế h. Phúc Thọ)"] == "received"
    assert facility.organisation.name == "Trạm y tế xã Duyên Hà"


@pytest.mark.django_db(transaction=True)
def test_the_second_upload_changes_nothing(upload: Upload) -> None:
    upload(LIST.encode())
    names = list(FacilityName.objects.order_by("id").values_list("id", "name"))
    batch = upload(LIST.encode())
    assert (batch.new_count, batch.changed_count, batch.unchanged_count) == (0, 0, 3)
    assert list(FacilityName.objects.order_by("id").values_list("id", "name")) == names


@pytest.mark.django_db(transaction=True)
def test_long_names_that_differ_at_their_end_are_two_and_known_again(upload: Upload) -> None:
    long = "Trạm y tế " + "xã Duyên Hà trực thuộc " * 9
    first, second = (f"{long}{end}" for end in ("huyện Thanh Trì", "huyện Phúc Thọ"))
    assert 194 < len(first) <= 255
    content = LIST.splitlines()[0] + "".join(
        f"\n01A01,{name},Xã Duyên Hà,Huyện Thanh Trì" for name in (first, second)
    )
    upload(content.encode())
    facility = Facility.objects.get(organisation__identifiers__value="01A01")
    assert set(facility.names.values_list("name", flat=True)) == {first, second}
    batch = upload(content.encode())
    assert (batch.new_count, batch.changed_count, batch.unchanged_count) == (0, 0, 2)


@pytest.mark.django_db(transaction=True)
def test_a_changed_address_is_a_change_and_a_new_name_does_not_rename(upload: Upload) -> None:
    upload(LIST.encode())
    changed = LIST.replace("107 Tôn Đức Thắng, Đống Đa", "109 Tôn Đức Thắng, Đống Đa").replace(
        "Trạm y tế xã Duyên Hà", "Trạm y tế Duyên Hà mới"
    )
    batch = upload(changed.encode())
    assert (batch.new_count, batch.changed_count, batch.unchanged_count) == (0, 2, 1)
    clinic = Facility.objects.get(organisation__identifiers__value="01020")
    assert clinic.address == "109 Tôn Đức Thắng, Đống Đa"
    station = Facility.objects.get(organisation__identifiers__value="01A01")
    assert station.organisation.name == "Trạm y tế xã Duyên Hà"
    assert station.names.filter(name="Trạm y tế Duyên Hà mới", kind="received").exists()


@pytest.mark.django_db(transaction=True)
def test_a_code_that_lost_its_zero_is_refused_with_the_remedy(upload: Upload) -> None:
    batch = upload(LIST.replace("01020", "1020").encode())
    assert (batch.wrong_count, batch.new_count) == (1, 2)
    found = Finding.objects.get(batch=batch, severity="error")
    assert found.code == "leading_zero_lost"
    assert not OrganisationIdentifier.objects.filter(value__in=["1020", "01020"]).exists()


@pytest.mark.django_db(transaction=True)
def test_the_575_facilities_of_hanoi_load_with_31_codes_of_two_names(upload: Upload) -> None:
    if not SAMPLE.exists():
        pytest.skip("REFERENCE_DIR is not set: the insurer's list of Hanoi is not at hand")
    content = SAMPLE.read_bytes()
    rows = list(csv.DictReader(content.decode("utf-8-sig").splitlines()))
    codes = {row["ma_cskcb"] for row in rows}
    batch = upload(content)
    assert (len(rows), batch.written_count, batch.wrong_count) == (575, 575, 0)
    assert Facility.objects.count() == len(codes) == 543
    assert len({found.value for found in findings(batch, "code_two_names")}) == 31
    assert Facility.objects.filter(names__kind="received").distinct().count() == 31
    again = upload(content)
    assert (again.new_count, again.changed_count, again.unchanged_count) == (0, 0, 575)
    assert Facility.objects.count() == 543
    assert StagedRow.objects.filter(batch=again, decision="doubtful").count() == 0


def undone(batch: Batch, by: User) -> Batch:
    ask_to_undo(actor=by, batch=batch, reason="Gửi nhầm danh sách.")
    return undo_batch(batch.pk, at=AT)


@pytest.mark.django_db(transaction=True)
def test_an_undone_list_takes_its_facilities_away_and_can_come_again(
    upload: Upload, licensing_officer: User
) -> None:
    batch = upload(LIST.encode())
    assert undone(batch, licensing_officer).state == "undone"
    assert not Facility.objects.exists()
    assert not OrganisationIdentifier.objects.exists()
    again = upload(LIST.encode())
    assert (again.written_count, Facility.objects.count()) == (3, 2)


@pytest.mark.django_db(transaction=True)
def test_undoing_a_later_list_gives_names_and_addresses_back(
    upload: Upload, licensing_officer: User
) -> None:
    first = upload(LIST.encode())
    changed = LIST.replace("107 Tôn Đức Thắng, Đống Đa", "109 Tôn Đức Thắng, Đống Đa").replace(
        "Trạm y tế xã Duyên Hà", "Trạm y tế Duyên Hà mới"
    )
    later = upload(changed.encode())
    assert handler_of(first).consequences().obstacles
    undone(later, licensing_officer)
    clinic = Facility.objects.get(organisation__identifiers__value="01020")
    assert clinic.address == "107 Tôn Đức Thắng, Đống Đa"
    assert not FacilityName.objects.filter(name="Trạm y tế Duyên Hà mới").exists()
    assert not handler_of(first).consequences().obstacles


@pytest.mark.django_db(transaction=True)
def test_a_facility_in_use_stands_in_the_way_of_an_undo(
    upload: Upload, licensing_officer: User
) -> None:
    batch = upload(LIST.encode())
    clinic = Facility.objects.get(organisation__identifiers__value="01020")
    make_user("linh", "Vì Văn Lĩnh", Role.STATION_CLERK, clinic.organisation)
    with pytest.raises(ValidationError) as refused:
        undone(batch, licensing_officer)
    assert "107 Tôn Đức Thắng" in str(refused.value)
    assert Facility.objects.count() == 2


@pytest.mark.parametrize(
    ("name", "kind", "form"),
    [
        ("Trạm y tế xã Duyên Hà", "station", "TYT"),
        ("TRẠM Y TẾ PHƯỜNG LÁNG HẠ", "station", "TYT"),
        ("Điểm trạm y tế Bản Lọng", "point", "DTR"),
        ("Bệnh viện đa khoa huyện Ba Vì", "hospital", "BVDK"),
        ("Bệnh viện Y học cổ truyền Hà Nội", "hospital", "BVYHCT"),
        ("Bệnh viện Mắt Hà Nội", "hospital", "BVCK"),
        ("Phòng khám đa khoa khu vực Chèm", "clinic", "PKDK"),
        ("Phòng khám 107 Tôn Đức Thắng (Trung tâm y tế quận Đống Đa)", "clinic", ""),
        ("Trung tâm cấp cứu 115 (Phòng khám 11 Phan Chu Trinh)", "other", "CCNV"),
        ("Trung tâm Y tế huyện Mường Chà", "centre", "TTYTKV"),
        ("Công ty Bình An", "other", ""),
    ],
)
def test_the_name_says_the_kind(name: str, kind: str, form: str) -> None:
    assert (read_name(name).kind, read_name(name).form) == (kind, form)


@pytest.fixture
def old_hanoi(db: None) -> Area:
    hanoi = Area.objects.create(
        kind="province", code="01", name="Thành phố Hà Nội", unit="thành phố", valid_from=SINCE
    )
    commune = Area.objects.create(
        kind="commune", code="00640", name="Xã Đại Thanh", unit="xã", parent=hanoi, valid_from=SINCE
    )
    for code, name, district in (
        ("00670", "Xã Duyên Hà", "Huyện Thanh Trì"),
        ("09999", "Xã Duyên Hà", "Huyện Đông Hưng"),
    ):
        former = FormerArea.objects.create(
            code=code, name=name, district_code="020", district_name=district, province_code="01"
        )
        AreaSuccession.objects.create(former=former, area=commune, on=date(2025, 7, 1))
    return commune


def test_an_old_commune_with_its_district_is_one_of_today(old_hanoi: Area) -> None:
    reader = CommuneReader("01")
    assert (
        reader.find(name="Trạm y tế xã Duyên Hà", address="", district="Huyện Thanh Trì")
        == old_hanoi.pk
    )
    assert (
        reader.find(name="PK", address="Thôn 2, Duyên Hà", district="Huyện Thanh Trì")
        == old_hanoi.pk
    )
    assert reader.find(name="PK", address="12 Trần Phú", district="Huyện Thanh Trì") is None
    assert reader.find(name="Trạm y tế xã Duyên Hà", address="", district="Huyện Ba Vì") is None


@pytest.mark.django_db(transaction=True)
def test_a_code_of_an_organisation_that_is_no_facility_keeps_its_row_alone_out(
    upload: Upload, hospital: Organisation
) -> None:
    batch = upload(
        "MA_CSKCB,TEN_CSKCB\n11001,Bệnh viện khác\n11047,Trạm Y tế xã Mường Pồn\n".encode()
    )
    assert (batch.written_count, batch.wrong_count) == (1, 1)
    [wrong] = findings(batch, "code_of_no_facility")
    assert (wrong.number, wrong.column, wrong.params["name"]) == (2, "MA_CSKCB", hospital.name)
    assert hospital.identifiers.get().value == "11001"
