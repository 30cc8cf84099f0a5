"""A licence adjusted by hand for a day to come: the register follows it on that day, not before."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from facilities.models import BedCount, Facility, OperatingLicense
from facilities.services import (
    Decision,
    Printed,
    adjust_operating_license,
    count_beds,
    follow_licenses,
    following,
    issue_operating_license,
    rename_facility,
    revoke_operating_license,
)
from portal.accounts.models import User
from portal.places.models import Organisation
from tests.conftest import SINCE

FORMER, NEW = "Bệnh viện Đa khoa tỉnh Điện Biên", "Bệnh viện Đa khoa Mường Thanh"
DAY = timedelta(days=1)
pytestmark = pytest.mark.usefixtures("shipped_lists")
Enter = Callable[..., date]


@pytest.fixture
def license(facility: Facility) -> OperatingLicense:
    return issue_operating_license(
        actor=None,
        facility=facility.organisation,
        number="181/ĐB-GPHĐ",
        printed=Printed(name=FORMER, beds=120),
        valid_from=SINCE,
        decision=Decision("7/QĐ-SYT", SINCE),
    )


@pytest.fixture
def facility(hospital: Organisation) -> Facility:
    facility = Facility.objects.create(organisation=hospital, form="BVDK")
    count_beds(facility=hospital, kind="registered", count=120, valid_from=SINCE)
    return facility


@pytest.fixture
def enter(facility: Facility, license: OperatingLicense, licensing_officer: User) -> Enter:
    """Adjust the licence on its page, from some days ahead; return from which."""
    client = Client()
    client.force_login(licensing_officer)
    url = reverse("admin:facilities_facility_licence_adjust", args=[facility.pk])

    def adjust(ahead: int, **said: Any) -> date:
        on = timezone.localdate() + ahead * DAY
        typed = {"valid_from": f"{on:%d/%m/%Y}", "decision_no": "9/QĐ-SYT"}
        typed |= {"name": FORMER, "beds": "120"} | said
        assert client.post(url, typed).status_code == 302
        return on

    return adjust


def known(facility: Facility) -> tuple[str, int]:
    """Return name and registered beds as the register has them now."""
    place = Organisation.objects.get(pk=facility.organisation_id)
    row = place.bedcount_rows.get(kind=BedCount.Kind.REGISTERED, valid_until=None)
    return place.name, row.count


def test_name_and_beds_of_an_adjustment_for_a_day_to_come_are_taken_on_that_day(
    facility: Facility, enter: Enter
) -> None:
    on = enter(2, name=NEW, beds="150")
    assert known(facility) == (FORMER, 120)
    assert follow_licenses(today=on - DAY) == 0
    assert known(facility) == (FORMER, 120)
    assert follow_licenses(today=on) == 1
    assert known(facility) == (NEW, 150)
    beds = facility.organisation.bedcount_rows.get(kind="registered", valid_until=None)
    assert (beds.valid_from, beds.decision_no) == (on, "9/QĐ-SYT")
    names = facility.names.filter(kind="official").order_by("valid_from")
    assert [(row.name, row.valid_until) for row in names] == [(FORMER, on - DAY), (NEW, None)]


def test_a_night_that_was_missed_is_caught_up_with_and_the_day_stays_that_of_the_paper(
    facility: Facility, enter: Enter
) -> None:
    on = enter(2, beds="150")
    assert follow_licenses(today=on + 5 * DAY) == 1
    beds = facility.organisation.bedcount_rows.get(kind="registered", valid_until=None)
    assert (beds.count, beds.valid_from) == (150, on)


def test_two_adjustments_to_come_are_followed_each_on_its_day(
    facility: Facility, enter: Enter
) -> None:
    first = enter(2, name=NEW)
    second = enter(4, name=NEW, beds="90")
    assert follow_licenses(today=first) == 1
    assert known(facility) == (NEW, 120)
    assert follow_licenses(today=second) == 1
    assert known(facility) == (NEW, 90)


def test_what_is_corrected_after_the_day_is_not_undone_the_next_night(
    facility: Facility, enter: Enter
) -> None:
    on = enter(2, name=NEW)
    follow_licenses(today=on)
    rename_facility(facility=facility, name="Bệnh viện Mường Thanh", on=on)
    assert follow_licenses(today=on + DAY) == 0
    assert known(facility)[0] == "Bệnh viện Mường Thanh"


def test_an_adjustment_of_today_is_followed_at_once_and_once(
    facility: Facility, enter: Enter
) -> None:
    on = enter(0, name=NEW)
    assert known(facility)[0] == NEW
    assert follow_licenses(today=on) == 0


def test_a_licence_revoked_before_the_day_changes_nothing_any_more(
    facility: Facility, license: OperatingLicense, enter: Enter
) -> None:
    on = enter(2, name=NEW, beds="150")
    revoke_operating_license(
        actor=None,
        license=license,
        valid_from=on - DAY,
        decision=Decision("11/QĐ-SYT"),
        ground="Ngừng hoạt động",
    )
    assert follow_licenses(today=on) == 0
    assert known(facility) == (FORMER, 120)


def test_one_that_is_refused_holds_up_no_other_and_is_tried_again(
    facility: Facility, enter: Enter, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = enter(2, name=NEW), enter(3, name=NEW, beds="90")

    def refuse(**_said: Any) -> Facility:
        raise ValidationError("…")

    with monkeypatch.context() as patch:
        patch.setattr(following, "rename_facility", refuse)
        assert follow_licenses(today=second) == 1
    assert known(facility) == (FORMER, 90)
    assert follow_licenses(today=second) == 1
    assert known(facility) == (NEW, 90)
    assert facility.names.get(valid_until=None, kind="official").valid_from == first


def test_who_adjusts_without_the_page_says_itself_what_follows(
    facility: Facility, license: OperatingLicense
) -> None:
    """A dossier is signed on the day it holds, and lets the register follow itself."""
    on = timezone.localdate()
    adjust_operating_license(
        actor=None, license=license, changes={"beds": 150}, valid_from=on, decision=Decision("9")
    )
    assert follow_licenses(today=on) == 0
    assert known(facility) == (FORMER, 120)


def test_a_new_licence_before_the_day_replaces_the_awaited_version_too(
    facility: Facility, license: OperatingLicense, enter: Enter
) -> None:
    on, today = enter(2, name=NEW, beds="150"), timezone.localdate()
    issue_operating_license(
        actor=None,
        facility=facility.organisation,
        number="222/ĐB-GPHĐ",
        printed=Printed(name=FORMER, beds=130),
        valid_from=today,
        decision=Decision("12/QĐ-SYT"),
    )
    license.refresh_from_db()
    assert license.superseded_on == today
    assert license.versions.get(number=1).valid_until == today - DAY
    assert follow_licenses(today=on) == 0
    assert known(facility) == (FORMER, 120)
