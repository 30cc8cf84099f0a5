"""Facilities: the same organisations, as the department sees them."""

from collections.abc import Iterable

from django.db.models import Model

from facilities.models import Facility
from tests.walking.rows.ground import organisations
from tests.walking.world import World, names, planted, rows


@rows("facilities.facility")
def facilities(world: World, n: int) -> Iterable[Model]:
    keys = [row.pk for row in organisations(world, n)]
    return list(Facility.objects.filter(pk__in=keys))


@planted("facilities.facility")
def far_facilities(world: World) -> Iterable[Model]:
    return list(Facility.objects.filter(pk=world.far_station.pk))


names("facility_id", "facilities.facility")
