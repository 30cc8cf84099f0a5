"""Changed hours or another post hold from the day they are verified; the past stays as it was."""

from collections.abc import Callable
from datetime import date

import pytest
from django.core.exceptions import ValidationError

from portal.accounts.models import User
from portal.places.models import Organisation
from practitioners import services
from practitioners.models import Practitioner, ProfileSource, Registration, WorkingSlot
from practitioners.practising import may_practise
from tests.practitioners.conftest import AT, Send
from tests.practitioners.law import day, load_law, week, when

Verify = Callable[..., Registration]
ON = date(2026, 11, 5)
EVENINGS = "T2 đến T6, 17:30 đến 20:00"


@pytest.fixture
def verify(send: Send, licensing_officer: User, verified: Practitioner) -> Verify:
    """Send a changed profile of Lò Văn Thoan, and verify it on 05/11/2026."""

    def _verify(**changes: str) -> Registration:
        services.verify_item(
            submission_id=send(**changes).pk,
            key="registration",
            version=1,
            actor=licensing_officer,
            at=AT,
        )
        return verified.registrations.holding(ON).get()

    return _verify


def hours_on(person: Practitioner, on: str) -> set[tuple[int, int]]:
    rows = WorkingSlot.objects.holding(day(on)).filter(practitioner=person)
    return set(rows.values_list("starts", "ends"))


@pytest.mark.parametrize(
    ("begins", "first"),
    [
        ("01/04/2024", ON),
        ("01/03/2024", ON),
        ("01/11/2026", date(2026, 11, 1)),
        ("01/12/2026", date(2026, 12, 1)),
    ],
    ids=["the same first day", "an earlier one", "a later one", "one to come"],
)
def test_changed_hours_leave_those_before_the_change(
    begins: str, first: date, verify: Verify, verified: Practitioner
) -> None:
    verify(hours=EVENINGS, registered_from=begins)
    old, new = verified.registrations.order_by("valid_from")
    assert (old.hours, new.hours) == ("T2 đến T6, 07:30 đến 16:30", EVENINGS)
    assert (new.valid_from, new.valid_until) == (first, None)
    assert old.valid_until == date.fromordinal(first.toordinal() - 1)
    assert hours_on(verified, "05/10/2026") == {(450, 990)}
    assert hours_on(verified, "01/12/2026") == {(1050, 1200)}
    assert verified.slots.filter(valid_from=date(2024, 4, 1)).count() == 5


def test_the_question_of_last_month_has_last_month_s_answer(
    verify: Verify, verified: Practitioner, hospital: Organisation
) -> None:
    load_law()
    verify(hours=EVENINGS)

    def answered(at: str) -> str:
        asked = {"practitioner": verified, "facility": hospital, "moments": [when(at)]}
        return may_practise(**asked).verdict  # type: ignore[arg-type]

    assert (answered("05/10/2026 09:00"), answered("05/10/2026 18:00")) == ("yes", "no")
    assert (answered("06/11/2026 09:00"), answered("06/11/2026 18:00")) == ("no", "yes")


def test_another_post_follows_with_hours_duty_and_assigned_techniques(
    verify: Verify, verified: Practitioner
) -> None:
    row = verified.registrations.get()
    services.set_hours(
        actor=None,
        registration=row,
        spans=week("T7 19:00-07:00"),
        from_day=day("01/05/2024"),
        kind="duty",
    )
    services.assign_technique(
        actor=None,
        registration=row,
        assignment=services.Assignment("18.0001", "07/QĐ-BV", day("01/09/2026"), "Siêu âm"),
        at=AT,
    )
    Registration.objects.filter(pk=row.pk).update(department="Khoa Nội")
    before = hours_on(verified, "03/11/2026")
    new = verify(position="2", position_text="Trưởng khoa")
    row.refresh_from_db()
    assert (row.position, row.valid_until) == ("", date(2026, 11, 4))
    assert (new.position, new.department, new.valid_from) == ("2", "Khoa Nội", ON)
    assert hours_on(verified, "03/11/2026") == before == hours_on(verified, "09/11/2026")
    morning = new.slots.get(kind="duty", continues__isnull=False)
    assert morning.continues is not None
    assert morning.continues.registration == new
    assert [extra.valid_until for extra in row.techniques.all()] == [date(2026, 11, 4)]
    assert [extra.valid_from for extra in new.techniques.all()] == [ON]


def test_a_recorded_last_day_stays_recorded(verify: Verify, verified: Practitioner) -> None:
    last = day("31/12/2026")
    services.end_registration(
        actor=None, registration=verified.registrations.get(), last_day=last, at=AT
    )
    new = verify(hours=EVENINGS)
    assert new.valid_until == last
    assert {slot.valid_until for slot in new.slots.all()} == {last}
    assert hours_on(verified, "04/01/2027") == set()


@pytest.mark.parametrize("begins", ["01/04/2024", "05/11/2026"])
def test_a_list_that_names_the_first_day_of_the_stay_says_nothing_new(
    begins: str, verify: Verify, send: Send
) -> None:
    verify(hours=EVENINGS)
    with pytest.raises(ValidationError) as refused:
        send(hours=EVENINGS, registered_from=begins)
    assert refused.value.code == "nothing_changed"


def test_a_second_decision_of_the_day_corrects_the_first(
    verify: Verify, verified: Practitioner
) -> None:
    verify(hours=EVENINGS)
    new = verify(hours="T2 đến T6, 06:00 đến 11:00")
    assert (verified.registrations.count(), new.valid_from) == (2, ON)
    assert hours_on(verified, "05/11/2026") == {(360, 660)}
    assert hours_on(verified, "04/11/2026") == {(450, 990)}


def test_an_earlier_first_day_takes_the_hours_along(verify: Verify, verified: Practitioner) -> None:
    row = verify(registered_from="01/03/2024")
    assert (row.valid_from, verified.registrations.count()) == (day("01/03/2024"), 1)
    assert hours_on(verified, "15/03/2024") == hours_on(verified, "15/05/2024") == {(450, 990)}


def test_hours_an_official_changes_hold_from_their_day_as_said_by_that_official(
    verify: Verify, verified: Practitioner, licensing_officer: User
) -> None:
    """The hours as written, the week and the word on them say one thing; the rest keeps its words."""
    row = verified.registrations.get()
    new = services.change_hours(
        actor=licensing_officer,
        registration=row,
        spans=week("T2-T6 17:30-20:00"),
        from_day=day("01/12/2026"),
        at=AT,
    )
    row.refresh_from_db()
    assert (row.valid_until, row.hours) == (day("30/11/2026"), "T2 đến T6, 07:30 đến 16:30")
    assert (new.valid_from, new.hours) == (day("01/12/2026"), "T2–T6 17:30–20:00")
    assert hours_on(verified, "30/11/2026") == {(450, 990)}
    assert hours_on(verified, "01/12/2026") == {(1050, 1200)}
    said = {word.field: word for word in new_words(new)}
    hours, post = said["hours"], said["position_text"]
    assert (hours.value, hours.source, hours.verified_by) == (
        new.hours,
        "decision",
        licensing_officer,
    )
    assert (post.value, post.source) == (new.position_text, "facility")


def test_hours_change_where_a_profile_spoke_of_techniques(
    send: Send, verified: Practitioner, licensing_officer: User
) -> None:
    """What a profile says of techniques is kept at the registration; it has no column there."""
    named = {
        "techniques": "18.0001",
        "assignment": "20260901_07/QĐ-BV",
        "transferred_by": "11001",
        "transfer": "20260801_09/QĐ-SYT",
    }
    services.verify_item(
        submission_id=send(**named).pk, key="techniques", version=1, actor=licensing_officer, at=AT
    )
    row = verified.registrations.get()
    said = {word.field for word in new_words(row)}
    assert said >= named.keys()
    new = services.change_hours(
        actor=licensing_officer,
        registration=row,
        spans=week("T2-T6 17:30-20:00"),
        from_day=day("01/12/2026"),
        at=AT,
    )
    assert new.valid_from == day("01/12/2026")
    assert new.techniques.get().transferred_by == "11001"
    assert {word.field for word in new_words(new)} == said - named.keys() - {"registered_from"}


def test_hours_of_the_past_are_not_rewritten(
    verified: Practitioner, licensing_officer: User
) -> None:
    row = verified.registrations.get()
    with pytest.raises(ValidationError) as refused:
        services.change_hours(
            actor=licensing_officer,
            registration=row,
            spans=week("T7 07:30-11:30"),
            from_day=day("04/11/2026"),
            at=AT,
        )
    assert "04/11/2026" in str(refused.value)
    assert hours_on(verified, "04/11/2026") == hours_on(verified, "09/11/2026") == {(450, 990)}
    assert verified.registrations.get().hours == "T2 đến T6, 07:30 đến 16:30"


def new_words(row: Registration) -> list[ProfileSource]:
    return list(ProfileSource.objects.filter(row_id=row.pk).order_by("said_at"))
