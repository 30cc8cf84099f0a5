"""Other systems read citizens and visits of their scope, and leave a trace."""

from collections.abc import Callable
from datetime import timedelta

from django.db import connection
from django.test.utils import CaptureQueriesContext

from healthrecords.models import Citizen, Visit
from portal.accounts.models import User
from portal.audit.models import AccessLog
from tests.healthrecords.conftest import AT
from tests.healthrecords.pages import logged_in


def test_a_citizen_is_found_by_an_exact_number_within_scope(
    clerk: User, neighbour: User, stranger: User, citizen: Citizen
) -> None:
    url = "/api/v1/citizens/?identifier=011162004137"
    (found,) = logged_in(clerk).get(url).json()["results"]
    assert found["name"] == "Quàng Thị Hặc"
    assert found["identifiers"][0]["value"] == "011162004137"
    for user in (neighbour, stranger):
        assert logged_in(user).get(url).json()["results"] == []
        assert logged_in(user).get(f"/api/v1/citizens/{citizen.pk}/").status_code == 404


def test_a_visit_comes_with_its_parts_and_is_logged(
    clerk: User, citizen: Citizen, record: Callable[..., Visit]
) -> None:
    """Circular 13/2025/TT-BYT (read second-hand): the log holds reads, too."""
    visit = record(citizen)
    answer = logged_in(clerk).get(f"/api/v1/visits/{visit.pk}/").json()
    assert [row["code"] for row in answer["diagnoses"]] == ["I10"]
    assert answer["vital_signs"][0]["systolic"] == 148
    assert AccessLog.objects.filter(action="opened", people=[citizen.pk]).exists()


def test_nothing_is_written_by_this_way(clerk: User, citizen: Citizen) -> None:
    client = logged_in(clerk)
    for method in ("post", "put", "patch", "delete"):
        answer = getattr(client, method)(f"/api/v1/citizens/{citizen.pk}/", {}, "application/json")
        assert answer.status_code in {403, 405}
    assert Citizen.objects.get().name == "Quàng Thị Hặc"


def test_who_sees_no_records_gets_none(licensing_officer: User, citizen: Citizen) -> None:
    client = logged_in(licensing_officer)
    for name in ("citizens", "visits"):
        assert client.get(f"/api/v1/{name}/").status_code == 403


def test_the_list_costs_the_same_for_one_visit_and_for_many(
    clerk: User, citizen: Citizen, record: Callable[..., Visit]
) -> None:
    counted = []
    for number in range(6):
        record(citizen, started_at=AT - timedelta(days=number))
        with CaptureQueriesContext(connection) as asked:
            logged_in(clerk).get("/api/v1/visits/")
        counted.append(len(asked))
    assert len(set(counted)) == 1
