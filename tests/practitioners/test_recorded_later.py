"""A day before the register knew is answered for that day, and the answer says it came later."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from portal.accounts.models import User
from portal.places.models import Organisation
from practitioners import services
from practitioners.models import Practitioner
from practitioners.services.identity import Identity
from tests.practitioners.conftest import AT, Send
from tests.practitioners.law import decided, load_law

pytestmark = pytest.mark.django_db
API = "/api/v1/right-to-practise/"
LATER = AT + timedelta(days=20)


@pytest.fixture
def officer(licensing_officer: User) -> Client:
    client = Client()
    client.force_login(licensing_officer)
    return client


def asked(client: Client, person: Practitioner, at: str) -> Any:
    facts = {"practitioner": str(person.pk), "facility": "11001", "at": f"{at}T09:00:00+07:00"}
    return client.get(API, facts).json()


def profile(client: Client, person: Practitioner, on: str) -> str:
    address = reverse("practitioners:person", args=[person.pk])
    return client.get(address, {"ngay": on}).content.decode()


def test_a_day_before_the_verification_is_answered_as_recorded_later(
    verified: Practitioner, officer: Client, hospital: Organisation
) -> None:
    """Licensed since 10/03/2024, verified on 05/11/2026."""
    load_law()
    before, after = (asked(officer, verified, on) for on in ("2026-11-02", "2026-11-06"))
    assert (before["verdict"], before["recorded_later"]) == ("yes", "2026-11-05")
    assert (after["verdict"], after["recorded_later"]) == ("yes", None)
    address = reverse("practitioners:right")
    typed = {"nguoi": str(verified.pk), "co-so": str(hospital.pk), "gio": "09:00"}
    page = officer.get(address, {**typed, "ngay": "02/11/2026"}).content.decode()
    assert "Ghi nhận sau" in page
    page = officer.get(address, {**typed, "ngay": "06/11/2026"}).content.decode()
    assert "Ghi nhận sau" not in page


def test_a_suspension_entered_late_says_when_it_was_known(
    verified: Practitioner, officer: Client
) -> None:
    load_law()
    services.suspend_license(
        actor=None,
        license=verified.licenses.get(),
        decision=decided("09/11/2026"),
        measure=services.Measure("ethics", "", date(2026, 12, 31)),
        at=AT + timedelta(days=8),
    )
    said = [asked(officer, verified, on) for on in ("2026-11-10", "2026-11-13")]
    assert [one["verdict"] for one in said] == ["no", "no"]
    assert [one["recorded_later"] for one in said] == ["2026-11-13", None]


def test_the_profile_of_a_day_before_the_verification_says_so(
    verified: Practitioner, officer: Client
) -> None:
    before, after = (profile(officer, verified, on) for on in ("01/10/2026", "06/11/2026"))
    assert "ghi nhận sau, ngày 05/11/2026" in before
    assert "lần đầu ngày 05/11/2026" in before
    assert "ghi nhận sau, ngày" not in after


def change(send: Send, officer: User, at: datetime = LATER, **changes: str) -> None:
    row = send(at=at, **changes)
    for item in row.items.filter(decision="pending").order_by("position"):
        row.refresh_from_db()
        services.verify_item(
            submission_id=row.pk, key=item.key, version=row.version, actor=officer, at=at
        )


def test_a_past_day_shows_its_own_name_number_and_telephone(
    send: Send, verified: Practitioner, officer: Client, licensing_officer: User
) -> None:
    """Called otherwise, under another number and telephone since 25/11/2026."""
    change(send, licensing_officer, at=AT + timedelta(days=1), phone="0912000552")
    change(send, licensing_officer, phone="0987000111")
    services.put_identity_right(
        actor=licensing_officer,
        practitioner=Practitioner.objects.get(pk=verified.pk),
        said=Identity("Lò Văn Thoản", date(1978, 4, 22), "011078009999"),
        on=timezone.localdate(LATER),
        at=LATER,
    )
    numbers = verified.identifiers.filter(kind="personal").order_by("valid_from")
    days = {row.value: (row.valid_from, row.valid_until) for row in numbers}
    assert days == {
        "011078002915": (None, date(2026, 11, 24)),
        "011078009999": (date(2026, 11, 25), None),
    }
    past, now = (profile(officer, verified, on) for on in ("10/11/2026", "25/11/2026"))
    assert "<dt>Họ tên ngày đó</dt><dd>Lò Văn Thoan</dd>" in past
    assert "011 078 002 915" in past.replace("\u00a0", " ") or "011078002915" in past
    assert "0912000552" in past
    for later in ("011078009999", "0987000111"):
        assert later not in past.split('id="h-person"')[1].split("</section>")[0]
        assert later in now.replace(" ", "").replace("\u00a0", "")
    first = profile(officer, verified, "05/11/2026")
    assert "như hiện nay" in first, "nobody had said a telephone by then"


def test_a_past_day_shows_its_own_birthday_and_e_mail_in_every_table(
    send: Send, verified: Practitioner, licensing_officer: User, officer: Client
) -> None:
    """Born 22/04/1978 as it was first told, 22/04/1979 since 25/11/2026; so the e-mail."""
    change(send, licensing_officer, at=AT + timedelta(days=1), email="thoan@benhvien.vn")
    change(send, licensing_officer, email="thoan@soyte.vn")
    services.put_identity_right(
        actor=licensing_officer,
        practitioner=Practitioner.objects.get(pk=verified.pk),
        said=Identity("Lò Văn Thoan", date(1979, 4, 22), "011078002915"),
        on=timezone.localdate(LATER),
        at=LATER,
    )
    verified.refresh_from_db()
    assert (verified.birth.iso(), verified.email) == ("1979-04-22", "thoan@soyte.vn")
    then, now = profile(officer, verified, "10/11/2026"), profile(officer, verified, "28/11/2026")
    for page, birth, email in (
        (then, "22/04/1978", "thoan@benhvien.vn"),
        (now, "22/04/1979", "thoan@soyte.vn"),
    ):
        assert page.count(birth) == 2
        assert email in page
    assert "22/04/1979" not in then
    assert "thoan@soyte.vn" not in then
    assert "như hiện nay" not in then


def test_a_birthday_nobody_had_told_by_a_past_day_is_said_to_be_today_s(
    verified: Practitioner, officer: Client
) -> None:
    first = profile(officer, verified, "01/11/2026")
    (facts,) = [line for line in first.split("\n") if 'id="h-person"' in line]
    assert "22/04/1978" in facts
    assert "như hiện nay" in facts
    assert "như hiện nay" not in profile(officer, verified, "10/11/2026")
