"""Each person is offered the kinds of file they may send, for the places these are sent for."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from portal.accounts.models import User
from portal.accounts.models.assignment import OrganisationGrant
from portal.accounts.roles import Role
from portal.intake.forms import UploadForm
from portal.intake.models import Batch, StagedRow
from portal.places.models import Organisation
from tests.conftest import make_user
from tests.intake.sending import send, visit, workbook

pytestmark = pytest.mark.usefixtures("lists")


def offered(user: User) -> tuple[set[str], set[str]]:
    form = UploadForm(user=user)
    kinds = {key for key, _title in form.fields["kind"].choices}
    return kinds, set(form.fields["organisation"].queryset.values_list("name", flat=True))


def test_a_data_officer_sends_the_hospitals_visits_people_and_staff(
    data_officer: User, hospital: Organisation, station: Organisation
) -> None:
    kinds, places = offered(data_officer)
    assert kinds >= {"visits", "envelope", "citizens", "practitioners", "form01"}
    assert not kinds & {"facilities", "codes"}
    assert places == {hospital.name}


def test_a_licensing_officer_sends_facilities_for_the_department_and_nothing_of_patients(
    licensing_officer: User, department: Organisation, hospital: Organisation, station: Organisation
) -> None:
    assert offered(licensing_officer) == ({"facilities"}, {department.name})


def test_a_system_administrator_sends_code_lists_alone(
    administrator: User, ministry: Organisation, department: Organisation, hospital: Organisation
) -> None:
    kinds, places = offered(administrator)
    assert kinds == {"codes"}
    assert places == {ministry.name, department.name}


def test_a_clerk_sends_nothing(client: Client, clerk: User) -> None:
    assert offered(clerk) == (set(), set())
    client.force_login(clerk)
    assert client.get(reverse("intake:uploads")).status_code == 403


def test_a_licensing_officer_sees_no_sending_that_tells_of_patients(
    client: Client, licensing_officer: User, data_officer: User, hospital: Organisation
) -> None:
    batch = send(workbook([visit()]), by=data_officer, organisation=hospital)
    client.force_login(licensing_officer)
    assert client.get(reverse("intake:batch", args=[batch.pk])).status_code == 404
    assert batch.file_name not in client.get(reverse("intake:uploads")).content.decode()
    assert batch.file_name not in client.get("/").content.decode()
    client.force_login(data_officer)
    assert client.get(reverse("intake:batch", args=[batch.pk])).status_code == 200


def test_a_kind_is_refused_for_a_place_that_does_not_send_it(
    client: Client, department: Organisation, hospital: Organisation
) -> None:
    both = make_user("haivai", "Lò Hai Vai", Role.LICENSING_OFFICER, department)
    from portal.accounts import services as accounts
    from tests.conftest import SINCE, TODAY

    accounts.give_role(
        actor=None,
        user=both,
        role=Role.HOSPITAL_DATA_OFFICER,
        organisation=hospital,
        valid_from=SINCE,
        today=TODAY,
    )
    both = User.objects.get(pk=both.pk)
    client.force_login(both)
    file = SimpleUploadedFile("cs.csv", b"x")
    body = {"file": file, "kind": "facilities", "organisation": str(hospital.pk)}
    refused = client.post(reverse("intake:uploads"), body)
    assert refused.status_code == 400
    assert refused.context["form"].has_error("organisation", "place_of_other_kind")
    assert not Batch.objects.exists()


def without(user: User, capability: str) -> User:
    OrganisationGrant.objects.filter(user=user, permission__codename=capability).delete()
    return User.objects.get(pk=user.pk)


@pytest.fixture
def uploader(hospital: Organisation) -> User:
    """Sends files for the hospital and confirms none of them."""
    user = make_user("guitep", "Lò Thị Gửi", Role.HOSPITAL_DATA_OFFICER, hospital)
    return without(user, "confirm_files")


OLD_FONT = "Lß V¨n ón"


@pytest.mark.parametrize("deed", ["convert", "again"])
def test_a_file_is_read_anew_by_its_sender_or_by_who_confirms_it(
    client: Client, uploader: User, data_officer: User, hospital: Organisation, deed: str
) -> None:
    def state(batch: Batch) -> str:
        client.post(reverse(f"intake:{deed}", args=[batch.pk]), {"encoding": "tcvn3"})
        batch.refresh_from_db()
        return batch.state

    content = workbook([visit(HO_TEN=OLD_FONT)]) if deed == "convert" else b""
    own = send(content, by=uploader, organisation=hospital)
    others = send(content, by=data_officer, organisation=hospital)
    before = others.state
    client.force_login(uploader)
    refused = client.post(reverse(f"intake:{deed}", args=[others.pk]), {"encoding": "tcvn3"})
    assert refused.status_code == 403
    assert state(others) == before
    assert state(own) == "received"
    client.force_login(data_officer)
    assert state(others) == "received"


def test_what_somebody_decided_is_thrown_away_only_by_who_may_decide(
    client: Client, uploader: User, hospital: Organisation
) -> None:
    own = send(workbook([visit(HO_TEN=OLD_FONT)]), by=uploader, organisation=hospital)
    StagedRow.objects.filter(batch=own).update(ruling="other")
    client.force_login(uploader)
    refused = client.post(reverse("intake:convert", args=[own.pk]), {"encoding": "tcvn3"})
    assert refused.status_code == 403
    own.refresh_from_db()
    assert own.state == "checked"


def test_a_file_of_facilities_is_read_anew_by_the_right_to_edit_them_not_to_upload(
    client: Client, licensing_officer: User, department: Organisation
) -> None:
    batch = send(b"", by=licensing_officer, organisation=department, kind="facilities")
    client.force_login(without(licensing_officer, "edit_facilities"))
    assert client.post(reverse("intake:again", args=[batch.pk])).status_code == 404
    batch.refresh_from_db()
    assert batch.state == "refused"
