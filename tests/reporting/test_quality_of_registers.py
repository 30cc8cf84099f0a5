"""What is asked of the registers of people and places is what the rules say in words."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

from facilities.models import Facility, OpeningSchedule, OperatingLicense, Publication
from portal.accounts.models import User
from portal.places.models import Organisation
from practitioners.models import (
    DiscrepancyCase,
    LicenseVersion,
    PracticeLicense,
    Practitioner,
    ProfileSource,
    Registration,
    WorkingSlot,
)
from practitioners.services.license_events import Decision
from practitioners.services.licenses import amend_license, issue_license, paper_of
from reporting.models import QualityIssue, QualityMeasurement
from reporting.quality.loading import load_rules
from reporting.services.measuring import measure
from tests.reporting.growing import grow_facility, grow_practitioner
from tests.reporting.plants_of_places import namesake, standing_at
from tests.reporting.plants_of_practitioners import left, two_licenses
from tests.shipped import publish

LISTS = {"publication_duties", "quality_limits", "practice_rules", "ethnic_groups", "nationalities"}


@pytest.fixture
def registers(station: Organisation) -> None:
    publish(LISTS)
    load_rules()


def found(rule: str, record: Practitioner | Facility) -> list[str]:
    issue = QualityIssue.objects.open().filter(rule__code=rule, object_id=record.pk).first()
    return list(issue.fields) if issue else []


def test_hours_told_by_the_week_are_hours_told(registers: None, station: Organisation) -> None:
    person = grow_practitioner(station)
    Registration.objects.filter(practitioner=person).update(hours="")
    measure(at=timezone.now())
    assert found("F03", person) == ["hours"]
    held = Registration.objects.get(practitioner=person)
    WorkingSlot.objects.create(
        practitioner=person, facility=station, registration=held, weekday=2,
        starts=450, ends=690, valid_from=held.valid_from,
    )  # fmt: skip
    measure(at=timezone.now())
    assert found("F03", person) == []


def test_a_registration_that_begins_is_asked_for_its_hours_without_a_change(
    registers: None, station: Organisation
) -> None:
    """The day alone changes the answer: measuring what changed must ask again."""
    person, now = grow_practitioner(station), timezone.now()
    Registration.objects.filter(practitioner=person).update(
        hours="", valid_from=timezone.localdate(now) + timedelta(days=3), added_on=None
    )
    measure(at=now)
    assert found("F03", person) == []
    measure(at=now + timedelta(days=4))
    assert found("F03", person) == ["hours"]


def test_the_same_name_birthday_sex_and_commune_is_one_practitioner_twice(
    registers: None, station: Organisation
) -> None:
    one, other, namesake = (grow_practitioner(station) for _n in range(3))
    Practitioner.objects.filter(pk__in=[other.pk, namesake.pk]).update(name=one.name)
    Practitioner.objects.filter(pk=namesake.pk).update(birth_date="1988-02-02")
    measure(at=timezone.now())
    assert [found("C01", person) for person in (one, other, namesake)] == [["name"], ["name"], []]
    Practitioner.objects.filter(pk=other.pk).update(sex="male")
    measure(at=timezone.now())
    assert found("C01", one) == []


def test_a_scope_is_judged_where_the_licence_of_today_names_one_by_its_code(
    registers: None, station: Organisation
) -> None:
    publish({"practice_scopes"})
    today = timezone.localdate()
    people = [grow_practitioner(station) for _n in range(5)]
    for person, codes, begins, title in (
        (people[0], ["102"], 300, "doctor"),
        (people[1], ["102"], 300, "nurse"),
        (people[2], [], 300, "doctor"),
        (people[3], ["999"], 300, "doctor"),
        (people[4], ["102"], -3, "nurse"),
    ):
        license = PracticeLicense.objects.get(practitioner=person)
        LicenseVersion.objects.create(
            license=license, number=1, act="issued", number_raw=license.number_raw, title=title,
            scope_codes=codes, issued_on=license.issued_on,
            valid_from=today - timedelta(days=begins),
        )  # fmt: skip
    measure(at=timezone.now())
    [counted] = QualityMeasurement.objects.filter(rule__code="U08", facility=station)
    assert (counted.evaluated, counted.passed) == (2, 1)
    assert [found("U08", person) for person in people] == [[], ["scope_title"], [], [], []]


def test_a_facility_is_stale_after_six_months_without_confirmation_or_change(
    registers: None, station: Organisation
) -> None:
    place = grow_facility(station)
    later = timezone.now() + timedelta(days=200)
    measure(at=later)
    assert "freshness" in found("L03", place)
    Facility.objects.filter(pk=place.pk).update(
        confirmed_on=timezone.localdate(later) - timedelta(days=5)
    )
    measure(at=later)
    assert "freshness" not in found("L03", place)
    Facility.objects.filter(pk=place.pk).update(confirmed_on=None)
    OpeningSchedule.objects.filter(facility=place.organisation).update(
        valid_until=timezone.localdate(later) - timedelta(days=31)
    )
    OpeningSchedule.objects.create(
        facility=place.organisation,
        text="T2T3T4T5T6 0700-1600",
        valid_from=timezone.localdate(later) - timedelta(days=30),
    )
    measure(at=later)
    assert "freshness" not in found("L03", place)


def test_a_change_is_made_public_within_its_working_days(
    registers: None, station: Organisation
) -> None:
    place = grow_facility(station)
    measure(at=timezone.now())
    assert found("L03", place) == []
    today = timezone.localdate()
    changed = today - timedelta(days=20)
    OpeningSchedule.objects.filter(facility=place.organisation).update(
        valid_until=changed - timedelta(days=1)
    )
    OpeningSchedule.objects.create(
        facility=place.organisation, text="T2T3T4T5T6 0700-1600", valid_from=changed
    )
    measure(at=timezone.now())
    assert found("L03", place) == ["publication"]
    Publication.objects.create(
        facility=place.organisation, duty="opening_hours", published_on=today, place="Cổng cơ sở"
    )
    measure(at=timezone.now())
    assert found("L03", place) == []


def test_a_change_of_yesterday_has_time_to_be_made_public(
    registers: None, station: Organisation
) -> None:
    place = grow_facility(station)
    yesterday = timezone.localdate() - timedelta(days=1)
    OpeningSchedule.objects.filter(facility=place.organisation).update(
        valid_until=yesterday - timedelta(days=1)
    )
    OpeningSchedule.objects.create(
        facility=place.organisation, text="T2T3T4T5T6 0700-1600", valid_from=yesterday
    )
    measure(at=timezone.now())
    assert found("L03", place) == []


def test_an_e_mail_that_is_none_is_found(registers: None, station: Organisation) -> None:
    person = grow_practitioner(station)
    for email, fields in (("a.vang@example.vn", []), ("a.vang", ["email"])):
        Practitioner.objects.filter(pk=person.pk).update(email=email)
        measure(at=timezone.now())
        assert found("C05", person) == fields


def _leavings(person: Practitioner) -> list[tuple[list[str], object]]:
    """Return what is said of the person's posts, and at which place."""
    measure(at=timezone.now())
    posts = Registration.objects.filter(practitioner=person)
    rows = QualityIssue.objects.open().filter(rule__code="L04", object_id__in=posts.values("pk"))
    return [(list(row.fields), row.facility) for row in rows.select_related("facility")]


def test_who_left_is_missed_by_the_place_that_was_left(
    registers: None, station: Organisation, other_station: Organisation
) -> None:
    """Without a new post, and with one elsewhere: the old place announces (Decree 96/2023, art. 29)."""
    gone, moved = grow_practitioner(station), grow_practitioner(station)
    last_day = timezone.localdate() - timedelta(days=30)
    for person in (gone, moved):
        assert _leavings(person) == []
        Registration.objects.filter(practitioner=person).update(valid_until=last_day, added_on=None)
    Registration.objects.create(
        practitioner=moved, facility=other_station, hours="T2T3T4T5T6 0730-1630",
        valid_from=last_day + timedelta(days=1),
    )  # fmt: skip
    for person in (gone, moved):
        assert _leavings(person) == [(["leaving"], station)]
        Registration.objects.filter(practitioner=person, facility=station).update(
            leaving_announced_on=last_day + timedelta(days=1)
        )
        assert _leavings(person) == []


@pytest.mark.parametrize(
    ("days_ago", "announced_after", "is_late"),
    [
        (1, None, False),  # the three working days still run
        (12, None, True),
        (30, 0, False),
        (30, 3, False),
        (30, 12, True),  # announced, but after the term
    ],
)
def test_a_leaving_is_announced_within_its_working_days(
    registers: None,
    station: Organisation,
    days_ago: int,
    announced_after: int | None,
    is_late: bool,
) -> None:
    person = grow_practitioner(station)
    left(person, days_ago=days_ago, announced_after=announced_after)
    assert _leavings(person) == ([(["leaving"], station)] if is_late else [])


def test_another_post_at_the_same_place_is_no_leaving(
    registers: None, station: Organisation
) -> None:
    person, last_day = grow_practitioner(station), timezone.localdate() - timedelta(days=30)
    Registration.objects.filter(practitioner=person).update(valid_until=last_day)
    after = Registration.objects.create(
        practitioner=person, facility=station, position="4", valid_from=last_day + timedelta(days=1)
    )
    assert _leavings(person) == []
    Registration.objects.filter(pk=after.pk).update(valid_from=last_day + timedelta(days=5))
    assert _leavings(person) == [(["leaving"], station)]


def test_nobody_is_late_where_the_law_of_the_day_fixes_no_term(station: Organisation) -> None:
    publish(LISTS - {"practice_rules"})
    load_rules()
    person = grow_practitioner(station)
    left(person, days_ago=30)
    assert _leavings(person) == []


def test_a_licence_that_changed_is_compared_again(
    registers: None, station: Organisation, clerk: User
) -> None:
    """Once it was enough that the person had ever been verified."""
    person, later = grow_practitioner(station), timezone.now() + timedelta(days=1)
    words = ProfileSource.objects.filter(practitioner=person)
    measure(at=later)
    assert found("D03", person) == []
    words.update(verified_at=timezone.now() - timedelta(days=2))  # the licence changed today
    measure(at=later)
    assert found("D03", person) == ["license"]
    words.update(verified_at=timezone.now())
    case = two_licenses(person)
    measure(at=later)
    assert found("D03", person) == ["license_case"]
    DiscrepancyCase.objects.filter(pk=case.pk).update(
        state="decided", outcome="both_stand", reason="Hai văn bằng", decided_by=clerk,
        decided_at=timezone.now(),
    )  # fmt: skip
    measure(at=later)
    assert found("D03", person) == []


def test_a_licence_verified_in_a_profile_and_one_decided_hold_the_gate(
    registers: None, station: Organisation, clerk: User
) -> None:
    """What the register's own services write counts as compared; amending without a decision does not."""
    person, now = grow_practitioner(station), timezone.now()
    ProfileSource.objects.filter(practitioner=person).delete()
    license = person.licenses.get()
    said = {"actor": clerk, "license": license, "at": now, "act": "adjusted"}
    paper = replace(paper_of(license), scope="Sản phụ khoa")
    amend_license(paper=paper, decision=Decision(timezone.localdate()), **said)
    measure(at=now)
    assert found("D03", person) == ["license"]
    decision = Decision(timezone.localdate(), number="8/QĐ-SYT", decided_on=timezone.localdate())
    issue = {"actor": clerk, "practitioner": person, "at": now}
    number = replace(paper, number="009999/DB-GPHN", issued_on=timezone.localdate())
    issue_license(paper=number, decision=decision, **issue)
    measure(at=now)
    assert found("D03", person) == []


def test_a_place_whose_code_changes_is_one_place(registers: None, station: Organisation) -> None:
    place = grow_facility(station)
    clinic, today = place.organisation, timezone.localdate()
    OperatingLicense.objects.filter(facility=clinic).update(superseded_on=today)
    clinic.identifiers.filter(scheme="insurance").update(valid_until=today + timedelta(days=30))
    clinic.identifiers.create(scheme="insurance", value="11B99", valid_from=today)
    assert clinic.identifiers.filter(scheme="insurance").count() == 2
    measure(at=timezone.now())
    assert QualityIssue.objects.open().filter(rule__code="D04", object_id=place.pk).count() == 1


def test_a_point_works_under_the_licence_of_its_station(
    registers: None, station: Organisation
) -> None:
    place = grow_facility(station)
    OperatingLicense.objects.filter(facility=place.organisation).update(
        superseded_on=timezone.localdate()
    )
    measure(at=timezone.now())
    assert found("D04", place) == ["license_in_force"]
    Organisation.objects.filter(pk=place.organisation_id).update(kind="point")
    measure(at=timezone.now())
    assert found("D04", place) == []


@pytest.mark.parametrize(
    ("days", "fields"), [(1, ["license_in_force"]), (0, ["license_in_force"]), (-1, [])]
)
def test_a_place_is_judged_until_its_last_day(
    registers: None, station: Organisation, days: int, fields: list[str]
) -> None:
    place = grow_facility(station)
    OperatingLicense.objects.filter(facility=place.organisation).update(
        superseded_on=timezone.localdate()
    )
    Organisation.objects.filter(pk=place.organisation_id).update(
        valid_until=timezone.localdate() + timedelta(days=days)
    )
    measure(at=timezone.now())
    assert found("D04", place) == fields


@pytest.mark.parametrize(("latitude", "fields"), [("21.387", ["name"]), ("21.389", [])])
def test_a_namesake_is_one_place_twice_within_two_hundred_metres(
    registers: None, station: Organisation, latitude: str, fields: list[str]
) -> None:
    place = grow_facility(station)
    standing_at(place, "21.386")
    standing_at(namesake(place, place.organisation.area), latitude)
    measure(at=timezone.now())
    assert found("C02", place) == fields
