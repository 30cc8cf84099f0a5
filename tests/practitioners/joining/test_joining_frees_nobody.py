"""Joining two rows lets nobody practise who may not, and what rests is counted nowhere."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from portal.accounts.models import User
from portal.places.models import Organisation
from portal.scope import EVERYWHERE
from practitioners import services
from practitioners.defects import licenses_of_registered
from practitioners.departures import preview_departure
from practitioners.models import (
    BanProposal,
    DiscrepancyCase,
    PracticalTraining,
    PracticeLicense,
    Practitioner,
    Registration,
    WorkingSlot,
)
from practitioners.practising import may_practise
from practitioners.provenances import Sources
from practitioners.public.trainees import trainees_at
from practitioners.services.contradictions import contradictions
from tests.practitioners.joining.conftest import Pair
from tests.practitioners.joining.rows import LATER, ask, changes, everything, join
from tests.practitioners.law import AT, day, decided, give_license, register, week, when

Officials = tuple[User, User]
MORNING = "12/11/2026 09:00"  # a Thursday, after the joining


def suspend(license: PracticeLicense, last: str = "31/03/2027") -> None:
    services.suspend_license(
        actor=None,
        license=license,
        decision=decided("01/10/2026"),
        measure=services.Measure("ethics", "Sai sót chuyên môn", day(last)),
        at=AT,
    )


@pytest.mark.parametrize(("suspended", "choice"), [(0, "joined"), (1, "survivor")])
def test_a_suspended_licence_gives_way_to_none_that_holds(
    plain: Pair,
    about: DiscrepancyCase,
    hospital: Organisation,
    officials: Officials,
    suspended: int,
    choice: str,
) -> None:
    licenses = give_license(plain[0], "001287/ĐB-GPHN"), give_license(plain[1], "001288/SL-GPHN")
    register(plain[0], hospital)
    suspend(licenses[suspended])
    before = everything()
    (found,) = contradictions(plain[0].pk, plain[1].pk, LATER.date())
    with pytest.raises(ValidationError) as refused:
        ask(about, plain[0], officials[0], choices={found.key: choice})
    assert [error.code for error in refused.value.error_list] == ["choice_missing"]
    assert changes(before, everything()) == {}
    other = "survivor" if choice == "joined" else "joined"
    join(about, plain[0], officials, choices={found.key: other})
    answer = may_practise(practitioner=plain[0], facility=hospital, moments=[when(MORNING)])
    assert answer.reasons == ("license_suspended",)


def test_a_value_keeps_its_source_where_the_other_row_was_told_another_one_later(
    plain: Pair, about: DiscrepancyCase, officials: Officials
) -> None:
    told = (("0912000001", AT), ("0912000002", AT + timedelta(days=3)))
    for person, (phone, at) in zip(plain, told, strict=True):
        Practitioner.objects.filter(pk=person.pk).update(phone=phone)
        person.sources.create(field="phone", value=phone, source="paper", said_at=at)
    join(about, plain[0], officials, at=AT + timedelta(days=4))
    plain[0].refresh_from_db()
    on = day("12/11/2026")
    source = Sources(plain[0].sources.all(), on, {}, []).of("phone", plain[0].phone)
    assert source is not None
    assert (plain[0].phone, source.on) == ("0912000001", AT.date())


@pytest.fixture
def rests(
    plain: Pair, about: DiscrepancyCase, hospital: Organisation, officials: Officials
) -> Registration:
    """Both rows are registered in one post; that of the replaced one rests."""
    give_license(plain[0], "001287/ĐB-GPHN")
    register(plain[0], hospital, "T2 07:30-11:30", position="2")
    row = register(plain[1], hospital, "T3 07:30-11:30", position="2")
    (found,) = contradictions(plain[0].pk, plain[1].pk, LATER.date())
    join(about, plain[0], officials, choices={found.key: "rest"})
    row.refresh_from_db()
    assert row.practitioner == plain[1]
    return row


def test_who_was_replaced_is_nobody_who_is_registered_without_a_licence(
    rests: Registration,
) -> None:
    assert list(licenses_of_registered(LATER.date())) == []


def test_who_was_replaced_stands_in_for_nobody_who_leaves(rests: Registration, plain: Pair) -> None:
    give_license(plain[1], "001288/SL-GPHN", issued="11/03/2024")
    own = plain[0].registrations.get()
    services.set_hours(
        actor=None, registration=own, spans=week("T3 07:30-11:30"), from_day=day("01/12/2026")
    )
    preview = preview_departure(own, day("31/12/2026"))
    assert preview.empty_hours == "T3 07:30–11:30"
    assert list(preview.titles) == ["Bác sỹ"]


def test_what_rests_is_in_no_list_of_who_sees_everything(rests: Registration) -> None:
    assert rests not in Registration.objects.within(EVERYWHERE)
    assert not WorkingSlot.objects.within(EVERYWHERE).filter(registration=rests).exists()


def test_hours_that_rest_cover_no_hour_of_the_facility(
    rests: Registration, hospital: Organisation, manager: Client
) -> None:
    answer = manager.get(reverse("practitioners:roster", args=[hospital.pk]))
    assert {2 + (cell.y - 18) // 24 for cell in answer.context["cells"]} == {2}


def test_a_training_that_rests_is_in_no_public_list_and_no_hours_come_to_a_replaced_row(
    rests: Registration, plain: Pair, hospital: Organisation, licensing_officer: User
) -> None:
    contract = services.Contract("doctor", day("01/10/2026"))
    services.begin_practical_training(
        actor=None, practitioner=plain[0], facility=hospital, contract=contract, at=LATER
    )
    PracticalTraining.objects.update(practitioner=plain[1])
    assert list(trainees_at(hospital.pk, LATER.date(), {})) == []
    with pytest.raises(ValidationError) as refused:
        services.record_training(
            practitioner=plain[1],
            entry=services.TrainingEntry("Hội thảo", day("01/10/2026"), "conference"),
            actor=licensing_officer,
            at=LATER,
        )
    assert refused.value.code == "replaced_meanwhile"
    assert not plain[1].trainings.exists()


def test_nobody_is_barred_by_a_row_that_was_replaced(
    rests: Registration, plain: Pair, licensing_officer: User
) -> None:
    with pytest.raises(ValidationError) as refused:
        services.propose_ban(
            actor=licensing_officer,
            practitioner=plain[1],
            decision=decided("01/11/2026", "12/2026/HS-ST"),
            measure=services.Measure("barred"),
            at=LATER,
        )
    assert refused.value.code == "replaced_meanwhile"
    assert not BanProposal.objects.exists()
