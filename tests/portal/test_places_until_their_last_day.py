"""A place, and its code, are there until their last day has passed."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from healthrecords.services.coverage import code_of
from portal.places import services as places
from portal.places.lookup import find_organisations, place_named
from portal.places.models import Organisation, OrganisationIdentifier

CODE = "11001"


def is_open(place: Organisation) -> bool:
    return Organisation.objects.current().filter(pk=place.pk).exists()


def test_a_place_that_closes_next_month_is_open_and_found_by_its_code_until_then(
    hospital: Organisation,
) -> None:
    today = timezone.localdate()
    places.close_organisation(organisation=hospital, on=today + timedelta(days=30))
    everywhere = Organisation.objects.current()
    assert is_open(hospital)
    assert place_named(everywhere, CODE) == hospital
    assert find_organisations(CODE, everywhere) == [hospital]
    assert code_of(hospital) == CODE
    places.close_organisation(organisation=hospital, on=today)
    assert is_open(hospital)
    Organisation.objects.filter(pk=hospital.pk).update(valid_until=today - timedelta(days=1))
    OrganisationIdentifier.objects.filter(value=CODE).update(valid_until=today - timedelta(days=1))
    everywhere = Organisation.objects.all()
    assert not is_open(hospital)
    assert place_named(everywhere, CODE) is None
    assert code_of(hospital) == ""


def test_what_stands_under_a_body_closes_with_it_or_before(
    department: Organisation, station: Organisation, hospital: Organisation
) -> None:
    last = timezone.localdate() + timedelta(days=60)
    places.close_organisation(organisation=station, on=last)
    places.close_organisation(organisation=hospital, on=last + timedelta(days=1))
    with pytest.raises(ValidationError) as refused:
        places.close_organisation(organisation=department, on=last)
    assert refused.value.code == "organisation_not_empty"
    department.refresh_from_db()
    assert department.valid_until is None
    places.close_organisation(organisation=department, on=last + timedelta(days=1))


def test_a_code_handed_on_is_the_heirs_from_its_first_day_and_the_old_places_until_its_last(
    department: Organisation, station: Organisation, hospital: Organisation
) -> None:
    today = timezone.localdate()
    for heir, old in ((station, hospital), (hospital, station)):
        OrganisationIdentifier.objects.all().delete()
        codes = {"scheme": "insurance", "value": CODE}
        OrganisationIdentifier.objects.create(
            organisation=old, valid_from=today - timedelta(days=9), valid_until=today, **codes
        )
        OrganisationIdentifier.objects.create(
            organisation=heir, valid_from=today + timedelta(days=1), **codes
        )
        everywhere = Organisation.objects.current()
        assert place_named(everywhere, CODE) == old
        assert find_organisations(CODE, everywhere) == [old]
        assert (code_of(old), code_of(heir)) == (CODE, "")
