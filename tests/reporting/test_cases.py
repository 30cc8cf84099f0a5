"""A diagnosis opens the notification of its case, once, with its clock; a changed one is dropped."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from healthrecords import services as records
from healthrecords.models import Citizen, Diagnosis, Visit
from healthrecords.services.versions import version_of
from portal.accounts.models import User
from portal.places.models import Organisation
from reporting.computing import compute
from reporting.diseases import diseases_of, due_at
from reporting.models import CaseNotification
from reporting.periods import ZONE
from reporting.services.cases import settle_cases
from reporting.services.notifying import close_case, open_by_hand, send_case, write_case
from tests.healthrecords.conftest import AT, citizen, lists, record, visit_of
from tests.reporting.conftest import OCTOBER, form, moment, person

__all__ = ["citizen", "lists", "record"]
ON = date(2026, 10, 15)
TOLD = {
    "vaccinated": "no",
    "certainty": "clinical",
    "onset_on": date(2026, 11, 3),
    "treatment": "outpatient",
}


def states() -> list[tuple[str, str]]:
    return list(
        CaseNotification.objects.order_by("noticed_at", "id").values_list("disease", "status")
    )


@pytest.mark.parametrize(
    ("code", "disease"),
    [
        ("B05.9", "H18"),
        ("A83.0", "D17"),
        ("A84.1", "W22"),
        ("A97.1", "D10"),
        ("B54", "D11"),
        ("I10", ""),
    ],
)
def test_a_code_means_the_disease_of_the_narrowest_range(
    definitions: None, code: str, disease: str
) -> None:
    assert next((d.code for d in diseases_of(code, ON)), "") == disease


def test_the_list_of_the_day_is_asked(definitions: None) -> None:
    assert diseases_of("A09", date(2026, 6, 30))[0].code == "TIEUCHAY"
    assert diseases_of("A09", date(2026, 7, 1)) == []


@pytest.mark.parametrize(
    ("clock", "due"),
    [
        ("24h", datetime(2026, 10, 16, 9, tzinfo=ZONE)),
        ("48h", datetime(2026, 10, 17, 9, tzinfo=ZONE)),
        # Thursday: the week ends on Sunday the 18th, due before Wednesday the 21st.
        ("week", datetime(2026, 10, 21, 0, tzinfo=ZONE)),
    ],
)
def test_each_class_has_its_clock(definitions: None, clock: str, due: datetime) -> None:
    assert due_at(clock, datetime(2026, 10, 15, 9, tzinfo=ZONE)) == due


def test_a_death_is_due_within_24_hours(definitions: None) -> None:
    died = datetime(2026, 10, 16, 3, tzinfo=ZONE)
    assert due_at("week", datetime(2026, 10, 15, 9, tzinfo=ZONE), died) == died + timedelta(
        hours=24
    )


def test_a_typed_diagnosis_opens_its_case_in_the_same_transaction(
    definitions: None, citizen: Citizen, record: Callable[..., Visit]
) -> None:
    visit = record(citizen, "B05.9")
    case = CaseNotification.objects.get()
    assert (case.disease, case.visit, case.citizen, case.status) == ("H18", visit, citizen, "open")
    assert case.due_at == visit.started_at + timedelta(hours=24)
    record(citizen, "I10", started_at=AT + timedelta(hours=1))
    assert CaseNotification.objects.count() == 1


def test_coming_again_with_the_same_illness_is_the_same_case(
    definitions: None, citizen: Citizen, record: Callable[..., Visit]
) -> None:
    for hours in (0, 5, 10):
        record(citizen, "B08.4", started_at=AT - timedelta(days=10) + timedelta(hours=hours))
    assert states() == [("D13", "open")]
    record(citizen, "B08.4", started_at=AT - timedelta(days=60))
    assert states() == [("D13", "open"), ("D13", "open")]


def test_a_file_of_many_codes_asks_for_the_lists_once_a_day(
    definitions: None,
    citizen: Citizen,
    record: Callable[..., Visit],
    django_assert_max_num_queries: Any,
) -> None:
    codes = [f"A{n:02}.{m}" for n in (1, 3, 4, 5, 6, 8, 9, 80, 83, 87) for m in (0, 1, 2)]
    visits = [record(citizen, code, started_at=AT - timedelta(hours=2)) for code in codes[:2]]
    CaseNotification.objects.all().delete()
    Diagnosis.objects.filter(visit=visits[0]).delete()
    Diagnosis.objects.bulk_create(
        Diagnosis(
            visit=visits[0],
            citizen=citizen,
            facility=visits[0].facility,
            rank="main" if not place else "other",
            position=max(place, 1),
            code=code,
        )
        for place, code in enumerate(codes)
    )
    settle_cases([visits[0].pk])
    assert CaseNotification.objects.count() > 3
    CaseNotification.objects.all().delete()
    with django_assert_max_num_queries(16):
        settle_cases([visits[0].pk])


def test_a_corrected_diagnosis_drops_the_case_and_a_sent_one_waits_for_correction(
    definitions: None, citizen: Citizen, record: Callable[..., Visit], clerk: User
) -> None:
    visit = record(citizen, "B05.9")
    records.correct_visit(
        actor=clerk, visit=visit, entry=visit_of("J02.9"), version=version_of(visit), at=AT
    )
    assert states() == [("H18", "dropped")]
    visit.refresh_from_db()
    records.correct_visit(
        actor=clerk, visit=visit, entry=visit_of("B05.9"), version=version_of(visit), at=AT
    )
    case = CaseNotification.objects.get(status="open")
    write_case(actor=clerk, case=case, told=TOLD, at=AT)
    send_case(actor=clerk, case=case, at=AT)
    visit.refresh_from_db()
    records.correct_visit(
        actor=clerk, visit=visit, entry=visit_of("J02.9"), version=version_of(visit), at=AT
    )
    case.refresh_from_db()
    assert case.status == "changed"
    visit.refresh_from_db()
    records.correct_visit(
        actor=clerk, visit=visit, entry=visit_of("B05.9"), version=version_of(visit), at=AT
    )
    case.refresh_from_db()
    assert (case.status, CaseNotification.objects.filter(status="open").count()) == ("sent", 0)


def test_form_01_is_frozen_as_sent_and_asks_for_what_is_missing(
    definitions: None, citizen: Citizen, record: Callable[..., Visit], clerk: User
) -> None:
    record(citizen, "B05.9")
    case = CaseNotification.objects.get()
    with pytest.raises(ValidationError) as refused:
        send_case(actor=clerk, case=case, at=AT)
    assert set(refused.value.error_dict) == set(TOLD)
    case.refresh_from_db()
    assert (case.status, case.sent) == ("open", {})
    write_case(actor=clerk, case=case, told=TOLD, at=AT)
    sent = send_case(actor=clerk, case=case, at=AT)
    assert len(sent.sent) == 28  # the 27 fields, and when it was sent
    assert sent.sent["ho_ten"] == citizen.name
    assert sent.sent["benh"]["ma"] == "H18"
    assert sent.sent["so_dd"] == "011162004137"


def test_what_was_sent_is_changed_and_sent_again_both_versions_staying(
    definitions: None, citizen: Citizen, record: Callable[..., Visit], clerk: User
) -> None:
    visit = record(citizen, "B05.9")
    case = CaseNotification.objects.get()
    write_case(actor=clerk, case=case, told=TOLD, at=AT)
    first = send_case(actor=clerk, case=case, at=AT).sent
    same = write_case(actor=clerk, case=case, told=TOLD, at=AT)
    assert same.status == "sent"  # nothing else was said
    told = {**TOLD, "certainty": "laboratory", "finding": "positive"}
    changed = write_case(actor=clerk, case=case, told=told, at=AT)
    assert (changed.status, changed.sent) == ("changed", first)
    settle_cases([visit.pk])  # the diagnosis stands: what was written still waits
    case.refresh_from_db()
    assert case.status == "changed"
    later = AT + timedelta(hours=2)
    again = send_case(actor=clerk, case=case, at=later)
    assert (again.status, again.sent_at, again.sent_before) == ("sent", AT, [first])
    assert (again.sent["cd"], again.sent["gui_luc"] > first["gui_luc"]) == ("laboratory", True)


def test_the_page_of_a_sent_case_sends_it_again_and_shows_both(
    definitions: None, citizen: Citizen, record: Callable[..., Visit], clerk: User
) -> None:
    record(citizen, "B05.9")
    case = CaseNotification.objects.get()
    write_case(actor=clerk, case=case, told=TOLD, at=AT)
    send_case(actor=clerk, case=case, at=AT)
    client = Client(HTTP_HOST="127.0.0.1")
    client.force_login(clerk)
    address = reverse("reporting:case", args=[case.pk])
    posted = {
        "disease": "H18", "subject": "ill", "vaccinated": "no", "certainty": "clinical",
        "onset_on": "03/11/2026", "treatment": "outpatient", "is_sampled": "unknown",
        "send": "1",
    }  # fmt: skip
    said = client.post(address, posted, follow=True).content.decode()
    assert "Không có gì thay đổi" in said
    said = client.post(address, {**posted, "treatment": "inpatient"}, follow=True)
    case.refresh_from_db()
    assert (case.status, len(case.sent_before)) == ("sent", 1)
    [version] = said.context["versions"]
    assert [(c.before, c.after) for c in version.changes] == [("ngoại trú", "nội trú")]


def test_a_case_opened_by_hand_goes_with_its_visit(
    see: Callable[..., Any], station: Organisation, clerk: User
) -> None:
    """No code said it; but a visit that never happened brought nobody."""
    visits = [see(person(date(1990, 1, n)), station, moment(5), "R50.9") for n in (1, 2, 3)]
    cases = [open_by_hand(actor=clerk, visit=v, disease="D10", at=AT) for v in visits]
    write_case(actor=clerk, case=cases[1], told=TOLD, at=AT)
    send_case(actor=clerk, case=cases[1], at=AT)
    Visit.objects.filter(pk__in=[v.pk for v in visits[:2]]).update(status="withdrawn")
    settle_cases([v.pk for v in visits])
    found = dict(CaseNotification.objects.values_list("visit", "status"))
    assert [found[v.pk] for v in visits] == ["dropped", "changed", "open"]


def test_days_that_cannot_be_are_refused(
    definitions: None, citizen: Citizen, record: Callable[..., Visit], clerk: User
) -> None:
    record(citizen, "B05.9")
    case = CaseNotification.objects.get()
    for told, field in (
        ({"onset_on": date(2026, 11, 6)}, "onset_on"),
        ({"onset_on": date(1950, 1, 1)}, "onset_on"),
        ({"disease": "X99"}, "disease"),
    ):
        with pytest.raises(ValidationError) as refused:
            write_case(actor=clerk, case=case, told={**TOLD, **told}, at=AT)
        assert field in refused.value.error_dict
    with pytest.raises(ValidationError):
        write_case(actor=clerk, case=case, told={**TOLD, "doses": 2}, at=AT)
    case.refresh_from_db()
    assert (case.onset_on, case.doses) == (None, None)


def test_a_case_is_closed_only_with_a_reason(
    definitions: None, citizen: Citizen, record: Callable[..., Visit], clerk: User
) -> None:
    record(citizen, "B05.9")
    case = CaseNotification.objects.get()
    with pytest.raises(ValidationError):
        close_case(actor=clerk, case=case, reason=" ", at=AT)
    close_case(actor=clerk, case=case, reason="Ghi nhầm mã", at=AT)
    assert states() == [("H18", "dropped")]


def test_settling_again_changes_nothing_and_one_withdrawn_visit_moves_the_case(
    see: Callable[..., Any], station: Organisation, hospital: Organisation
) -> None:
    child = person(date(2022, 1, 1))
    first = see(child, station, moment(5), "B05.9")
    second = see(child, hospital, moment(7), "B05.9")
    for _n in range(2):
        settle_cases([first.pk, second.pk])
    assert CaseNotification.objects.get().visit == first
    Visit.objects.filter(pk=first.pk).update(status="withdrawn")
    settle_cases([first.pk])
    assert list(CaseNotification.objects.order_by("id").values_list("visit", "status")) == [
        (first.pk, "dropped"),
        (second.pk, "open"),
    ]


def test_form_11_counts_the_cases(see: Callable[..., Any], station: Organisation) -> None:
    old, child = person(date(1950, 1, 1)), person(date(2020, 1, 1))
    visits = [
        see(old, station, moment(5), "A97.0"),
        see(child, station, moment(6), "A97.0"),
        see(child, station, moment(6, 10, year=2025), "A97.0"),
        see(person(date(1990, 1, 1)), station, moment(2, 3), "A97.0"),
        see(person(date(1990, 1, 1)), station, moment(30, 9), "A97.0"),
        see(old, station, moment(20), "B05.0", outcome="8"),
    ]
    settle_cases([visit.pk for visit in visits])
    CaseNotification.objects.filter(visit=visits[4]).update(
        onset_on=date(2026, 10, 1), certainty="laboratory"
    )
    figures = compute(form("BC03"), OCTOBER, [station])[station.pk]
    assert figures["D10"] == {
        "mac": 3, "xd": 1, "mac_u15": 1, "chet": 0, "mac_ck": 1, "chet_ck": 0, "mac_cd": 4, "chet_cd": 0, "o_dich": 0,
    }  # fmt: skip
    assert (figures["H18"]["mac"], figures["H18"]["chet"]) == (1, 1)
    assert len(figures) == 81


VISITS = st.lists(
    st.tuples(st.integers(0, 1), st.integers(0, 120), st.sampled_from(["B05.9", "B08.4", "I10"])),
    max_size=8,
)


@given(visits=VISITS, order=st.randoms(use_true_random=False))
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@pytest.mark.django_db
def test_whatever_the_order_of_writing_the_cases_are_the_same(
    definitions_once: None, visits: list[tuple[int, int, str]], order: Any
) -> None:
    """One case for each illness: visits for one disease without a gap of more than 30 days."""
    from django.db import transaction

    from tests.reporting.conftest import a_station

    with transaction.atomic():
        place = a_station()
        people = [person(date(2000, 1, 1)), person(date(2010, 1, 1))]
        begin = datetime(2026, 7, 2, 1, tzinfo=UTC)
        rows = []
        for who, day, code in visits:
            row = Visit.objects.create(
                citizen=people[who],
                facility=place,
                started_at=begin + timedelta(days=day),
                status="finished",
            )
            Diagnosis.objects.create(visit=row, rank="main", code=code, title=code)
            rows.append(row.pk)
        order.shuffle(rows)
        for row in rows:
            settle_cases([row])
        expected = 0
        for who in (0, 1):
            for code in ("B05.9", "B08.4"):
                days = sorted({d for w, d, c in visits if (w, c) == (who, code)})
                expected += sum(n == 0 or day - days[n - 1] > 30 for n, day in enumerate(days))
        standing = CaseNotification.objects.standing()
        assert standing.count() == expected
        transaction.set_rollback(True)
