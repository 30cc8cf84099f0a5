"""Defects of practitioners, their licences and posts, each written past every form."""

from datetime import timedelta
from itertools import count
from typing import Any
from uuid import UUID

from django.utils import timezone

from healthrecords.models import CitizenIdentifier
from portal.places.models import Organisation
from practitioners.models import (
    DiscrepancyCase,
    LicenseEvent,
    LicenseVersion,
    PracticeLicense,
    Practitioner,
    PractitionerIdentifier,
    ProfileSource,
    Qualification,
    Registration,
    WorkingSlot,
)
from tests.reporting.plants import change, ended_commune, plant

_nth = count()
OF_PRACTITIONERS = ("Practitioner",)


@plant("D01", "personal_number")
def practitioner_with_the_number_of_a_man(person: Practitioner) -> UUID:
    row = PractitionerIdentifier.objects.get(practitioner=person)
    value = row.value[:3] + "0" + row.value[4:]
    PractitionerIdentifier.objects.filter(pk=row.pk).update(value=value)
    return person.pk


@plant("C01", "personal_number")
def practitioner_with_the_number_of_another(person: Practitioner) -> UUID:
    value = PractitionerIdentifier.objects.get(practitioner=person).value
    other = Practitioner.objects.create(name="Người Khác", birth_date="1990-01-02", sex="female")
    PractitionerIdentifier.objects.create(practitioner=other, kind="personal", value=value)
    return person.pk


@plant("C03", "name")
def practitioner_called_none(person: Practitioner) -> UUID:
    return change(person, name="Chưa rõ")


@plant("C04", "ethnic_group")
def practitioner_of_no_ethnic_group(person: Practitioner) -> UUID:
    return change(person, ethnic_group="99")


@plant("C05", "phone")
def practitioner_with_half_a_phone(person: Practitioner) -> UUID:
    return change(person, phone="0912")


@plant("D09", "area")
def practitioner_of_a_commune_that_ended(person: Practitioner) -> UUID:
    assert person.area is not None
    return change(person, area=ended_commune(person.area))


@plant("D03", "license")
def licence_never_compared(person: Practitioner) -> UUID:
    return change(person, verified_at=None)


@plant("D03", "license")
def licence_changed_since_it_was_compared(person: Practitioner) -> UUID:
    then = timezone.now() - timedelta(days=10)
    ProfileSource.objects.filter(practitioner=person).update(verified_at=then)
    return person.pk


@plant("D03", "license")
def licence_that_a_file_said_and_nobody_compared(person: Practitioner) -> UUID:
    ProfileSource.objects.filter(practitioner=person).update(verified_at=None)
    return person.pk


@plant("D03", "license_case")
def two_licences_wait_for_a_decision(person: Practitioner) -> UUID:
    two_licenses(person)
    return person.pk


def two_licenses(person: Practitioner, **said: Any) -> DiscrepancyCase:
    values = {"state": "open"} | said
    return DiscrepancyCase.objects.create(
        kind="two_licenses", key=f"{person.pk}", department=person.keeper, practitioner=person,
        name=person.name, origin="checks", opened_at=timezone.now(), **values,
    )  # fmt: skip


@plant("U05", "personal_number")
def number_that_is_a_citizens_of_another_birthday(person: Practitioner) -> UUID:
    numbers = CitizenIdentifier.objects.filter(kind="personal", ended_on=None)
    theirs = numbers.exclude(citizen__birth_date=person.birth_date).order_by("-citizen")[next(_nth)]
    PractitionerIdentifier.objects.filter(practitioner=person).update(value=theirs.value)
    return person.pk


@plant("D03", "license_state")
def practises_by_a_revoked_licence(person: Practitioner) -> UUID:
    _act(person, "revoked", days_ago=10)
    return person.pk


@plant("D03", "license_state")
def practises_while_suspended(person: Practitioner) -> UUID:
    _act(person, "suspended", days_ago=10, valid_until=timezone.localdate() + timedelta(days=50))
    return person.pk


@plant("D03", "license_state")
def came_back_without_the_duty(person: Practitioner) -> UUID:
    over = timezone.localdate() - timedelta(days=2)
    _act(person, "suspended", days_ago=90, valid_until=over, duty="Học lại quy chế chuyên môn")
    return person.pk


def _act(person: Practitioner, kind: str, *, days_ago: int, **said: Any) -> LicenseEvent:
    license = PracticeLicense.objects.get(practitioner=person)
    first = timezone.localdate() - timedelta(days=days_ago)
    return LicenseEvent.objects.create(
        license=license,
        kind=kind,
        valid_from=first,
        decision_no="7/QĐ-SYT",
        decided_on=first,
        **said,
    )


@plant("U07", "full_time")
def full_time_at_two_facilities(person: Practitioner) -> UUID:
    first = Registration.objects.get(practitioner=person)
    change(first, is_full_time=True)
    _second_post(first, hours="T7 0730-1130", is_full_time=True)
    return first.pk


@plant("U09", "week")
def in_the_afternoon_at_two_facilities_as_lists_write_it(person: Practitioner) -> UUID:
    first = Registration.objects.get(practitioner=person)
    _second_post(first, hours="thứ Ba, thứ Bảy: 13h30 - 17h", is_full_time=False)
    return first.pk


@plant("U09", "week")
def hours_by_weekday_that_meet_a_written_week(person: Practitioner) -> UUID:
    """The first post has hours by weekday, as the form writes them; the other list says them in words."""
    first = Registration.objects.get(practitioner=person)
    for weekday in range(2, 7):
        WorkingSlot.objects.create(
            practitioner=person, facility=first.facility, registration=first, weekday=weekday,
            starts=450, ends=990, valid_from=first.valid_from,
        )  # fmt: skip
    _second_post(first, hours="T5 0700-0800; CN 0730-1130", is_full_time=False)
    return first.pk


def _second_post(first: Registration, **said: Any) -> Registration:
    other = Organisation.objects.filter(kind="station").exclude(pk=first.facility_id).first()
    assert other is not None
    return Registration.objects.create(
        practitioner=first.practitioner, facility=other, valid_from=first.valid_from,
        added_on=first.added_on, announced_on=first.announced_on, **said,
    )  # fmt: skip


@plant("U08", "scope_title")
def scope_of_a_doctor_on_the_licence_of_a_nurse(person: Practitioner) -> UUID:
    license = PracticeLicense.objects.get(practitioner=person)
    LicenseVersion.objects.create(
        license=license, number=1, act="issued", number_raw=license.number_raw, title="nurse",
        scope_codes=["102"], issued_on=license.issued_on, valid_from=license.issued_on,
    )  # fmt: skip
    return person.pk


@plant("F03", "identifier")
def practitioner_without_a_number(person: Practitioner) -> UUID:
    rows = PractitionerIdentifier.objects.filter(practitioner=person)
    rows.update(valid_until=timezone.localdate() - timedelta(days=1))
    return person.pk


@plant("F03", "scope")
def licence_without_scope(person: Practitioner) -> UUID:
    PracticeLicense.objects.filter(practitioner=person).update(scope="")
    return person.pk


@plant("F03", "qualification")
def practitioner_without_a_diploma(person: Practitioner) -> UUID:
    Qualification.objects.filter(practitioner=person).delete()
    return person.pk


@plant("F03", "hours")
def registered_without_hours(person: Practitioner) -> UUID:
    Registration.objects.filter(practitioner=person).update(hours="")
    return person.pk


@plant("L04", "license")
def practises_by_a_lapsed_licence(person: Practitioner) -> UUID:
    yesterday = timezone.localdate() - timedelta(days=1)
    PracticeLicense.objects.filter(practitioner=person).update(valid_until=yesterday)
    return person.pk


@plant("L04", "announced")
def joined_and_was_never_announced(person: Practitioner) -> UUID:
    Registration.objects.filter(practitioner=person).update(announced_on=None)
    return person.pk


@plant("L04", "leaving")
def left_and_was_never_announced(person: Practitioner) -> UUID:
    return left(person, days_ago=30)


@plant("L04", "leaving")
def left_and_was_announced_a_month_late(person: Practitioner) -> UUID:
    return left(person, days_ago=60, announced_after=30)


def left(person: Practitioner, *, days_ago: int, announced_after: int | None = None) -> UUID:
    """End the post of somebody, who goes nowhere else; return the post."""
    post = Registration.objects.get(practitioner=person)
    last_day = timezone.localdate() - timedelta(days=days_ago)
    told = None if announced_after is None else last_day + timedelta(days=announced_after)
    return change(post, valid_until=last_day, leaving_announced_on=told)
