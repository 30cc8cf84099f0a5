"""A licence entered by hand is followed by the register; what is known from a later day stays."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from facilities.models import BedCount, Facility, OperatingLicense, OperatingLicenseVersion
from facilities.services import (
    Decision,
    Printed,
    adjust_operating_license,
    count_beds,
    follow_license,
    follow_licenses,
    follow_version,
    following,
    issue_operating_license,
)
from portal.accounts.models import User
from portal.places.models import Organisation
from tests.conftest import SINCE

DAY = timedelta(days=1)
FORMER, NEW = "Bệnh viện Đa khoa tỉnh Điện Biên", "Phòng khám Đa khoa Mường Thanh"
HERE, THERE = "Tổ 3, phường Noong Bua", "Số 5, phường Mường Thanh"
pytestmark = pytest.mark.usefixtures("shipped_lists")
Enter = Callable[..., None]


@pytest.fixture
def facility(hospital: Organisation) -> Facility:
    return Facility.objects.create(organisation=hospital, form="BVDK", address=HERE)


@pytest.fixture
def enter(facility: Facility, licensing_officer: User) -> Enter:
    """Enter a licence on the page of the facility."""
    client = Client()
    client.force_login(licensing_officer)
    url = reverse("admin:facilities_facility_licence", args=[facility.pk])

    def licence(on: date, number: str = "181/ĐB-GPHĐ", **said: Any) -> None:
        typed = {"number": number, "valid_from": f"{on:%d/%m/%Y}", "decision_no": "9/QĐ-SYT"}
        typed |= {"name": NEW, "form": "PKDK", "address": THERE, "beds": "15"} | said
        answer = client.post(url, typed)
        assert answer.status_code == 302, answer.context["form"].errors

    return licence


def known(facility: Facility) -> tuple[str, str, str, str]:
    """Return name, kind, form and address as the register has them now."""
    row = Facility.objects.select_related("organisation").get(pk=facility.pk)
    return row.organisation.name, row.organisation.kind, row.form, row.address


def beds(facility: Facility) -> list[tuple[int, date]]:
    rows = facility.organisation.bedcount_rows.filter(kind=BedCount.Kind.REGISTERED)
    return list(rows.order_by("valid_from").values_list("count", "valid_from"))


def test_the_register_follows_a_licence_that_is_entered_by_hand(
    facility: Facility, enter: Enter
) -> None:
    today = timezone.localdate()
    enter(today, hours="Thứ 2 đến thứ 6: 7 giờ - 11 giờ 30")
    assert known(facility) == (NEW, "clinic", "PKDK", THERE)
    assert beds(facility) == [(15, today)]
    row = facility.organisation.bedcount_rows.get()
    assert row.decision_no == "9/QĐ-SYT"
    assert facility.organisation.openingschedule_rows.get().slots.count() == 5
    names = facility.names.filter(kind="official").order_by("valid_from")
    assert [(row.name, row.valid_until) for row in names] == [(FORMER, today - DAY), (NEW, None)]


def test_a_licence_in_place_of_another_is_followed_too(facility: Facility, enter: Enter) -> None:
    enter(SINCE + DAY)
    enter(SINCE + 9 * DAY, "200/ĐB-GPHĐ", name=FORMER, form="BVDK", address=HERE, beds="30")
    assert known(facility) == (FORMER, "hospital", "BVDK", HERE)
    assert beds(facility) == [(15, SINCE + DAY), (30, SINCE + 9 * DAY)]


def test_an_old_paper_changes_nothing_that_is_known_from_a_later_day(
    facility: Facility, enter: Enter
) -> None:
    place = facility.organisation
    count_beds(facility=place, kind="registered", count=120, valid_from=SINCE + 3 * DAY)
    enter(SINCE - 900 * DAY)
    assert known(facility) == (FORMER, "hospital", "BVDK", HERE)
    assert beds(facility) == [(120, SINCE + 3 * DAY)]
    version = OperatingLicense.objects.get(facility=place).versions.get()
    assert (version.name, version.form, version.beds) == (NEW, "PKDK", 15)


def test_an_old_paper_tells_what_nobody_knew(hospital: Organisation, enter: Enter) -> None:
    Facility.objects.update(form="", address="")
    enter(SINCE - 900 * DAY)
    facility = Facility.objects.get(organisation=hospital)
    assert (facility.form, facility.address) == ("PKDK", THERE)
    assert beds(facility) == [(15, SINCE - 900 * DAY)]


def test_a_licence_entered_after_a_later_adjustment_leaves_what_that_said(
    facility: Facility, enter: Enter
) -> None:
    """The new one begins after the first day of the one before, but before its last version."""
    enter(SINCE + DAY, name=FORMER, form="BVDK", address=HERE, beds="120")
    old = OperatingLicense.objects.get()
    said = {"form": "PKDK", "address": THERE, "name": NEW, "beds": 15}
    on, paper = SINCE + 60 * DAY, Decision("11/QĐ-SYT")
    adjust_operating_license(actor=None, license=old, changes=said, valid_from=on, decision=paper)
    follow_license(facility=facility, said=said, on=on, decision=paper)
    after = known(facility)
    enter(SINCE + 30 * DAY, "200/ĐB-GPHĐ", name="Khác", form="BVCK", address="Khác", beds="30")
    assert known(facility) == after == (NEW, "clinic", "PKDK", THERE)
    assert beds(facility)[-1] == (15, on)


def test_a_licence_of_a_day_to_come_is_followed_on_that_day(facility: Facility) -> None:
    on, paper = timezone.localdate() + 3 * DAY, Decision("9/QĐ-SYT")
    license = issue_operating_license(
        actor=None,
        facility=facility.organisation,
        number="181/ĐB-GPHĐ",
        printed=Printed(name=NEW, form="PKDK", address=THERE, beds=15),
        valid_from=on,
        decision=paper,
    )
    version = license.versions.get()
    follow_version(facility=facility, version=version, said={"name": NEW}, decision=paper)
    assert known(facility) == (FORMER, "hospital", "BVDK", HERE)
    assert follow_licenses(today=on) == 1
    assert known(facility) == (NEW, "clinic", "PKDK", THERE)


@pytest.fixture
def to_come(facility: Facility) -> Callable[..., date]:
    """Adjust the licence for some days ahead; its day is awaited."""
    first = Printed(name=FORMER, form="BVDK", address=HERE)
    license = issue_operating_license(
        actor=None,
        facility=facility.organisation,
        number="181/ĐB-GPHĐ",
        printed=first,
        valid_from=SINCE,
        decision=Decision(),
    )

    def adjust(ahead: int, **said: Any) -> date:
        on = timezone.localdate() + ahead * DAY
        version = adjust_operating_license(
            actor=None, license=license, changes=said, valid_from=on, decision=Decision()
        )
        follow_version(facility=facility, version=version, said=said, decision=Decision())
        return on

    return adjust


def refuse_names(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    """Let the database or a rule refuse every other name."""

    def refuse(**_said: Any) -> Facility:
        raise error

    monkeypatch.setattr(following, "rename_facility", refuse)


@pytest.mark.parametrize("error", [ValidationError("…"), IntegrityError("…")])
def test_form_and_address_of_a_later_version_stay_when_a_refused_one_is_tried_again(
    facility: Facility,
    to_come: Callable[..., date],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    error: Exception,
) -> None:
    to_come(2, name=NEW, form="PKDK", address=THERE)
    second = to_come(4, form="BVCK", address="Số 9, phường Him Lam")
    with monkeypatch.context() as patch:
        refuse_names(patch, error)
        assert follow_licenses(today=second) == 1
    assert "cannot follow version" in caplog.text
    said = known(facility)
    assert said == (FORMER, "hospital", "BVCK", "Số 9, phường Him Lam")
    assert follow_licenses(today=second) == 1
    assert known(facility) == (NEW, *said[1:])


def test_what_a_refused_version_alone_changed_is_taken_when_it_is_tried_again(
    facility: Facility, to_come: Callable[..., date], monkeypatch: pytest.MonkeyPatch
) -> None:
    to_come(2, name=NEW, address=THERE)
    second = to_come(4, beds=20)
    with monkeypatch.context() as patch:
        refuse_names(patch, IntegrityError("…"))
        assert follow_licenses(today=second) == 1
    assert known(facility)[3] == HERE
    assert follow_licenses(today=second) == 1
    assert known(facility) == (NEW, "hospital", "BVDK", THERE)


def test_an_address_mended_after_the_day_of_a_missed_night_stays(
    facility: Facility, to_come: Callable[..., date]
) -> None:
    to_come(2, form="PKDK", address=THERE)
    # The day came and its night was missed; then somebody mended the address on the page.
    on = timezone.localdate() - 2 * DAY
    version = OperatingLicenseVersion.objects.get(is_awaited=True)
    version.license.versions.exclude(pk=version.pk).update(valid_until=on - DAY)
    OperatingLicenseVersion.objects.filter(pk=version.pk).update(valid_from=on)
    Facility.objects.filter(pk=facility.pk).update(address="Số 7, phường Him Lam")
    assert follow_licenses(today=timezone.localdate()) == 1
    assert known(facility) == (FORMER, "clinic", "PKDK", "Số 7, phường Him Lam")


def test_what_the_database_refuses_of_one_place_holds_up_no_other(
    facility: Facility,
    hospital: Organisation,
    station: Organisation,
    to_come: Callable[..., date],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    on = to_come(2, name=NEW)
    other = Facility.objects.create(organisation=station, form="TYT")
    license = issue_operating_license(
        actor=None,
        facility=station,
        number="182/ĐB-GPHĐ",
        printed=Printed(name=station.name, beds=5),
        valid_from=on,
        decision=Decision(),
    )
    follow_version(
        facility=other, version=license.versions.get(), said={"beds": 5}, decision=Decision()
    )

    def refuse(*, facility: Facility, **_said: Any) -> Facility:
        if facility.organisation_id == hospital.pk:
            # A real refusal of the database: the transaction around it must go on.
            Organisation.objects.filter(pk=hospital.pk).update(valid_until=SINCE - DAY)
        return facility

    monkeypatch.setattr(following, "rename_facility", refuse)
    assert follow_licenses(today=on) == 1
    assert beds(other) == [(5, on)]
    assert known(facility)[0] == FORMER
    assert OperatingLicenseVersion.objects.get(is_awaited=True).license.facility == hospital
