"""A facility sends in a profile by the form: refusals at the field, nothing lost, mending."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from portal.accounts.models import User
from portal.database.keys import uuid7
from portal.places.models import Organisation
from practitioners import services
from practitioners.models import Evidence, Practitioner, ProfileSubmission
from tests.practitioners.conftest import AT, PDF, PROFILE, Send

FORM = "practitioners:send-profile"


@pytest.fixture
def client(sender: User, lists: None) -> Client:
    client = Client()
    client.force_login(sender)
    return client


def paper(name: str = "giay-phep.pdf", content: bytes = PDF) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def filled(facility: Organisation, **changes: object) -> dict[str, object]:
    return {**PROFILE, "client_key": str(uuid7()), "facility": str(facility.pk), **changes}


def test_a_profile_is_sent_with_its_papers(client: Client, hospital: Organisation) -> None:
    answer = client.post(
        reverse(FORM), filled(hospital, paper_license=paper(), paper_identity=paper("cccd.pdf"))
    )
    assert answer.url == reverse("practitioners:profiles")
    submission = ProfileSubmission.objects.get()
    assert (submission.name, submission.facility) == ("Lò Văn Thoan", hospital)
    proves = {key for row in submission.evidence.all() for key in row.proves}
    assert proves == {"license", "scope", "person", "identifier"}


def test_a_wrong_field_is_named_and_nothing_typed_or_uploaded_is_lost(
    client: Client, hospital: Organisation
) -> None:
    data = filled(hospital, license_number="012345/HNO-CCHND", paper_license=paper())
    answer = client.post(reverse(FORM), data)
    text = answer.content.decode()
    assert answer.status_code == 200
    assert not ProfileSubmission.objects.exists()
    assert 'href="#id_license_number"' in text
    assert 'value="Lò Văn Thoan"' in text
    kept = Evidence.objects.get(submission=None)
    assert reverse("practitioners:evidence", args=[kept.pk]) in text
    data = {**data, "license_number": "001287/ĐB-GPHN"}
    data.pop("paper_license")
    assert client.post(reverse(FORM), data).status_code == 302
    assert ProfileSubmission.objects.get().evidence.get() == kept


@pytest.mark.parametrize(
    "said",
    [{"transferred_by": "11001"}, {"transfer": "20260115_12/QĐ"}, {"assignment": "20260901_7/QĐ"}],
)
def test_papers_of_techniques_without_a_technique_are_refused_at_the_field(
    said: dict[str, str], client: Client, hospital: Organisation
) -> None:
    answer = client.post(reverse(FORM), filled(hospital, **said))
    text = answer.content.decode()
    assert answer.status_code == 200
    assert 'href="#id_techniques"' in text
    assert next(iter(said.values())) in text
    assert not ProfileSubmission.objects.exists()


def test_what_is_no_paper_is_refused_at_its_field(client: Client, hospital: Organisation) -> None:
    data = filled(hospital, paper_license=paper("anh.jpg", b"<script>"))
    answer = client.post(reverse(FORM), data)
    assert answer.status_code == 200
    assert 'href="#id_paper_license"' in answer.content.decode()
    assert not ProfileSubmission.objects.exists()
    assert not Evidence.objects.exists()


def test_a_form_sent_twice_makes_one_profile(client: Client, hospital: Organisation) -> None:
    data = filled(hospital)
    assert client.post(reverse(FORM), data).status_code == 302
    assert client.post(reverse(FORM), data).status_code == 302
    assert ProfileSubmission.objects.count() == 1


def test_a_returned_profile_shows_its_reason_and_is_mended(
    client: Client, send: Send, licensing_officer: User, hospital: Organisation
) -> None:
    first = services.return_profile(
        submission_id=send(scope="Noi khoa").pk,
        version=1,
        reason_code="scope_differs",
        reason="Ghi đúng như giấy phép",
        actor=licensing_officer,
        at=AT,
    )
    assert "Ghi đúng như giấy phép" in client.get("/").content.decode()
    address = reverse(FORM) + f"?again={first.pk}"
    text = client.get(address).content.decode()
    assert "Ghi đúng như giấy phép" in text
    assert 'value="Lò Văn Thoan"' in text
    assert 'value="22/04/1978"' in text
    assert client.post(address, filled(hospital, scope="Nội khoa")).status_code == 302
    again = ProfileSubmission.objects.get(supersedes=first)
    assert again.values["scope"] == "Nội khoa"
    assert "Ghi đúng như giấy phép" not in client.get("/").content.decode()


def test_a_change_begins_from_the_verified_state(client: Client, verified: Practitioner) -> None:
    text = client.get(reverse(FORM) + f"?person={verified.pk}").content.decode()
    assert 'value="001287/ĐB-GPHN"' in text
    assert 'value="10/03/2029"' in text


def test_a_facility_sends_for_itself_alone(
    client: Client, station: Organisation, clerk: User, verified: Practitioner, neighbour: User
) -> None:
    answer = client.post(reverse(FORM), filled(station))
    assert answer.status_code == 200
    assert ProfileSubmission.objects.filter(facility=station).count() == 0
    stranger = Client()
    stranger.force_login(neighbour)
    assert stranger.get(reverse(FORM)).status_code == 403
    assert stranger.post(reverse(FORM), filled(station)).status_code == 403


def test_another_facility_does_not_see_what_was_sent(
    send: Send, verified: Practitioner, station_head: User, licensing_officer: User
) -> None:
    first = send(name="Mùa A Chống", identifier="", license_number="000417/ĐB-GPHN")
    services.return_profile(
        submission_id=first.pk, version=1, reason_code="duplicate", actor=licensing_officer, at=AT
    )
    client = Client()
    client.force_login(station_head)
    assert "Mùa A Chống" not in client.get(reverse("practitioners:profiles")).content.decode()
    assert client.get(reverse(FORM) + f"?again={first.pk}").status_code == 404
    assert client.get(reverse(FORM) + f"?person={verified.pk}").status_code == 404
