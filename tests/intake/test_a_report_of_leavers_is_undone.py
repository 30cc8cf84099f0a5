"""A report of who stopped is taken back: registrations, hours, techniques and clocks stand as before."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from portal.accounts.models import User
from portal.dossiers.models import Dossier
from portal.intake import services
from portal.intake.models import Batch, StagedRow
from portal.intake.services.states import handler_of
from portal.places.models import Organisation
from portal.scope import Scope
from practitioners.hours import read_hours
from practitioners.models import (
    CaseSide,
    DiscrepancyCase,
    ExtraTechnique,
    PracticeLicense,
    Practitioner,
    RegisterEntry,
    Registration,
    WorkingSlot,
)
from practitioners.public.publishing import publish_waiting
from practitioners.services import (
    Assignment,
    Decision,
    Measure,
    Post,
    Stay,
    announce_leaving,
    assign_technique,
    end_registration,
    register_person,
    revoke_license,
    set_hours,
)
from practitioners.staff_clocks import clocks_of
from tests.intake.sending import NOW
from tests.intake.test_a_sending_is_undone import undo
from tests.intake.test_form_01_is_four_lists import here, leaver
from tests.intake.test_staff_lists_become_profiles import sent, verified

__all__ = ["here", "sent", "verified"]
pytestmark = pytest.mark.usefixtures("lists")
TODAY = NOW.date()
YESTERDAY = TODAY - timedelta(days=1)
OFFICE = read_hours("T2T3T4T5T6 0730-1630") or ()


def state() -> dict[str, list[Any]]:
    """Every registration, hour and technique, whole."""
    tables = (Registration, WorkingSlot, ExtraTechnique)
    return {one.__name__: list(one.objects.order_by("pk").values()) for one in tables}


def assigned(row: Registration, day: date = date(2025, 1, 6)) -> ExtraTechnique:
    said = Assignment("03.0042", "15/QĐ-BV", day)
    return assign_technique(actor=None, registration=row, assignment=said, at=NOW)


def test_the_registration_stands_again_with_hours_techniques_and_what_was_to_come(
    sent: Any, here: Registration, data_officer: User
) -> None:
    assigned(here)
    set_hours(
        actor=None,
        registration=here,
        spans=read_hours("T2 2000-0600") or (),
        from_day=TODAY + timedelta(days=30),
        kind=WorkingSlot.Kind.DUTY,
    )
    before = state()
    batch = sent(leaver(), kind="form01_report")
    assert WorkingSlot.objects.count() == len(before["WorkingSlot"]) - 2
    assert ExtraTechnique.objects.get().valid_until == YESTERDAY
    batch = undo(batch, data_officer)
    assert (batch.state, batch.undone_by) == ("undone", data_officer)
    assert state() == before
    again = sent(leaver(), kind="form01_report")
    assert (again.state, Registration.objects.get(pk=here.pk).valid_until) == ("written", YESTERDAY)


def test_the_page_says_what_returns(sent: Any, here: Registration, data_officer: User) -> None:
    batch = sent(leaver(), kind="form01_report")
    client = Client()
    client.force_login(data_officer)
    page = client.get(reverse("intake:undo", args=[batch.pk])).content.decode()
    assert "đăng ký hành nghề" in page
    assert "giờ làm việc" in page


def test_the_term_to_report_runs_again_where_the_person_had_left_before_the_file(
    sent: Any, here: Registration, hospital: Organisation, data_officer: User
) -> None:
    def running() -> list[str]:
        scope = Scope(everything=True)
        return [clock.code for clock in clocks_of(scope, TODAY, facility=hospital.pk)]

    end_registration(actor=None, registration=here, last_day=YESTERDAY, because="Nghỉ hưu", at=NOW)
    assert running() == ["leave_report"]
    before = state()
    batch = sent(leaver(), kind="form01_report")
    assert running() == []
    undo(batch, data_officer)
    assert state() == before
    assert running() == ["leave_report"]


def test_the_public_register_shows_the_place_again(
    sent: Any, here: Registration, hospital: Organisation, data_officer: User
) -> None:
    publish_waiting(at=NOW)
    entry = RegisterEntry.objects.get(practitioner=here.practitioner_id)
    assert entry.facilities == [hospital.pk]
    batch = sent(leaver(), kind="form01_report")
    publish_waiting(at=NOW)
    assert RegisterEntry.objects.get(pk=entry.pk).facilities == []
    undo(batch, data_officer)
    publish_waiting(at=NOW)
    assert RegisterEntry.objects.get(pk=entry.pk).public == entry.public


def refused(batch: Batch, by: User) -> str:
    """Ask to undo, be refused, see that nothing changed; return what was said."""
    before = state()
    with pytest.raises(ValidationError) as error:
        services.ask_to_undo(actor=by, batch=batch, reason="Gửi nhầm")
    assert {one.code for one in error.value.error_list} == {"something_depends_on_it"}
    batch.refresh_from_db()
    assert (batch.state, state()) == ("written", before)
    return " ".join(error.value.messages)


Later = Callable[[Registration, Organisation], object]


def elsewhere(hours: str = "", **post: Any) -> Later:
    def later(row: Registration, other: Organisation) -> object:
        return register_person(
            actor=None,
            at=NOW,
            practitioner=row.practitioner,
            facility=other,
            post=Post(**post),
            stay=Stay(TODAY),
            spans=read_hours(hours) or () if hours else (),
        )

    return later


def registered_again(row: Registration, other: Organisation) -> None:
    elsewhere(position="2")(row, row.facility)


def reported_by_hand(row: Registration, other: Organisation) -> None:
    row.refresh_from_db()
    announce_leaving(actor=None, registration=row, on=TODAY + timedelta(days=1))


def disputed(row: Registration, other: Organisation) -> None:
    case = DiscrepancyCase.objects.create(
        kind="hours_overlap",
        key="x",
        department=row.facility.parent,
        practitioner=row.practitioner,
        name=row.practitioner.name,
        origin="official",
        opened_at=NOW + timedelta(hours=1),
    )
    CaseSide.objects.create(case=case, position=1, organisation=row.facility, registration=row)


def filed(row: Registration, other: Organisation) -> None:
    Dossier.objects.create(
        procedure="1.012289",
        case="reissue",
        opened_by="authority",
        authority=row.facility.parent,
        receipt_number="HS-0042",
        tracking_code="AB12CD34",
        subject_kind="practitioner",
        subject=row.practitioner_id,
        applicant_name=row.practitioner.name,
        filed_at=NOW + timedelta(hours=1),
        filed_on=TODAY,
    )


def revoked(row: Registration, other: Organisation) -> None:
    revoke_license(
        actor=None,
        license=row.practitioner.licenses.get(),
        decision=Decision(TODAY, number="118/QĐ-SYT", decided_on=TODAY),
        measure=Measure("forged_documents"),
        at=NOW + timedelta(hours=1),
    )


@pytest.mark.parametrize(
    ("later", "named"),
    [
        (elsewhere("T2T3 0800-1000", is_full_time=False), "Trạm Y tế xã Mường Chà"),
        (elsewhere(), "Trạm Y tế xã Mường Chà"),
        (registered_again, "Bệnh viện Đa khoa tỉnh Điện Biên"),
        (reported_by_hand, "Lò Văn Thoan"),
        (disputed, "Lò Văn Thoan"),
        (filed, "HS-0042"),
        (revoked, "118/QĐ-SYT"),
    ],
    ids=["hours", "full time", "registered again", "by hand", "a case", "a dossier", "a decision"],
)
def test_what_came_since_stands_in_the_way_by_name(
    sent: Any,
    here: Registration,
    station: Organisation,
    data_officer: User,
    later: Later,
    named: str,
) -> None:
    batch = sent(leaver(), kind="form01_report")
    later(here, station)
    assert named in refused(batch, data_officer)


def test_a_post_of_responsibility_that_was_filled_since_is_named(
    sent: Any, here: Registration, hospital: Organisation, data_officer: User
) -> None:
    Registration.objects.filter(pk=here.pk).update(position="1")
    batch = sent(leaver(), kind="form01_report")
    other = Practitioner.objects.create(
        name="Quàng Thị Mới", birth_date=date(1990, 5, 1), sex="female"
    )
    register_person(
        actor=None,
        at=NOW,
        practitioner=other,
        facility=hospital,
        post=Post(position="1"),
        stay=Stay(TODAY),
    )
    assert "Quàng Thị Mới" in refused(batch, data_officer)


def test_a_later_report_of_the_same_person_is_undone_first(
    sent: Any, here: Registration, data_officer: User
) -> None:
    before = state()
    first = sent(leaver(), kind="form01_report")
    between = state()
    later = sent(leaver(DEN_NGAY=f"{TODAY - timedelta(days=2):%d/%m/%Y}"), kind="form01_report")
    Batch.objects.filter(pk=later.pk).update(file_name="sau.xlsx")
    # Both were written at one moment of the tests; the second came after.
    StagedRow.objects.filter(batch=later).update(written_at=NOW + timedelta(minutes=5))
    assert "sau.xlsx" in refused(first, data_officer)
    undo(later, data_officer)
    assert state() == between
    undo(first, data_officer)
    assert state() == before


def test_what_comes_between_the_question_and_the_deed_keeps_everything_as_it_is(
    sent: Any, here: Registration, station: Organisation, data_officer: User
) -> None:
    batch = sent(leaver(), kind="form01_report")
    services.ask_to_undo(actor=data_officer, batch=batch, reason="Gửi nhầm tệp")
    elsewhere("T2 0800-1000", is_full_time=False)(here, station)
    before = state()
    batch = services.undo_batch(batch.pk, at=NOW)
    assert (batch.state, state()) == ("written", before)


def test_consequences_cost_the_same_for_one_leaver_and_many(
    sent: Any,
    here: Registration,
    hospital: Organisation,
    django_assert_max_num_queries: Any,
) -> None:
    rows = [leaver()]
    for n in range(12):
        person = Practitioner.objects.create(
            name=f"Lò Thị {n}", birth_date=date(1990, 5, 1), sex="female"
        )
        number = f"00{2000 + n}/ĐB-GPHN"
        PracticeLicense.objects.create(
            practitioner=person,
            number_raw=number,
            serial=2000 + n,
            issuer_code="ĐB",
            kind="gphn",
            title="doctor",
            issued_on=date(2024, 3, 10),
        )
        register_person(
            actor=None,
            at=NOW,
            practitioner=person,
            facility=hospital,
            post=Post(),
            stay=Stay(date(2024, 4, 1)),
            spans=OFFICE,
        )
        rows.append(leaver(HO_TEN=person.name, MACCHN=number))
    batch = sent(*rows, kind="form01_report")
    assert batch.written_count == 13
    with django_assert_max_num_queries(14):
        said = handler_of(batch).consequences()
    assert [count for _said, count in said.touched] == [13, 13 * 5, 0]
    assert said.obstacles == []


def test_an_unknown_sending_has_no_page_to_undo(client: Client, data_officer: User) -> None:
    client.force_login(data_officer)
    assert client.get(reverse("intake:undo", args=[uuid4()])).status_code == 404
