"""Results: judged by their limits, corrected by a new version, read by AI and confirmed by a person."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from healthrecords import services
from healthrecords.models import Citizen, DiagnosticReport, Procedure, Result, Visit
from healthrecords.reports import agree, disagreements
from healthrecords.services.judging import Limits, flag_of, judge, known_tests, number_in, same_unit
from healthrecords.services.procedures import ProcedureEntry, record_procedure
from healthrecords.services.report_entries import Reading, ReportEntry, ResultEntry
from healthrecords.services.results import (
    amend_report,
    record_report,
    void_report,
)
from portal.accounts.models import User
from portal.database.uuid7 import uuid7
from portal.places.models import Organisation
from tests.healthrecords.conftest import AT, ON

pytestmark = pytest.mark.django_db
Write = Callable[..., DiagnosticReport]
XRAY = Reading("LungScan", "2.4", Decimal("0.87"))


def lab(*results: ResultEntry, **said: Any) -> ReportEntry:
    rows = results or (ResultEntry("Glucose máu lúc đói", "7,9", "mmol/L"),)
    return ReportEntry(
        **{
            "kind": "laboratory",
            "title": "Hóa sinh máu",
            "performed_at": AT,
            "results": rows,
            **said,
        }
    )


def reading(**said: Any) -> ReportEntry:
    return ReportEntry(
        **{
            "kind": "imaging",
            "title": "X-quang ngực thẳng",
            "performed_at": AT,
            "conclusion": "Nghi đám mờ thùy trên phổi phải",
            "ai": XRAY,
            **said,
        }
    )


@pytest.fixture
def write(citizen: Citizen, clerk: User, station: Organisation) -> Write:
    """Write a report as the clerk of Mường Chà."""

    def write_it(entry: ReportEntry, *, actor: User = clerk, **said: Any) -> DiagnosticReport:
        at = said.pop("at", AT)
        services.open_access(user=actor, citizen=citizen, at=at)
        return record_report(
            actor=actor,
            citizen=citizen,
            facility=actor.place_of_work or station,
            entry=entry,
            client_key=said.pop("client_key", None) or uuid7(),
            at=at,
            **said,
        ).row

    return write_it


def open_to(user: User, citizen: Citizen) -> None:
    services.open_access(user=user, citizen=citizen, at=AT)


@pytest.mark.parametrize(
    ("name", "value", "unit", "flag"),
    [
        ("Glucose máu lúc đói", "7,9", "mmol/L", "high"),
        ("đường huyết đói", "2.1", "mmol/l", "critical_low"),
        ("Kali máu", "6,9", "mmol/L", "critical_high"),
        ("Huyết sắc tố", "118", "g/L", "low"),
        ("Glucose máu lúc đói", "142", "mg/dL", ""),
        ("HBsAg", "Dương tính", "", "abnormal"),
        ("HBsAg", "ÂM TÍNH", "", "normal"),
        ("Protein niệu (que thử)", "(+)", "", "abnormal"),
        ("Một xét nghiệm lạ", "12", "U", ""),
        ("CRP", "<0.5", "mg/L", ""),
    ],
)
def test_a_value_is_judged_by_the_list_only_in_the_lists_own_unit(
    lists: None, name: str, value: str, unit: str, flag: str
) -> None:
    known = known_tests(ON).find(name)
    assert judge(value, unit, known, sex="female")["flag"] == flag


def test_the_laboratorys_own_limits_come_first(lists: None) -> None:
    known = known_tests(ON).find("glucose đói")
    sent = Limits(Decimal(3), Decimal(9))
    said = judge("7,9", "mmol/L", known, sent=sent)
    assert (said["flag"], said["limits_from"], said["high"]) == ("normal", "sent", Decimal(9))


@given(
    st.integers(-50, 50).map(Decimal),
    st.lists(st.integers(-40, 40).map(Decimal), min_size=4, max_size=4).map(sorted),
)
def test_every_number_has_exactly_one_place_between_ordered_limits(
    number: Decimal, bounds: list[Decimal]
) -> None:
    critical_low, low, high, critical_high = bounds
    flag = flag_of(number, Limits(low, high, critical_low, critical_high))
    expected = {
        "critical_low": number < critical_low,
        "low": critical_low <= number < low,
        "normal": low <= number <= high,
        "high": high < number <= critical_high,
        "critical_high": number > critical_high,
    }
    assert [name for name, holds in expected.items() if holds] == [flag]


@given(st.decimals(0, 99_999, places=3))
def test_a_number_is_read_with_a_comma_or_a_point(number: Decimal) -> None:
    text = str(number)
    assert number_in(text) == number_in(text.replace(".", ",")) == number


def test_units_are_one_however_the_micro_sign_is_written() -> None:
    assert same_unit("µmol/L", "umol/l")
    assert same_unit("μmol/L", "µmol/L")
    assert not same_unit("mmol/L", "mg/dL")


def test_a_report_is_final_with_its_values_and_waits_without(write: Write) -> None:
    final = write(lab())
    assert (final.status, final.results.get().test) == ("final", "glucose-fasting")
    waiting = write(lab(ResultEntry("HbA1c", ""), title="HbA1c"))
    assert waiting.status == "registered"


def test_an_hiv_test_carries_its_class_on_the_report_and_each_value(
    write: Write, clerk: User, citizen: Citizen
) -> None:
    """Law 64/2006/QH11, Article 30, as amended by Law 71/2020/QH14 (read second-hand)."""
    report = write(lab(ResultEntry("HIV Ab test nhanh", "Âm tính"), title="Test nhanh"))
    assert {report.sensitivity, report.results.get().sensitivity} == {"hiv"}
    access = services.open_access(user=clerk, citizen=citizen, at=AT)
    assert access is not None
    seen = DiagnosticReport.objects.of(access).open_to(sees_sensitive=False)
    assert not seen.exists()


def test_a_result_of_a_protected_visit_is_protected(
    write: Write, citizen: Citizen, clinician: User, record: Callable[..., Visit]
) -> None:
    """Law 64/2006/QH11, Article 30, as amended by Law 71/2020/QH14 (read second-hand)."""
    visit = record(citizen, "F20", actor=clinician)
    report = write(lab(), actor=clinician, visit=visit)
    assert report.sensitivity == "mental"


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"performed_at": AT + timedelta(days=1)}, "result_in_future"),
        ({"performed_at": AT - timedelta(days=40_000)}, "result_before_birth"),
        ({"title": " "}, "examination_missing"),
        (
            {"collected_at": AT, "reported_at": AT - timedelta(hours=1)},
            "result_before_specimen",
        ),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_written(
    write: Write, said: dict[str, Any], code: str
) -> None:
    with pytest.raises(ValidationError) as refused:
        write(lab(**said))
    found = {error.code for errors in refused.value.error_dict.values() for error in errors}
    assert code in found
    assert not DiagnosticReport.objects.exists()


def test_a_second_send_of_a_report_writes_nothing(write: Write) -> None:
    key = uuid7()
    assert write(lab(), client_key=key).pk == write(lab(), client_key=key).pk
    assert Result.objects.count() == 1


def test_a_correction_is_a_new_version_and_the_old_one_points_at_it(
    write: Write, clerk: User
) -> None:
    """Circular 13/2025/TT-BYT (read second-hand): a correction is a new version."""
    old = write(lab())
    fixed = lab(ResultEntry("Glucose máu lúc đói", "6,9", "mmol/L"))
    with pytest.raises(ValidationError) as refused:
        amend_report(actor=clerk, report=old, entry=fixed, reason="", at=AT)
    assert refused.value.code == "amend_without_reason"
    new = amend_report(actor=clerk, report=old, entry=fixed, reason="Gõ nhầm số", at=AT)
    old.refresh_from_db()
    assert (old.superseded_by, old.status, new.status) == (new, "final", "amended")
    assert old.results.get().value == "7,9"
    assert list(DiagnosticReport.objects.standing()) == [new]
    with pytest.raises(ValidationError) as again:
        amend_report(actor=clerk, report=old, entry=fixed, reason="Gõ nhầm số", at=AT)
    assert again.value.code == "report_replaced"


def test_a_report_marked_as_a_mistake_stays_with_its_reason(write: Write, clerk: User) -> None:
    """Circular 13/2025/TT-BYT (read second-hand): a mistake stays readable with its reason."""
    report = write(lab())
    void_report(actor=clerk, report=report, reason="Của người khác", at=AT)
    report.refresh_from_db()
    assert (report.status, report.void_reason) == ("entered_in_error", "Của người khác")
    assert report.results.exists()


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        (("7,9", "mmol/L"), ("7.90", "mmol/l"), True),
        (("7,9", "mmol/L"), ("8.1", "mmol/L"), False),
        (("7,9", "mmol/L"), ("142", "mg/dL"), False),
        (("Âm tính", ""), ("ÂM TÍNH", ""), True),
        (("Âm tính", ""), ("Dương tính", ""), False),
    ],
)
def test_two_ways_of_writing_a_value_are_no_disagreement(
    one: tuple[str, str], other: tuple[str, str], *, is_same: bool
) -> None:
    first, second = ({"value": v, "unit": u} for v, u in (one, other))
    assert agree(first, second) is is_same


def test_a_disagreement_names_both_values_and_the_place() -> None:
    ours = [
        {"test": "glucose", "name": "Glucose", "value": "7,9", "unit": "mmol/L", "flag": "high"}
    ]
    theirs = [
        {**ours[0], "value": "9.7", "report": "r", "place": "BV tỉnh", "origin": "file"},
        {**ours[0], "value": "7.9", "report": "s", "place": "BV huyện", "origin": "file"},
    ]
    (found,) = disagreements(ours, theirs)
    assert ("7,9" in found.ours, "9.7" in found.theirs, found.place) == (True, True, "BV tỉnh")


def test_a_procedure_is_recorded_with_its_class(
    citizen: Citizen, clinician: User, station: Organisation
) -> None:
    open_to(clinician, citizen)
    said: dict[str, Any] = {"actor": clinician, "citizen": citizen, "facility": station, "at": AT}
    key = uuid7()
    entry = ProcedureEntry("Hút thai", AT, kind="intervention", reason="O04")
    first = record_procedure(entry=entry, client_key=key, **said)
    second = record_procedure(entry=entry, client_key=key, **said)
    assert (first.row.pk, second.is_new) == (second.row.pk, False)
    assert Procedure.objects.get().sensitivity == "reproductive"


@pytest.mark.parametrize(("age", "flag"), [(0, ""), (9, ""), (17, ""), (18, "low"), (None, "low")])
def test_a_child_is_not_marked_by_the_limits_of_adults(
    lists: None, age: int | None, flag: str
) -> None:
    known = known_tests(ON).find("Hemoglobin")
    assert known is not None
    assert known.limits_female.low is not None
    value = str(known.limits_female.low - 1)
    assert judge(value, known.unit, known, sex="female", age=age)["flag"] == flag


def test_where_the_sex_is_unknown_the_wider_limits_hold(lists: None) -> None:
    known = known_tests(ON).find("Hemoglobin")
    assert known is not None
    lows = {known.limits.low, known.limits_female.low}
    assert len(lows) == 2
    assert judge("1", known.unit, known)["low"] == min(low for low in lows if low is not None)
