"""A file's words and medicines protect its visits as its codes do; a later file takes none of it away."""

from typing import Any

import pytest
from django.urls import reverse

from healthrecords.models import Medication, Procedure, Visit
from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.intake.models import StagedRow
from portal.places.models import Organisation
from tests.conftest import make_user
from tests.healthrecords.pages import logged_in, record_url
from tests.intake.envelopes import medicine, service
from tests.intake.papers_of_files import bring, read_in
from tests.intake.sending import GOOD, confirm, send, visit, workbook

pytestmark = pytest.mark.usefixtures("lists", "registers")


@pytest.fixture
def desk(hospital: Organisation) -> User:
    """Who may read records, and no protected ones."""
    return make_user("desk", "Quầy", Role.STATION_CLERK, hospital)


def flat(data_officer: User, hospital: Organisation, *, without: str = "", **changed: Any) -> None:
    headings = [name for name in GOOD if name != without]
    content = workbook([visit(**changed)], headings=headings)
    confirm(send(content, by=data_officer, organisation=hospital), data_officer)


def met_by(user: User) -> tuple[int, bool]:
    """How many visits somebody's list counts, and whether the person's record names the one."""
    client, row = logged_in(user), Visit.objects.get()
    number = client.get(reverse("admin:healthrecords_visit_changelist")).context["cl"].result_count
    url = reverse(
        "admin:healthrecords_visit_change", args=[row.pk]
    )  # its key is that of its person
    return number, url in client.get(record_url(row.citizen)).content.decode()


@pytest.mark.parametrize(
    ("reason", "expected"),
    [("Tái khám, lấy thuốc ARV", "hiv"), ("Khám sau hút thai", "reproductive"), ("Ho, sốt", "")],
)
def test_the_reason_in_a_workbook_protects_its_visit(
    reason: str, expected: str, data_officer: User, hospital: Organisation, desk: User
) -> None:
    flat(data_officer, hospital, LY_DO_VV=reason)
    assert Visit.objects.get().sensitivity == StagedRow.objects.get().sensitivity == expected
    assert met_by(desk) == ((1, True) if expected == "" else (0, False))


def test_a_file_without_the_column_takes_no_class_away(
    data_officer: User, hospital: Organisation, desk: User
) -> None:
    flat(data_officer, hospital, LY_DO_VV="Lấy thuốc ARV")
    flat(data_officer, hospital, without="LY_DO_VV", MA_LOAI_RV="2")
    row = Visit.objects.get()
    assert (row.reason, row.discharge, row.sensitivity) == ("Lấy thuốc ARV", "2", "hiv")
    assert set(row.diagnosis_rows.values_list("sensitivity", flat=True)) == {"hiv"}
    assert row.vitalsigns_rows.get().sensitivity == "hiv"
    assert set(StagedRow.objects.values_list("sensitivity", flat=True)) == {"hiv"}
    assert met_by(desk) == (0, False)
    flat(data_officer, hospital, LY_DO_VV="Khám lại")
    assert Visit.objects.get().sensitivity == ""


def test_a_file_without_the_other_diagnoses_takes_their_class_not_away(
    data_officer: User, hospital: Organisation
) -> None:
    flat(data_officer, hospital, MA_BENH_KT="B20")
    flat(data_officer, hospital, without="MA_BENH_KT", MA_LOAI_RV="2")
    row = Visit.objects.get()
    assert (row.discharge, row.sensitivity) == ("2", "hiv")


@pytest.mark.parametrize(
    ("name", "dose", "expected"),
    [
        ("Tenofovir disoproxil 300mg", "1 viên", "hiv"),
        ("LAMIVUDINE + ZIDOVUDINE", "1 viên", "hiv"),
        ("Vitamin", "uống cùng ARV", "hiv"),
        ("Methadon", "30 ml", "mental"),
        ("Amlodipin 5 mg", "1 viên", ""),
    ],
)
def test_the_medicines_of_an_envelope_protect_its_visit(
    name: str,
    dose: str,
    expected: str,
    data_officer: User,
    hospital: Organisation,
    desk: User,
) -> None:
    lines = [medicine(TEN_THUOC=name, LIEU_DUNG=dose)]
    bring(data_officer, hospital, {"XML2": lines}, MA_BENH_CHINH="J18")
    row = Visit.objects.get()
    assert row.sensitivity == expected
    assert set(Medication.objects.values_list("sensitivity", flat=True)) == {expected}
    assert met_by(desk) == ((1, True) if expected == "" else (0, False))


@pytest.mark.parametrize("column", ["LY_DO_VV", "CHAN_DOAN_RV", "GHI_CHU"])
def test_the_words_of_an_envelope_protect_its_visit(
    column: str, data_officer: User, hospital: Organisation, desk: User
) -> None:
    said = {column: "Theo dõi điều trị HIV"}
    bring(data_officer, hospital, {}, MA_BENH_CHINH="J18", **said)
    assert Visit.objects.get().sensitivity == "hiv"
    assert met_by(desk) == (0, False)


def test_a_procedure_of_an_envelope_is_as_protected_as_its_name_and_its_visit_is_not(
    data_officer: User, hospital: Organisation, desk: User
) -> None:
    done = service(MA_NHOM="18", MA_DICH_VU="13.0241.0644", TEN_DICH_VU="Hút thai dưới siêu âm")
    bring(data_officer, hospital, {"XML3": [done]}, MA_BENH_CHINH="J18")
    row = Procedure.objects.get()
    assert (row.sensitivity, Visit.objects.get().sensitivity) == ("reproductive", "")
    client = logged_in(desk)
    assert "Hút thai" not in client.get(record_url(row.citizen)).content.decode()
    again = {"XML3": [{**done, "TEN_DICH_VU": "Nạo thai dưới siêu âm"}]}
    read_in(data_officer, hospital, again, MA_BENH_CHINH="J18")
    told = str(StagedRow.objects.order_by("-pk").values_list("changes", flat=True)[0])
    assert "•••" in told
    assert "thai" not in told
