"""What a record is said to lack is what somebody can mend, with the way to do it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse

from healthrecords.models import Citizen, TwinCase, Visit
from portal.accounts.models import User
from tests.healthrecords.conftest import AT
from tests.healthrecords.pages import logged_in, record_url, text_of
from tests.healthrecords.test_queue import let_in, person


@pytest.fixture
def lists(few_lists: None) -> None:
    """A handful of diseases is enough here."""


@pytest.fixture(autouse=True)
def _lists(lists: None, station: Any) -> None:
    """Every page needs the lists."""


def test_who_waits_or_left_leaves_nothing_to_sign(
    clerk: User, citizen: Citizen, record: Callable[..., Visit]
) -> None:
    client = logged_in(clerk)
    for status in (Visit.Status.IN_PROGRESS, Visit.Status.CANCELLED):
        Visit.objects.all().delete()
        let_in(citizen, clerk)
        Visit.objects.update(status=status)
        assert "phiếu khám chưa ký" not in text_of(client.get(record_url(citizen))), status
        unsigned = f"{record_url(citizen)}?kind=visit&signed=no&origin=typed"
        assert client.get(unsigned).context["page"].rows == []
    record(citizen)
    assert "1 phiếu khám chưa ký" in text_of(client.get(record_url(citizen)))


@pytest.mark.parametrize("ground", TwinCase.Ground.values)
def test_a_possible_twin_is_said_with_its_ground_and_the_way_to_compare(
    clerk: User, citizen: Citizen, communes: list[Any], ground: str
) -> None:
    other = person(clerk, communes[0], "Lò Văn Khác", sex="male")
    TwinCase.objects.all().delete()
    TwinCase.objects.create(older=citizen, newer=other, ground=ground, found_at=AT)
    page = logged_in(clerk).get(record_url(citizen))
    (said,) = [one for one in page.context["missing"] if one.what == "Có thể trùng hồ sơ"]
    assert said.more == f"hồ sơ khác: {TwinCase.Ground(ground).label}"
    assert said.url == reverse("admin:healthrecords_citizen_twins", args=[citizen.pk])


@pytest.mark.parametrize("asked", [{}, {"kind": "report"}, {"year": "2020"}, {"signed": "yes"}])
def test_an_unfinished_visit_is_said_whatever_the_timeline_shows(
    clerk: User, citizen: Citizen, record: Callable[..., Visit], asked: dict[str, str]
) -> None:
    visit = record(citizen, is_finished=False)
    page = logged_in(clerk).get(record_url(citizen), asked)
    unfinished = reverse("admin:healthrecords_visit_change", args=[visit.pk])
    assert unfinished in [one.url for one in page.context["missing"]]
    go_on = reverse("admin:healthrecords_visit_correct", args=[visit.pk])
    assert f'href="{go_on}"' in page.content.decode()


def test_an_unfinished_visit_behind_many_later_ones_is_said(
    clerk: User, citizen: Citizen, record: Callable[..., Visit]
) -> None:
    visit = record(citizen, is_finished=False, started_at=AT - timedelta(days=40))
    for ago in range(25):
        record(citizen, started_at=AT - timedelta(days=ago), medicines=())
    page = logged_in(clerk).get(record_url(citizen))
    assert visit.pk not in [row.pk for row in page.context["page"].rows]
    unfinished = reverse("admin:healthrecords_visit_change", args=[visit.pk])
    assert unfinished in [one.url for one in page.context["missing"]]


def test_a_protected_visit_that_is_unfinished_is_not_told_of_without_the_right(
    clerk: User, clinician: User, citizen: Citizen, record: Callable[..., Visit]
) -> None:
    visit = record(citizen, "B20", is_finished=False, medicines=(), actor=clinician)
    assert visit.sensitivity
    for user, is_told in ((clerk, False), (clinician, True)):
        page = logged_in(user).get(record_url(citizen))
        assert (str(visit.pk) in page.content.decode()) == is_told
