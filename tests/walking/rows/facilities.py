"""Facilities: what the department keeps about an organisation that gives care."""

from collections.abc import Iterable

from django.db.models import Model

from facilities.models import Facility
from tests.walking.rows.ground import organisations
from tests.walking.world import World, names, planted, rows


@rows("facilities.facility")
def facilities(world: World, n: int) -> Iterable[Model]:
    below = list(organisations(world, n + 1))[1:]
    return [Facility.objects.create(organisation=organisation) for organisation in below]


@planted("facilities.facility")
def far_facilities(world: World) -> Iterable[Model]:
    yield Facility.objects.create(organisation=world.far_station)


names("facility_id", "facilities.facility")
