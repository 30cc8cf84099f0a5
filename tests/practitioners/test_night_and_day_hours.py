"""Hours give way to those that replace them: a night runs to its end, and meets what truly begins in it."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from random import Random

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from portal.accounts.models import User
from portal.places.models import Organisation
from practitioners import services
from practitioners.around import Around
from practitioners.checks import Case
from practitioners.models import Practitioner, ProfileSubmission, Registration, WorkingSlot
from practitioners.practising import may_practise
from practitioners.services.posts import write_registration
from tests.practitioners.conftest import AT, PROFILE, Send
from tests.practitioners.law import VIETNAM, day, load_law, make_person, register, week, when

NIGHTS = "T2, T4, T6 17:00-07:30"
DAYS = "T2 đến T6, 07:00-16:00"


def sent_of(who: Practitioner, hospital: Organisation, **said: str) -> ProfileSubmission:
    """A profile of somebody that names the hours they work at the hospital."""
    values = {**PROFILE, "birth_date": "1978-04-22", "license_issued_on": "2024-03-10", **said}
    return ProfileSubmission(facility=hospital, practitioner=who, values=values)


def told(sent: ProfileSubmission, on: date) -> list[str]:
    """What the desk's check says of the hours on a day."""
    around = Around.of(
        [sent.values],
        facilities=[sent.facility_id],
        on=on,
        people=[sent.practitioner_id],  # type: ignore[list-item]
    )
    case = Case(sent, sent.values, frozenset({"registration"}), on, around)
    return [clash.sentence for clash in case.clashes]


def refused(sent: ProfileSubmission, on: date) -> str | None:
    """What is said of hours where the register is written; None where it refuses something else."""
    assert sent.practitioner is not None
    who = Practitioner.objects.get(pk=sent.practitioner_id)
    try:
        with transaction.atomic():
            write_registration(
                who,
                sent.facility,
                sent.values,
                on=on,
                sent_on=on,
                actor=None,
                is_new=False,
            )
    except ValidationError as error:
        codes = {one.code for one in leaves(error)}
        return " ".join(error.messages) if codes == {"slot_overlap"} else None
    return ""


def leaves(error: ValidationError) -> Iterator[ValidationError]:
    if hasattr(error, "error_dict"):
        for errors in error.error_dict.values():
            yield from errors
    else:
        yield from error.error_list


def test_who_goes_from_nights_to_days_is_verified_where_the_check_is_green(
    send: Send, licensing_officer: User
) -> None:
    load_law()
    first = services.verify_all_passing(
        submission_id=send(hours="T2, T6 17:00-07:30").pk,
        version=1,
        actor=licensing_officer,
        at=AT,
    )
    who = first.practitioner
    assert who is not None
    sent = send(hours=DAYS)
    assert sent.checks.get(code="hours_free").status == "pass"
    done = services.verify_item(
        submission_id=sent.pk, key="registration", version=1, actor=licensing_officer, at=AT
    )
    assert done.state == "verified"
    asked = {"practitioner": who, "facility": done.facility}
    for at, verdict in (
        ("03/11/2026 06:30", "yes"),
        ("05/11/2026 15:00", "yes"),
        ("10/11/2026 06:30", "no"),
        ("10/11/2026 15:00", "yes"),
        ("09/11/2026 20:00", "no"),
    ):
        assert may_practise(moments=[when(at)], **asked).verdict == verdict, at  # type: ignore[arg-type]


def test_hours_that_begin_within_the_last_night_fail_at_the_desk_with_day_and_hour(
    send: Send, licensing_officer: User
) -> None:
    """On Tuesday 10/11/2026 the night of Monday runs to 07:30, the day hours begin at 07:00."""
    services.verify_all_passing(
        submission_id=send(hours=NIGHTS).pk, version=1, actor=licensing_officer, at=AT
    )
    sent = send(hours=DAYS, registered_from="10/11/2026")
    check = sent.checks.get(code="hours_meet_night")
    assert (check.status, check.item_key) == ("fail", "registration")
    assert not sent.checks.filter(code="hours_free").exists()
    before = set(WorkingSlot.objects.values_list("pk", "valid_until"))
    with pytest.raises(ValidationError) as error:
        services.verify_item(
            submission_id=sent.pk, key="registration", version=1, actor=licensing_officer, at=AT
        )
    assert error.value.code == "item_fails"
    (said,) = error.value.messages
    assert "09/11/2026" in said
    assert "07:30 ngày 10/11/2026" in said
    assert "07:00" in said
    assert set(WorkingSlot.objects.values_list("pk", "valid_until")) == before


CASES = [
    # old hours, new hours, from which day, own duty, elsewhere (hours, since, until), what meets
    # Verified on Thursday 05/11/2026: the night of Monday is over, that of Wednesday is not.
    ("T2, T6 17:00-07:30", DAYS, "01/04/2024", "", None, ""),
    (NIGHTS, DAYS, "01/04/2024", "", None, "04/11/2026"),
    (NIGHTS, DAYS, "06/11/2026", "", None, ""),
    (NIGHTS, DAYS, "10/11/2026", "", None, "09/11/2026"),
    (NIGHTS, "T2-T6 07:30-16:00", "10/11/2026", "", None, ""),
    (NIGHTS, DAYS, "11/11/2026", "", None, ""),
    ("T2-CN 19:00-07:30", DAYS, "01/04/2024", "", None, "04/11/2026"),
    ("T2-CN 19:00-07:30", "T7-CN 07:00-16:00", "01/04/2024", "", None, ""),
    ("T2-T6 07:30-16:30", "T7 07:30-11:30", "01/04/2024", "T7 08:00-10:00", None, "08:00"),
    ("T2-T6 07:30-16:30", "CN 06:00-11:30", "01/04/2024", "T7 19:00-07:00", None, "00:00"),
    ("T2-T6 07:30-16:30", "CN 07:00-11:30", "01/04/2024", "T7 19:00-07:00", None, ""),
    (
        "T2-T6 07:30-16:30",
        "T3 17:00-19:00",
        "01/04/2024",
        "",
        ("T3 18:00-20:00", "01/06/2026", None),
        "18:00",
    ),
    # Elsewhere until Friday 06/11/2026: no Tuesday is left.
    (
        "T2-T6 07:30-16:30",
        "T3 17:00-19:00",
        "01/04/2024",
        "",
        ("T3 18:00-20:00", "01/06/2026", "06/11/2026"),
        "",
    ),
    # The days elsewhere are over before the hours change, whatever first day the profile names.
    (
        "T2-T6 07:30-16:30",
        "T3 17:00-19:00",
        "01/03/2024",
        "",
        ("T3 18:00-20:00", "01/06/2026", "04/11/2026"),
        "",
    ),
]


@pytest.mark.parametrize(("old", "new", "begins", "duty", "elsewhere", "says"), CASES)
def test_the_check_says_what_the_verification_says(
    old: str,
    new: str,
    begins: str,
    duty: str,
    elsewhere: tuple[str, str, str | None] | None,
    says: str,
    hospital: Organisation,
    station: Organisation,
    lists: None,
) -> None:
    who = make_person()
    row = register(who, hospital, old)
    if duty:
        services.set_hours(
            actor=None, registration=row, spans=week(duty), from_day=row.valid_from, kind="duty"
        )
    if elsewhere:
        hours, since, until = elsewhere
        register(who, station, hours, since, until)
    sent = sent_of(who, hospital, hours=new, registered_from=day(begins).isoformat())
    on = day("05/11/2026")
    sentences = told(sent, on)
    assert bool(sentences) == bool(says)
    assert says in " ".join(sentences)
    before = set(WorkingSlot.objects.values_list("pk", "valid_until"))
    said = refused(sent, on)
    assert said is not None
    assert bool(said) == bool(says)
    assert says in said
    if said:
        assert set(WorkingSlot.objects.values_list("pk", "valid_until")) == before


WEEKS = (
    NIGHTS,
    "T2-T6 07:00-16:00",
    "T2-CN 19:00-07:30",
    "CN 19:00-07:00",
    "T7 19:00-12:00",
    "T2 06:00-07:30",
    "T3, T5 00:00-08:00",
    "T7, CN 07:00-11:00",
    "T4 12:00-20:00",
)


def written_before(random: Random, who: Practitioner, places: Sequence[Organisation]) -> None:
    """Let somebody work somewhere in some hours."""
    begins = date(2026, 10, 20) + timedelta(days=random.randrange(25))
    until = random.choice([None, begins + timedelta(days=random.randrange(25))])
    hours = random.choice(WEEKS)
    services.register_person(
        actor=None,
        practitioner=who,
        facility=random.choice(places),
        post=services.Post(position_text=str(random.random()), hours=hours),
        stay=services.Stay(
            begins, until, announced_on=random.choice([None, None, date(2026, 10, 20)])
        ),
        spans=week(hours),
        at=AT,
    )


def test_check_and_verification_agree_whatever_was_registered(
    hospital: Organisation, station: Organisation, lists: None
) -> None:
    """Over hours, days and places drawn by lot: the same word at the desk and in the register."""
    random = Random(20261105)  # noqa: S311  (a lot of cases, the same ones each time)
    seen = {True: 0, False: 0}
    who, on = make_person(), date(2026, 11, 5)
    while sum(seen.values()) < 150:
        with transaction.atomic():
            for _place in range(random.randrange(1, 4)):
                try:
                    with transaction.atomic():
                        written_before(random, who, [hospital, hospital, station])
                except ValidationError:
                    continue
            begins = date(2026, 10, 15) + timedelta(days=random.randrange(35))
            last = max(begins, on) + timedelta(days=random.randrange(40))
            sent = sent_of(
                Practitioner.objects.get(pk=who.pk),
                hospital,
                hours=random.choice(WEEKS),
                registered_from=begins.isoformat(),
                registered_until=random.choice(["", last.isoformat()]),
            )
            sentences = told(sent, on)
            said = refused(sent, on)
            held = [str(row.__dict__) for row in WorkingSlot.objects.all()]
            if said is not None:
                assert bool(sentences) == bool(said), (sent.values, sentences, said, held)
                seen[bool(said)] += 1
            transaction.set_rollback(True)
    assert min(seen.values()) > 20


def test_duty_gives_way_to_other_duty_from_any_day(
    hospital: Organisation, licensing_officer: User
) -> None:
    """From a Tuesday, though duty before ran to 07:00 on Sundays and now begins at 06:30 on them."""
    load_law()
    row = register(make_person(), hospital, "T2-T6 07:30-16:30")
    for hours, first in (("T7 19:00-07:00", "05/11/2026"), ("CN 06:30-18:30", "01/12/2026")):
        services.change_hours(
            actor=licensing_officer,
            registration=row,
            spans=week(hours),
            from_day=day(first),
            at=AT,
            kind="duty",
        )
    held = WorkingSlot.objects.holding(day("06/12/2026")).filter(kind="duty")
    assert [(slot.weekday, slot.starts, slot.ends) for slot in held] == [(8, 390, 1110)]


@pytest.mark.parametrize("kind", ["duty", "hours"])
def test_duty_that_begins_in_the_last_night_is_refused_on_the_page_of_hours(
    kind: str, hospital: Organisation, licensing_officer: User
) -> None:
    load_law()
    row = register(make_person(), hospital, "T2-T6 07:30-16:30" if kind == "duty" else NIGHTS)
    change = {"actor": licensing_officer, "registration": row, "at": AT, "kind": kind}
    last_night = {"duty": ("T7 19:00-07:00", "CN 06:30-18:30"), "hours": (NIGHTS, "T3 07:00-16:00")}
    old, new = last_night[kind]
    if kind == "duty":
        services.change_hours(spans=week(old), from_day=day("05/11/2026"), **change)  # type: ignore[arg-type]
    first = {"duty": "06/12/2026", "hours": "08/12/2026"}[kind]
    before = set(WorkingSlot.objects.values_list("pk", "valid_until"))
    with pytest.raises(ValidationError) as error:
        services.change_hours(spans=week(new), from_day=day(first), **change)  # type: ignore[arg-type]
    assert error.value.code == "slot_overlap"
    assert f"ngày {first}" in error.value.messages[0]
    assert set(WorkingSlot.objects.values_list("pk", "valid_until")) == before
    assert Registration.objects.count() == 1


def test_the_page_of_hours_answers_with_the_clash(hospital: Organisation, officer: Client) -> None:
    load_law()
    row = register(make_person(), hospital, "T2-CN 19:00-07:00")
    page = officer.post(
        reverse("admin:practitioners_registration_gio", args=[row.pk]),
        {
            "hours": "T2-CN 06:30-18:30",
            "kind": "hours",
            "from_day": f"{datetime.now(VIETNAM).date() + timedelta(days=3):%d/%m/%Y}",
        },
    )
    assert page.status_code == 200
    assert "07:00 ngày" in page.content.decode()
    assert row.slots.filter(valid_until=None).count() == 14


def test_the_database_lets_hours_follow_in_the_week_their_weekday_is_free(
    hospital: Organisation, station: Organisation
) -> None:
    """Tuesdays until Thursday 05/11 meet no Tuesdays from that day on, but Thursdays do."""
    load_law()
    who = make_person()
    register(who, hospital, "T3, T5 08:00-11:00", until="05/11/2026")
    row = register(who, station, "T3 08:00-11:00", since="05/11/2026")
    with (
        pytest.raises(IntegrityError, match="workingslot_one_place_at_a_time"),
        transaction.atomic(),
    ):
        WorkingSlot.objects.create(
            practitioner=who,
            facility=station,
            registration=row,
            weekday=5,
            starts=480,
            ends=660,
            valid_from=day("05/11/2026"),
        )
