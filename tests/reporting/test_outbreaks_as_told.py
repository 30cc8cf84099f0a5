"""Forms 02 to 05 of an outbreak can be told whole, and the list of the day says by which figures."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from portal.accounts.models import User
from portal.codelists.models import Code
from portal.places.models import Organisation
from reporting.diseases import due_at
from reporting.models import Outbreak
from reporting.outbreaks import rules_on
from reporting.periods import ZONE
from reporting.services.epidemics import (
    DayFigures,
    declare,
    end_outbreak,
    missing_days,
    open_outbreak,
    tell_day,
)
from tests.reporting.conftest import moment

SAID = {
    "name": "Sốt xuất huyết bản Nà Pheo",
    "disease": "D10",
    "place": "Bản Nà Pheo 2",
    "first_onset_on": date(2026, 10, 1),
    "determined_at": moment(5),
}
POSTED = {
    "disease": "D10",
    "name": "Sốt xuất huyết bản Nà Pheo",
    "place": "Bản Nà Pheo 2",
    "first_onset_on": "01/10/2026",
    "entered_country_on": "28/09/2026",
    "arrived_on": "29/09/2026",
    "first_told_on": "04/10/2026",
    "determined_at": "05/10/2026 08:00",
}


def client_of(user: User) -> Client:
    client = Client(HTTP_HOST="127.0.0.1")
    client.force_login(user)
    return client


def test_an_outbreak_is_told_with_every_day_of_its_form_and_shows_that_it_was_declared_late(
    definitions: None, clerk: User, station: Organisation
) -> None:
    client = client_of(clerk)
    client.post(reverse("reporting:open_outbreak"), POSTED)
    outbreak = Outbreak.objects.get()
    assert outbreak.determined_at == moment(5)
    assert outbreak.entered_country_on == date(2026, 9, 28)
    assert (outbreak.arrived_on, outbreak.first_told_on) == (date(2026, 9, 29), date(2026, 10, 4))
    address = reverse("reporting:outbreak", args=[outbreak.pk])
    client.post(address, {"deed": "declare", "paper": "12/QĐ-UBND 06/10/2026, Lò Văn Pánh"})
    page = client.get(address)
    assert page.context["is_declared_late"]
    said = page.content.decode()
    assert "thông tin có dịch trễ hạn" in said
    assert "28/09/2026" in said


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"determined_at": "30/09/2026 08:00"}, "determined_at"),
        ({"determined_at": "30/09/2099 08:00"}, "determined_at"),
        ({"arrived_on": "30/09/2099"}, "arrived_on"),
        ({"first_told_on": "30/09/2099"}, "first_told_on"),
    ],
)
def test_days_of_an_outbreak_that_cannot_be_are_refused(
    definitions: None, clerk: User, station: Organisation, changed: dict[str, str], field: str
) -> None:
    answer = client_of(clerk).post(reverse("reporting:open_outbreak"), {**POSTED, **changed})
    assert (answer.status_code, field in answer.context["form"].errors) == (400, True)
    assert not Outbreak.objects.exists()


def test_each_day_of_an_active_outbreak_is_asked_for_and_its_end_has_its_own_hours(
    definitions: None, clerk: User, station: Organisation
) -> None:
    outbreak = open_outbreak(actor=clerk, station=station, said=SAID, at=moment(5))
    declare(actor=clerk, outbreak=outbreak, paper="12/QĐ-UBND", at=moment(5))
    tell_day(
        actor=clerk, outbreak=outbreak, figures=DayFigures(date(2026, 10, 6), "", 2), at=moment(6)
    )
    assert missing_days(outbreak, moment(8)) == [date(2026, 10, 5), date(2026, 10, 7)]
    ends: dict[str, Any] = {"last_onset_on": date(2026, 10, 7), "paper": "15/QĐ-UBND"}
    with pytest.raises(ValidationError):
        end_outbreak(
            actor=clerk, outbreak=outbreak, ended_on=date(2026, 10, 30), at=moment(20), **ends
        )
    outbreak.refresh_from_db()
    assert outbreak.is_active
    ended = end_outbreak(
        actor=clerk, outbreak=outbreak, ended_on=date(2026, 10, 17), at=moment(20),
        determined_at=moment(18), **ends,
    )  # fmt: skip
    assert (ended.end_determined_at, ended.end_told_at) == (moment(18), moment(20))
    page = client_of(clerk).get(reverse("reporting:outbreak", args=[outbreak.pk]))
    assert page.context["is_end_late"]


def test_forms_16_and_17_do_not_call_their_columns_typed(definitions: None, head: User) -> None:
    for code in ("BC16", "BC17"):
        said = client_of(head).get(reverse("reporting:definition", args=[code])).content.decode()
        assert "lưu theo từng ca, từng ổ dịch" in said
        assert "chưa có nguồn" not in said


def test_the_list_of_the_day_says_by_what_is_judged_and_until_when(definitions: None) -> None:
    on = date(2026, 10, 15)
    rules = rules_on(on)
    assert (rules.years, rules.outbreak_deviations, rules.outbreak_linked) == (5, 2, 5)
    assert (rules.alarm_deviations, rules.alarm_linked) == (1, 3)
    rows = Code.objects.filter(version__code_list__key="surveillance_rules")
    assert all(row.attributes["source"] for row in rows)


def test_without_a_term_in_the_list_a_case_is_due_at_once(db: None) -> None:
    noticed = datetime(2026, 10, 15, 9, tzinfo=ZONE)
    assert due_at("24h", noticed) == noticed
    assert due_at("24h", noticed, noticed + timedelta(hours=1)) == noticed
    assert rules_on(date(2026, 10, 15)).years is None
