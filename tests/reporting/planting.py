"""Defects put into a generated province, one for each way of a rule, and who then must be found.

A plant changes one record by SQL, the way no form of the house would let it, and says which rule must
find which field of it. What the generator itself left wanting is measured before and taken away.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count
from typing import Any
from uuid import UUID

from django.contrib.auth import get_user_model
from django.db.models import Q
from django.utils import timezone

from facilities.models import Facility
from healthrecords.models import (
    Citizen,
    CitizenIdentifier,
    Diagnosis,
    IdentityCheck,
    Inquiry,
    Naming,
    TwinCase,
    Visit,
    VitalSigns,
)
from portal.intake.models import Batch, StoredFile
from portal.places import services as places
from portal.places.models import Area, Organisation, OrganisationIdentifier
from portal.verification.models import Inquiry as Asking
from practitioners.models import (
    PracticeLicense,
    Practitioner,
    PractitionerIdentifier,
    Qualification,
    Registration,
)
from reporting.models import ExpectedReport
from tests.reporting.growing import GROWN, grow_facility, grow_practitioner

Found = tuple[str, UUID, str]  # rule, record, field


@dataclass(frozen=True, slots=True)
class Plant:
    """One way to spoil a record of a kind."""

    rule: str
    field: str
    spoil: Callable[[Any], UUID | None]
    kind: str


PLANTS: list[Plant] = []


def plant(rule: str, field: str) -> Callable[[Callable[[Any], Any]], Callable[[Any], Any]]:
    def decorate(spoil: Callable[[Any], Any]) -> Callable[[Any], Any]:
        [kind] = [said for name, said in spoil.__annotations__.items() if name != "return"]
        PLANTS.append(Plant(rule, field, spoil, kind.__name__))
        return spoil

    return decorate


def citizens() -> Iterator[Citizen]:
    """Yield citizens with a number, one after the other."""
    rows = Citizen.objects.filter(identifiers__kind="personal", identifiers__ended_on=None)
    yield from rows.exclude(sex="unknown").distinct().order_by("pk")


def finished() -> Iterator[Visit]:
    yield from Visit.objects.filter(status="finished", diagnosis_rows__rank="main").order_by("-pk")


def _set(citizen: Citizen, **values: Any) -> UUID:
    Citizen.objects.filter(pk=citizen.pk).update(**values)
    return citizen.pk


def _number(citizen: Citizen, change: Callable[[str], str]) -> UUID:
    row = CitizenIdentifier.objects.get(citizen=citizen, kind="personal", ended_on=None)
    CitizenIdentifier.objects.filter(pk=row.pk).update(value=change(row.value))
    return citizen.pk


def _flip(figure: str) -> str:
    return str((int(figure) + 1) % 10)


@plant("D01", "personal_number")
def number_of_the_other_sex(citizen: Citizen) -> UUID:
    figure = int
    return _number(citizen, lambda n: n[:3] + str(figure(n[3]) ^ 1) + n[4:])


@plant("D01", "personal_number")
def number_of_another_year(citizen: Citizen) -> UUID:
    return _number(citizen, lambda n: n[:5] + _flip(n[5]) + n[6:])


@plant("D01", "personal_number")
def number_too_short(citizen: Citizen) -> UUID:
    return _number(citizen, lambda n: n[:11])


@plant("D02", "personal_number")
def number_not_verified(citizen: Citizen) -> UUID:
    CitizenIdentifier.objects.filter(citizen=citizen, kind="personal").update(is_verified=False)
    return citizen.pk


@plant("D09", "area")
def commune_that_ended(citizen: Citizen) -> UUID:
    assert citizen.area is not None
    return _set(citizen, area=ended_commune(citizen.area))


def ended_commune(near: Area) -> Area:
    ended, _new = Area.objects.get_or_create(
        kind="commune",
        code="99991",
        defaults={
            "name": "Xã Đã Hết",
            "unit": "xã",
            "parent": near.parent,
            "valid_from": date(2025, 7, 1),
            "valid_until": date(2026, 1, 1),
        },
    )
    return ended


@plant("F01", "ethnic_group")
def no_ethnic_group(citizen: Citizen) -> UUID:
    return _set(citizen, ethnic_group="")


@plant("F01", "area")
def no_commune(citizen: Citizen) -> UUID:
    return _set(citizen, area=None)


@plant("C03", "name")
def name_with_two_spaces(citizen: Citizen) -> UUID:
    return _set(citizen, name=citizen.name.replace(" ", "  ", 1))


@plant("C03", "name")
def name_taken_apart(citizen: Citizen) -> UUID:
    return _set(citizen, name="Nguye\u0302\u0303n Va\u0306n An")


@plant("C03", "name")
def name_that_stands_for_nothing(citizen: Citizen) -> UUID:
    return _set(citizen, name="Không rõ")


@plant("C03", "address")
def address_of_dots(citizen: Citizen) -> UUID:
    return _set(citizen, address="....")


@plant("C04", "ethnic_group")
def ethnic_group_of_no_list(citizen: Citizen) -> UUID:
    return _set(citizen, ethnic_group="99")


@plant("C04", "nationality")
def nationality_of_no_list(citizen: Citizen) -> UUID:
    return _set(citizen, nationality="QQ")


@plant("C05", "phone")
def phone_too_short(citizen: Citizen) -> UUID:
    return _set(citizen, phone="09123")


@plant("C05", "death")
def died_tomorrow(citizen: Citizen) -> UUID:
    return _set(citizen, died_on=timezone.localdate() + timedelta(days=1), death_source="family")


@plant("D05", "diagnosis")
def code_of_no_list(visit: Visit) -> UUID:
    Diagnosis.objects.filter(visit=visit, rank="main").update(code="A99.9")
    return visit.pk


@plant("D05", "sex")
def pregnant_man(visit: Visit) -> UUID | None:
    if visit.citizen.sex != "male":
        return None
    Diagnosis.objects.filter(visit=visit, rank="main").update(code="O80.9")
    return visit.pk


@plant("D06", "pulse")
def pulse_of_a_bird(visit: Visit) -> UUID | None:
    if VitalSigns.objects.filter(visit=visit, pulse__isnull=False).update(pulse=900):
        return visit.pk
    return None


@plant("F06", "outcome")
def no_outcome(visit: Visit) -> UUID:
    Visit.objects.filter(pk=visit.pk).update(outcome="")
    return visit.pk


@plant("F06", "diagnosis")
def no_diagnosis(visit: Visit) -> UUID:
    Diagnosis.objects.filter(visit=visit, rank="main").delete()
    return visit.pk


@plant("C06", "facility")
def visit_before_the_facility(visit: Visit) -> UUID:
    long_ago = visit.started_at.replace(year=2020, day=1)
    Visit.objects.filter(pk=visit.pk).update(started_at=long_ago, ended_at=long_ago)
    return visit.pk


@plant("L01", "entered")
def written_two_days_late(visit: Visit) -> UUID:
    Visit.objects.filter(pk=visit.pk).update(
        entered_at=(visit.ended_at or visit.started_at) + timedelta(hours=48)
    )
    return visit.pk


def twins_of(first: Citizen, second: Citizen, ground: str, **values: Any) -> TwinCase:
    return TwinCase.objects.create(
        older=first, newer=second, ground=ground, found_at=timezone.now(), **values
    )


@plant("F08", "allergy")
def allergies_never_asked(citizen: Citizen) -> UUID:
    Inquiry.objects.filter(citizen=citizen, topic="allergy").delete()
    return citizen.pk


@plant("C01", "personal_number")
def number_of_two_people(citizen: Citizen) -> UUID:
    twins_of(citizen, stranger(), "number", number="012345678901")
    return citizen.pk


@plant("C01", "name")
def surely_the_same_person(citizen: Citizen) -> UUID:
    twins_of(citizen, stranger(), "likeness", likelihood=95)
    return citizen.pk


@plant("C07", "answer")
def pair_that_waits_for_weeks(citizen: Citizen) -> UUID:
    pair = twins_of(citizen, stranger(), "likeness", likelihood=40)
    TwinCase.objects.filter(pk=pair.pk).update(found_at=timezone.now() - timedelta(days=12))
    return pair.pk


@plant("D02", "name")
def differs_from_the_population_database(citizen: Citizen) -> UUID:
    _checked(citizen, timezone.now())
    return citizen.pk


@plant("L07", "difference")
def difference_that_waits_for_weeks(citizen: Citizen) -> UUID:
    _checked(citizen, timezone.now() - timedelta(days=21))
    return citizen.pk


def _checked(citizen: Citizen, answered_at: Any) -> None:
    asked = Asking.objects.create(
        purpose="citizen", subject_id=citizen.pk, personal_number="011190000001",
        name=citizen.name, birth="1990", asked_at=answered_at, answered_at=answered_at,
        state="answered", result="mismatch",
    )  # fmt: skip
    IdentityCheck.objects.create(citizen=citizen, inquiry=asked, open_count=1)


@plant("L05", "visit")
def nothing_happened_for_two_years(citizen: Citizen) -> UUID:
    """Write a record of two years ago: its key tells when it was made."""
    then = int((timezone.now() - timedelta(days=730)).timestamp() * 1000)
    old = UUID(int=then << 80 | 0x7 << 76 | 0x2 << 62 | next(_grains))
    return stranger(pk=old, home_station=citizen.home_station).pk


_grains = count(1)


def stranger(**values: Any) -> Citizen:
    """Write a person of whom nobody asked anything; what else is wrong with them is expected."""
    n = next(_grains)
    made = {"name": f"Người Lạ {n}", "birth_date": date(1980, 1, 1), "sex": "male", **values}
    return Citizen.objects.create(**made)


@plant("U05", "practitioner")
def named_by_a_number_nobody_has(visit: Visit) -> UUID:
    batch = a_batch(visit.facility)
    Visit.objects.filter(pk=visit.pk).update(
        batch_id=batch.pk, practitioner_numbers="000001/XX-CCHN; 000002/XX-CCHN"
    )
    Naming.objects.create(
        batch=batch, register="practitioner", number="000002/XX-CCHN", record_count=1
    )
    return visit.pk


def a_batch(place: Organisation) -> Batch:
    stored, _is_new = StoredFile.objects.get_or_create(
        sha256="0" * 64,
        defaults={
            "size": 1,
            "path": "gieo",
            "name": "gieo.csv",
            "received_at": timezone.now(),
            "received_by": asker(),
        },
    )
    return Batch.objects.create(
        kind="visits", file=stored, file_name="gieo.csv", organisation=place,
        sent_by=asker(), received_at=timezone.now(),
    )  # fmt: skip


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
    return _change(person, name="Chưa rõ")


@plant("C04", "ethnic_group")
def practitioner_of_no_ethnic_group(person: Practitioner) -> UUID:
    return _change(person, ethnic_group="99")


@plant("C05", "phone")
def practitioner_with_half_a_phone(person: Practitioner) -> UUID:
    return _change(person, phone="0912")


@plant("D09", "area")
def practitioner_of_a_commune_that_ended(person: Practitioner) -> UUID:
    assert person.area is not None
    return _change(person, area=ended_commune(person.area))


@plant("D03", "license")
def licence_never_compared(person: Practitioner) -> UUID:
    return _change(person, verified_at=None)


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


def _change(record: Any, **values: Any) -> UUID:
    type(record).objects.filter(pk=record.pk).update(**values)
    found: UUID = record.pk
    return found


@plant("D04", "code")
def facility_without_its_code(facility: Facility) -> UUID:
    OrganisationIdentifier.objects.filter(organisation=facility.organisation).delete()
    return facility.pk


@plant("F02", "level")
def facility_without_a_level(facility: Facility) -> UUID:
    return _change(facility, level="")


@plant("C02", "name")
def facility_twice_in_a_commune(facility: Facility) -> UUID:
    place = facility.organisation
    other = places.create_organisation(
        name=place.name.upper(), kind="clinic", parent=place.parent, area=place.area,
        valid_from=place.valid_from,
    )  # fmt: skip
    Facility.objects.create(organisation=other)
    return facility.pk


@plant("C05", "phone")
def facility_with_half_a_phone(facility: Facility) -> UUID:
    return _change(facility, phone="0215 38")


@plant("D09", "area")
def facility_in_a_commune_that_ended(facility: Facility) -> UUID:
    place = facility.organisation
    assert place.area is not None
    Organisation.objects.filter(pk=place.pk).update(area=ended_commune(place.area))
    return facility.pk


# Rules whose defects are no single change of a generated record: who holds their proof.
ELSEWHERE = {
    "L03": "what was not touched for six months has no younger history: test_measuring_quality",
    **dict.fromkeys(
        ("D07", "F04", "F05", "L02", "U01", "U02", "U03", "U04", "U06"), "test_quality_of_reports"
    ),
}


def asker() -> Any:
    user, _is_new = get_user_model().objects.get_or_create(
        username="nguoi.hoi", defaults={"full_name": "Người Hỏi", "is_active": False}
    )
    return user


class Field:
    """A province to spoil: the generated people and visits, and what was grown beside them."""

    def __init__(self, each: int) -> None:
        """Ask everybody everything, and grow practitioners and facilities: nothing wrong as yet."""
        self.each, self.spoilt = each, set[UUID]()
        station = Organisation.objects.filter(kind="station").order_by("path").first()
        assert station is not None
        asked = [
            Inquiry(
                citizen=citizen, facility=station, topic=topic, answer="none",
                asked_at=timezone.now(), asked_by=asker(),
            )
            for citizen in Citizen.objects.order_by("pk")[: 100 * each]
            for topic in ("allergy", "problem", "immunization")
        ]  # fmt: skip
        Inquiry.objects.bulk_create(asked, batch_size=5_000)
        wanted = {kind: sum(p.kind == kind for p in PLANTS) for kind in KINDS}
        self.rows: dict[str, Iterator[Any]] = {
            "Citizen": citizens(),
            "Visit": finished(),
            "Practitioner": iter(
                [grow_practitioner(station) for _n in range(each * wanted["Practitioner"])]
            ),
            "Facility": iter([grow_facility(station) for _n in range(each * wanted["Facility"])]),
        }

    def sow(self) -> set[Found]:
        """Spoil a record of its own for each plant, several times; return who must be found."""
        return {found for one in PLANTS for found in self._sown(one)}

    def _sown(self, one: Plant) -> set[Found]:
        wanted: set[Found] = set()
        for record in self.rows[one.kind]:
            person = record.citizen_id if one.kind == "Visit" else record.pk
            if person in self.spoilt:
                continue
            key = one.spoil(record)
            if key is None:
                continue
            self.spoilt |= {person, key}
            wanted.add((one.rule, key, one.field))
            if len(wanted) == self.each:
                return wanted
        message = f"{one.rule} {one.field}: no record left to spoil"
        raise AssertionError(message)


KINDS = ("Citizen", "Visit", "Practitioner", "Facility")


def others_found(found: set[Found], wanted: set[Found]) -> set[Found]:
    """Return what was found of records that nobody spoilt.

    What is wrong with a person is wrong with their visits, pairs and twins too; the doubles that a
    plant wrote lack what a plant leaves out, reports they owe among it.
    """
    spoilt = {key for _rule, key, _field in wanted}
    people = spoilt | set(Visit.objects.filter(pk__in=spoilt).values_list("citizen", flat=True))
    pairs = TwinCase.objects.filter(Q(older__in=people) | Q(newer__in=people) | Q(pk__in=spoilt))
    people |= {key for pair in pairs for key in (pair.pk, pair.older_id, pair.newer_id)}
    theirs = people | set(Visit.objects.filter(citizen__in=people).values_list("pk", flat=True))
    theirs |= set(Practitioner.objects.filter(name="Người Khác").values_list("pk", flat=True))
    doubles = Facility.objects.filter(organisation__name__startswith=GROWN.upper())
    theirs |= set(doubles.values_list("pk", flat=True))
    owed = ExpectedReport.objects.filter(organisation__facility__in=doubles)
    theirs |= set(owed.values_list("pk", flat=True))
    return {one for one in found - wanted if one[1] not in theirs}
