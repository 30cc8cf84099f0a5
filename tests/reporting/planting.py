"""Defects put into a generated province, one for each way of a rule, and who then must be found.

A plant changes one record by SQL, the way no form of the house would let it, and says which rule must
find which field of it. What the generator itself left wanting is measured before and taken away.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone

from healthrecords.models import Citizen, CitizenIdentifier, Diagnosis, TwinCase, Visit, VitalSigns
from portal.places.models import Area

Found = tuple[str, UUID, str]  # rule, record, field


@dataclass(frozen=True, slots=True)
class Plant:
    """One way to spoil a record."""

    rule: str
    field: str
    spoil: Callable[[Any], UUID | None]


PLANTS: list[Plant] = []


def plant(rule: str, field: str) -> Callable[[Callable[[Any], Any]], Callable[[Any], Any]]:
    def decorate(spoil: Callable[[Any], Any]) -> Callable[[Any], Any]:
        PLANTS.append(Plant(rule, field, spoil))
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
    ended, _new = Area.objects.get_or_create(
        kind="commune",
        code="99991",
        defaults={
            "name": "Xã Đã Hết",
            "unit": "xã",
            "parent": citizen.area.parent,
            "valid_from": date(2025, 7, 1),
            "valid_until": date(2026, 1, 1),
        },
    )
    return _set(citizen, area=ended)


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


def sow(citizens_for: int, visits_for: int) -> set[Found]:
    """Spoil a record of its own for each plant, several times; return who must be found."""
    people, visits = citizens(), finished()
    wanted: set[Found] = set()
    spoilt_people: set[UUID] = set()
    for one in PLANTS:
        of_visits = one.rule in {"D05", "D06", "F06", "C06", "L01"}
        left = visits_for if of_visits else citizens_for
        for record in visits if of_visits else people:
            if of_visits and record.citizen_id in spoilt_people:
                continue
            key = one.spoil(record)
            if key is None:
                continue
            spoilt_people.add(record.citizen_id if of_visits else record.pk)
            wanted.add((one.rule, key, one.field))
            left -= 1
            if not left:
                break
        assert not left, f"{one.rule} {one.field}: no record left to spoil"
    return wanted
