"""Hours and techniques of a registration are set on pages: from which day on, and by whom."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from portal.places.models import Organisation
from practitioners.models import Practitioner, Registration
from tests.practitioners.law import day, register

pytestmark = pytest.mark.django_db


def test_hours_are_set_on_a_page_and_a_clash_is_named(
    doctor: Practitioner, hospital: Organisation, station: Organisation, officer: Client
) -> None:
    register(doctor, station, "T7 07:30-11:30")
    row = Registration.objects.get(facility=hospital)
    url = reverse("admin:practitioners_registration_gio", args=[row.pk])
    first = timezone.localdate() + timedelta(days=2)
    typed = {"hours": "T2-T7 07:30-11:30", "kind": "hours", "from_day": f"{first:%d/%m/%Y}"}
    page = officer.post(url, typed).content.decode()
    assert station.name in page
    assert "T2-T7 07:30-11:30" in page
    assert row.slots.filter(valid_until=None).count() == 10
    unread = officer.post(url, {**typed, "hours": "hành chính"}).content.decode()
    assert "không đọc được" in unread
    assert officer.post(url, {**typed, "hours": "T2-T6 07:30-11:30"}).status_code == 302
    assert doctor.slots.filter(facility=hospital, valid_until=None).count() == 5


def test_a_facility_alone_changes_no_registered_hours(
    doctor: Practitioner, hospital: Organisation, manager: Client
) -> None:
    """Hours answer whether a signature lay within them: the facility sends the profile instead."""
    row = Registration.objects.get(facility=hospital)
    url = reverse("admin:practitioners_registration_gio", args=[row.pk])
    held = set(row.slots.values_list("pk", "valid_from", "valid_until"))
    first = timezone.localdate() + timedelta(days=2)
    typed = {"hours": "T7 07:30-11:30", "kind": "hours", "from_day": f"{first:%d/%m/%Y}"}
    assert manager.post(url, typed).status_code == 403
    assert set(row.slots.values_list("pk", "valid_from", "valid_until")) == held


def test_hours_of_days_gone_by_are_refused_with_what_to_do(
    doctor: Practitioner, hospital: Organisation, officer: Client
) -> None:
    row = Registration.objects.get(facility=hospital)
    url = reverse("admin:practitioners_registration_gio", args=[row.pk])
    held = set(row.slots.values_list("pk", "valid_from", "valid_until"))
    past = timezone.localdate() - timedelta(days=1)
    typed = {"hours": "T7 07:30-11:30", "kind": "hours", "from_day": f"{past:%d/%m/%Y}"}
    page = officer.post(url, typed).content.decode()
    assert f"{past:%d/%m/%Y} đã qua" in page
    assert "T7 07:30-11:30" in page
    assert set(row.slots.values_list("pk", "valid_from", "valid_until")) == held
    assert list(doctor.registrations.filter(facility=hospital)) == [row]


@pytest.mark.parametrize("days", [-1, 0, 3])
def test_a_facility_assigns_a_technique_from_today_on_and_an_official_also_for_days_gone_by(
    days: int, doctor: Practitioner, manager: Client, officer: Client
) -> None:
    """Whether a past signature lay within the scope is no facility's to change afterwards."""
    row = Registration.objects.get()
    first = timezone.localdate() + timedelta(days=days)
    typed = {
        "code": "18.0001",
        "decision_no": "07/QĐ-BV",
        "decided_on": f"{timezone.localdate() - timedelta(days=30):%d/%m/%Y}",
        "valid_from": f"{first:%d/%m/%Y}",
    }
    url = reverse("admin:practitioners_registration_giao_ky_thuat", args=[row.pk])
    answer = manager.post(url, typed)
    if days >= 0:
        assert answer.status_code == 302
        assert row.techniques.get().valid_from == first
        return
    page = answer.content.decode()
    assert f"{first:%d/%m/%Y} đã qua" in page
    assert "07/QĐ-BV" in page
    assert not row.techniques.exists()
    recorded = reverse("admin:practitioners_registration_ghi_ky_thuat", args=[row.pk])
    assert manager.post(recorded, typed).status_code == 403
    assert not row.techniques.exists()
    assert officer.post(recorded, typed).status_code == 302
    assert row.techniques.get().valid_from == first


def test_a_technique_of_an_older_paper_is_assigned_from_the_day_it_is_told(
    doctor: Practitioner, manager: Client
) -> None:
    row = Registration.objects.get()
    url = reverse("admin:practitioners_registration_giao_ky_thuat", args=[row.pk])
    typed = {"code": "18.0001", "decision_no": "07/QĐ-BV", "decided_on": "01/09/2025"}
    assert manager.post(url, typed).status_code == 302
    extra = row.techniques.get()
    assert (extra.decided_on, extra.valid_from) == (day("01/09/2025"), timezone.localdate())
    late = {**typed, "code": "18.0002", "valid_from": "01/01/2020"}
    assert manager.post(url, late).status_code == 200
    assert row.techniques.count() == 1
