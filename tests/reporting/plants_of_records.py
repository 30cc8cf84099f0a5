"""Defects of people, their numbers and their visits, each written past every form."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from itertools import count
from typing import Any
from uuid import UUID

from django.utils import timezone

from facilities.models import Medicine, StockLot, StockMovement
from healthrecords.models import (
    Citizen,
    CitizenIdentifier,
    Diagnosis,
    IdentityCheck,
    Immunization,
    Inquiry,
    Naming,
    TwinCase,
    Visit,
    VitalSigns,
)
from portal.intake.models import Batch, StoredFile
from portal.places.models import Organisation
from portal.verification.models import Inquiry as Asking
from tests.reporting.plants import asker, ended_commune, plant

OF_RECORDS = ("Citizen", "Visit")


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


def a_dose(citizen: Citizen, **said: Any) -> Immunization:
    values = {
        "code": "bcg", "vaccine": "BCG", "given": f"{timezone.localdate():%Y-%m-%d}", "source": "seen",
        "facility": citizen.home_station, "recorded_at": timezone.now(), "recorded_by": asker(),
    } | said  # fmt: skip
    return Immunization.objects.create(citizen=citizen, **values)


@plant("D08", "vaccine")
def vaccine_of_no_list(citizen: Citizen) -> UUID:
    return a_dose(citizen, code="thuoc-tien", vaccine="Thuốc tiên").pk


@plant("D08", "given")
def dose_before_birth(citizen: Citizen) -> UUID:
    return a_dose(citizen, given=f"{citizen.birth_date.year - 1}").pk


@plant("D08", "lot")
def lot_that_never_came(citizen: Citizen) -> UUID:
    """Another lot came a week ago, so that the place has a stock to compare with."""
    assert citizen.home_station is not None
    stocked(citizen.home_station, f"LO{next(_grains)}", 10)
    return a_dose(citizen, lot="KHONGCO").pk


def stocked(place: Organisation, lot_number: str, quantity: int, days_ago: int = 7) -> StockLot:
    medicine, _is_new = Medicine.objects.get_or_create(
        code="VX-BCG", defaults={"kind": "vaccine", "name": "Vắc xin BCG", "unit": "lọ"}
    )
    lot, _is_new = StockLot.objects.get_or_create(
        facility=place, medicine=medicine, lot_number=lot_number
    )
    at = timezone.now() - timedelta(days=days_ago)
    StockMovement.objects.create(
        facility=place, lot=lot, kind="received" if quantity > 0 else "issued",
        quantity=Decimal(quantity), at=at, on=timezone.localdate(at),
    )  # fmt: skip
    return lot
