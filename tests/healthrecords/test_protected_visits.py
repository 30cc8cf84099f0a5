"""A visit of a protected class does not exist for those without the right, anywhere."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse

from healthrecords.models import Citizen, Visit
from healthrecords.services import DiagnosisEntry
from portal.accounts.models import User
from tests.healthrecords.conftest import AT
from tests.healthrecords.pages import logged_in, text_of


@pytest.fixture
def hidden(citizen: Citizen, record: Callable[..., Visit]) -> Visit:
    """A visit for HIV, on the day after an ordinary one."""
    record(citizen)
    return record(
        citizen,
        started_at=AT + timedelta(days=1),
        reason="Lĩnh ARV định kỳ",
        diagnoses=[DiagnosisEntry("B20", "Bệnh HIV")],
        medicines=[],
    )


def addresses(visit: Visit) -> list[str]:
    return [
        reverse("admin:healthrecords_citizen_change", args=[visit.citizen_id]),
        reverse("admin:healthrecords_visit_new", args=[visit.citizen_id]),
        reverse("admin:healthrecords_visit_changelist"),
        reverse("admin:index"),
        f"{reverse('admin:finder')}?q=quang+thi+hac",
        "/api/v1/visits/",
    ]


def test_those_without_the_right_meet_it_nowhere(clerk: User, hidden: Visit) -> None:
    """Law 64/2006/QH11, Article 30, as amended by Law 71/2020/QH14 (read second-hand)."""
    Visit.objects.filter(pk=hidden.pk).update(started_at=AT + timedelta(days=1))
    client = logged_in(clerk)
    for address in addresses(hidden):
        body = client.get(address).content.decode()
        assert "ARV" not in body, address
        assert "B20" not in body, address
        assert str(hidden.pk) not in body, address


def test_it_is_not_even_counted(clerk: User, clinician: User, hidden: Visit) -> None:
    url = reverse("admin:healthrecords_visit_changelist")
    assert logged_in(clerk).get(url).context["cl"].result_count == 1
    assert logged_in(clinician).get(url).context["cl"].result_count == 2
    assert len(logged_in(clerk).get("/api/v1/visits/").json()["results"]) == 1


def test_it_opens_for_nobody_without_the_right(
    clerk: User, neighbour: User, stranger: User, hidden: Visit
) -> None:
    names = ("visit_change", "visit_slip", "visit_correct")
    for user, refusal in ((clerk, 404), (neighbour, 403), (stranger, 403)):
        client = logged_in(user)
        for name in names:
            url = reverse(f"admin:healthrecords_{name}", args=[hidden.pk])
            answer = client.get(url)
            assert answer.status_code == refusal
            assert "ARV" not in answer.content.decode()


def test_those_with_the_right_see_it(clinician: User, hidden: Visit) -> None:
    page = logged_in(clinician).get(
        reverse("admin:healthrecords_citizen_change", args=[hidden.citizen_id])
    )
    assert "Lĩnh ARV định kỳ" in text_of(page)


def test_the_right_at_another_place_does_not_help(
    neighbour: User, clinician: User, hidden: Visit, other_station: Any
) -> None:
    """A clerk here who is a clinician there reads no protected row here."""
    from healthrecords.models import CareRelation
    from portal.accounts import services as accounts
    from tests.conftest import SINCE, TODAY

    accounts.give_role(
        actor=None,
        user=neighbour,
        role="station_clinician",
        organisation=clinician.place_of_work,
        valid_from=SINCE,
        today=TODAY,
    )
    CareRelation.objects.create(
        citizen=hidden.citizen, organisation=other_station, ground="visit", since=TODAY
    )
    user = User.objects.get(pk=neighbour.pk)
    user.workplace = other_station
    user.save()
    page = logged_in(user).get(
        reverse("admin:healthrecords_citizen_change", args=[hidden.citizen_id])
    )
    assert page.status_code == 200
    assert "ARV" not in page.content.decode()


def test_the_ground_of_one_place_does_not_open_what_another_place_may_see(
    clerk: User, hidden: Visit, station: Any, other_station: Any
) -> None:
    """A clerk of the home station who is a clinician at the next one sees no B20 from there."""
    from healthrecords.models import CareAccess
    from portal.accounts import services as accounts
    from tests.conftest import SINCE, TODAY

    accounts.give_role(
        actor=None,
        user=clerk,
        role="station_clinician",
        organisation=other_station,
        valid_from=SINCE,
        today=TODAY,
    )
    url = reverse("admin:healthrecords_citizen_change", args=[hidden.citizen_id])
    User.objects.filter(pk=clerk.pk).update(workplace=station)
    at_home = logged_in(User.objects.get(pk=clerk.pk)).get(url)
    assert at_home.status_code == 200
    assert "ARV" not in at_home.content.decode()
    User.objects.filter(pk=clerk.pk).update(workplace=other_station)
    elsewhere = logged_in(User.objects.get(pk=clerk.pk)).get(url)
    assert elsewhere.status_code == 403
    assert "ARV" not in elsewhere.content.decode()
    assert not CareAccess.objects.filter(user=clerk, organisation=other_station).exists()
