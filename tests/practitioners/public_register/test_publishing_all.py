"""Everybody published at once, and each on their own: the same register, whoever they are."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from portal.places.models import Organisation
from practitioners.models import (
    LicenseEvent,
    PracticeBan,
    Practitioner,
    RegisterChange,
    RegisterEntry,
    RegisterName,
    RegisterStale,
    Registration,
    Sanction,
    WorkingSlot,
)
from practitioners.province import Province, write_province
from practitioners.public import publishing
from practitioners.public.facts import facts_of
from practitioners.public.publishing import publish, publish_everybody, publish_waiting
from practitioners.public.wording import public_of
from tests.practitioners.public_register.conftest import AT, ON
from tests.practitioners.registered import give_license, make_registered

LATER = ON + timedelta(days=40)
DECIDED = {"decision_no": "9/QĐ-SYT", "decided_on": ON - timedelta(days=20)}


def act(person: Practitioner, kind: str, day: date, until: date | None = None) -> None:
    license = person.licenses.get(superseded_on=None)
    LicenseEvent.objects.create(
        license=license, kind=kind, valid_from=day, valid_until=until, **DECIDED
    )


def kinds_of_people(hospital: Organisation, station: Organisation) -> list[Practitioner]:
    """Make one of each kind that the public register tells apart."""
    made = iter(
        make_registered(f"Lò Thị {word}", hospital)
        for word in [
            "Một",
            "Hai",
            "Ba",
            "Bốn",
            "Năm",
            "Sáu",
            "Bảy",
            "Tám",
            "Chín",
            "Mười",
            "Mốt",
            "Tư",
            "Lăm",
        ]
    )
    suspended, revoked, back, barred, barred_later, fined, dead, replaced, pending = (
        next(made) for _n in range(9)
    )
    act(suspended, "suspended", ON - timedelta(days=9), LATER)
    act(revoked, "revoked", ON - timedelta(days=9))
    act(back, "suspended", ON - timedelta(days=9), LATER)
    act(back, "resumed", ON - timedelta(days=2))
    for person, day in ((barred, ON), (barred_later, LATER)):
        PracticeBan.objects.create(
            practitioner=person, ground_code="court", valid_from=day, **DECIDED
        )
    Sanction.objects.create(
        practitioner=fined,
        kind="fine",
        valid_from=ON,
        published_text="Hành nghề quá giờ đã đăng ký.",
        published_until=LATER,
        **DECIDED,
    )
    Practitioner.objects.filter(pk=dead.pk).update(died_on=ON - timedelta(days=1))
    replaced.licenses.update(superseded_on=ON)
    give_license(replaced, issued_on=ON, valid_until=None)
    Registration.objects.filter(practitioner=pending).update(announced_on=ON)
    leaver, mover, no_hours, unverified = (next(made) for _n in range(4))
    Registration.objects.filter(practitioner=leaver).update(valid_until=LATER)
    Registration.objects.create(practitioner=mover, facility=station, valid_from=LATER)
    WorkingSlot.objects.filter(practitioner=no_hours).update(valid_until=ON - timedelta(days=1))
    Practitioner.objects.filter(pk=unverified.pk).update(verified_at=None)
    nobody = make_registered("Lò Thị Không")
    nobody.licenses.get().versions.all().update(title="nurse")
    without = Practitioner.objects.create(
        name="Lò Thị Chưa", name_sort="lo", birth_date=ON, sex="female", verified_at=AT
    )
    return [suspended, revoked, back, barred, dead, replaced, unverified, without]


def published() -> dict[Any, tuple[Any, ...]]:
    fields = ("name", "title", "serial", "issuer_code", "kind", "facilities")
    rows = RegisterEntry.objects.values_list(
        "practitioner_id", *fields, "is_listed", "public", "digest", "turns_on"
    )
    return {row[0]: row[1:] for row in rows}


def told(but: Sequence[UUID] = ()) -> list[tuple[Any, ...]]:
    changes = RegisterChange.objects.exclude(pk__in=but)
    rows = changes.values_list("practitioner_id", "kind", "public")
    return sorted((str(person), kind, str(public)) for person, kind, public in rows)


@pytest.mark.parametrize("at_once", [7, 2_000])
def test_all_at_once_is_each_on_their_own(
    hospital: Organisation, station: Organisation, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    monkeypatch.setattr(publishing, "AT_ONCE", at_once)
    facilities = [hospital.pk, station.pk]
    write_province(Province(people=40, facilities=facilities, on=ON))
    some = kinds_of_people(hospital, station)
    everybody = list(Practitioner.objects.values_list("pk", flat=True))
    for person in everybody:
        publish([person], at=AT)
    one_by_one, names = published(), set(RegisterName.objects.values_list("name_norm", flat=True))
    first_told, first = told(), list(RegisterChange.objects.values_list("pk", flat=True))
    assert not RegisterStale.objects.exists()
    assert {row.pk for row in some} - one_by_one.keys() == {some[-2].pk, some[-1].pk}

    RegisterEntry.objects.all().delete()
    RegisterName.objects.all().delete()
    publish_everybody(at=AT)
    assert published() == one_by_one
    assert told(but=first) == first_told
    assert set(RegisterName.objects.values_list("name_norm", flat=True)) == names
    facts = facts_of(everybody, ON)
    assert {key: public_of(one) for key, one in facts.items()} == {
        key: row[7] for key, row in one_by_one.items()
    }
    assert publish_everybody(at=AT) == 0


def test_a_change_of_many_is_the_change_of_each(
    hospital: Organisation, station: Organisation
) -> None:
    write_province(Province(people=20, facilities=[hospital.pk, station.pk], on=ON))
    publish_waiting(at=AT)
    people = list(Practitioner.objects.order_by("id"))
    for person in people[:10]:
        person.name = f"{person.name} An"
        person.save()
    Practitioner.objects.filter(pk__in=[person.pk for person in people[10:15]]).update(
        verified_at=None
    )
    assert publish_waiting(at=AT + timedelta(hours=1)) == 15
    rows = {row.practitioner_id: row for row in RegisterEntry.objects.all()}
    assert [rows[person.pk].name for person in people[:10]] == [p.name for p in people[:10]]
    assert [rows[person.pk].is_listed for person in people[9:16]] == [True] + [False] * 5 + [True]
    last = RegisterChange.objects.filter(at__gte=AT + timedelta(minutes=30))
    assert sorted(last.values_list("kind", flat=True)) == ["changed"] * 10 + ["withdrawn"] * 5
