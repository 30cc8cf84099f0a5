"""What a visit orders and a person has: problems, doses, procedures, medicines, appointments."""

from datetime import date

from healthrecords.models import (
    Appointment,
    Citizen,
    Immunization,
    Medication,
    Problem,
    Procedure,
)
from portal.accounts.roles import Role
from portal.places.models import Organisation
from tests.walking.rows.healthrecords import AT, here_and_far, visit_of
from tests.walking.world import World


def _problem(world: World, citizen: Citizen, place: Organisation) -> Problem:
    return Problem.objects.create(
        citizen=citizen,
        facility=place,
        code="I10",
        title=f"Tăng huyết áp của {citizen.name}",
        recorded_at=AT,
        recorded_by=world.users[Role.STATION_CLERK],
    )


def _immunization(world: World, citizen: Citizen, place: Organisation) -> Immunization:
    return Immunization.objects.create(
        citizen=citizen,
        facility=place,
        vaccine=f"Vắc xin của {citizen.name}",
        recorded_at=AT,
        recorded_by=world.users[Role.STATION_CLERK],
    )


def _procedure(world: World, citizen: Citizen, place: Organisation) -> Procedure:
    return Procedure.objects.create(
        citizen=citizen,
        facility=place,
        visit=visit_of(world, citizen, place),
        title=f"Khâu vết thương của {citizen.name}",
        performed_at=AT,
        recorded_at=AT,
        recorded_by=world.users[Role.STATION_CLERK],
    )


def _medication(world: World, citizen: Citizen, place: Organisation) -> Medication:
    return Medication.objects.create(
        visit=visit_of(world, citizen, place),
        citizen=citizen,
        facility=place,
        name=f"Thuốc của {citizen.name}",
    )


def _appointment(world: World, citizen: Citizen, place: Organisation) -> Appointment:
    return Appointment.objects.create(
        visit=visit_of(world, citizen, place),
        citizen=citizen,
        facility=place,
        on=date(2026, 12, 3),
        reason=f"Tái khám {citizen.name}",
        made_at=AT,
    )


here_and_far("healthrecords.problem", _problem)
here_and_far("healthrecords.immunization", _immunization)
here_and_far("healthrecords.procedure", _procedure)
here_and_far("healthrecords.medication", _medication)
here_and_far("healthrecords.appointment", _appointment)
