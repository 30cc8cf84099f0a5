"""Every planted defect is found, nothing else is, and what was mended is closed by measuring alone."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.core.management import call_command
from django.utils import timezone

from facilities.conditions import facts_of
from facilities.missing import missing_fields
from facilities.models import Facility, OperatingLicense, OperatingLicenseEvent
from healthrecords.models import Citizen, CitizenIdentifier, Visit
from portal.codelists.loader import load_lists
from portal.places import services as places
from portal.places.models import Organisation, OrganisationIdentifier
from practitioners.models import LicenseEvent
from reporting.models import QualityIssue, QualityMeasurement, QualityRule, QualityScore
from reporting.quality.loading import load_rules
from reporting.quality.openings import FIELDS
from reporting.quality.place_fields import MISSING
from reporting.services.measuring import measure, measure_again
from tests.reporting.growing import SINCE, grow_facility, grow_practitioner
from tests.reporting.planting import (
    ELSEWHERE,
    PLANTS,
    Field,
    Found,
    asked,
    citizens,
    others_found,
    planted,
    twins_of,
)

PEOPLE = 240


@pytest.fixture
def village(
    db: None, station: Organisation, other_station: Organisation, hospital: Organisation
) -> None:
    load_lists()
    load_rules()
    call_command(
        "generate_population",
        citizens=PEOPLE,
        seed=4,
        until=f"{timezone.localdate()}",
        processes=1,
        verbosity=0,
    )


def now() -> datetime:
    return timezone.now()


def open_issues() -> set[Found]:
    rows = QualityIssue.objects.open().values_list("rule__code", "object_id", "fields")
    return {(code, key, name) for code, key, fields in rows for name in fields}


def test_every_planted_defect_is_found_and_nothing_else(village: None) -> None:
    field = Field(each=1)
    measure(at=now())
    before = open_issues()
    wanted = field.sow()
    assert wanted & before == set()  # each was right before it was spoilt
    measure(at=now())
    found = open_issues()
    assert wanted - found == set()
    assert others_found(found - before, wanted) == set()
    # Not one plant for each rule alone: one for each field that it looks at, of each kind of record.
    assert asked() - planted(wanted) == set()


@pytest.mark.parametrize("code", ["01B01", "01C51", "0100A", "01020"])
def test_a_code_with_letters_holds_the_gate(village: None, code: str) -> None:
    """The insurer writes letters once the numbers of a province are used up."""
    station = Organisation.objects.filter(kind="station").order_by("path")[0]
    facility = grow_facility(station)
    rows = OrganisationIdentifier.objects.filter(organisation=facility.organisation)
    rows.update(value=code)
    measure(at=now())
    assert not QualityIssue.objects.open().filter(rule__code="D04", object_id=facility.pk).exists()
    assert _measured("D04", facility.organisation_id).passed == 1


@pytest.mark.parametrize(("act", "end"), [("revoked", "reinstated"), ("suspended", "resumed")])
def test_a_licence_given_back_holds_the_gate_again(village: None, act: str, end: str) -> None:
    station = Organisation.objects.filter(kind="station").order_by("path")[0]
    person = grow_practitioner(station)
    license = person.licenses.get()
    day = timezone.localdate()
    decided = {"decision_no": "7/QĐ-SYT", "decided_on": day - timedelta(days=9)}
    LicenseEvent.objects.create(
        license=license, kind=act, valid_from=day - timedelta(days=9), **decided
    )
    measure(at=now())
    issue = QualityIssue.objects.open().get(rule__code="D03", object_id=person.pk)
    assert issue.fields == ["license_state"]
    LicenseEvent.objects.create(license=license, kind=end, valid_from=day - timedelta(days=1))
    measure(at=now())
    issue.refresh_from_db()
    assert issue.closed_on == day


@pytest.mark.parametrize(
    ("license", "acts", "is_wrong"),
    [
        ({}, [], False),
        ({"issued_on": 4}, [], True),  # the licence came after the visit
        ({"valid_until": 6}, [], True),
        ({"superseded_on": 2}, [], False),  # another paper since, after the visit
        ({}, [("revoked", 8, None, "")], True),
        ({}, [("revoked", 2, None, "")], False),
        ({}, [("suspended", 8, None, "")], True),
        ({}, [("suspended", 8, None, "Phòng tiểu phẫu")], False),
        ({}, [("suspended", 8, 6, "")], False),
        ({}, [("suspended", 9, None, ""), ("resumed", 6, None, "")], False),
        ({}, [("closed", 9, None, ""), ("resumed", 8, None, ""), ("reopened", 2, None, "")], True),
    ],
)
def test_a_visit_needs_a_licence_in_force_that_day(
    village: None, license: dict[str, int], acts: list[tuple[str, int, int | None, str]],
    is_wrong: bool,
) -> None:  # fmt: skip
    """The visit was five days ago; days are counted back from today."""

    def ago(days: int | None) -> Any:
        return None if days is None else timezone.localdate() - timedelta(days=days)

    visit = Visit.objects.filter(status="finished").order_by("pk")[0]
    began = now() - timedelta(days=5)
    Visit.objects.filter(pk=visit.pk).update(started_at=began, ended_at=began)
    days = {"issued_on": 900} | license
    paper = OperatingLicense.objects.create(
        facility=visit.facility, number_raw="12/DB-GPHD",
        **{name: ago(day) for name, day in days.items()},
    )  # fmt: skip
    for kind, first, last, part in acts:
        OperatingLicenseEvent.objects.create(
            license=paper, kind=kind, valid_from=ago(first), valid_until=ago(last), part=part
        )
    measure(at=now())
    issues = QualityIssue.objects.open().filter(rule__code="C06", object_id=visit.pk)
    found = {name for issue in issues for name in issue.fields}
    assert ("unlicensed" in found) == is_wrong


def test_a_stop_of_an_old_paper_does_not_stop_the_new_one(village: None) -> None:
    visit = Visit.objects.filter(status="finished").order_by("pk")[0]
    day = timezone.localdate()
    began = now() - timedelta(days=5)
    Visit.objects.filter(pk=visit.pk).update(started_at=began, ended_at=began)
    old, _new = (
        OperatingLicense.objects.create(
            facility=visit.facility, number_raw=number, issued_on=day - timedelta(days=issued),
            superseded_on=None if until is None else day - timedelta(days=until),
        )
        for number, issued, until in (("1/DB-GPHD", 900, 30), ("2/DB-GPHD", 30, None))
    )  # fmt: skip
    OperatingLicenseEvent.objects.create(
        license=old, kind="suspended", valid_from=day - timedelta(days=60)
    )
    measure(at=now())
    issues = QualityIssue.objects.open().filter(rule__code="C06", object_id=visit.pk)
    assert not [name for issue in issues for name in issue.fields if name == "unlicensed"]


def test_the_rule_asks_a_facility_for_what_its_page_asks(village: None) -> None:
    """Circular 38/2024/TT-BYT, article 10: one list, on the page and in the rule."""
    station = Organisation.objects.filter(kind="station").order_by("path")[0]
    full = grow_facility(station)
    place = places.create_organisation(
        name="Phòng khám Trống", kind="clinic", parent=station.parent, valid_from=SINCE
    )
    bare = Facility.objects.create(organisation=place)
    measure(at=now())
    on = timezone.localdate()
    asked = missing_fields(bare, facts_of(bare, on), {})
    issue = QualityIssue.objects.open().get(rule__code="F02", object_id=bare.pk)
    labels = {str(FIELDS[name]) for name in issue.fields}
    # Without a licence nobody asks for its scope: the page and the rule alike.
    assert len(issue.fields) == len(asked) == len(labels)
    assert len(issue.fields) == len(MISSING) - 1
    assert not QualityIssue.objects.open().filter(rule__code="F02", object_id=full.pk).exists()


def test_each_measured_rule_has_a_planted_defect(db: None) -> None:
    load_rules()
    measured = QualityRule.objects.filter(not_measured_because="").values_list("code", flat=True)
    assert {one.rule for one in PLANTS} | {rule for rule, _field in ELSEWHERE} == set(measured)


def test_looking_at_what_changed_finds_what_looking_at_everything_finds(village: None) -> None:
    field = Field(each=1)
    measure(at=now())
    field.sow()
    measure(at=now())
    partly, sums = open_issues(), list(_sums())
    run = measure(at=now(), everything=True)
    assert run is not None
    assert run.is_full
    assert (run.opened, run.closed) == (0, 0)
    assert open_issues() == partly
    assert list(_sums()) == sums


def _sums() -> Any:
    rows = QualityMeasurement.objects.standing(timezone.localdate())
    return sorted(rows.values_list("facility", "rule__code", "evaluated", "passed", "gates_broken"))


def test_measuring_twice_writes_nothing(village: None) -> None:
    measure(at=now())
    before = (QualityIssue.objects.count(), QualityMeasurement.objects.count(), list(_scores()))
    run = measure(at=now())
    assert run is not None
    assert (run.opened, run.closed) == (0, 0)
    assert (
        QualityIssue.objects.count(),
        QualityMeasurement.objects.count(),
        list(_scores()),
    ) == before


def _scores() -> Any:
    rows = QualityScore.objects.order_by("unit", "organisation", "area")
    return rows.values_list("unit", "organisation", "area", "value", "holds_gates", "worst")


def test_only_a_measuring_closes_what_was_mended(village: None) -> None:
    person = next(citizens())
    Citizen.objects.filter(pk=person.pk).update(ethnic_group="")
    measure(at=now())
    issue = QualityIssue.objects.open().get(rule__code="F01", object_id=person.pk)
    assert issue.due_on == timezone.localdate() + timedelta(days=15)
    Citizen.objects.filter(pk=person.pk).update(ethnic_group="01")
    issue.refresh_from_db()
    assert issue.closed_on is None
    again = measure_again(issues=[issue], at=now())
    assert again.closed >= 1
    issue.refresh_from_db()
    assert issue.closed_on == timezone.localdate()


def test_a_wrong_number_breaks_the_gate_and_a_mere_likeness_does_not(village: None) -> None:
    people = list(Citizen.objects.order_by("pk")[:4])
    Citizen.objects.filter(pk__in=[p.pk for p in people]).update(
        home_station=people[0].home_station
    )
    twins_of(people[0], people[1], "likeness", likelihood=95)
    measure(at=now())
    row = _measured("C01", people[0].home_station_id)
    assert (row.evaluated - row.passed, row.gates_broken) == (2, 0)
    twins_of(people[2], people[3], "number", number="012345678901")
    measure(at=now())
    row = _measured("C01", people[0].home_station_id)
    assert (row.evaluated - row.passed, row.gates_broken) == (4, 2)


def _measured(code: str, facility: UUID | None) -> QualityMeasurement:
    rows = QualityMeasurement.objects.standing(timezone.localdate())
    return rows.get(rule__code=code, facility=facility)


def test_a_merged_record_is_asked_no_more(village: None) -> None:
    person, other = list(citizens())[:2]
    Citizen.objects.filter(pk=person.pk).update(ethnic_group="")
    measure(at=now())
    assert QualityIssue.objects.open().filter(object_id=person.pk).exists()
    Citizen.objects.filter(pk=person.pk).update(merged_into=other)
    measure(at=now())
    assert not QualityIssue.objects.open().filter(object_id=person.pk).exists()


def test_a_day_without_change_needs_no_row(village: None) -> None:
    measure(at=now())
    rows = QualityScore.objects.count()
    measure(at=now() + timedelta(days=1))
    later = timezone.localdate() + timedelta(days=1)
    changed = QualityScore.objects.filter(day=later).count()
    assert changed < rows
    assert QualityScore.objects.standing("below", later).count() >= 2


def test_a_protected_visit_counts_and_its_issue_carries_the_class(village: None) -> None:
    visit = Visit.objects.filter(status="finished").order_by("pk").first()
    assert visit is not None
    Visit.objects.filter(pk=visit.pk).update(outcome="", sensitivity="hiv")
    measure(at=now())
    issues = QualityIssue.objects.open().filter(object_id=visit.pk)
    assert set(issues.values_list("sensitivity", flat=True)) == {"hiv"}
    assert not issues.open_to(sees_sensitive=False).exists()


def test_an_ended_number_is_not_judged(village: None) -> None:
    person = next(citizens())
    row = CitizenIdentifier.objects.get(citizen=person, kind="personal", ended_on=None)
    CitizenIdentifier.objects.filter(pk=row.pk).update(value="000000000000")
    measure(at=now())
    assert ("D01", person.pk, "personal_number") in open_issues()
    CitizenIdentifier.objects.filter(pk=row.pk).update(
        ended_on=timezone.localdate(), ending="corrected"
    )
    measure(at=now())
    assert ("D01", person.pk, "personal_number") not in open_issues()
