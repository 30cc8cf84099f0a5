"""The home page says how many rows of a sending wait, and opens them."""

from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from healthrecords.models import Citizen
from portal.accounts.models import User
from portal.intake import services, views
from portal.names import sort_key
from portal.places.models import Organisation
from tests.intake.sending import NOW, confirm, counts, send, visit, workbook
from tests.reporting.crawling import Crawler

pytestmark = pytest.mark.usefixtures("lists")


@pytest.mark.parametrize("is_confirmed", [False, True])
def test_rows_to_decide_and_wrong_rows_are_figures_that_open_as_many(
    client: Client,
    data_officer: User,
    hospital: Organisation,
    monkeypatch: pytest.MonkeyPatch,
    is_confirmed: bool,
) -> None:
    monkeypatch.setattr(views, "ROWS_SHOWN", 2)  # the lists have several pages
    name = "Lò Văn Ún"
    Citizen.objects.create(
        name=name, name_sort=sort_key(name), birth_date=date(1971, 8, 15), sex="male"
    )
    rows = [visit(MA_LK=f"2{n}", SO_CCCD="", MA_THE_BHYT="") for n in range(3)]
    rows += [visit(MA_LK=f"3{n}", NGAY_SINH="30/02/1958") for n in range(5)]
    rows += [visit(MA_LK="4", HO_TEN="Vừ A Dính", SO_CCCD="011071000124")]
    batch = send(workbook(rows), by=data_officer, organisation=hospital)
    assert counts(batch) == {"doubtful": 3, "wrong": 5, "new": 1}
    if is_confirmed:
        confirm(batch, data_officer)
    client.force_login(data_officer)
    crawler = Crawler(client)
    # Visits are counted a while after they came; of the rows every number is right at once.
    assert [one for one in crawler.wrong() if one.startswith("rows_")] == []
    assert crawler.bare() == []
    assert {"figure rows_doubtful", "figure rows_wrong"} <= set(crawler.followed)
    home = client.get("/").content.decode()
    url = reverse("intake:rows", args=[batch.pk, "wrong"])
    assert f'<a href="{url}" data-figure="rows_wrong" data-number="5"' in home


def test_of_a_sending_that_is_cancelled_no_row_waits(
    client: Client, data_officer: User, hospital: Organisation
) -> None:
    rows = [visit(MA_LK="3", NGAY_SINH="30/02/1958")]
    batch = send(workbook(rows), by=data_officer, organisation=hospital)
    services.cancel_batch(batch=batch, actor=data_officer, at=NOW)
    client.force_login(data_officer)
    assert 'data-figure="rows_' not in client.get("/").content.decode()
