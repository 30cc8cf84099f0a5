"""Other systems send files under the same rights, checks and sentences as people do."""

import uuid
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from healthrecords.models import Visit
from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.intake import answering, services
from portal.intake.models import Answer, Batch, Finding, StagedRow
from portal.places import services as places
from portal.places.models import Organisation
from tests.conftest import SINCE, make_user
from tests.intake.sending import NOW, visit, workbook
from tests.intake.test_who_may_send_and_see import let_go

pytestmark = pytest.mark.usefixtures("lists")
URL = "/api/v1/uploads/"
ROWS = [visit(MA_LK="1"), visit(MA_LK="2", MACH="780"), visit(MA_LK="3", MAXA_CU_TRU="99999")]


@pytest.fixture
def other_officer(department: Organisation) -> User:
    other = places.create_organisation(
        name="Bệnh viện Y học cổ truyền", kind="hospital", parent=department, valid_from=SINCE
    )
    places.give_code(organisation=other, scheme="insurance", value="11002", valid_from=SINCE)
    return make_user("lan", "Vì Thị Lan", Role.HOSPITAL_DATA_OFFICER, other)


@pytest.fixture
def colleague(hospital: Organisation) -> User:
    return make_user("son", "Lò Văn Sơn", Role.HOSPITAL_DATA_OFFICER, hospital)


def client_of(user: User) -> Client:
    client = Client(headers={"accept": "application/json"})
    client.force_login(user)
    return client


def post(client: Client, content: bytes = b"", key: str = "", **changed: Any) -> Any:
    body = {"kind": "visits", "organisation": "11001", **changed}
    body["file"] = SimpleUploadedFile("KCB.xlsx", content or workbook(ROWS))
    headers = {"idempotency-key": key} if key else {}
    return client.post(URL, body, headers=headers)


@pytest.fixture
def sent(data_officer: User) -> Batch:
    """A file sent by the interface, and read."""
    answer = post(client_of(data_officer))
    return services.read_batch(uuid.UUID(answer.json()["id"]), at=NOW)


def test_a_file_is_sent_read_looked_through_and_confirmed(data_officer: User) -> None:
    client = client_of(data_officer)
    answer = post(client)
    assert answer.status_code == 201
    said = answer.json()
    assert (said["state"], said["progress"]["busy"]) == ("received", True)
    services.read_batch(uuid.UUID(said["id"]), at=NOW)
    said = client.get(said["links"]["self"]).json()
    assert said["state"] == "checked"
    assert said["counts"] == {
        "new": 2,
        "changed": 0,
        "unchanged": 0,
        "doubtful": 0,
        "wrong": 1,
        "written": 0,
    }
    assert client.post(said["links"]["confirm"]).status_code == 202
    services.write_batch(uuid.UUID(said["id"]), at=NOW)
    assert client.get(said["links"]["self"]).json()["counts"]["written"] == 2
    assert Visit.objects.count() == 2


def test_findings_come_in_pages_and_by_severity(data_officer: User, sent: Batch) -> None:
    client = client_of(data_officer)
    url = f"{URL}{sent.pk}/findings/"
    everything = client.get(url).json()["results"]
    assert len(everything) == Finding.objects.filter(batch=sent).count() > 1
    [wrong] = client.get(url, {"severity": "error"}).json()["results"]
    assert (wrong["sheet"], wrong["row"], wrong["column"]) == ("KhamBenh", 3, "MACH")
    assert wrong["message"].endswith(".")
    first = client.get(url, {"page_size": 1}).json()
    assert len(first["results"]) == 1
    second = client.get(first["next"]).json()
    assert second["results"] == everything[1:2]
    cause = Finding.objects.get(batch=sent, severity="error").cause
    assert len(client.get(url, {"cause": cause}).json()["results"]) == 1
    assert client.get(url, {"code": "nothing"}).json()["results"] == []


def test_a_retry_with_the_same_key_sends_nothing_twice(data_officer: User) -> None:
    client, content = client_of(data_officer), workbook(ROWS)
    first = post(client, content, key="his-2026-10-1")
    again = post(client, content, key="his-2026-10-1")
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["id"] == again.json()["id"]
    assert Batch.objects.count() == 1
    other = post(client, workbook(ROWS[:1]), key="his-2026-10-1")
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_key_reused")
    assert Batch.objects.count() == 1
    assert post(client, content, key="his-2026-10-2").status_code == 201
    assert post(client, content, key="x" * 101).json()["code"] == "key_too_long"


def test_keys_of_two_people_are_their_own(data_officer: User, colleague: User) -> None:
    content = workbook(ROWS)
    one = post(client_of(data_officer), content, key="1").json()["id"]
    assert post(client_of(colleague), content, key="1").json()["id"] != one


def test_a_colleague_follows_a_sending_and_others_do_not_know_it(
    sent: Batch, colleague: User, other_officer: User, clerk: User, stranger: User
) -> None:
    addresses = [f"{URL}{sent.pk}/", f"{URL}{sent.pk}/findings/"]
    deeds = [f"{URL}{sent.pk}/{deed}/" for deed in ("confirm", "cancel", "answer")]
    for user, status in ((colleague, 200), (other_officer, 404), (clerk, 403), (stranger, 403)):
        client = client_of(user)
        for url in addresses:
            answer = client.get(url)
            assert answer.status_code == status, (user, url)
            if status != 200:
                assert "KhamBenh" not in answer.content.decode()
        if status != 200:
            assert {client.post(url).status_code for url in deeds} == {status}
    sent.refresh_from_db()
    assert sent.state == "checked"
    assert not Answer.objects.exists()


def test_an_unknown_sending_is_404_as_a_problem(data_officer: User) -> None:
    client = client_of(data_officer)
    for part in ("", "findings/", "answer/"):
        answer = client.get(f"{URL}{uuid.uuid4()}/{part}")
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    for deed in ("confirm", "cancel", "answer"):
        assert client.post(f"{URL}{uuid.uuid4()}/{deed}/").status_code == 404


def test_a_list_holds_ones_own_sendings_only(
    sent: Batch, data_officer: User, other_officer: User
) -> None:
    assert [row["id"] for row in client_of(data_officer).get(URL).json()["results"]] == [
        str(sent.pk)
    ]
    assert client_of(other_officer).get(URL).json()["results"] == []


def test_who_sends_other_kinds_for_the_place_does_not_see_visits(
    licensing_officer: User, sent: Batch
) -> None:
    client = client_of(licensing_officer)
    assert client.get(URL).json()["results"] == []
    assert client.get(f"{URL}{sent.pk}/").status_code == 404


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"organisation": "11002"}, "organisation"),
        ({"organisation": "99999"}, "organisation"),
        ({"kind": "khong-co"}, "kind"),
    ],
)
def test_a_wrong_place_or_kind_is_refused_and_nothing_is_kept(
    data_officer: User, other_officer: User, changed: dict[str, str], field: str
) -> None:
    answer = post(client_of(data_officer), **changed)
    assert answer.status_code == 400
    assert field in answer.json()["fields"]
    assert not Batch.objects.exists()


def test_without_a_file_the_field_is_named(data_officer: User) -> None:
    answer = client_of(data_officer).post(URL, {"kind": "visits", "organisation": "11001"})
    assert answer.status_code == 400
    assert list(answer.json()["fields"]) == ["file"]


def test_a_guest_sends_nothing(client: Client, hospital: Organisation) -> None:
    assert post(client).status_code == 403
    assert not Batch.objects.exists()


def test_what_cannot_be_confirmed_now_is_a_problem_with_a_code(
    data_officer: User, sent: Batch
) -> None:
    client = client_of(data_officer)
    assert client.post(f"{URL}{sent.pk}/cancel/").json()["state"] == "cancelled"
    for deed in ("confirm", "cancel", "answer"):
        answer = client.post(f"{URL}{sent.pk}/{deed}/")
        assert (answer.status_code, answer.json()["code"]) == (400, "batch_moved_on")
    assert not Visit.objects.exists()


def test_the_marked_workbook_is_prepared_and_fetched(data_officer: User, sent: Batch) -> None:
    client = client_of(data_officer)
    url = f"{URL}{sent.pk}/answer/"
    assert client.get(url).status_code == 404
    answer = client.post(url)
    assert (answer.status_code, answer.json()["state"]) == (202, "preparing")
    answering.make_answer(Answer.objects.get().pk, at=NOW)
    assert client.post(url).json()["state"] == "ready"
    fetched = client.get(url)
    assert fetched.status_code == 200
    let_go(fetched)


def test_protected_findings_say_no_more_than_their_row(
    data_officer: User, hospital: Organisation
) -> None:
    rows = [visit(MA_BENH_CHINH="B20", HO_TEN="Giàng Thị Kín", MACH="780")]
    client = client_of(data_officer)
    batch = services.read_batch(uuid.UUID(post(client, workbook(rows)).json()["id"]), at=NOW)
    assert set(StagedRow.objects.values_list("sensitivity", flat=True)) == {"hiv"}
    url = f"{URL}{batch.pk}/findings/"
    body = client.get(url)
    assert {row["code"] for row in body.json()["results"]} == {"protected"}
    assert "780" not in str([row["value"] + row["message"] for row in body.json()["results"]])
    assert client.get(url, {"code": "measure_impossible"}).json()["results"] == []
    head = make_user("truong", "Lò Thị Trưởng", Role.STATION_HEAD, hospital)
    [wrong] = client_of(head).get(url, {"code": "measure_impossible"}).json()["results"]
    assert wrong["value"] == "780"


def test_the_interface_is_described(capsys: pytest.CaptureFixture[str]) -> None:
    from drf_spectacular.generators import SchemaGenerator

    from portal.intake.api.urls import urlpatterns

    schema = SchemaGenerator(patterns=list(urlpatterns)).get_schema(request=None, public=True)
    assert capsys.readouterr().err == ""
    post_ = schema["paths"]["/uploads/"]["post"]
    assert "multipart/form-data" in post_["requestBody"]["content"]
    assert {"201", "200", "409"} <= set(post_["responses"])
    assert "/uploads/{batch_id}/findings/" in schema["paths"]
