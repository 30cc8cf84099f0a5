"""No finding, count or date of a page lets somebody without the right work out a protected row."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from healthrecords.models import Citizen, Visit
from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.places.models import Organisation
from reporting import services
from reporting.days import count_anew
from reporting.models import (
    CaseNotification,
    ManualFigure,
    Outbreak,
    QualityIssue,
    QualityRule,
    Report,
)
from reporting.quality.loading import load_rules
from reporting.quality.overview import RuleLine
from reporting.quality.worklist import UNTOLD
from reporting.services.cases import settle_cases
from reporting.services.measuring import measure
from reporting.services.running import compute_again
from reporting.standings import keep_standings
from tests.conftest import make_user
from tests.reporting.conftest import LATER, OCTOBER, form, moment, person
from tests.reporting.test_guarded_rows import client_of
from tests.reporting.test_quality_of_reports import NOW, sent


@pytest.fixture
def rules(definitions: None) -> None:
    load_rules()
    QualityRule.objects.update(minimum=1)


@pytest.fixture
def doctor(hospital: Organisation) -> User:
    return make_user("bac-si", "Lò Văn Sĩ", Role.HOSPITAL_DOCTOR, hospital)


def draft(hospital: Organisation, code: str = "BC01") -> Report:
    return services.begin_report(
        actor=None, definition=form(code), organisation=hospital, period=OCTOBER, at=LATER
    )


@pytest.mark.parametrize("code", ["BC01", "BC03"])
def test_a_protected_figure_that_changed_since_is_not_among_those_that_did(
    see: Callable[..., Any], hospital: Organisation, department: Organisation, code: str
) -> None:
    see(person(OCTOBER.first), hospital, moment(3), "B05.9")
    settle_cases(list(Visit.objects.values_list("pk", flat=True)))
    report = draft(hospital, code)
    client = client_of(Role.HOSPITAL_DATA_OFFICER, hospital, department)
    address = reverse("reporting:report", args=[report.pk])
    before = [finding.text for finding in client.get(address).context["findings"]]
    see(person(OCTOBER.first), hospital, moment(4), "B20.1")
    settle_cases(list(Visit.objects.values_list("pk", flat=True)))
    assert [finding.text for finding in client.get(address).context["findings"]] == before
    officer = User.objects.get(username="nguoi")
    assert compute_again(actor=officer, report=report, at=LATER) == 0
    see(person(OCTOBER.first), hospital, moment(5), "B05.9")
    settle_cases(list(Visit.objects.values_list("pk", flat=True)))
    assert [finding.text for finding in client.get(address).context["findings"]] != before


@pytest.mark.parametrize("is_there", [True, False])
def test_typing_over_a_protected_category_is_refused_alike_whether_it_has_a_figure(
    see: Callable[..., Any], hospital: Organisation, department: Organisation, is_there: bool
) -> None:
    see(person(OCTOBER.first), hospital, moment(3), "B20.1" if is_there else "B05.9")
    report = draft(hospital)
    client = client_of(Role.HOSPITAL_DATA_OFFICER, hospital, department)
    address = reverse("reporting:typing", args=[report.pk])
    answer = client.post(address, {"c-B20~op_total": "7", "reason": "Sổ"})
    assert answer.status_code == 403
    assert not report.typed.exists()


def test_a_protected_column_is_not_shown_where_it_is_typed_and_a_blank_leaves_it_as_it_is(
    definitions: None, hospital: Organisation, department: Organisation
) -> None:
    report = draft(hospital, "BC08")
    ManualFigure.objects.create(
        report=report, row="own", column="hiv", number=7, reason="Sổ", entered_at=LATER
    )
    address = reverse("reporting:typing", args=[report.pk])
    for role, shown in ((Role.HOSPITAL_DATA_OFFICER, ""), (Role.STATION_HEAD, "7")):
        User.objects.filter(username="nguoi").update(username="nguoi-khac")
        client = client_of(role, hospital, department)
        [(_label, cells)] = client.get(address).context["rows"]
        values = {cell.name: cell.value for cell in cells}
        assert values["c-own~hiv"] == shown
        typed = {**values, "c-own~ds": "3", "reason": "Sổ A4"}
        assert client.post(address, typed).status_code == 302
        assert report.typed.get(column="hiv").number == 7
    User.objects.filter(username="nguoi").update(username="nguoi-nua")
    client = client_of(Role.HOSPITAL_DATA_OFFICER, hospital, department)
    assert client.post(address, {"c-own~hiv": "8", "reason": "Sổ A4"}).status_code == 302
    assert report.typed.get(column="hiv").number == 8


def test_a_finding_of_a_protected_row_is_of_its_class_and_names_no_cell(
    see: Callable[..., Any], rules: None, hospital: Organisation, department: Organisation
) -> None:
    for month, code in ((9, "B20.1"), (10, "B20.1"), (10, "A51.0"), (10, "A09")):
        see(person(OCTOBER.first), hospital, moment(3, month), code)
    wrong = {row: {"op_total": 900} for row in ("B20", "A51")}
    hidden = sent(hospital, "BC01", OCTOBER.before, {"B20": {"op_total": 900}})
    mixed = sent(hospital, "BC01", OCTOBER, {**wrong, "A09": {"op_total": 900}})
    measure(at=NOW)
    found = QualityIssue.objects.open().filter(rule__code="D07")
    assert found.get(object_id=hidden.pk).sensitivity == "hiv"
    issue = found.get(object_id=mixed.pk)
    assert issue.sensitivity == ""
    assert {"B20~op_total", "A09~op_total"} <= set(issue.fields)
    for role, sees in ((Role.HOSPITAL_DATA_OFFICER, False), (Role.STATION_HEAD, True)):
        User.objects.filter(username="nguoi").update(username="nguoi-khac")
        client = client_of(role, hospital, department)
        body = client.get(reverse("reporting:mend"), {"quy-tac": "D07"}).content.decode()
        pages = [
            client.get(reverse("reporting:quality-record", args=["reporting.report", one.pk]))
            for one in (hidden, mixed)
        ]
        told = [page.content.decode() for page in pages]
        passed = {
            verdict.rule.code: verdict.passes for verdict, _wrong in pages[0].context["lines"]
        }
        assert ("B20~" in "".join([body, *told]).replace("%7E", "~")) is sees
        assert (str(hidden.pk) in body) is sees
        assert "A09~op_total" in body.replace("%7E", "~")
        assert passed["D07"] is not sees


def test_a_record_of_which_no_wrong_cell_may_be_told_stays_in_the_list_without_one(
    see: Callable[..., Any], rules: None, hospital: Organisation, department: Organisation
) -> None:
    """The list of protected classes may grow after a record was measured."""
    see(person(OCTOBER.first), hospital, moment(3), "B20.1")
    report = sent(hospital, "BC01", OCTOBER, {row: {"op_total": 900} for row in ("B20", "A09")})
    measure(at=NOW)
    issue = QualityIssue.objects.open().get(rule__code="D07")
    only = [name for name in issue.fields if name.startswith("B20~")]
    QualityIssue.objects.filter(pk=issue.pk).update(fields=only, sensitivity="")
    client = client_of(Role.HOSPITAL_DATA_OFFICER, hospital, department)
    answer = client.get(reverse("reporting:mend"), {"quy-tac": "D07"})
    assert answer.status_code == 200
    body = answer.content.decode().replace("%7E", "~")
    assert "B20~" not in body
    [line] = answer.context["lines"]
    assert (line.wrong, line.url) == ([UNTOLD], reverse("reporting:report", args=[report.pk]))


def test_protected_records_are_not_among_those_a_page_counts_to_mend(
    see: Callable[..., Any], rules: None, hospital: Organisation, department: Organisation
) -> None:
    for day, code in ((3, "J06.9"), (4, "B20.1")):
        see(person(OCTOBER.first), hospital, moment(day), code)
    measure(at=NOW)
    assert QualityIssue.objects.open().filter(rule__code="F06").count() == 2
    counts, shares = {}, {}
    for role in (Role.HOSPITAL_DATA_OFFICER, Role.STATION_HEAD, Role.STATISTICIAN):
        User.objects.filter(username="nguoi").update(username=f"nguoi-{len(counts)}")
        client = client_of(role, hospital, department)
        page = client.get(reverse("reporting:quality"), {"noi": hospital.pk}).context
        [failed] = [line.failed for line, _group in page["rule_lines"] if line.rule.code == "F06"]
        shares[role] = {
            (line.percent, line.gain)
            for line, _group in page["rule_lines"]
            if line.rule.code == "F06"
        }
        counts[role] = failed, {line.failed for line in page["fields"] if line.rules == ["F06"]}
    assert counts[Role.STATISTICIAN] == counts[Role.HOSPITAL_DATA_OFFICER] == (1, {1})
    assert counts[Role.STATION_HEAD] == (2, {2})
    # None of the visits passes; to mend the one adds half of what both add.
    [(percent, gain)], [(of_all, whole)] = shares[Role.STATISTICIAN], shares[Role.STATION_HEAD]
    assert (percent, of_all) == (0, 0)
    assert gain == pytest.approx(whole / 2, abs=Decimal("0.2"))


def test_the_share_that_passes_is_of_the_records_its_reader_may_know_of() -> None:
    line = RuleLine(QualityRule(), evaluated=10, passed=6, broken=0, gain=Decimal(1), hidden=2)
    assert (line.failed, line.percent) == (2, 75)
    assert RuleLine(QualityRule(), 2, 0, 0, Decimal(0), hidden=2).percent == 100


def test_an_outbreak_counts_the_cases_that_its_reader_may_know_of(
    see: Callable[..., Any], station: Organisation, clerk: User, clinician: User
) -> None:
    outbreak = Outbreak.objects.create(
        station=station, disease="H18", name="Sởi bản Hua", place="Bản Hua",
        first_onset_on=OCTOBER.first, determined_at=moment(2), opened_by=None,
    )  # fmt: skip
    for codes in (("B05.9",), ("B05.9", "B20.1")):
        see(person(OCTOBER.first), station, moment(3), *codes)
    settle_cases(list(Visit.objects.values_list("pk", flat=True)))
    CaseNotification.objects.filter(disease="H18").update(outbreak=outbreak)
    for user, count in ((clerk, 1), (clinician, 2)):
        client = Client(HTTP_HOST="127.0.0.1")
        client.force_login(user)
        listed = client.get(reverse("reporting:outbreaks")).context["active"]
        page = client.get(reverse("reporting:outbreak", args=[outbreak.pk])).context
        assert ([row.case_count for row, _title in listed], page["case_count"]) == ([count], count)


def test_the_last_visit_is_the_last_that_its_reader_may_know_of(
    see: Callable[..., Any],
    station: Organisation,
    statistician: User,
    epidemiologist: User,
) -> None:
    at = timezone.now()
    known, protected = at - timedelta(days=20), at - timedelta(days=2)
    see(
        Citizen.objects.create(name="Lò", birth_date="1990-01-01", sex="male"),
        station,
        known,
        "I10",
    )
    see(person(OCTOBER.first), station, protected, "B20.1")
    count_anew(known.date() - timedelta(days=1), at.date())
    keep_standings(at=at)
    for user, last, is_quiet in ((statistician, known, True), (epidemiologist, protected, False)):
        client = Client(HTTP_HOST="127.0.0.1")
        client.force_login(user)
        page = client.get(reverse("reporting:place", args=[station.pk])).context
        day = timezone.localdate(last)
        assert (page["standing"].last_visit, page["is_quiet"]) == (day, is_quiet)
        lines = client.get(reverse("reporting:places"), {"theo": "co-so", "muc": "im-lang"})
        assert (station.name in [row["line"].title for row in lines.context["rows"]]) is is_quiet
        quiet = (
            client.get(reverse("admin:index"))
            .content.decode()
            .partition("Cơ sở lâu chưa có dữ liệu mới")[2]
        )
        assert (f"{day:%d/%m/%Y}" in quiet) is is_quiet
