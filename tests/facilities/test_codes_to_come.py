"""A code recorded ahead is known to who sends a list; one handed on is still that of who has it today."""

from datetime import timedelta

from django.utils import timezone

from facilities.imports.facilities import facilities_by_code
from facilities.models import Facility
from portal.places.models import Organisation, OrganisationIdentifier


def give(place: Organisation, value: str, first: int, last: int | None = None) -> None:
    today = timezone.localdate()
    OrganisationIdentifier.objects.create(
        organisation=place,
        scheme="insurance",
        value=value,
        valid_from=today + timedelta(days=first),
        valid_until=None if last is None else today + timedelta(days=last),
    )


def test_a_facility_is_known_by_a_code_that_begins_next_month(station: Organisation) -> None:
    facility = Facility.objects.create(organisation=station)
    give(station, "11077", first=30)
    assert facilities_by_code(["11077"]) == {"11077": facility}


def test_a_code_handed_on_is_still_that_of_the_facility_that_has_it_today(
    station: Organisation, other_station: Organisation
) -> None:
    for old, heir in ((station, other_station), (other_station, station)):
        Facility.objects.all().delete()
        OrganisationIdentifier.objects.all().delete()
        has_it = Facility.objects.create(organisation=old)
        Facility.objects.create(organisation=heir)
        give(old, "11077", first=-9, last=0)
        give(heir, "11077", first=1)
        assert facilities_by_code(["11077"]) == {"11077": has_it}
