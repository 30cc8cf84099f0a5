"""“HIV: 1” of a place is read by those alone who may see sensitive rows: on the page, in its sums, in Excel."""

import io
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from healthrecords.models import Visit
from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.places.models import Organisation
from reporting import services
from reporting.checks import check
from reporting.figures_of import standing_of
from reporting.guarding import as_seen, findings_told
from reporting.models import CaseNotification, Outbreak, Report
from reporting.services.cases import settle_cases
from reporting.services.notifying import open_by_hand, write_case
from reporting.services.running import TypedFigure
from tests.conftest import make_user
from tests.reporting.conftest import LATER, OCTOBER, form, moment, person

MONTH = "month-2026-10-01"
BLIND = [Role.STATISTICIAN, Role.HOSPITAL_DATA_OFFICER, Role.OVERSEER]
SEEING = [Role.EPIDEMIOLOGIST, Role.STATION_HEAD]
Reports = dict[str, Report]
HIDDEN = "Bạn không được xem số liệu của mục này."


@pytest.fixture
def reports(see: Callable[..., Any], hospital: Organisation) -> Reports:
    """October of a hospital: HIV, syphilis, two bowel infections, one measles."""
    for n, code in enumerate(("B20.1", "A51.0", "A09", "A09", "B05.9")):
        see(person(date(1990, 1, 1)), hospital, moment(3 + n), code)
    settle_cases(list(Visit.objects.values_list("pk", flat=True)))
    return {
        code: services.begin_report(
            actor=None, definition=form(code), organisation=hospital, period=OCTOBER, at=LATER
        )
        for code in ("BC01", "BC03")
    }


def client_of(role: Role, hospital: Organisation, department: Organisation) -> Client:
    of_place = {Role.HOSPITAL_DATA_OFFICER, Role.STATION_HEAD}
    user: User = make_user(
        "nguoi", "Lò Văn Xem", role, hospital if role in of_place else department
    )
    client = Client(HTTP_HOST="127.0.0.1")
    client.force_login(user)
    return client


def cells(client: Client, report: Report) -> dict[str, str]:
    """Return what the page says, by the name of its cell."""
    answer = client.get(reverse("reporting:report", args=[report.pk]), {"het": "1"})
    grid = answer.context["grid"]
    rows = [*grid.rows, *([grid.total] if grid.total else [])]
    return {cell.name: cell.text for row in rows for cell in row.cells}


@pytest.mark.parametrize("role", BLIND)
def test_who_may_not_see_sensitive_rows_reads_neither_row_nor_difference(
    reports: Reports, hospital: Organisation, department: Organisation, role: Role
) -> None:
    client = client_of(role, hospital, department)
    found = cells(client, reports["BC03"])
    assert {found["W08~mac"], found["W40~mac"]} == {"không hiện"}
    assert (found["H18~mac"], found["total~mac"]) == ("1", "1")
    found = cells(client, reports["BC01"])
    assert not {"B20~op_total", "A51~op_total"} & set(found)
    shown = [found[f"{row}~op_total"] for row in ("A09", "B05")]
    chapter = next(row.key for row in form_rows("BC01") if row.icd == "A00-B99")
    assert shown == ["2", "1"]
    assert (found[f"{chapter}~op_total"], found["total~op_total"]) == ("3", "3")


@pytest.mark.parametrize("role", SEEING)
def test_who_may_see_them_reads_the_whole_form(
    reports: Reports, hospital: Organisation, department: Organisation, role: Role
) -> None:
    client = client_of(role, hospital, department)
    found = cells(client, reports["BC03"])
    assert (found["W08~mac"], found["W40~mac"], found["total~mac"]) == ("1", "1", "3")
    found = cells(client, reports["BC01"])
    assert (found["B20~op_total"], found["total~op_total"]) == ("1", "5")


def form_rows(code: str) -> Any:
    from reporting.computing import form_for

    return form_for(form(code), OCTOBER).rows


@pytest.mark.parametrize(
    ("code", "cell"), [("BC03", "W08~mac"), ("BC01", "B20~op_total"), ("BC01", "A51~op_total")]
)
def test_a_protected_cell_has_no_page_and_a_chapter_does_not_count_its_records(
    reports: Reports, hospital: Organisation, department: Organisation, code: str, cell: str
) -> None:
    chapter = next(row.key for row in form_rows("BC01") if row.icd == "A00-B99")
    client = client_of(Role.STATISTICIAN, hospital, department)
    address = reverse("reporting:report", args=[reports[code].pk])
    assert client.get(address, {"o": cell}).status_code == 404
    if code == "BC01":
        assert client.get(address, {"o": f"{chapter}~op_total"}).status_code == 404
    summary = reverse("reporting:summary", args=[code, MONTH])
    services.submit_report(actor=None, report=reports[code], at=LATER) if code == "BC01" else None
    assert client.get(summary, {"o": cell}).status_code == 404


def test_the_workbook_and_the_sum_of_the_province_leave_them_out(
    reports: Reports, hospital: Organisation, department: Organisation
) -> None:
    client = client_of(Role.STATISTICIAN, hospital, department)
    for code, forbidden in (("BC01", ("B20", "A51")), ("BC03", ())):
        answer = client.get(reverse("reporting:workbook", args=[reports[code].pk]))
        sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
        assert sheet is not None
        lines = [[str(v) for v in row if v is not None] for row in sheet.values]
        assert not [line for line in lines for key in forbidden if key in line], code
        assert any("bảo vệ" in text for line in lines for text in line), code
        hiv = [line for line in lines if any("HIV/AIDS" in text for text in line)]
        assert all("không hiện" in line for line in hiv), code
    services.submit_report(actor=None, report=reports["BC01"], at=LATER)
    page = client.get(reverse("reporting:summary", args=["BC01", MONTH]))
    totals = {cell.name: cell.text for cell in page.context["grid"].total.cells}
    assert totals["total~op_total"] == "3"
    opened = client.get(reverse("reporting:summary", args=["BC01", MONTH]), {"o": "total~op_total"})
    assert [part.value for part in opened.context["behind"].parts] == ["3"]


def test_the_checks_name_no_protected_disease(
    reports: Reports, hospital: Organisation, department: Organisation
) -> None:
    report = reports["BC03"]
    whole = standing_of(report)
    said = " ".join(f.detail for f in check(report, whole))
    assert "HIV" in said
    seen = as_seen(whole, sees=False)
    told = findings_told(check(report, whole), seen)
    assert "HIV" not in " ".join(f"{f.text} {f.detail}" for f in told)
    assert [f.kind for f in told] == [f.kind for f in check(report, whole)]
    officer = make_user("so-lieu", "Lò Thị Số", Role.HOSPITAL_DATA_OFFICER, hospital)
    with pytest.raises(ValidationError) as refused:
        services.submit_report(actor=officer, report=report, at=LATER)
    assert "HIV" not in " ".join(refused.value.messages)


@pytest.fixture
def nine(reports: Reports, see: Callable[..., Any], hospital: Organisation) -> Report:
    """Form 9/BCT of the hospital, where two died in a bed, one of them of HIV."""
    for n, code in enumerate(("B20.1", "J18.9")):
        see(
            person(date(1960, 1, 1)), hospital, moment(8 + n), code,
            kind="03", ended_at=moment(12), care_days=4, outcome="5",
        )  # fmt: skip
    services.compute_again(actor=None, report=reports["BC01"], at=LATER)
    return services.begin_report(
        actor=None, definition=form("BC02"), organisation=hospital, period=OCTOBER, at=LATER
    )


@pytest.mark.parametrize("role", BLIND)
def test_a_form_without_diseases_counts_every_death_for_every_reader(
    reports: Reports, nine: Report, hospital: Organisation, department: Organisation, role: Role
) -> None:
    """The law asks for all of them; form 14/BCT as read here holds less, as decision 0036 says."""
    client = client_of(role, hospital, department)
    assert cells(client, nine)["own~tv"] == "2"
    assert cells(client, reports["BC01"])["total~ip_d"] == "1"


def test_no_check_tells_what_the_other_form_adds_up_to_with_its_protected_rows(
    reports: Reports, nine: Report, hospital: Organisation, department: Organisation
) -> None:
    officer = make_user("so-lieu", "Lò Thị Số", Role.HOSPITAL_DATA_OFFICER, hospital)
    for number, kind in ((2, "ok"), (1, "bad")):  # agrees; then typed as form 14/BCT is read
        figures = [TypedFigure("own", "tv", number=Decimal(number))]
        services.type_figures(actor=None, report=nine, figures=figures, reason="Sổ", at=LATER)
        whole = standing_of(nine)
        rules = [one for one in check(nine, whole) if "tử vong nội trú" in one.text]
        assert [(one.kind, one.detail) for one in rules] == [(kind, f"ở đây {number}, bên kia 2")]
        for sees, detail in ((True, f"ở đây {number}, bên kia 2"), (False, HIDDEN)):
            told = findings_told(rules, as_seen(whole, sees=sees))
            assert [(one.kind, one.detail) for one in told] == [(kind, detail)]
    with pytest.raises(ValidationError) as refused:
        services.submit_report(actor=officer, report=nine, at=LATER)
    assert "bên kia 2" not in " ".join(refused.value.messages)
    client = client_of(Role.HOSPITAL_DATA_OFFICER, hospital, department)
    page = client.get(reverse("reporting:report", args=[nine.pk])).content.decode()
    assert "bên kia 2" not in page
    assert HIDDEN in page
    client.force_login(make_user("dich-te", "Lò Văn Dịch", Role.EPIDEMIOLOGIST, department))
    page = client.get(reverse("reporting:report", args=[nine.pk])).content.decode()
    assert "bên kia 2" in page


def test_a_protected_row_is_not_typed_by_who_may_not_see_it(
    reports: Reports, hospital: Organisation, department: Organisation
) -> None:
    client = client_of(Role.HOSPITAL_DATA_OFFICER, hospital, department)
    address = reverse("reporting:typing", args=[reports["BC03"].pk])
    answer = client.post(address, {"c-W08~mac": "7", "reason": "Sửa"})
    assert answer.status_code == 403
    assert not reports["BC03"].typed.exists()


def test_only_outbreaks_in_sight_are_offered_to_a_case(
    reports: Reports, hospital: Organisation, station: Organisation, department: Organisation
) -> None:
    """An outbreak of a commune that is neither in sight nor the person's own is not named."""
    case = CaseNotification.objects.get(disease="H18")
    far = Outbreak.objects.create(
        station=station, disease="H18", name="Ổ dịch bản xa", place="Bản xa",
        first_onset_on=date(2026, 10, 1), determined_at=moment(2), opened_by=None,
    )  # fmt: skip
    doctor = make_user("bs", "Lò Văn Chữa", Role.HOSPITAL_DOCTOR, hospital)
    client = Client(HTTP_HOST="127.0.0.1")
    client.force_login(doctor)
    address = reverse("reporting:case", args=[case.pk])
    assert far.name not in client.get(address).content.decode()
    case.citizen.home_station = station
    case.citizen.save()
    assert far.pk in client.get(address).context["form"].fields["outbreak"].queryset.values_list(
        "pk", flat=True
    )


def test_a_case_is_of_the_class_of_the_disease_that_it_is_renamed_to(
    see: Callable[..., Any], station: Organisation, clinician: User, clerk: User
) -> None:
    visit = see(person(date(1990, 1, 1)), station, moment(5), "R50.9")
    case = open_by_hand(actor=clinician, visit=visit, disease="D10", at=LATER)
    assert case.sensitivity == ""
    for disease, sensitivity in (("W11", "tb"), ("W08", "hiv"), ("W10", "hiv")):
        case = write_case(actor=clinician, case=case, told={"disease": disease}, at=LATER)
        assert case.sensitivity == sensitivity  # never more open than what it was once
    assert open_by_hand(actor=None, visit=visit, disease="W11", at=LATER).sensitivity == "tb"
    client = Client(HTTP_HOST="127.0.0.1")
    client.force_login(clerk)
    assert visit.citizen.name not in client.get(reverse("reporting:cases")).content.decode()


def test_a_case_is_protected_when_its_visit_is_protected_later(
    see: Callable[..., Any], station: Organisation
) -> None:
    visit = see(person(date(1990, 1, 1)), station, moment(5), "B05.9")
    settle_cases([visit.pk])
    CaseNotification.objects.update(status="dropped", closed_because="nhầm")
    Visit.objects.update(sensitivity="mental")
    settle_cases([visit.pk])
    assert {*CaseNotification.objects.values_list("sensitivity", flat=True)} == {"mental"}
    Visit.objects.update(sensitivity="")
    settle_cases([visit.pk])
    assert CaseNotification.objects.filter(status="dropped").get().sensitivity == "mental"
